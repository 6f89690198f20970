"""Who types a technique's name is led to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from analysis.methods.registry import METHODS, method
from gui.commands.palette import Palette
from gui.tabs.method_tab import MethodTab
from gui.tabs.table import TABS
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.explaining import FakeEngine


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, FakeEngine) as session:
        qtbot.waitUntil(lambda: session.state.network is not None)
        yield session


@pytest.mark.parametrize(
    ("typed", "name"), [("RISE", "rise"), ("edge-energy", "edge-energy"), ("deepfool", "deepfool")]
)
def test_that_a_methods_name_opens_its_tab_with_it_chosen(
    typed: str, name: str, session: Session, qtbot: QtBot
) -> None:
    session.window.actions_["palette"].trigger()
    palette = session.window.findChild(Palette)
    assert palette is not None
    qtbot.keyClicks(palette.field, typed)
    assert (palette.found[0].kind, palette.found[0].text) == ("method", method(name).title)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    panel = session.window.tabs.currentWidget().panel  # type: ignore[attr-defined]
    assert isinstance(panel, MethodTab)
    assert method(name).family in panel.kind.families
    assert panel.methods.name == name


def test_that_every_technique_of_a_menu_is_found(session: Session) -> None:
    session.window.actions_["palette"].trigger()
    palette = session.window.findChild(Palette)
    assert palette is not None
    of_menus = {family for tab in TABS if tab.make is None and tab.key != "activations" for family in tab.families}
    for technique in METHODS:
        if technique.family in of_menus:
            palette.field.setText(technique.name)
            assert ("method", technique.title) in [(one.kind, one.text) for one in palette.found], technique.name
