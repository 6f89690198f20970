"""The graph in the window: folded, searched, walked through, and one selection with everything else."""

from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import nn

from analysis.drawing.graph_drawing import Box
from analysis.methods.graphs.network_graph import drawn_graph
from analysis.network.network import Network
from analysis.protocol.events import Loaded
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.results.kinds import Graph
from analysis.results.looks import GraphLook
from analysis.tracing.graph import graph_of
from gui.selection import State
from gui.views.graph_view import GraphView
from tests.analysis.zoo import Block


def network() -> Network:
    from analysis.opening.assembly import assembled

    torch.manual_seed(0)
    blocks = nn.Sequential(*(Block(6, 6) for _ in range(4)))
    module = nn.Sequential(nn.Conv2d(3, 6, 1), blocks, nn.ReLU()).eval().requires_grad_(False)
    said = Preprocessing(8, 8, 8, "stretch", 3, (0.5,) * 3, (0.5,) * 3)
    return assembled(module, ModelChoice("made", "random"), "Made", said)


def graph(made: Network, colour: str = "parameters") -> Graph:
    learnt = {name for name, _ in made.module.named_parameters()}
    return drawn_graph(graph_of(made.module, torch.zeros(1, 3, 8, 8)), learnt, colour)


@pytest.fixture
def seen(qtbot: QtBot, qapp: QApplication) -> tuple[GraphView, State]:
    made, state = network(), State()
    fields: dict[str, Any] = dict.fromkeys(Loaded.__dataclass_fields__)
    said = {"choice": made.choice, "title": "Made", "root": made.root, "first_layer": "0", "labels": ()}
    state.set_network(Loaded(**fields | said), "0", None)
    view = GraphView(state)
    qtbot.addWidget(view)
    view.resize(500, 600)
    view.show()
    view.show_result(graph(made))
    return view, state


@pytest.mark.parametrize("zoom", [0.3, 1.0, 1.7])
def test_that_what_was_moved_looks_as_if_it_were_painted_anew(seen: tuple[GraphView, State], zoom: float) -> None:
    view, state = seen
    state.set_look(unfolded="all")
    canvas = view.canvas
    canvas.fit()
    canvas.zoom_by(zoom / canvas.zoom)
    canvas.corner = QPointF(-20.37, -30.21)  # no edge lies between two pixels, where rounding decides
    canvas.grab()
    for by in ((0, -60), (13, 7), (-40, 0), (0, 900), (3, -860)):
        canvas.pan(QPointF(*by))
        moved = canvas.grab().toImage()
        looks = {paint.box: paint for paint in canvas.paints}
        canvas.colour(list(looks), looks.__getitem__)
        assert other_pixels(canvas.grab().toImage(), moved) < 0.003, by


def other_pixels(one: QImage, other: QImage) -> float:
    """The share of those that differ to the eye: slanted lines begin where they come into sight, and are rounded so."""
    first, second = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (one, other))
    return float((abs(first - second).reshape(-1, 4).max(1) > 8).mean())


def test_that_a_mark_and_other_colours_are_seen_at_once(seen: tuple[GraphView, State]) -> None:
    view, _state = seen
    before = view.canvas.grab().toImage()
    view.canvas.found = frozenset({view.canvas.paints[-1].box.part.key})
    view.canvas.update()
    marked = view.canvas.grab().toImage()
    assert marked != before
    view.canvas.found = frozenset()
    view.show_result(graph(network(), "multiplications"))
    assert view.canvas.grab().toImage() not in (before, marked)


def titles(view: GraphView) -> list[str]:
    return [paint.box.title for paint in view.canvas.paints]


def box(view: GraphView, title: str) -> Box:
    return next(paint.box for paint in view.canvas.paints if paint.box.title == title)


def point(view: GraphView, one: Box, sign: bool = False) -> QPoint:
    place = view.canvas.sign_of(one) if sign else view.canvas.place_of(one)
    return place.center().toPoint() if sign or not one.frame else (place.topLeft() + QPointF(20, 8)).toPoint()


def test_that_a_click_selects_the_layer_and_a_layer_is_marked(qtbot: QtBot, seen: tuple[GraphView, State]) -> None:
    view, state = seen
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, box(view, "2 · ReLU")))
    assert state.layer == "2"
    assert view.canvas.marked == "2"
    state.set_layer("0")
    assert view.canvas.marked == "0"
    state.set_look(unfolded="none")
    state.set_layer("1.2.conv2")
    assert view.canvas.marked == "1"  # which hides it
    state.set_look(unfolded="all")
    assert view.canvas.marked == "1.0~1.3"  # which tells it once


def test_that_signs_fold_and_unfold_and_the_looks_say_it(qtbot: QtBot, seen: tuple[GraphView, State]) -> None:
    view, state = seen
    state.set_look(unfolded="none")
    assert titles(view) == ["picture", "0 · Conv2d", "1 · Sequential", "2 · ReLU"]
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, box(view, "1 · Sequential"), sign=True))
    assert "0 … 3  ×4" in titles(view)
    assert state.look(GraphLook).unfolded == "1"
    shift = Qt.KeyboardModifier.ShiftModifier
    repeated = box(view, "0 … 3  ×4")
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, shift, point(view, repeated, sign=True))
    assert [title for title in titles(view) if "Block" in title] == [f"{n} · Block" for n in range(4)]
    frame = box(view, "1 · Sequential")
    assert frame.frame
    view.canvas.show_box(frame)
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, frame, sign=True))
    assert "0 … 3  ×4" not in titles(view)


def test_that_keys_walk_fold_and_zoom(qtbot: QtBot, seen: tuple[GraphView, State]) -> None:
    view, state = seen
    state.set_look(unfolded="none")
    canvas = view.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert (state.layer, canvas.marked) == ("1", "1")
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert box(view, "1 · Sequential").frame
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert canvas.marked == "1.0~1.3"
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.marked == "1"
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert not box(view, "1 · Sequential").frame
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    zoom = canvas.zoom
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom < zoom
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.zoom == pytest.approx(zoom)


def test_that_a_search_unfolds_what_hides_what_it_finds(qtbot: QtBot, seen: tuple[GraphView, State]) -> None:
    view, state = seen
    state.set_look(unfolded="none")
    qtbot.keyClicks(view.search, "bn2")
    assert view.count.text() == "4 found"
    for path in ("1.0.bn2", "1.1.bn2"):
        qtbot.keyClick(view.search, Qt.Key.Key_Return)
        assert state.layer == path
        assert view.canvas.marked == path
    assert view.count.text() == "2 of 4"
    view.search.clear()
    qtbot.keyClicks(view.search, "no such thing")
    assert view.count.text() == "nothing"


def test_that_other_colours_leave_what_one_looks_at(seen: tuple[GraphView, State]) -> None:
    view, _ = seen
    view.canvas.zoom_by(1.7)
    before = view.canvas.zoom, view.canvas.corner
    fills = {paint.box.title: paint.fill for paint in view.canvas.paints if not paint.box.frame}
    view.show_result(graph(network(), "multiplications"))
    assert (view.canvas.zoom, view.canvas.corner) == before
    after = {paint.box.title: paint.fill for paint in view.canvas.paints if not paint.box.frame}
    assert fills.keys() == after.keys()
    assert fills != after


def test_that_what_is_under_the_mouse_is_told(seen: tuple[GraphView, State]) -> None:
    view, _ = seen
    words = view.canvas.words_of(box(view, "0 · Conv2d"))
    assert "gives 6×8×8" in words
    assert "24 parameters" in words
    assert f"{8 * 8 * 18:,} multiplications" in words
