"""No knob of a look is dead: each changes the figure of its kind, or its picture in the window."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from analysis.drawing.captions import Subject
from analysis.drawing.results import page_of
from analysis.protocol.events import Live, UnitView
from analysis.protocol.frame import Frame
from analysis.protocol.layers import LayerNode
from analysis.protocol.looks import DEFAULT, laid_over
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.results.kinds import Derivative, Enlarged, Graph, Heat, Maps, Node, Result
from analysis.results.looks import LOOKS, MapsLook, knobs
from analysis.settings.declared import Setting, SettingInfo
from gui.docks.unit import UnitPanel
from gui.selection import State
from gui.views.explanation_view import ExplanationView
from gui.views.graph_view import GraphView
from tests.gui.networks import loaded

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
NODE = LayerNode("conv1", "Conv2d", (4, 5, 6), 4, 100, "map", (5, 6), layout="CHW")


def _maps() -> np.ndarray:
    values = np.random.default_rng(1).random((4, 5, 6)).astype(np.float32)
    values[1] = 0  # a unit that is not active
    return values * np.array([1, 1, 3, 2], np.float32)[:, None, None]  # another order by activation


def _floats(*shape: int) -> Any:
    return np.random.default_rng(2).random(shape).astype(np.float32)


EXAMPLES: dict[type[Any], Result] = {
    Maps: Maps(_maps()),
    Derivative: Derivative(_floats(3, 20, 30) - 0.5),
    Heat: Heat(_floats(4, 6), Enlarged(_floats(20, 30))),
    Graph: Graph(
        (Node("picture"), *(Node("relu", ("block", f"block.{number}", f"block.{number}.relu")) for number in "ab")),
        ((0, 1), (1, 2)),
        (2,),
        {"block": "Sequential", "block.a": "Part", "block.b": "Part"},
    ),
}
BEFORE: dict[type[Any], dict[str, Setting]] = {Maps: {"scale": "shared"}}  # boost is for that scale
KNOBS = [(kind, name) for kind, of in LOOKS.items() for name in knobs(of)]


def other(info: SettingInfo) -> Setting:
    """Any other value than its default."""
    if info.choices is not None:
        return next(choice for choice in info.choices if choice != info.default)
    if isinstance(info.default, bool):
        return not info.default
    if isinstance(info.default, str):
        return "none"
    assert info.low is not None
    assert info.high is not None
    return info.low + 0.3 * (info.high - info.low)


def figures(kind: type[Any], recipe: Recipe) -> Iterator[bytes]:
    """Pixels, so that the recipe which is written into a figure does not count."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for unit in (None, 2) if kind is Maps else (None,):
        asked = Recipe(recipe.model, layer="conv1", unit=unit, method=METHODS[kind], looks=recipe.looks)
        canvas = FigureCanvasAgg(page_of(Subject(asked, "LeNet", PICTURE, NODE), EXAMPLES[kind]).figure)
        canvas.draw()
        yield bytes(canvas.buffer_rgba())


METHODS: dict[type[Any], str] = {Maps: "activations", Derivative: "gradient", Heat: "rise", Graph: "network-graph"}


def panes(kind: type[Any], state: State, qtbot: QtBot) -> Callable[[], list[bytes]]:
    """The pictures in the window, without the controls beside them, which tell of every knob."""
    widgets: tuple[QWidget, ...]
    view: QWidget
    if kind is Maps:
        view = dock = UnitPanel(state)
        state.set_network(loaded(), None, None)
        state.set_unit(1)
        assert state.layer is not None
        parts: dict[str, Any] = {field.name: None for field in fields(Live)}
        unit = UnitView(state.layer, 1, _maps()[2], 1.0, (0, 0), (), np.arange(64), (0.0, 1.0), 0.5, 0)
        shown = Frame(PICTURE, 1, "sample:cat", 0.0, False)
        dock.show_live(Live(**parts | {"request_id": 1, "epoch": 1, "frame": shown, "picture": PICTURE, "unit": unit}))
        widgets = (dock.map, dock.overlay)
    elif kind is Graph:
        view = graph = GraphView(state)
        graph.show_result(EXAMPLES[kind], PICTURE)
        widgets = (graph.canvas,)
    else:
        view = both = ExplanationView(state)
        both.which.setCurrentIndex(both.which.findData("both"))
        both.show_result(EXAMPLES[kind], PICTURE)
        widgets = (both.map, both.over)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    for widget in widgets:
        widget.setFixedSize(180, 120)

    def grab() -> list[bytes]:
        assert view.isVisible()
        images = [widget.grab().toImage() for widget in widgets]
        return [bytes(image.constBits()) for image in images]

    return grab


@pytest.mark.parametrize(("kind", "name"), KNOBS, ids=lambda value: getattr(value, "__name__", value))
def test_that_no_knob_is_dead(qtbot: QtBot, qapp: QApplication, kind: type[Any], name: str) -> None:
    of = LOOKS[kind]
    before = laid_over(DEFAULT, of, BEFORE.get(kind, {}) if name != "scale" else {})
    after = laid_over(before, of, {name: other(knobs(of)[name])})
    drawn = [list(figures(kind, Recipe(ModelChoice("lenet"), looks=looks))) for looks in (before, before, after)]
    assert drawn[0] == drawn[1]
    state = State()
    state.set_looks(before)
    grab = panes(kind, state, qtbot)
    seen = [grab(), grab()]
    state.set_looks(after)
    seen.append(grab())
    assert seen[0] == seen[1]
    assert drawn[0] != drawn[2] or seen[0] != seen[2]


def test_that_only_the_unit_dock_needs_smooth_pixels() -> None:
    """A figure shows values as they are: each cell is a square."""
    smooth = laid_over(DEFAULT, MapsLook, {"smooth": True})
    plain, other = (list(figures(Maps, Recipe(ModelChoice("lenet"), looks=looks))) for looks in (DEFAULT, smooth))
    assert plain == other
