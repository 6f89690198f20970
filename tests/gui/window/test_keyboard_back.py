"""The keyboard comes back from a dialog that is gone, also where the window manager forgets it."""

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.window.keyboard_back import KeyboardBack


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    KeyboardBack(made)
    made.show()
    qtbot.waitActive(made)
    return made


def dialog_in(parent: QWidget) -> QDialog:
    made = QDialog(parent)
    QVBoxLayout(made).addWidget(QLineEdit(made))
    made.open()
    return made


def gone(dialog: QDialog) -> None:
    """Without a window manager, nobody gives the keyboard to another window."""
    dialog.close()
    dialog.deleteLater()
    QApplication.sendPostedEvents(dialog, QEvent.Type.DeferredDelete)


def test_that_the_window_has_it_again(qtbot: QtBot, window: QWidget) -> None:
    dialog = dialog_in(window)
    qtbot.waitUntil(dialog.isActiveWindow)
    gone(dialog)
    qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is None)
    qtbot.waitUntil(window.isActiveWindow)


def test_that_a_question_which_is_still_open_has_it_before_the_window(qtbot: QtBot, window: QWidget) -> None:
    name = dialog_in(window)
    question = dialog_in(name)
    qtbot.waitUntil(question.isActiveWindow)
    gone(question)
    qtbot.waitUntil(name.isActiveWindow)
    assert not window.isActiveWindow()
    gone(name)
    qtbot.waitUntil(window.isActiveWindow)
