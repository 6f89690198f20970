"""What a recipe's result depends on is what its method declares, and a figure names nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.drawing.captions import Subject, caption, title
from analysis.methods.dependence import what_mattered
from analysis.methods.registry import METHODS, method
from analysis.methods.setting_words import setting_words
from analysis.methods.settings import configured
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.question.question import Question
from tests.analysis.few_pictures import FewPictures
from tests.analysis.zoo import odd
from tests.contract.test_every_method import SMALL

NAMES = [technique.name for technique in METHODS]
LAYERS = ("stem", "blocks")  # of the residual network, one behind the other
FINER = {"sphere": {"samples": 60, "times": 50.0}}  # of few near by none changes the answer
WITH_WEIGHTS = ("stem", "blocks.0.conv1")


def arrays(name: str, layer: str, seed: int) -> Mapping[str, Any]:
    network = odd("residual").network()
    unit = 0 if "unit" in method(name).asks else None
    context = Question(network, odd("residual").example(), layer=network.node(layer), unit=unit, seed=seed)
    if "data" in method(name).asks:
        context = replace(context, data=FewPictures())
    *_, last = configured(method(name), FINER.get(name, SMALL.get(name, {}))).run(context)
    return last.arrays


@pytest.mark.parametrize("name", NAMES)
def test_that_a_result_depends_on_what_its_method_declares(name: str) -> None:
    if name == "pool-routing":
        pytest.skip("there is no pooling in this network")
    if name == "prediction":
        pytest.skip("this network predicts no scenes")
    layers = WITH_WEIGHTS if method(name).family == "weights" else LAYERS
    first = arrays(name, layers[0], 1)
    declared = method(name).asks
    if name == "insertion-deletion":
        declared = (*declared, "layer")  # it tests Grad-CAM by itself
    second = arrays(name, layers[1], 1)  # the first layer may be linear: then no noise changes its slope
    for what, one, other in (("layer", first, second), ("seed", second, arrays(name, layers[1], 2))):
        same = all(np.array_equal(one[key], other[key]) for key in one)
        assert same == (what not in declared), what


def recipe(name: str, **more: Any) -> Recipe:
    return Recipe(ModelChoice("net"), layer="blocks", unit=3, place=(1, 2), method=name, **more)


@pytest.mark.parametrize(
    ("name", "more", "kept"),
    [
        ("gradient", {}, (None, None, None)),
        ("gradient", {"target": "unit:mean"}, ("blocks", 3, (1, 2))),
        ("grad-cam", {}, ("blocks", None, None)),
        ("cam", {}, (None, None, None)),
        ("occlusion-loss", {"target": "unit:mean"}, (None, None, None)),
        ("activations", {}, ("blocks", 3, (1, 2))),
        ("randomisation", {}, (None, None, None)),
        ("randomisation", {"settings": {"map": "grad-cam"}}, ("blocks", None, None)),
        ("randomisation", {"target": "unit:max"}, ("blocks", 3, (1, 2))),
        ("filters", {}, ("blocks", 3, (1, 2))),
        ("weight-statistics", {}, ("blocks", None, None)),
        ("effective-field", {}, ("blocks", 3, (1, 2))),
        ("weights-of-layers", {}, (None, None, None)),
        ("insertion-deletion", {}, ("blocks", None, None)),
        ("insertion-deletion", {"settings": {"map": "random"}}, (None, None, None)),
    ],
)
def test_that_a_recipe_keeps_what_mattered(name: str, more: dict[str, Any], kept: object) -> None:
    mattered = what_mattered(recipe(name, **more))
    assert (mattered.layer, mattered.unit, mattered.place) == kept


def test_that_a_seed_that_nothing_was_drawn_by_is_not_told() -> None:
    for name, told in (("occlusion", False), ("smoothgrad", True), ("sensitivity", True)):
        asked = Recipe(ModelChoice("net"), method=name, settings={"batch": 2}, seed=4)
        words = caption(Subject(asked, "Net", np.zeros((4, 4, 3), np.uint8)))
        assert ("seed 4" in words) is told


def test_that_a_loss_map_is_of_the_class_in_its_settings() -> None:
    asked = Recipe(ModelChoice("net"), method="occlusion-loss", settings={"predicted": 1})
    about = Subject(asked, "Net", np.zeros((4, 4, 3), np.uint8), labels=("cat", "dog"))
    assert title(about) == "Net"
    assert caption(about).startswith("Occlusion loss map of the log-probability of class 1 (dog);")


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("smoothgrad", {"samples": 9, "noise": 0.25, "batch": 0}, "samples 9, noise 0.25, batch automatic"),
        ("occlusion", {"mask": 4, "exact": True}, "mask 4, exact"),
        ("occlusion-loss", {"predicted": -1, "truth": 3, "exact": False}, "predicted its answer, truth 3, not exact"),
        ("sensitivity", {"map": "smoothgrad", "draws": 2, "map.batch": 0}, "map smoothgrad (batch automatic), draws 2"),
        ("insertion-deletion", {"map": "random", "pixels": 8}, "map random, pixels 8"),
    ],
)
def test_that_settings_are_told_as_a_person_reads_them(name: str, settings: dict[str, Any], words: str) -> None:
    assert setting_words(method(name), settings) == words
