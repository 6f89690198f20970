"""The sheet of keys shows what works and nothing else, and never stands in the way."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMainWindow, QTreeWidget
from pytestqt.qtbot import QtBot

from gui.commands.actions import COMMANDS, Actions
from gui.commands.help_overlay import HelpOverlay


@dataclass
class Window:
    window: QMainWindow
    actions: Actions
    sheet: HelpOverlay
    given: list[str] = field(default_factory=list)


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    main = QMainWindow()
    main.resize(1000, 700)
    qtbot.addWidget(main)
    actions = Actions(main)
    made = Window(main, actions, HelpOverlay(main, actions))
    actions.bind("help", made.sheet.toggle)
    actions.bind("reset", lambda: made.given.append("reset"))
    main.setCentralWidget(QTreeWidget())
    main.show()
    main.activateWindow()
    qtbot.waitActive(main)
    main.centralWidget().setFocus()
    return made


def texts(window: Window) -> list[str]:
    return [text for rows in window.sheet.sections().values() for _, text in rows]


def test_that_only_what_works_is_on_the_sheet(window: Window) -> None:
    assert "Stop or clear" in texts(window)
    assert "Freeze" not in texts(window)
    window.actions.bind("freeze", lambda on: None)
    assert "Freeze" in texts(window)


def test_that_every_command_with_a_key_gets_on_the_sheet(window: Window) -> None:
    for command in COMMANDS:
        window.actions.bind(command.id, lambda *_: None)
    keys = {key for rows in window.sheet.sections().values() for row_keys, _ in rows for key in row_keys}
    expected = {key for command in COMMANDS if command.sheet for key in command.keys if len(key) == 1}
    assert expected <= keys
    assert "1, 2 …" in keys


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_H])
def test_that_its_keys_open_and_close_it(window: Window, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(window.window.centralWidget(), key)
    assert window.sheet.isVisible()
    assert window.sheet.hasFocus()
    qtbot.keyClick(window.sheet, key)
    assert not window.sheet.isVisible()
    assert window.window.centralWidget().hasFocus()


def test_that_escape_closes_only_the_sheet(window: Window, qtbot: QtBot) -> None:
    window.sheet.toggle()
    qtbot.keyClick(window.sheet, Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()
    assert window.given == []
    qtbot.keyClick(window.window.centralWidget(), Qt.Key.Key_Escape)
    assert window.given == ["reset"]


def test_that_any_click_closes_it(window: Window, qtbot: QtBot) -> None:
    window.sheet.toggle()
    qtbot.mouseClick(window.sheet, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert not window.sheet.isVisible()


@pytest.mark.parametrize("size", [(1280, 800), (640, 400), (200, 120), (3840, 2160)])
def test_that_it_covers_a_window_of_any_size(window: Window, qtbot: QtBot, size: tuple[int, int]) -> None:
    for command in COMMANDS:
        window.actions.bind(command.id, lambda *_: None)
    window.sheet.toggle()
    window.window.resize(*size)
    qtbot.waitUntil(lambda: window.sheet.size() == window.window.size())
    assert not window.sheet.grab().isNull()
