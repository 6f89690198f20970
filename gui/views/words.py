"""Labels whose size never follows what they say, so that a long name moves nothing else in the window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from html import escape, unescape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextDocumentFragment,
)
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QWidget

_BREAK = "\u200b"  # a place to break the line that shows nothing
_BOLD_FIRST = re.compile(r"<b>([^<]*)</b>([^<]*)")
# A dot between digits and a dash before a number are parts of that number.
_TAG_OR_JOINT = re.compile(r"<[^<>]*>|(?:(?<=\w)-|(?<!\d)\.|(?<=\d)\.(?!\d)|[/\\_])+(?=\w)")


class FittedWords(QLabel):
    """Says what there is room for; `_fill` decides that anew whenever the room or the font changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fill()

    def _fill(self) -> None:
        """Nothing to decide as long as nothing is to be said."""


class SteadyLine(FittedWords):
    """One line that may change with every frame: for it nothing in the window is laid out anew, which would take longer
    than all that is painted then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self.ink: QColor | None = None  # in place of that of all words
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        if text == self._words:
            return
        before, self._words = self._words, text
        if not (before and text) or self.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Ignored:
            super().setText(text)  # to say nothing takes no room
        self.setAccessibleName(text)
        self.update()

    def text(self) -> str:
        return self._words

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.ink is not None:
            painter.setPen(self.ink)
        words = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self.alignment(), words)
        painter.end()


class ElidedWords(SteadyLine):
    """One line that ends in dots where it would not fit; the tooltip has all of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(64)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)


class WrappedWords(QLabel):
    """Sentences as wide as there is room; the names in them may break after dots, dashes and slashes."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._said = ""
        self.setText(text)

    def setText(self, text: str) -> None:
        if text != self._said:  # said again with every frame
            self._said = text
            super().setText(_TAG_OR_JOINT.sub(_breakable, text))

    def text(self) -> str:
        return super().text().replace(_BREAK, "")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copies it without what only breaks its lines, so that a path in it can be pasted."""
        _offer_copy(self, QTextDocumentFragment.fromHtml(self.text()).toPlainText(), event)


class FewerWords(SteadyLine):
    """Says the first of several ways to say something that there is room for; the last one with dots, if need be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ways: tuple[str, ...] = ()

    def say(self, *ways: str) -> None:
        """The longest first; nothing says nothing."""
        self._ways = ways
        self._fill()

    def _fill(self) -> None:
        letters, room = self.fontMetrics(), self.width()
        fitting = (way for way in self._ways if letters.horizontalAdvance(way) <= room)
        last = letters.elidedText(self._ways[-1], Qt.TextElideMode.ElideRight, room) if self._ways else ""
        self.setText(next(fitting, last))


class Title(SteadyLine):
    """A line of which the first words may be bold; where it would not fit, the middle of what follows them goes."""

    def setText(self, text: str) -> None:
        super().setText(text)
        found = _BOLD_FIRST.fullmatch(text)
        if found is not None:
            self.setAccessibleName(unescape(found[1] + found[2]))

    def clear(self) -> None:
        self.setText("")

    @property
    def shown(self) -> str:
        """What there is room for."""
        found = _BOLD_FIRST.fullmatch(self.text())
        return f"<b>{found[1]}</b>{escape(self._after(self._bold(), *found.groups()), quote=False)}" if found else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        found = _BOLD_FIRST.fullmatch(self.text())
        if found is None:
            super().paintEvent(event)
            return
        painter, bold, room = QPainter(self), self._bold(), self.contentsRect()
        painter.setFont(bold)
        name = unescape(found[1])
        painter.drawText(room, self.alignment(), name)
        painter.setFont(self.font())
        room.setLeft(room.left() + QFontMetrics(bold).horizontalAdvance(name))
        painter.drawText(room, self.alignment(), self._after(bold, *found.groups()))
        painter.end()

    def _bold(self) -> QFont:
        bold = self.font()
        bold.setBold(True)
        return bold

    def _after(self, bold: QFont, name: str, rest: str) -> str:
        room = self.contentsRect().width() - QFontMetrics(bold).horizontalAdvance(unescape(name))
        return self.fontMetrics().elidedText(unescape(rest), Qt.TextElideMode.ElideMiddle, max(room, 0))


class Heading(FittedWords):
    """A name and facts about it on one line: the last facts go where there is no room, then the middle of the name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._name = ""
        self._facts: tuple[str, ...] = ()

    def show_facts(self, name: str, facts: Sequence[str] = ()) -> None:
        self._name, self._facts = name, tuple(facts)
        self._fill()

    def _fill(self) -> None:
        bold = self.font()
        bold.setBold(True)
        letters = QFontMetrics(bold)
        left = self.width() - letters.horizontalAdvance(self._name)
        shown: list[str] = []
        for fact in self._facts:
            said = ("  " if not shown else " · ") + fact
            left -= self.fontMetrics().horizontalAdvance(said)
            if left < 0:
                break
            shown.append(fact)
        name = letters.elidedText(self._name, Qt.TextElideMode.ElideMiddle, self.width())
        self.setText(f"<b>{escape(name)}</b>&nbsp; {escape(' · '.join(shown))}" if name else "")


class Facts(FittedWords):
    """Short facts with dots between them; a line ends between two facts, never inside one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        return self._facts

    def show_facts(self, facts: Sequence[str]) -> None:
        self._facts = tuple(facts)
        self._fill()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _offer_copy(self, " · ".join(self._facts), event)

    def _fill(self) -> None:
        letters, room = self.fontMetrics(), self.width()
        lines: list[str] = []
        for fact in self._facts:
            longer = f"{lines[-1]} · {fact}" if lines else fact
            if lines and letters.horizontalAdvance(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(letters.elidedText(fact, Qt.TextElideMode.ElideMiddle, room))
        if self.text() != (text := "\n".join(lines)):
            self.setText(text)


def _offer_copy(label: QLabel, words: str, event: QContextMenuEvent) -> None:
    menu = QMenu(label)
    menu.addAction("Copy", partial(QGuiApplication.clipboard().setText, words))
    menu.exec(event.globalPos())
    menu.deleteLater()


def _breakable(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<") else found[0] + _BREAK
