"""The one loop that runs a recipe: what it finds out, what it says, and that it ends when it is closed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from analysis.commands.running import run_on
from analysis.methods.derivatives.gradient import Gradient
from analysis.methods.method import Progress
from analysis.methods.run import Ran, resolved, run
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import finished
from analysis.protocol.events import MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import LoadRequest, MethodRequest
from analysis.question.question import Question
from analysis.quick.layout import laid_out
from analysis.results.numbers import numbers_of
from analysis.running.engine import Engine
from tests.analysis.input_of import input_of

LENET = ModelChoice("lenet")
PIXELS = np.random.default_rng(5).integers(0, 256, (40, 50, 3), dtype=np.uint8)
ASKED = Recipe(LENET, PictureChoice("noise:5"), method="smoothgrad", settings={"samples": 3}, seed=2)


@pytest.fixture(scope="module")
def network() -> Network:
    return laid_out(finished(catalogue.load(LENET, Consent()), str))  # as every engine uses it


def ran(network: Network, recipe: Recipe, **how: bool) -> Ran:
    return finished(run(resolved(network, recipe, PIXELS), **how), str)


def test_that_window_and_command_line_find_the_same(network: Network) -> None:
    alone = run_on(network, ASKED, PIXELS)
    engine = Engine()
    list(engine.job(LoadRequest(1, 1, LENET, "cpu")))
    asked = MethodRequest(2, 1, ASKED, Frame(PIXELS, 1, "noise:5", 0.0), with_answer=True)
    result = list(engine.job(asked))[-1]
    assert isinstance(result, MethodResult)
    assert result.recipe == alone.recipe
    np.testing.assert_array_equal(result.picture, alone.asked.picture)
    for name, array in numbers_of(alone.result).items():
        np.testing.assert_array_equal(numbers_of(result.result)[name], array)
    assert alone.logits is not None
    assert result.logits is not None
    np.testing.assert_allclose(result.logits, alone.logits, rtol=1e-5)


def test_that_the_answer_to_the_plain_picture_comes_where_a_class_is_asked_about(network: Network) -> None:
    found = ran(network, ASKED).logits
    assert found is not None
    with torch.no_grad():
        np.testing.assert_array_equal(found, network.module(input_of(network, PIXELS))[0].numpy())
    assert ran(network, ASKED, answer=False).logits is None
    assert ran(network, replace(ASKED, target="unit:mean", layer="conv1", unit=1)).logits is None
    assert ran(network, Recipe(LENET, method="activations", layer="conv1")).logits is None


def test_that_what_is_left_out_is_said(network: Network) -> None:
    found = ran(network, replace(ASKED, layer="conv1"))
    assert found.recipe.layer is None
    assert any("conv1 is left out" in note for note in found.notes)
    assert not any("left out" in note for note in ran(network, ASKED).notes)


def test_that_a_recipe_that_does_not_fit_is_refused_before_anything_runs(network: Network) -> None:
    layers: list[dict[str, Any]] = [{"layer": "conv9"}, {"layer": "conv1", "unit": 32}]
    for wrong in (*layers, {"target": "clas"}, {"settings": {"sample": 3}}, {"method": "smoothgrat"}):
        with pytest.raises(Problem):
            resolved(network, replace(ASKED, **wrong), PIXELS)


def test_that_a_run_that_is_closed_closes_its_method(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    def forever(self: Gradient, context: Question) -> Iterator[Progress]:
        try:
            while True:
                yield Progress(0, 1)
        finally:
            ended.append("closed")

    monkeypatch.setattr(Gradient, "run", forever)
    steps = run(resolved(network, replace(ASKED, method="gradient", settings={}), PIXELS))
    next(steps)
    steps.close()
    assert ended == ["closed"]


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError()])
def test_that_a_memory_that_is_full_is_one_sentence(
    network: Network, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def greedy(self: Gradient, context: Question) -> Iterator[Progress]:
        yield Progress(0, 1)
        raise error

    monkeypatch.setattr(Gradient, "run", greedy)
    with pytest.raises(Problem, match="needs more memory than there is"):
        ran(network, replace(ASKED, method="gradient", settings={}))


def test_that_a_method_without_a_result_is_told(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gradient, "run", lambda self, context: iter([Progress(1, 1)]))
    with pytest.raises(Problem, match="gave no result"):
        ran(network, replace(ASKED, method="gradient", settings={}))
