"""Explanations of a real ImageNet network on photographs: do they point at what is there?"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.results.kinds import Array
from tests.analysis.input_of import input_of

# Of the golden retriever in the 224×224 middle of the picture scaled to a shorter side of 256: rows, columns.
DOG = slice(3, 224), slice(21, 139)


@pytest.fixture(scope="module")
def squeezenet(shared: Path) -> Network:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TORCH_HOME", str(shared / "models"))
        steps = catalogue.load(ModelChoice("squeezenet1_0"))
        while True:
            try:
                next(steps)
            except StopIteration as end:
                network: Network = end.value
                return network


def _context(network: Network, path: Path) -> Question:
    return Question(network, input_of(network, np.asarray(Image.open(path).convert("RGB"))))


@pytest.fixture(scope="module")
def retriever(squeezenet: Network, shared: Path) -> Question:
    return _context(squeezenet, shared / "data/imagenet_samples/0207_golden_retriever.jpg")


def _last(name: str, context: Question, **settings: object) -> dict[str, Array]:
    *_, last = method(name)(**settings).run(context)
    return dict(last.arrays)


@pytest.mark.parametrize("name", ["cam", "grad-cam", "grad-cam++", "layer-cam"])
def test_that_a_class_activation_map_lies_on_the_dog(name: str, retriever: Question) -> None:
    map_ = _last(name, retriever)["upsampled"]
    inside = map_[DOG].sum()
    assert inside > 2 * (map_.sum() - inside)


@pytest.mark.parametrize("name", ["gradient", "guided", "input-x-gradient"])
def test_that_a_derivative_lies_on_the_dog(name: str, retriever: Question) -> None:
    importance = np.abs(_last(name, retriever)["result"]).sum(0)
    inside = importance[DOG].sum()
    assert inside > 2 * (importance.sum() - inside)


def test_that_integrated_gradients_account_for_the_answer(retriever: Question) -> None:
    shares, change = _last("integrated-gradients", retriever, steps=20)["completeness"]
    assert shares == pytest.approx(change, rel=0.05)


def test_that_guided_back_propagation_depends_less_on_the_top_than_the_gradient(retriever: Question) -> None:
    """Adebayo et al. 2018: with the last layer random, guided back-propagation still shows much the same edges."""
    gradient, guided, grad_cam = (
        _last("randomisation", retriever, map=map_)["result"] for map_ in ("gradient", "guided", "grad-cam")
    )
    assert gradient[1] < guided[1] < 1
    assert grad_cam[1] < 0.5
    assert max(gradient[2:].max(), grad_cam[2:].max()) < 0.5


def test_that_what_grad_cam_marks_matters_more_than_chance(squeezenet: Network, shared: Path) -> None:
    pictures = sorted((shared / "data/imagenet_samples").glob("*.jpg"))[::12]
    found = [_last("insertion-deletion", _context(squeezenet, path), map="grad-cam", pixels=3584) for path in pictures]
    auc, chance = (np.mean([arrays[name] for arrays in found], axis=0) for name in ("auc", "random_auc"))
    assert auc[0] < chance[0]
    assert auc[1] > chance[1]
