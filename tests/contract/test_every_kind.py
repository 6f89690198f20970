"""What every kind of result promises: numbers, words, a figure and a view, and no kind without one of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.drawing.captions import Subject
from analysis.drawing.results import FIGURES, page_of
from analysis.methods.registry import METHODS
from analysis.protocol.layers import LayerNode
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.results import kinds
from analysis.results.kinds import KINDS, Result
from analysis.results.numbers import NUMBERS, numbers_of
from analysis.results.words import WORDS, words_of
from gui.selection import State
from gui.views.results import VIEWS

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
FIRST = kinds.Ancestor(0, "cat", 0.2, 0, np.zeros((8, 8, 1), np.uint8))
NODE = LayerNode("conv1", "Conv2d", (4, 5, 6), 4, 100, "map", (5, 6), layout="CHW")


def floats(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def portrait(iteration: int) -> kinds.Portrait:
    sure = np.random.default_rng(iteration).random((8, 8)).astype(np.float32)
    lines = np.array([[1.0, 0.5, 0.1], [0.0, 1.0, -0.4], [1.0, 1.0, 9.0]])
    dead, alike = np.array([False, True, False]), np.arange(3)
    words = f"Iteration {iteration}: loss 0.5."
    return kinds.Portrait(iteration, lines, sure, np.zeros((0, 0), np.bool_), 0.5, 0.9, dead, alike, words)


def embedding() -> kinds.Embedding:
    groups = np.array([0, 1, 0, 1, -1, 1])
    near = np.array([[1, 2], [0, 2], [1, 0], [4, 5], [3, 5], [3, 4]])
    one = kinds.LayerMap(
        "conv1",
        floats(6, 2),
        floats(6, 4),
        near,
        groups,
        abs(groups),
        "whole",
        trust=np.abs(floats(6)),
        words="k-NN 50 %",
    )
    none = np.full(6, -1)
    sprites = np.zeros((6, 8, 8, 3), np.uint8)
    return kinds.Embedding(
        (one,),
        groups,
        ("cats", "dogs"),
        none,
        (),
        none.astype(np.int8),
        tuple("abcdef"),
        sprites,
        numbers={"result": floats(1, 6, 2)},
    )


EXAMPLES: dict[type[Any], Callable[[], Result]] = {
    kinds.Maps: lambda: kinds.Maps(floats(4, 5, 6)),
    kinds.Derivative: lambda: kinds.Derivative(
        floats(3, 20, 30), {"value": floats(2)}, kinds.Patches(np.array([[4, 6], [16, 24]]), 8, floats(2))
    ),
    kinds.Heat: lambda: kinds.Heat(floats(4, 6), kinds.Enlarged(floats(20, 30)), beside={"layer": np.array("conv")}),
    kinds.Curves: lambda: kinds.Curves(
        (kinds.Line("one", floats(5)), kinds.Line("other", floats(5), beside=True)),
        np.arange(5, dtype=np.float32),
        "step",
        "answer",
        {"result": floats(2, 5), "area": floats(1)},
        few=("area",),
    ),
    kinds.Film: lambda: kinds.Film(floats(3, 20, 30), ("", "a", "b"), floats(3), "likeness", {"result": floats(3)}),
    kinds.Pictures: lambda: kinds.Pictures((PICTURE, PICTURE), ("first", "second")),
    kinds.Grown: lambda: kinds.Grown(
        tuple(np.random.default_rng(2).random((2, 20, 30, 3), np.float32)),
        ("seed 0", "seed 1"),
        floats(2, 5),
        floats(2, 5),
        8,
        "what conv1 (Conv2d) returns",
        activation=floats(2),
        beside={"picture": floats(2, 3, 20, 30)},
    ),
    kinds.Bars: lambda: kinds.Bars(("cat", "dog"), floats(2), "how often"),
    kinds.Embedding: lambda: embedding(),
    kinds.Points: lambda: kinds.Points(floats(6, 2), np.array([0, 1, 0, 1, -1, 1]), ("cats", "dogs"), tuple("abcdef")),
    kinds.Graph: lambda: kinds.Graph(
        (
            kinds.Node("picture", (), "3×20×30"),
            kinds.Node("convolution", ("conv",), "4×20×30", {"conv.weight": 12}, 7200, 12.0),
            kinds.Node("add", (), "4×20×30"),
        ),
        ((0, 1), (1, 2), (0, 2)),
        (2,),
        {"conv": "Conv2d"},
        "parameters",
        together="weights",
    ),
    kinds.Adversary: lambda: kinds.Adversary(
        np.clip(0.5 + floats(20, 30, 3) / 9, 0, 1),
        np.full((20, 30, 3), 0.5, np.float32),
        ("cat", "cat", "dog"),
        np.array([0.9, 0.5, 0.8], np.float32),
        np.array([0, 1, 2], np.float32),
        ("The network is fooled.", "Its file fools, too."),
        True,
        (kinds.Light("gradient", True, "There is none."), kinds.Light("loss", False, "It does not rise.")),
        (
            kinds.LayerChange("conv", 1.5, (3, 0), (1.25, 0.5)),
            kinds.LayerChange("relu", float("inf"), (1,), (float("inf"),)),
            kinds.LayerChange("fc", 0.0, (), ()),
        ),
        {"ratio": np.array(2.0)},
    ),
    kinds.Elites: lambda: kinds.Elites(
        np.random.default_rng(2).integers(0, 256, (3, 8, 8, 1), dtype=np.uint8),
        ("cat", "dog", "owl"),
        np.array([0.9, 0.5, 0.8], np.float32),
        np.array([True, False, False]),
        "Generation 3: median 80.0 %.",
        tuple(
            kinds.Ancestor(index, name, 0.9, 2, np.zeros((8, 8, 1), np.uint8), FIRST if index else None)
            for index, name in enumerate(("cat", "dog", "owl"))
        ),
    ),
    kinds.Plane: lambda: kinds.Plane(
        np.array([[0.5, 0.2], [-0.5, -0.2]]),
        np.array([0, 1]),
        1.5,
        portrait(9),
        (portrait(1), portrait(4)),
        floats(9),
        20,
        {"result": floats(3, 3)},
    ),
    kinds.Learning: lambda: kinds.Learning(
        (kinds.Plot("loss", (kinds.Line("learning", floats(9)),), (np.arange(9, dtype=np.float32),)),),
        (kinds.Ridges("activations", (kinds.Ridge("conv1", abs(floats(3, 8)), -abs(floats(3)), abs(floats(3))),)),),
        np.array([0, 3, 6], np.float32),
        (kinds.Finding(3, "conv1", "dead", "In conv1 all units are dead."),),
        9,
        "Iteration 9 of 9: loss 0.5.",
        {"result": floats(9)},
    ),
    kinds.Table: lambda: kinds.Table({"layer": np.array(["a", "b"]), "norm": floats(2), "count": np.array([3, 12])}),
    kinds.Tiles: lambda: kinds.Tiles(
        (
            kinds.Tile(floats(5, 5), "0", unit=0, marked="dead"),
            kinds.Tile(floats(3, 4), "1", 0.0, 2.0, outlines=(kinds.Outline(0, 1, 2, 2, round=True),), written=True),
            kinds.Tile(PICTURE, "2"),
        ),
        0,
        "Three tiles.",
        {"result": floats(2, 5, 5)},
    ),
}


def test_that_every_kind_has_every_reader() -> None:
    for table in (NUMBERS, WORDS, FIGURES, VIEWS, EXAMPLES):
        assert set(table) == set(KINDS)
    assert {technique.gives for technique in METHODS} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_that_every_kind_has_numbers_and_words(kind: type[Any]) -> None:
    result = EXAMPLES[kind]()
    numbers = numbers_of(result)
    assert kind is kinds.Table or next(iter(numbers)) == "result"
    assert all(isinstance(array, np.ndarray) for array in numbers.values())
    assert words_of(result).endswith(".")
    assert "\n" not in words_of(result)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_that_every_kind_has_a_figure_with_its_recipe_inside(kind: type[Any]) -> None:
    recipe = Recipe(ModelChoice("lenet"), layer="conv1", method="gradient")
    subject = Subject(recipe, "LeNet", PICTURE, NODE)
    first, second = (page_of(subject, EXAMPLES[kind]()).saved(".svg", recipe) for _ in range(2))
    assert first == second
    assert len(first) > 2000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_that_every_kind_is_seen_in_the_window(qtbot: QtBot, qapp: Any, kind: type[Any]) -> None:
    view: Any = VIEWS[kind](State(), None)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show_nothing("Nothing yet.")
    view.show()
    empty = view.grab().toImage()
    view.show_result(EXAMPLES[kind](), PICTURE)
    full = view.grab().toImage()
    assert full != empty
    view.show_nothing("Nothing yet.")
    assert view.grab().toImage() != full
