"""A person looks at a network as a graph: the real window and engine, from a recipe to the graph and back."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice, Recipe, look, with_look
from analysis.results.looks import GraphLook
from analysis.results.numbers import numbers_of
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.session import Session
from tests.journeys.conftest import LONG, begun


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    with begun(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5"), qtbot, tmp_path) as session:
        yield session


def titles(view: Any) -> list[str]:
    return [paint.box.title for paint in view.canvas.paints]


def test_that_the_graph_follows_the_picture_and_its_recipe_brings_it_back(session: Session, qtbot: QtBot) -> None:
    late = session.tabs["graph"]
    session.window.tabs.setCurrentWidget(late)
    panel: Any = late.panel
    qtbot.waitUntil(lambda: panel.pane.result is not None, timeout=LONG)
    view = panel.pane.view()
    assert "conv2 · Conv2d" in titles(view)
    panel.asked.form.set_values({"colour": "activation"})

    def coloured() -> bool:
        shown = panel.shown()
        return shown is not None and shown.result.quantity == "activation"

    qtbot.waitUntil(coloured, timeout=LONG)
    session.state.set_layer("relu2")
    assert view.canvas.marked == "relu2"
    session.state.set_look(unfolded="none")
    recipe = session.recipe()
    assert recipe is not None
    assert (recipe.method, recipe.settings) == ("network-graph", {"colour": "activation"})
    assert look(recipe, GraphLook).unfolded == "none"
    assert recipe.picture is not None
    values = numbers_of(panel.shown().result)["values"]
    assert (values[1:] >= 0).all()


def test_that_a_recipe_without_a_picture_waits_for_none(qtbot: QtBot, tmp_path: Path) -> None:
    recipe = Recipe(ModelChoice("resnet-cifar"), method="network-graph", settings={"colour": "multiplications"})
    options = WindowOptions(recipe=with_look(recipe, GraphLook, unfolded="stage1"))
    session = Session(options, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    session.bindings = Bindings(session)  # type: ignore[attr-defined]  # kept alive with the session
    qtbot.addWidget(session.window)
    session.window.show()
    session.begin()
    late = session.tabs["graph"]

    def as_the_recipe_says() -> bool:
        shown = late.panel.shown() if late.made else None
        return shown is not None and shown.result.quantity == "multiplications"  # type: ignore[union-attr]

    qtbot.waitUntil(as_the_recipe_says, timeout=LONG)
    panel: Any = late.panel
    assert session.window.tabs.currentWidget() is late
    view = panel.pane.view()
    frames = [paint.box.title for paint in view.canvas.paints if paint.box.frame]
    assert frames == ["stage1 · Sequential"]
    session.window.close()
