"""Tabs in groups: a slim rail at the left takes a group, a row of tabs above the pages takes one of its tabs.

Counted from 0 over all groups, in their order, its tabs are used as those of a `QTabWidget` are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)


@dataclass
class _Group:
    title: str
    help: str
    button: QToolButton
    pages: list[QWidget] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    helps: list[str] = field(default_factory=list)
    last: int = 0  # which of its tabs was in front


class GroupedTabs(QWidget):
    currentChanged = Signal(int)  # noqa: N815  # as Qt calls it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[_Group] = []
        self._front = -1  # which group is
        self._buttons = QButtonGroup(self)
        self._buttons.setExclusive(True)
        self._bar = QTabBar(self)
        self._bar.setDocumentMode(True)
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setToolTip("The tabs of this group; its number key takes them in turn")
        self._pages = QStackedWidget(self)
        self.rail = QWidget(self)
        self.rail.setObjectName("rail")
        self.rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._rail = QVBoxLayout(self.rail)
        self._rail.setContentsMargins(0, 0, 0, 0)
        self._rail.setSpacing(2)
        self._rail.addStretch(1)
        middle = QVBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self._bar)
        middle.addWidget(self._pages, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(middle, 1)
        self._bar.currentChanged.connect(self._choose_tab)
        self._buttons.idClicked.connect(self._click_group)

    # what there is

    def add_group(self, title: str, help_: str) -> None:
        """In sight as soon as it has a tab."""
        number = len(self._groups)
        button = QToolButton(self.rail)
        button.setText(title)
        button.setCheckable(True)
        button.setToolTip(help_)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.hide()
        self._buttons.addButton(button, number)
        self._rail.insertWidget(number, button)
        self._groups.append(_Group(title, help_, button))

    def add_tab(self, group: str, page: QWidget, title: str, help_: str = "") -> int:
        """At the end of its group; its number among all."""
        at = next(number for number, one in enumerate(self._groups) if one.title == group)
        one = self._groups[at]
        one.pages.append(page)
        one.titles.append(title)
        one.helps.append(help_)
        one.button.show()
        self._pages.addWidget(page)
        if at == self._front:
            self._fill_bar()
        elif self._front < 0:
            self._go(at, 0)
        return self.indexOf(page)

    def replace_page(self, old: QWidget, new: QWidget) -> None:
        for group in self._groups:
            if old in group.pages:
                group.pages[group.pages.index(old)] = new
                self._pages.addWidget(new)
                if self._pages.currentWidget() is old:
                    self._pages.setCurrentWidget(new)
                self._pages.removeWidget(old)

    @property
    def groups(self) -> Sequence[str]:
        """Those that have tabs, from top to bottom."""
        return [group.title for group in self._groups if group.pages]

    def titles_of(self, group: str) -> Sequence[str]:
        return next(tuple(one.titles) for one in self._groups if one.title == group)

    def count(self) -> int:
        return sum(len(group.pages) for group in self._groups)

    def widget(self, index: int) -> QWidget:
        group, at = self._place(index)
        return self._groups[group].pages[at]

    def tabText(self, index: int) -> str:
        group, at = self._place(index)
        return self._groups[group].titles[at]

    def help_of(self, index: int) -> str:
        group, at = self._place(index)
        return self._groups[group].helps[at]

    def indexOf(self, page: QWidget) -> int:
        return next((index for index in range(self.count()) if self.widget(index) is page), -1)

    @property
    def controls(self) -> Sequence[QWidget]:
        """The rail's buttons and the row of tabs, in the order in which the Tab key goes through them."""
        return (*(group.button for group in self._groups), self._bar)

    # which is in front

    def currentIndex(self) -> int:
        return self.indexOf(self.currentWidget())

    def currentWidget(self) -> QWidget:
        page = self._pages.currentWidget()
        assert page is not None, "There is no tab yet."
        return page

    def setCurrentIndex(self, index: int) -> None:
        self._go(*self._place(index))

    def setCurrentWidget(self, page: QWidget) -> None:
        self.setCurrentIndex(self.indexOf(page))

    def take_group(self, number: int) -> None:
        """To this one of the groups that have tabs, where it was left; again, to its next tab."""
        filled = [at for at, group in enumerate(self._groups) if group.pages]
        at = filled[number]
        group = self._groups[at]
        self._go(at, (group.last + 1) % len(group.pages) if at == self._front else group.last)

    def walk(self, by: int) -> None:
        """Through all tabs of all groups, round and round."""
        self.setCurrentIndex((self.currentIndex() + by) % self.count())

    def _place(self, index: int) -> tuple[int, int]:
        for number, group in enumerate(self._groups):
            if index < len(group.pages):
                return number, index
            index -= len(group.pages)
        raise IndexError(index)

    def _go(self, number: int, at: int) -> None:
        before = self._pages.currentWidget() if self._front >= 0 else None
        group = self._groups[number]
        group.last = at
        if number != self._front:
            self._front = number
            self._fill_bar()
        self._bar.blockSignals(True)
        self._bar.setCurrentIndex(at)
        self._bar.blockSignals(False)
        group.button.setChecked(True)
        page = group.pages[at]
        self._pages.setCurrentWidget(page)
        if page is not before:
            self.currentChanged.emit(self.currentIndex())

    def _fill_bar(self) -> None:
        group = self._groups[self._front]
        self._bar.blockSignals(True)
        while self._bar.count():
            self._bar.removeTab(0)
        for title, help_ in zip(group.titles, group.helps, strict=True):
            self._bar.setTabToolTip(self._bar.addTab(title), help_)
        self._bar.setCurrentIndex(group.last)
        self._bar.blockSignals(False)

    @Slot(int)
    def _choose_tab(self, at: int) -> None:
        if at >= 0 and self._front >= 0:
            self._go(self._front, at)

    @Slot(int)
    def _click_group(self, number: int) -> None:
        group = self._groups[number]
        self._go(number, group.last)
