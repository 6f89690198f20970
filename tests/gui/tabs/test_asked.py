"""What is asked beside a method."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from analysis.methods.registry import METHODS, method
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


def test_that_the_tab_key_goes_from_the_seed_through_all_fields_and_then_on(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    asked, below = Asked(State(), window), QPushButton(window)
    for name in ("edge-energy", "fourier"):
        asked.show_method(method(name))
        stops: list[QWidget] = [asked.seed]
        at = asked.seed.nextInFocusChain()
        while at is not None and stops[-1] is not below:
            if at.isVisibleTo(window) and at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.focusProxy() is None:
                stops.append(at)
            at = at.nextInFocusChain()
        assert stops == [asked.seed, *asked.form.fields, asked.form.defaults, below]
