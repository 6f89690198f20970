"""Opening a network, which does the same whichever way it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Catalogue, CatalogueEntry, Event
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, to_json
from analysis.protocol.requests import CatalogueRequest, DeviceRequest, JobRequest, LoadRequest
from gui.commands.palette import Palette
from gui.options import WindowOptions
from gui.window.session import FIRST_NETWORK, Session
from tests.gui import networks
from tests.gui.beginning import begun
from tests.gui.explaining import FakeEngine

PLANES = Preprocessing(48, 48, 48, "stretch", 2, (0.0,) * 2, (1.0,) * 2)
ENTRY = CatalogueEntry("dynamics", "Dynamics", "built in", None, "shipped", 0.0)


class Networks(FakeEngine):
    """Of which one sees scenes, and one cannot be opened."""

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, LoadRequest):
            if request.choice.name == "broken":
                raise Problem("It is broken.")
            self.loaded.append(request.choice)
            seen = PLANES if request.choice.name == "dynamics" else Preprocessing()
            yield replace(networks.loaded(name=request.choice.name, epoch=request.epoch), preprocessing=seen)
        elif isinstance(request, DeviceRequest):
            yield networks.loaded(name="dynamics", epoch=request.epoch)
        elif isinstance(request, CatalogueRequest):
            yield Catalogue(request.id, (ENTRY,))


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("recent/networks", [to_json(Recipe(ModelChoice("dynamics")))])
    with begun(qtbot, settings, Networks) as session:
        yield session


def choose(session: Session) -> None:
    """In the list of the Network dock, or in the dialog for a file."""
    session.window.network.load_requested.emit(ModelChoice("dynamics"))


def choose_in_recent(session: Session) -> None:
    menu = session.window.findChild(QMenu, "open recent")
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if "dynamics" in action.text()).trigger()


def choose_in_palette(session: Session) -> None:
    session.bindings.search()  # type: ignore[attr-defined]
    palette = session.window.findChild(Palette)
    assert isinstance(palette, Palette)
    palette.field.setText("network dynamics")
    next(entry for entry in palette.found if entry.kind == "network").activate()
    palette.hide()


@pytest.mark.parametrize("choose", [choose, choose_in_recent, choose_in_palette])
def test_that_every_way_to_a_network_takes_the_notice_away_and_brings_its_pictures(
    session: Session, qtbot: QtBot, choose: Callable[[Session], None]
) -> None:
    session.note("The network before does not answer.")
    session.tabs.open(Recipe(ModelChoice("gone"), method="gradient"))
    choose(session)
    assert session.window.notice.sentence == ""
    assert session.tabs.wanted is None
    qtbot.waitUntil(lambda: session.loop.frame is not None and session.loop.frame.origin.startswith("scene:"))


def test_that_a_recipe_takes_the_notice_away_and_keeps_its_own_picture(session: Session, qtbot: QtBot) -> None:
    session.note("The network before does not answer.")
    with qtbot.waitSignal(session.state.network_changed):
        session.open_recipe(Recipe(ModelChoice("dynamics"), PictureChoice("sample:cat")))
    assert session.window.notice.sentence == ""
    qtbot.waitUntil(lambda: session.feed.source.title == "a cat, drawn" and session.feed.coming is None)


def test_that_a_choice_that_failed_brings_no_pictures_for_what_is_opened_next(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.networks.failed):
        session.window.network.load_requested.emit(ModelChoice("broken"))
    with qtbot.waitSignal(session.state.network_changed):
        session.open_recipe(Recipe(ModelChoice("dynamics"), PictureChoice("sample:cat")))
    qtbot.waitUntil(lambda: session.feed.source.title == "a cat, drawn" and session.feed.coming is None)


def test_that_the_layer_of_a_recipe_that_failed_is_not_taken_to_another_device(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.state.network_changed):
        session.networks.load(ModelChoice("dynamics"))
    layer = session.state.layer
    with qtbot.waitSignal(session.networks.failed):
        session.open_recipe(Recipe(ModelChoice("broken"), layer="nowhere", unit=3))
    session.window.notice.clear()
    with qtbot.waitSignal(session.state.network_changed):
        session.networks.use_device("cpu")
    assert (session.state.layer, session.state.unit) == (layer, None)
    assert session.window.notice.sentence == ""


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (ModelChoice("dynamics"), "dynamics"),
        (ModelChoice("/of/mine/net.ts"), FIRST_NETWORK),
        (ModelChoice("/of/mine/NET.PT"), FIRST_NETWORK),
        (ModelChoice("/of/mine/net.py:make"), FIRST_NETWORK),
        (ModelChoice("lenet", "/gone/weights.pth"), FIRST_NETWORK),
    ],
)
def test_that_a_start_opens_no_file_of_a_network_unasked_and_asks_for_none_that_is_gone(
    qtbot: QtBot, tmp_path: Path, last: ModelChoice, first: str
) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("session/recipe", to_json(Recipe(last, PictureChoice("sample:cat"))))
    session = Session(WindowOptions(), settings, Networks)
    qtbot.addWidget(session.window)
    with qtbot.waitSignal(session.state.network_changed):
        session.begin()
    assert session.state.network is not None
    assert session.state.network.choice.name == first
    session.window.close()
