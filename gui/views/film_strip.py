"""A row of small pictures with two lines under each, to scroll where it is longer than the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from gui import theme

SIDE = 104
LINES = 2


@dataclass(frozen=True)
class FilmFrame:
    image: QImage
    title: str
    words: str
    tip: str = ""


class FilmStrip(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row = _Row()
        self.setWidget(self._row)
        self.setWidgetResizable(True)
        self.setFixedHeight(self._row.sizeHint().height() + 12)

    def show_frames(self, frames: Sequence[FilmFrame]) -> None:
        self._row.frames = tuple(frames)
        self._row.setMinimumSize(self._row.sizeHint())
        self._row.setToolTip("\n".join(frame.tip for frame in frames if frame.tip))
        self._row.update()

    def show_nothing(self, words: str) -> None:
        self._row.empty_text = words
        self.show_frames(())

    @property
    def frames(self) -> Sequence[FilmFrame]:
        return self._row.frames


class _Row(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.frames: tuple[FilmFrame, ...] = ()
        self.empty_text = ""

    def sizeHint(self) -> QSize:
        return QSize(
            max(len(self.frames), 1) * (SIDE + theme.GRID), SIDE + LINES * self.fontMetrics().lineSpacing() + 6
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, metrics = QPainter(self), theme.colours(), self.fontMetrics()
        if not self.frames:
            painter.fillRect(self.rect(), colours.sunken)
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self.empty_text)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, frame in enumerate(self.frames):
            left = number * (SIDE + theme.GRID)
            size = frame.image.size().scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio)
            room = QRectF(left + (SIDE - size.width()) / 2, SIDE - size.height(), size.width(), size.height())
            painter.drawImage(room, frame.image)
            for line, (text, colour) in enumerate(((frame.title, colours.dim), (frame.words, colours.text))):
                room = QRectF(left, SIDE + 3 + line * metrics.lineSpacing(), SIDE, metrics.lineSpacing())
                painter.setPen(colour)
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, SIDE)
                painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, shown)
