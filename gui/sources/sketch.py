"""The sketch pad: white strokes on black, given to the network while they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QImage, QPainter, QPen

from gui.sources.qt_pixels import pixels_of
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels

SIDE = 280
THINNEST, USUAL, THICKEST = 6, 24, 60
_MILLISECONDS = 16  # between two pictures


@dataclass
class _Stroke:
    width: int
    points: list[QPointF] = field(default_factory=list)


class SketchSource(Source):
    """`centred` gives digits as MNIST has them: 28×28, scaled to one size, their centre of mass in the middle."""

    bar: ClassVar[BarName] = "sketch"

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strokes: list[_Stroke] = []
        self._image = _empty()
        self._brush = USUAL
        self._centred = True
        self._started = False
        self._drawing = False
        self._waiting = False  # something was drawn since the last picture
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_MILLISECONDS)
        self._pace.timeout.connect(self._after_a_while)

    @property
    def title(self) -> str:
        return "sketch pad"

    @property
    def moving(self) -> bool:
        return self._drawing

    @property
    def hint(self) -> str:
        return "" if self._strokes else "Draw a digit here with the mouse"

    @property
    def brush(self) -> int:
        """The width of the pen, of 280 pixels."""
        return self._brush

    @property
    def centred(self) -> bool:
        return self._centred

    @property
    def empty(self) -> bool:
        return not self._strokes

    def set_brush(self, width: int) -> None:
        self._brush = min(max(width, THINNEST), THICKEST)
        self.changed.emit()

    def set_centred(self, centred: bool) -> None:
        if centred != self._centred:
            self._centred = centred
            self._drawn()

    def start(self) -> None:
        self._started = True
        self._drawn()

    def stop(self) -> None:
        self._started = self._drawing = self._waiting = False
        self._pace.stop()

    def image(self) -> QImage:
        return self._image

    def press(self, x: float, y: float) -> None:
        self._drawing = True
        self._strokes.append(_Stroke(self._brush))
        self.drag(x, y)

    def drag(self, x: float, y: float) -> None:
        if not self._drawing:
            return
        stroke = self._strokes[-1]
        stroke.points.append(QPointF(x * SIDE, y * SIDE))
        self._draw(stroke, len(stroke.points) - 1)
        self._drawn()

    def release(self) -> None:
        if self._drawing:
            self._drawing = False
            self._drawn()

    def undo(self) -> None:
        """Takes the last stroke back."""
        if self._strokes:
            self._strokes.pop()
            self._redraw()

    def clear(self) -> None:
        if self._strokes:
            self._strokes.clear()
            self._redraw()

    def _redraw(self) -> None:
        self._drawing = False
        self._image = _empty()
        for stroke in self._strokes:
            for index in range(len(stroke.points)):
                self._draw(stroke, index)
        self._drawn()

    def _draw(self, stroke: _Stroke, index: int) -> None:
        """The piece of the stroke that ends at this point."""
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, cap, join = stroke.width, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(Qt.GlobalColor.white, width, Qt.PenStyle.SolidLine, cap, join))
        end = stroke.points[index]
        if index == 0:
            painter.drawPoint(end)
        else:
            painter.drawLine(stroke.points[index - 1], end)
        painter.end()

    def _drawn(self) -> None:
        """Gives the picture now, or when the last one is long enough ago; what ends a stroke is given at once."""
        self.changed.emit()
        if not self._started:
            return
        if self._drawing and self._pace.isActive():
            self._waiting = True
            return
        self._waiting = False
        self._pace.start()
        self.give(self._picture(), "sketch", moving=self._drawing)

    @Slot()
    def _after_a_while(self) -> None:
        if self._waiting:
            self._drawn()

    def _picture(self) -> Pixels:
        pixels = pixels_of(self._image)
        if not self._centred:
            return pixels
        import numpy as np

        from analysis.pictures.centring import centred_digit

        return np.repeat(centred_digit(pixels[..., 0])[..., None], 3, axis=2)


def _empty() -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.black)
    return image
