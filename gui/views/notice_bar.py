"""The bar over a panel when something is wrong or worth knowing: a sentence, what mends it, and details to unfold.

It never takes the focus.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.views.words import WrappedWords

Kind = Literal["error", "warning", "hint"]
Way = tuple[str, Callable[[], object]]

STRIPE = 4
DETAIL_LINES = 10
NARROW, NARROW_LOW = 80, 50  # letters
PASSING = 10_000  # milliseconds
HINT_STAYS = 15_000  # milliseconds that a hint may cover the status line


class NoticeBar(QWidget):
    """Hidden until `show_notice`; `closed` when the person closed it.

    A passing notice goes by itself, when the mouse has not been over it for a while; so does a hint over a low bar's
    line of words, which counts as closed then. Such a hint goes at a click, too: what it covers was meant.
    """

    closed = Signal(str)  # the sentence

    def __init__(self, parent: QWidget | None = None, low: bool = False) -> None:
        super().__init__(parent)
        self._low = low  # no higher than a line of words, if one is enough
        self.setProperty("low", low)
        self._kind: Kind = "hint"
        self._ways: list[Callable[[], object]] = []
        self._built = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def _build(self) -> None:
        """At the first notice, because most bars never show one and the window has to stand quickly."""
        self._built = True
        self._passing = QTimer(self)
        self._passing.timeout.connect(self._pass)
        self._sentence = WrappedWords()
        self._buttons = [QPushButton(), QPushButton()]
        self._buttons[0].clicked.connect(self._first)
        self._buttons[1].clicked.connect(self._second)
        self._unfold = _flat("Details", "Show what happened in full")
        self._unfold.setCheckable(True)
        self._unfold.toggled.connect(self._show_details)
        self._close = _flat("✕", "Close this notice")
        self._close.clicked.connect(self.close_by_hand)
        self._copy = _flat("Copy", "Copy the sentence and the details")
        self._copy.clicked.connect(self._copy_details)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QHBoxLayout()
        for part in (*self._buttons, self._unfold, self._copy):
            buttons.addWidget(part)
        buttons.addStretch()
        self._words_and_buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._words_and_buttons.addWidget(self._sentence, 1)
        self._words_and_buttons.addLayout(buttons)
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addLayout(self._words_and_buttons, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        margin = 1 if self._low else 6
        column.setContentsMargins(STRIPE + theme.GRID, margin, theme.GRID, margin)
        column.addLayout(row)
        column.addWidget(self._details)

    @property
    def sentence(self) -> str:
        """What is shown; empty when the bar is closed."""
        return "" if self.isHidden() else self._sentence.text()

    def show_notice(
        self,
        sentence: str,
        kind: Kind = "error",
        ways: Sequence[Way] = (),
        details: str = "",
        passing: bool = False,
    ) -> None:
        """`ways` are up to two (button text, function); the bar closes when one is taken.

        The same sentence again changes nothing, so what comes with every frame does not flicker or fold up.
        """
        if not self._built:
            self._build()
        same = sentence == self.sentence
        if passing:
            self._passing.start(PASSING)
        elif not (self._low and kind == "hint" and not ways):
            self._passing.stop()
        elif not same:
            self._passing.start(HINT_STAYS)
        if same and kind == self._kind and [text for text, _ in ways] == self._way_texts():
            return
        self._kind = kind
        self._sentence.setText(sentence)
        self._ways = [function for _, function in ways[:2]]
        for i, button in enumerate(self._buttons):
            button.setVisible(i < len(self._ways))
            if i < len(self._ways):
                button.setText(ways[i][0])
        self._details.setPlainText(details.strip())
        lines = min(details.strip().count("\n") + 2, DETAIL_LINES)
        self._details.setFixedHeight(self._details.fontMetrics().lineSpacing() * lines + 2 * theme.GRID)
        self._unfold.setChecked(False)
        self._unfold.setVisible(bool(details.strip()))
        self._show_details(False)
        self.setAccessibleName(f"{kind}: {sentence}")
        self.show()
        self.update()

    @Slot()
    def clear(self) -> None:
        """What was wrong is over."""
        if self._built:
            self._passing.stop()
        self.hide()

    @Slot()
    def close_by_hand(self) -> bool:
        """As its cross does; False if there is nothing to close."""
        sentence = self.sentence
        if not sentence:
            return False
        self.clear()
        self.closed.emit(sentence)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow dock the buttons go below the sentence."""
        if not self._built:
            return
        narrow = self.width() < (NARROW_LOW if self._low else NARROW) * self.fontMetrics().averageCharWidth()
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._words_and_buttons.setDirection(direction)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._low and self._kind == "hint":
            self.close_by_hand()
        else:
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink = _ink(self._kind)
        painter.fillRect(self.rect(), theme.blend(theme.colours().panel, ink, 0.14))
        painter.fillRect(0, 0, STRIPE, self.height(), ink)

    @Slot()
    def _pass(self) -> None:
        if not self.underMouse():
            self.close_by_hand()

    def _way_texts(self) -> list[str]:
        return [button.text() for button, _ in zip(self._buttons, self._ways, strict=False)]

    @Slot(bool)
    def _show_details(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self._copy.setVisible(shown)

    @Slot()
    def _first(self) -> None:
        self._take(0)

    @Slot()
    def _second(self) -> None:
        self._take(1)

    def _take(self, way: int) -> None:
        function = self._ways[way]
        self.clear()
        function()

    @Slot()
    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._sentence.text()}\n\n{self._details.toPlainText()}")


def _ink(kind: Kind) -> QColor:
    colours = theme.colours()
    return {"error": colours.error, "warning": colours.warning, "hint": colours.accent}[kind]


def _flat(text: str, help_text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAutoRaise(True)
    button.setToolTip(help_text)
    button.setAccessibleName(help_text)
    return button
