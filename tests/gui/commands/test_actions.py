"""The command table: unique keys, nothing dead to be seen, and single letters that never spoil typing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.commands.actions import COMMANDS, KEY_NOTES, MENUS, Actions, keys_in_words


@dataclass
class Window:
    window: QMainWindow
    actions: Actions
    given: list[str] = field(default_factory=list)

    def bind(self, *ids: str) -> None:
        for command_id in ids:
            self.actions.bind(command_id, self._noting(command_id))

    def _noting(self, command_id: str) -> Callable[..., None]:
        return lambda *on: self.given.append(command_id + (f" {on[0]}" if on else ""))


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    main = QMainWindow()
    qtbot.addWidget(main)
    inside = QWidget()
    QVBoxLayout(inside)
    main.setCentralWidget(inside)
    return Window(main, Actions(main))


def put(window: Window, widget: QWidget, qtbot: QtBot) -> QWidget:
    """Shows the window with this control in it, focused."""
    inside = window.window.centralWidget()
    layout = inside.layout()
    assert layout is not None
    layout.addWidget(widget)
    window.window.show()
    window.window.activateWindow()
    qtbot.waitActive(window.window)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    return widget


def test_that_no_two_commands_share_an_id_or_a_key() -> None:
    ids = [command.id for command in COMMANDS]
    keys = [QKeySequence(key).toString() for command in COMMANDS for key in command.keys]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)
    assert all(keys)


def test_that_every_command_sits_in_a_known_menu_and_says_what_it_does() -> None:
    for command in COMMANDS:
        assert command.menu.partition("/")[0] in MENUS
        assert command.text
        assert command.help
        assert command.section


def test_that_notes_need_commands_that_exist() -> None:
    ids = {command.id for command in COMMANDS}
    assert {need for note in KEY_NOTES for need in note.needs} <= ids


def test_that_the_old_toolbox_keys_are_all_there() -> None:
    keys = {key for command in COMMANDS for key in command.keys}
    letters = set("FCEWHIJKLUOZSBDANMTQ089") | {"PgDown", "PgUp", "Esc", "Shift+T"} | {f"Shift+{k}" for k in "IJKL"}
    assert letters <= keys


def test_that_a_command_without_a_function_is_nowhere_to_be_seen(window: Window) -> None:
    assert set(window.actions.missing()) == {command.id for command in COMMANDS}
    menus = [window.actions.menu(name) for name in MENUS]
    assert not any(action.isVisible() and not action.isSeparator() for menu in menus for action in menu.actions())
    assert all(menu.menuAction().isVisible() for menu in menus)  # their names alone, or the window would jump
    window.bind("colours-grey")
    assert "colours-grey" not in window.actions.missing()
    assert [command.id for command in window.actions.commands()] == ["colours-grey"]
    assert window.actions["colours-grey"].isVisible()
    assert not window.actions["freeze"].isVisible()
    assert window.actions.menu("View").menuAction().isVisible()
    assert window.actions.menu("View/Colours").menuAction().isVisible()
    assert not window.actions.menu("View/Scale").menuAction().isVisible()
    assert not window.actions.menu("File").menuAction().isVisible()


def test_that_the_key_of_a_command_without_a_function_does_nothing(window: Window, qtbot: QtBot) -> None:
    focus = put(window, QPushButton("focus"), qtbot)
    qtbot.keyClick(focus, Qt.Key.Key_F)
    assert window.given == []


def test_that_notes_appear_with_what_they_need(window: Window) -> None:
    assert not any(note.needs for note in window.actions.notes())
    window.bind("open")
    assert any(note.needs == ("open",) for note in window.actions.notes())


def test_that_tooltips_name_the_keys(window: Window) -> None:
    freeze = next(command for command in COMMANDS if command.id == "freeze")
    assert keys_in_words(freeze) in window.actions["freeze"].toolTip()
    assert window.actions["freeze"].objectName() == "freeze"


def test_that_a_checkable_command_says_whether_it_is_on(window: Window) -> None:
    window.bind("freeze", "next-picture")
    window.actions["freeze"].trigger()
    window.actions["freeze"].trigger()
    window.actions["next-picture"].trigger()
    assert window.given == ["freeze True", "freeze False", "next-picture"]


def test_that_showing_a_state_does_not_give_the_command(window: Window) -> None:
    window.bind("freeze")
    window.actions["freeze"].setChecked(True)
    assert window.given == []


def test_that_a_submenu_of_checkable_commands_is_a_choice_of_one(window: Window) -> None:
    window.bind("colours-grey", "colours-magma", "freeze", "numbers")
    for command_id in ("colours-grey", "freeze", "numbers", "colours-magma"):
        window.actions[command_id].trigger()
    assert not window.actions["colours-grey"].isChecked()
    assert window.actions["colours-magma"].isChecked()
    assert window.actions["freeze"].isChecked()
    assert window.actions["numbers"].isChecked()


def editable_combo() -> QComboBox:
    combo = QComboBox()
    combo.setEditable(True)
    return combo


TYPING = [QLineEdit, QSpinBox, editable_combo, QPlainTextEdit]


@pytest.mark.parametrize("make", TYPING, ids=lambda make: make.__name__)
def test_that_letters_typed_into_a_field_are_not_commands(
    window: Window, qtbot: QtBot, make: Callable[[], QWidget]
) -> None:
    single = [command.id for command in COMMANDS if any(len(key) == 1 for key in command.keys)]
    window.bind(*single)
    field_ = make()
    put(window, field_, qtbot)
    for letter in "fceWqz08.T ":
        qtbot.keyClicks(field_, letter)
    assert window.given == []
    if isinstance(field_, QLineEdit):
        assert field_.text() == "fceWqz08.T "


def tree() -> QTreeWidget:
    widget = QTreeWidget()
    for name in ("freeze me", "conv1", "zebra"):
        widget.addTopLevelItem(QTreeWidgetItem([name]))
    widget.setCurrentItem(widget.topLevelItem(1))
    return widget


ELSEWHERE = [QPushButton, QComboBox, QSlider, tree]


@pytest.mark.parametrize("make", ELSEWHERE, ids=lambda make: make.__name__)
def test_that_letters_are_commands_wherever_nothing_is_typed(
    window: Window, qtbot: QtBot, make: Callable[[], QWidget]
) -> None:
    window.bind("freeze", "zoom-unit", "boost", "gamma", "fit", "unit-up-3", "reset")
    focus = put(window, make(), qtbot)
    keys = [Qt.Key.Key_F, Qt.Key.Key_Z, Qt.Key.Key_T, Qt.Key.Key_0, Qt.Key.Key_Escape]
    for key in keys:
        qtbot.keyClick(focus, key)
    qtbot.keyClick(focus, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(focus, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert window.given == ["freeze True", "zoom-unit", "gamma", "fit", "reset", "boost", "unit-up-3"]


def test_that_space_presses_a_focused_button_and_freezes_elsewhere(window: Window, qtbot: QtBot) -> None:
    window.bind("freeze")
    button = QPushButton("focus")
    put(window, button, qtbot)
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert window.given == []
    qtbot.keyClick(put(window, tree(), qtbot), Qt.Key.Key_Space)
    assert window.given == ["freeze True"]


def test_that_page_keys_scroll_a_list_and_change_the_picture_elsewhere(window: Window, qtbot: QtBot) -> None:
    window.bind("next-picture")
    qtbot.keyClick(put(window, tree(), qtbot), Qt.Key.Key_PageDown)
    assert window.given == []
    qtbot.keyClick(put(window, QPushButton("focus"), qtbot), Qt.Key.Key_PageDown)
    assert window.given == ["next-picture"]


def test_that_ctrl_with_a_page_key_walks_the_tabs_wherever_the_focus_is(window: Window, qtbot: QtBot) -> None:
    window.bind("tab-next")
    choice = QComboBox()
    choice.addItems(["one", "two"])
    for focus in (put(window, choice, qtbot), put(window, tree(), qtbot)):
        qtbot.keyClick(focus, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert choice.currentIndex() == 0
    assert window.given == ["tab-next", "tab-next"]


def test_that_ctrl_keys_work_while_typing(window: Window, qtbot: QtBot) -> None:
    window.bind("open", "reset")
    line = put(window, QLineEdit(), qtbot)
    qtbot.keyClick(line, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert window.given == ["open", "reset"]
