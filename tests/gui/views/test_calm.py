"""Calm repaints: the first at once, the others together, the last one never lost; and no widget kept alive."""

import gc
import weakref

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.views.calm import Calm


class Painted(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.times = 0
        self.calm = Calm(self, 20)
        self.calm.due.connect(self.count)

    def count(self) -> None:
        self.times += 1


def test_that_requests_in_a_burst_are_painted_at_once_and_at_the_end(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    for _ in range(10):
        widget.calm.request()
    assert widget.times == 1
    qtbot.waitUntil(lambda: widget.times == 2)
    pause = widget.calm.findChild(QTimer)
    assert isinstance(pause, QTimer)
    qtbot.waitUntil(lambda: not pause.isActive())
    assert widget.times == 2


def test_that_what_the_person_did_is_not_waited_for(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    for _ in range(3):
        widget.calm.at_once()
    assert widget.times == 3


def test_that_a_widget_dies_with_its_last_reference(qapp: QApplication) -> None:
    gc.disable()
    try:
        widget = Painted()
        alive = weakref.ref(widget)
        widget.calm.request()
        del widget
        assert alive() is None
    finally:
        gc.enable()
