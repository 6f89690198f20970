"""What is asked beside a method."""

from pytestqt.qtbot import QtBot

from analysis.methods.registry import METHODS
from gui.selection import State
from gui.tabs.asked import Asked


def test_that_no_field_is_cut_where_the_column_is_narrowest(qtbot: QtBot) -> None:
    asked = Asked(State())
    qtbot.addWidget(asked)
    asked.show()

    for technique in METHODS:
        asked.show_method(technique)
        asked.resize(asked.minimumWidth(), 200)

        qtbot.waitUntil(lambda: asked.form.width() <= asked.form.parentWidget().width())
