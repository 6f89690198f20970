"""Explanations of real ImageNet networks on photographs: do they point at what is there?

EfficientNet-Lite0 and its photograph ship; SqueezeNet and the dog are acceptance material.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.loading import finished
from analysis.pictures.images import open_origin
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.results.kinds import Array
from tests.analysis.input_of import input_of

PHOTOGRAPHS = ("chelsea", "coffee", "photographer", "china", "flower")


@dataclass(frozen=True)
class Seen:
    """What is asked, and where what is to be found lies in the 224×224 middle of the picture: rows, columns.

    `times` is how much stronger than elsewhere each map has to be there; `gap`, what 50 steps of integrated gradients
    may lack of the answer: a ReLU6 has one more bend for them to miss.
    """

    question: Question
    place: tuple[slice, slice]
    times: Mapping[str, float]
    gap: float
    others: tuple[Question, ...]


CLASS_MAPS = ("cam", "grad-cam", "grad-cam++", "layer-cam")
DERIVATIVES = ("gradient", "guided", "input-x-gradient")


def _efficientnet() -> Seen:
    """The camera on its tripod, and the face and the hands at it."""
    network = finished(catalogue.load(ModelChoice("efficientnet_lite0")), lambda _: None)
    asked = {name: _question(network, open_origin(f"sample:{name}")) for name in PHOTOGRAPHS}
    times = dict.fromkeys(CLASS_MAPS, 3.0) | {"gradient": 1.5, "guided": 1.25, "input-x-gradient": 1.05}
    return Seen(asked["photographer"], (slice(55, 224), slice(85, 205)), times, 0.08, tuple(asked.values()))


def _squeezenet(shared: Path) -> Seen:
    """The golden retriever."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TORCH_HOME", str(shared / "models"))
        network = finished(catalogue.load(ModelChoice("squeezenet1_0")), lambda _: None)
    folder = shared / "data/imagenet_samples"
    dog, *others = (
        _question(network, np.asarray(Image.open(file).convert("RGB")))
        for file in (folder / "0207_golden_retriever.jpg", *sorted(folder.glob("*.jpg"))[::12])
    )
    times = dict.fromkeys((*CLASS_MAPS, *DERIVATIVES), 1.85)
    return Seen(dog, (slice(3, 224), slice(21, 139)), times, 0.05, tuple(others))


@pytest.fixture(scope="module", params=["efficientnet", "squeezenet"])
def seen(request: pytest.FixtureRequest) -> Seen:
    return _efficientnet() if request.param == "efficientnet" else _squeezenet(request.getfixturevalue("shared"))


def _question(network: Network, pixels: np.ndarray) -> Question:
    return Question(network, input_of(network, pixels))


def _last(name: str, question: Question, **settings: object) -> dict[str, Array]:
    *_, last = method(name)(**settings).run(question)
    return dict(last.arrays)


def _lies_there(map_: np.ndarray, seen: Seen, name: str) -> bool:
    elsewhere = np.ones(map_.shape, bool)
    elsewhere[seen.place] = False
    return bool(map_[seen.place].mean() > seen.times[name] * map_[elsewhere].mean())


@pytest.mark.parametrize("name", CLASS_MAPS)
def test_that_a_class_activation_map_lies_on_what_is_named(name: str, seen: Seen) -> None:
    assert _lies_there(_last(name, seen.question)["upsampled"], seen, name)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_that_a_derivative_lies_on_what_is_named(name: str, seen: Seen) -> None:
    assert _lies_there(np.abs(_last(name, seen.question)["result"]).sum(0), seen, name)


def test_that_integrated_gradients_account_for_the_answer(seen: Seen) -> None:
    shares, change = _last("integrated-gradients", seen.question, steps=50)["completeness"]
    assert shares == pytest.approx(change, rel=seen.gap)


def test_that_guided_back_propagation_depends_less_on_the_top_than_the_gradient(seen: Seen) -> None:
    """Adebayo et al. 2018: with the last layer random, guided back-propagation still shows much the same edges."""
    gradient, guided, grad_cam = (
        _last("randomisation", seen.question, map=map_)["result"] for map_ in ("gradient", "guided", "grad-cam")
    )
    assert gradient[1] < guided[1] < 1
    assert grad_cam[1] < 0.5
    assert gradient[2:].max() < 0.5
    assert np.median(grad_cam[2:]) < 0.5


def test_that_what_grad_cam_marks_matters_more_than_chance(seen: Seen) -> None:
    found = [_last("insertion-deletion", question, map="grad-cam", pixels=3584) for question in seen.others]
    auc, chance = (np.mean([arrays[name] for arrays in found], axis=0) for name in ("auc", "random_auc"))
    assert auc[0] < chance[0]
    assert auc[1] > chance[1]
