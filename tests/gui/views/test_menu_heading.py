"""What stands over the rows of a menu."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from gui.views.menu_heading import add_heading


def test_that_the_heading_is_seen_and_the_keys_pass_it_by(qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    add_heading(menu, "conv · unit 0")
    first = menu.addAction("Enlarge")
    menu.popup(QPoint(0, 0))
    words = menu.findChild(QLabel)
    assert isinstance(words, QLabel)
    assert words.isVisible()
    assert words.height() >= words.fontMetrics().height()
    assert menu.actionGeometry(first).top() >= words.geometry().bottom()
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction() is first
    menu.close()
