"""Tabs in groups: a group's key takes it where it was left, and again its next tab; all are counted as one row."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTabBar, QToolButton
from pytestqt.qtbot import QtBot

from gui.views.grouped_tabs import GroupedTabs


@pytest.fixture
def tabs(qtbot: QtBot) -> GroupedTabs:
    made = GroupedTabs()
    qtbot.addWidget(made)
    for group, titles in (("Look", ("Activations",)), ("Explain", ("Saliency", "Occlusion")), ("Make", ())):
        made.add_group(group, f"{group} at it")
        for title in titles:
            made.add_tab(group, QLabel(title), title, f"{title} of it")
    made.resize(600, 400)
    made.show()
    return made


def bar(tabs: GroupedTabs) -> list[str]:
    row = tabs.controls[-1]
    assert isinstance(row, QTabBar)
    return [row.tabText(index) for index in range(row.count())]


def button(tabs: GroupedTabs, text: str) -> QToolButton:
    return next(one for one in tabs.rail.findChildren(QToolButton) if one.text() == text)


def test_that_only_the_tabs_of_the_group_in_front_are_in_the_row(tabs: GroupedTabs, qtbot: QtBot) -> None:
    assert bar(tabs) == ["Activations"]
    qtbot.mouseClick(button(tabs, "Explain"), Qt.MouseButton.LeftButton)
    assert bar(tabs) == ["Saliency", "Occlusion"]
    assert tabs.currentWidget().text() == "Saliency"
    assert tabs.currentWidget().isVisible()


def test_that_a_group_without_tabs_is_not_there_yet(tabs: GroupedTabs) -> None:
    assert button(tabs, "Make").isHidden()
    assert tabs.groups == ["Look", "Explain"]
    tabs.add_tab("Make", QLabel("Synthesis"), "Synthesis")
    assert not button(tabs, "Make").isHidden()
    assert tabs.tabText(3) == "Synthesis"


def test_that_all_are_counted_as_one_row(tabs: GroupedTabs, qtbot: QtBot) -> None:
    assert [tabs.tabText(index) for index in range(tabs.count())] == ["Activations", "Saliency", "Occlusion"]
    assert tabs.help_of(2) == "Occlusion of it"
    with qtbot.waitSignal(tabs.currentChanged) as changed:
        tabs.setCurrentIndex(2)
    assert changed.args == [2]
    assert button(tabs, "Explain").isChecked()
    tabs.setCurrentWidget(tabs.widget(0))
    assert tabs.currentIndex() == 0
    with pytest.raises(IndexError):
        tabs.setCurrentIndex(3)


def test_that_a_key_takes_a_group_and_again_its_next_tab(tabs: GroupedTabs) -> None:
    tabs.take_group(1)
    assert tabs.currentIndex() == 1
    tabs.take_group(1)
    assert tabs.currentIndex() == 2
    tabs.take_group(0)
    assert tabs.currentIndex() == 0
    tabs.take_group(1)
    assert tabs.currentIndex() == 2  # where it was left
    tabs.take_group(1)
    assert tabs.currentIndex() == 1


def test_that_walking_goes_round(tabs: GroupedTabs) -> None:
    seen = []
    for _ in range(4):
        seen.append(tabs.currentIndex())
        tabs.walk(1)
    assert seen == [0, 1, 2, 0]
    tabs.setCurrentIndex(0)
    tabs.walk(-1)
    assert tabs.currentIndex() == 2
