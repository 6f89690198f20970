"""The window before anything has come: its empty panels fit into their docks."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from analysis.quick.runtime import fast_extra
from gui import theme
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.main_window import MainWindow
from gui.window.session import Session
from tests.gui.explaining import FakeEngine


def test_that_the_empty_unit_dock_shows_all_of_its_width(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow()
    window.furnish()
    qtbot.addWidget(window)
    theme.apply_remembered(qapp, settings)
    window.restore_layout(settings)
    window.show()
    qapp.processEvents()
    area = window.unit.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    right = window.unit.overlay.mapTo(area.viewport(), window.unit.overlay.rect().topRight()).x()
    assert right < area.viewport().width()


def started(qtbot: QtBot, settings: QSettings) -> MainWindow:
    """As the program does it: the layout of last time first, the panels after the first paint."""
    window = MainWindow()
    qtbot.addWidget(window)
    window.restore_layout(settings)
    window.show()
    window.furnish()
    QApplication.processEvents()
    return window


def test_that_floating_and_closed_panes_are_so_again_and_can_be_put_back(qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    first = started(qtbot, settings)
    first.docks["Network"].setFloating(True)
    first.docks["Predictions"].hide()
    first.save_layout(settings)
    first.close()
    again = started(qtbot, settings)
    assert again.docks["Network"].isFloating()
    assert again.docks["Predictions"].isHidden()
    assert not again.docks["Unit"].isHidden()
    again.reset_layout()
    QApplication.processEvents()
    for dock in again.docks.values():
        assert not dock.isFloating()
        assert dock.isVisible()
    again.close()


def test_that_keys_close_and_open_a_pane_of_a_window_that_stood_before_them(qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = started(qtbot, settings)
    session = Session(WindowOptions(), settings, make_engine=FakeEngine, window=window)
    bindings = Bindings(session)
    for command, dock in (("labels", "Predictions"), ("unit-pane", "Unit")):
        assert window.actions_[command].isChecked()
        window.actions_[command].trigger()
        assert window.docks[dock].isHidden()
        window.actions_[command].trigger()
        assert window.docks[dock].isVisible()
    assert bindings.parent() is session
    window.close()


@pytest.mark.parametrize("is_there", [True, False])
def test_that_the_fast_view_is_chosen_and_remembered_where_it_can_be(
    is_there: bool, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_extra, "find_spec", lambda name: object() if is_there else None)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = started(qtbot, settings)
    session = Session(WindowOptions(), settings, make_engine=FakeEngine, window=window)
    bindings = Bindings(session)
    assert not window.actions_["fast"].isChecked()
    window.actions_["fast"].trigger()
    assert window.actions_["fast"].isChecked() == is_there
    assert ("underhood[fast]" in window.notice.sentence) != is_there
    assert bindings.parent() is session
    window.close()
    again = started(qtbot, settings)
    session = Session(WindowOptions(), settings, make_engine=FakeEngine, window=again)
    bindings = Bindings(session)
    assert again.actions_["fast"].isChecked() == is_there
    assert bindings.parent() is session
    again.close()


def test_that_a_window_that_starts_on_the_full_screen_leaves_it_at_the_first_key(qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = started(qtbot, settings)
    window.showFullScreen()
    session = Session(WindowOptions(), settings, make_engine=FakeEngine, window=window)
    bindings = Bindings(session)
    window.actions_["full-screen"].trigger()
    assert not window.isFullScreen()
    assert bindings.parent() is session
    window.close()


@pytest.mark.parametrize("garbled", ["abc", 7, ["a", "b"], b"\x00\x01 of another program"])
def test_that_a_garbled_layout_is_that_of_the_first_start(qtbot: QtBot, tmp_path: Path, garbled: object) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("window/geometry", garbled)
    settings.setValue("window/state", garbled)
    window = started(qtbot, settings)
    assert all(dock.isVisible() for dock in window.docks.values())
    assert window.dockWidgetArea(window.docks["Network"]) == Qt.DockWidgetArea.LeftDockWidgetArea
