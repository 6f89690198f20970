"""Pictures that grow, and below them what they climb: it is painted anew with every step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from gui import theme
from gui.views.calm import Calm
from gui.views.line_plot import Line, LinePlot, key_pen
from gui.views.pixels import rgb_image

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Floats, Grown

GAP = 8
MOST_BELOW = 3  # lines about all pictures
KEY, KEY_HALF = 6, 16  # pixels under a picture for the stroke that is drawn as its line is, and half its length
MOST_NAMED = 4  # lines in their own plot
WRAPPED = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap


class GrownView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = Sheet(self)
        self.objective, self.prior = LinePlot(self), LinePlot(self)
        below = QWidget(self)
        row = QHBoxLayout(below)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for plot in (self.objective, self.prior):
            plot.setMinimumWidth(140)  # side by side in a narrow window
        row.addWidget(self.objective, 1)
        row.addWidget(self.prior, 1)
        self._below = below
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.addWidget(self.sheet)
        both.addWidget(below)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 1)
        both.setSizes([600, 170])
        both.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(both)
        below.hide()
        self._grown: Grown | None = None
        self._calm = Calm(self)
        self._calm.due.connect(self._plot_both)

    def show_result(self, grown: Grown, _picture: Pixels | None = None) -> None:
        from analysis.results.over_picture import as_levels
        from analysis.results.words import number_words

        words = list(grown.titles)
        if grown.activation is not None:
            answers = [f"answers {number_words(float(value))}" for value in grown.activation]
            words = [": ".join(filter(None, both)) for both in zip(words, answers, strict=True)]
        self.sheet.show_pictures([rgb_image(as_levels(picture)) for picture in grown.pictures], words, grown.climbed)
        self._below.show()
        self._grown = grown
        self._calm.request()

    @Slot()
    def _plot_both(self) -> None:
        grown = self._grown
        if grown is None:
            return
        self._plot(self.objective, grown, grown.objective, "objective")
        pulls = bool(grown.prior.any())
        self.prior.setVisible(pulls)
        if pulls:
            self._plot(self.prior, grown, grown.prior, "prior")

    def _plot(self, plot: LinePlot, grown: Grown, values: Floats, name: str) -> None:
        import numpy as np

        x = np.arange(values.shape[1], dtype=np.float32)
        several = len(grown.pictures) > 1
        titles = grown.titles if several else ("",)
        lines = [Line(title, x, line) for title, line in zip(titles, values, strict=True)]
        limits = (0.0, float(max(grown.total - 1, 1)))
        plot.show_lines(lines, "step", name, limits, counted=True, named=len(lines) <= MOST_NAMED)

    def show_nothing(self, words: str) -> None:
        self._grown = None
        self.sheet.show_nothing(words)
        self._below.hide()


class Sheet(QWidget):
    """Pictures in rows, each as large as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images: tuple[QImage, ...] = ()
        self._words: tuple[str, ...] = ()
        self._empty = ""
        self._below = ""
        self.setMinimumSize(120, 120)

    def sizeHint(self) -> QSize:
        return QSize(480, 360)

    def show_pictures(self, images: list[QImage], words: list[str], below: str) -> None:
        """`below` is said of all of them."""
        self.images, self._words, self._below = tuple(images), tuple(words), below
        self.setToolTip(f"Climbed: {below}" if below else "")  # all of it, which may be longer than there is room
        self.setAccessibleName(", ".join(filter(None, words)) or "The picture that grows")
        self.update()

    def show_nothing(self, words: str) -> None:
        self.images, self._empty = (), words
        self.setToolTip("")
        self.update()

    @property
    def _key(self) -> int:
        return KEY if len(self.images) > 1 else 0

    @property
    def told(self) -> list[list[str]]:
        """The lines under each picture, as they are seen."""
        return self._arranged(self._above())[1] if self.images else []

    def _above(self) -> int:
        """The height that what is said of all of them leaves."""
        return self.height() - (self._height_below() + 4 if self._below else 0)

    def _height_below(self) -> int:
        room, metrics = self.width() - 2 * GAP, self.fontMetrics()
        high = metrics.boundingRect(0, 0, room, 0, WRAPPED, self._said_below).height()
        return min(high, MOST_BELOW * metrics.lineSpacing())

    @property
    def _said_below(self) -> str:
        return f"Climbed: {self._below}"

    def _arranged(self, height: int) -> tuple[int, list[list[str]], int]:
        """How many columns, the lines under each picture, and how high those are: all that tells one from the other."""
        size, metrics, most = self.images[0].size(), self.fontMetrics(), 1
        while True:
            said = (most * metrics.lineSpacing() + 4 if any(self._words) else 0) + self._key
            columns = _columns(len(self.images), self.width(), height, size, said)
            told = [_lines(words, metrics, self.width() // columns - GAP) for words in self._words]
            if (needed := max(map(len, told))) <= most:
                return columns, told, said
            most = needed

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, line = QPainter(self), theme.colours(), self.fontMetrics().lineSpacing()
        painter.fillRect(self.rect(), colours.sunken)
        if not self.images:
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        height = self._above()
        columns, told, said = self._arranged(height)
        rows = -(-len(self.images) // columns)
        wide, high = self.width() / columns, height / rows
        for number, (image, words) in enumerate(zip(self.images, told, strict=True)):
            row, column = divmod(number, columns)
            cell = QRectF(column * wide + GAP / 2, row * high + GAP / 2, wide - GAP, high - GAP - said)
            size = image.size().scaled(int(cell.width()), int(cell.height()), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = cell.center().x() - size.width() / 2, cell.center().y() - size.height() / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), image)
            if self._key:
                painter.setPen(key_pen(number))
                middle, y = cell.center().x(), round(cell.bottom() + KEY / 2 + 1)  # whole, or some are thinner
                painter.drawLine(QPointF(middle - KEY_HALF, y), QPointF(middle + KEY_HALF, y))
            painter.setPen(colours.text)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            for place, part in enumerate(words):
                under = QRectF(cell.left(), cell.bottom() + self._key + 2 + place * line, cell.width(), line)
                painter.drawText(under, flags, part)
        if self._below:
            painter.setPen(colours.dim)
            room = QRectF(GAP, height, self.width() - 2 * GAP, self._height_below())
            painter.drawText(room, WRAPPED, self._said_below)


_MOST_LINES = 6


def _lines(words: str, metrics: QFontMetrics, width: int) -> list[str]:
    """The words below a picture, broken behind commas and colons where they do not fit into one line.

    What is too long even so is broken between any two words: a number that loses its first digits is another one.
    """
    lines: list[str] = []
    parts = re.split(r"(?<=[,:]) ", words)
    if any(metrics.horizontalAdvance(part) > width for part in parts):
        parts = words.split(" ")
    for part in parts:
        longer = f"{lines[-1]} {part}" if lines else part
        if lines and (metrics.horizontalAdvance(longer) <= width or len(lines) == _MOST_LINES):
            lines[-1] = longer
        else:
            lines.append(part)
    return [metrics.elidedText(one, Qt.TextElideMode.ElideMiddle, width) for one in lines]


def _columns(count: int, width: int, height: int, size: QSize, said: int) -> int:
    """As many as make the pictures largest."""

    def side(columns: int) -> float:
        rows = -(-count // columns)
        return min(width / columns / size.width(), max(height / rows - said, 1) / size.height())

    return max(range(1, count + 1), key=side)
