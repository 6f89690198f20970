"""A small network that learns to divide a plane: its lines and regions now, or at one of the snapshots.

It is painted anew with every picture of a run, dozens of times a second. Points are drawn into it by the mouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from gui import theme
from gui.views.line_plot import Line, LinePlot
from gui.views.pixels import rgb_image
from gui.views.short_numbers import short
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Plane, Portrait

APART = 7.0  # pixels from one point to the next, where the mouse is dragged
DOT = 6.0
THUMB, SMALLEST_THUMB = 52, 18  # pixels
PLOTTED = 400  # places of the loss that are drawn
WORDS = 3  # lines that are kept free for them, so that the plane stays where it is while they change; where
NARROW = 460  # pixels are less than this, there is one more
SAID = 80  # milliseconds from one time that words and loss are drawn to the next: nobody reads faster
HIGH_ENOUGH = 560  # pixels of a view that has room for the loss, too


class PlaneView(QWidget):
    pressed = Signal(float, float)  # a place in the plane

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plane: Plane | None = None
        self._chosen: int | None = None  # the iteration of the snapshot that is looked at; None for now
        self.words = WrappedWords(parent=self)
        self.words.setProperty("dim", True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.canvas = Canvas(self)
        self.moments = Moments(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setToolTip("Through the snapshots; at its right end is what there is now")
        self.slider.setAccessibleName("Snapshots")
        self.when = QLabel(self)
        self.loss = LinePlot(self)
        self.loss.setMinimumHeight(90)
        self.loss.setMaximumHeight(130)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.words)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.moments)
        column.addWidget(self.slider)
        column.addWidget(self.when)
        column.addWidget(self.loss)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SAID)
        self._soon.timeout.connect(self._say_later)
        self._unsaid = False
        self.slider.valueChanged.connect(self._slide)
        self.moments.chosen.connect(self.slider.setValue)
        self.canvas.pressed.connect(self.pressed)
        self._show_film(False)

    def show_result(self, result: Plane, _picture: Pixels | None = None) -> None:
        self._plane = result
        self.canvas.empty_text = ""
        count = len(result.snapshots)
        at_end = self._chosen is None
        if self.slider.maximum() != count or at_end:
            self.slider.blockSignals(True)
            self.slider.setRange(0, count)
            found = [number for number, one in enumerate(result.snapshots) if one.iteration == self._chosen]
            self._chosen = self._chosen if found else None
            self.slider.setValue(found[0] if found else count)
            self.slider.blockSignals(False)
        self.moments.show_portraits(result.snapshots, result)
        self._show_film(True)
        self._draw()

    def show_nothing(self, words: str) -> None:
        self._plane, self._chosen = None, None
        self._soon.stop()
        self.words.setText("")
        self.canvas.empty_text = words
        self.canvas.show_portrait(None, 1.5)
        self.moments.show_portraits((), None)
        self._show_film(False)
        self.setAccessibleDescription(words)

    def show_points(self, places: NDArray[np.float64] | None, classes: NDArray[np.int64] | None) -> None:
        """Points that are drawn, before anything learns from them."""
        self.canvas.show_points(places, classes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_film(self._plane is not None)

    def _show_film(self, there: bool) -> None:
        for part in (self.words, self.moments, self.slider, self.when):
            part.setVisible(there)
        self.words.setMinimumHeight((WORDS + (self.width() < NARROW)) * self.words.fontMetrics().lineSpacing())
        self.loss.setVisible(there and self.height() >= HIGH_ENOUGH)

    @Slot(int)
    def _slide(self, place: int) -> None:
        plane = self._plane
        if plane is not None:
            self._chosen = plane.snapshots[place].iteration if place < len(plane.snapshots) else None
            self._soon.stop()
            self._draw()

    @property
    def portrait(self) -> Portrait | None:
        """That is looked at."""
        plane = self._plane
        if plane is None:
            return None
        return next((one for one in plane.snapshots if one.iteration == self._chosen), plane.now)

    def _draw(self) -> None:
        plane, portrait = self._plane, self.portrait
        if plane is None or portrait is None:
            return
        from analysis.drawing.plane import points_of

        self.canvas.show_points(*points_of(portrait, plane))
        self.canvas.show_portrait(portrait, plane.reach)
        self.moments.mark(self._chosen)
        if self._soon.isActive():
            self._unsaid = True
        else:
            self._say()

    @Slot()
    def _say_later(self) -> None:
        if self._unsaid:
            self._say()

    def _say(self) -> None:
        """What stands around the plane."""
        plane, portrait = self._plane, self.portrait
        self._unsaid = False
        if plane is None or portrait is None:
            return
        self._soon.start()
        self.words.setText(portrait.words)
        self.setAccessibleDescription(portrait.words)
        which = "now" if self._chosen is None else "snapshot"
        self.when.setText(f"{which}: iteration {portrait.iteration:,} of {plane.total:,}")
        self._show_loss(plane)

    def _show_loss(self, plane: Plane) -> None:
        import numpy as np

        if not self.loss.isVisible() or not len(plane.losses):
            return
        every = max(len(plane.losses) // PLOTTED, 1)
        steps = np.arange(1, len(plane.losses) + 1, dtype=np.float32)[::every]
        self.loss.show_lines(
            [Line("loss", steps, plane.losses[::every])],
            "iteration",
            "loss",
            (0.0, float(max(plane.total, 1))),
            counted=True,
        )


class Canvas(QWidget):
    """The plane, as large a square as there is room for."""

    pressed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setAccessibleName("The plane with the points and the lines of the units")
        self.empty_text = ""
        self._portrait: Portrait | None = None
        self._image: QImage | None = None
        self._places: NDArray[np.float64] | None = None
        self._classes: NDArray[np.int64] | None = None
        self._reach = 1.5
        self._dots: QPixmap | None = None  # the points, which stay where they are while lines move
        self._last: QPointF | None = None

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def show_points(self, places: NDArray[np.float64] | None, classes: NDArray[np.int64] | None) -> None:
        if places is not self._places or classes is not self._classes:
            self._places, self._classes, self._dots = places, classes, None
        self.update()

    def show_portrait(self, portrait: Portrait | None, reach: float) -> None:
        if reach != self._reach:
            self._dots = None
        self._portrait, self._reach = portrait, reach
        self._image = _ground(portrait) if portrait is not None else None
        self.update()

    def square(self) -> QRectF:
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, square = QPainter(self), theme.colours(), self.square()
        painter.fillRect(square, colours.sunken)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._portrait is not None and self._image is not None:
            painter.drawImage(square, self._image)
            paint_lines(painter, square, self._portrait, self._reach, 1.0)
        elif self._places is None:
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(square.adjusted(16, 16, -16, -16), flags, self.empty_text)
        if self._places is not None and self._classes is not None:
            if self._dots is None:
                self._dots = self._painted_points(square, self._places, self._classes)
            painter.drawPixmap(square.topLeft(), self._dots)

    def _painted_points(self, square: QRectF, places: NDArray[np.float64], classes: NDArray[np.int64]) -> QPixmap:
        fine = self.devicePixelRatioF()
        dots = QPixmap((square.size() * fine).toSize())
        dots.setDevicePixelRatio(fine)
        dots.fill(Qt.GlobalColor.transparent)
        painter = QPainter(dots)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_points(painter, QRectF(QPointF(0, 0), square.size()), places, classes, self._reach)
        painter.end()
        return dots

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._dots = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.DevicePixelRatioChange):
            self._dots = None  # their rims are the colour of the window

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = None
        self._press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._press(event)

    def _press(self, event: QMouseEvent) -> None:
        at, square = event.position(), self.square()
        if not event.buttons() & Qt.MouseButton.LeftButton or not square.contains(at):
            return
        if self._last is not None and QLineF(self._last, at).length() < APART:
            return
        self._last = at
        x = (at.x() - square.left()) / square.width() * 2 * self._reach - self._reach
        y = self._reach - (at.y() - square.top()) / square.height() * 2 * self._reach
        self.pressed.emit(x, y)


class Moments(QWidget):
    """The snapshots as a strip; a click looks at one."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(THUMB)
        self.setAccessibleName("The snapshots")
        self._portraits: Sequence[Portrait] = ()
        self._images: dict[int, QImage] = {}
        self._reach = 1.5
        self._marked: int | None = None

    def show_portraits(self, portraits: Sequence[Portrait], plane: Plane | None) -> None:
        kept = {id(one): self._images[id(one)] for one in portraits if id(one) in self._images}
        fresh = len(kept) != len(portraits) or len(portraits) != len(self._portraits)
        self._images = kept
        self._portraits, self._reach = portraits, plane.reach if plane is not None else 1.5
        if fresh:
            self._fit()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._images = {}  # of another size
        self._fit()

    def _fit(self) -> None:
        if self.height() != int(self._side()):
            self.setFixedHeight(int(self._side()))

    def mark(self, iteration: int | None) -> None:
        if iteration != self._marked:
            self._marked = iteration
            self.update()

    def _side(self) -> float:
        return max(min(THUMB, self.width() / max(len(self._portraits), 16) - 3), SMALLEST_THUMB)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, side = QPainter(self), self._side()
        for number, one in enumerate(self._portraits):
            if id(one) not in self._images:
                self._images[id(one)] = self._thumb(one, int(side))
            room = QRectF(number * (side + 3), 0, side, side)
            painter.drawImage(room, self._images[id(one)])
            if one.iteration == self._marked:
                painter.setPen(QPen(theme.colours().accent, 2))
                painter.drawRect(room.adjusted(1, 1, -1, -1))

    def _thumb(self, portrait: Portrait, side: int) -> QImage:
        image = _ground(portrait).scaled(
            side, side, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_lines(painter, QRectF(0, 0, side, side), portrait, self._reach, 0.5)
        painter.end()
        return image

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().x() // (self._side() + 3))
        if 0 <= place < len(self._portraits):
            self.setToolTip(
                f"iteration {self._portraits[place].iteration:,}, loss {short(self._portraits[place].loss)}"
            )
            self.chosen.emit(place)


def _ground(portrait: Portrait) -> QImage:
    from analysis.drawing.plane import ground

    paper = theme.colours().sunken
    return rgb_image(ground(portrait, (paper.red(), paper.green(), paper.blue())))


def paint_lines(painter: QPainter, square: QRectF, portrait: Portrait, reach: float, thick: float) -> None:
    """All at once by their pens: hundreds of them move in every picture."""
    from analysis.drawing.plane import all_across, twins

    colours = theme.colours()
    ends, there = all_across(portrait.lines, reach)
    places = _all_at(square, ends, reach)
    twin, dead = twins(portrait), portrait.dead
    for chosen, pen in (
        (~dead & ~twin, QPen(colours.text, thick)),
        (~dead & twin, QPen(colours.warning, thick)),
        (dead, QPen(colours.dim, thick, Qt.PenStyle.DotLine)),
    ):
        found = places[chosen & there].reshape(-1, 4).tolist()
        if found:
            painter.setPen(pen)
            painter.drawLines([QLineF(*four) for four in found])


def _paint_points(
    painter: QPainter, square: QRectF, places: NDArray[np.float64], classes: NDArray[np.int64], reach: float
) -> None:
    from analysis.drawing.plane import FIRST, SECOND

    at = _all_at(square, places, reach)
    for group, colour in enumerate((FIRST, SECOND)):
        points = [QPointF(x, y) for x, y in at[classes == group].tolist()]
        rim = theme.colours().window
        for ink, size in ((rim, DOT + 2), (QColor(*colour), DOT)):
            painter.setPen(QPen(ink, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(points)


def _all_at(square: QRectF, places: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Places of the plane in pixels; the last axis is x and y."""
    import numpy as np

    x = (places[..., 0] + reach) / (2 * reach) * square.width() + square.left()
    y = (reach - places[..., 1]) / (2 * reach) * square.height() + square.top()
    found: NDArray[np.float64] = np.stack([x, y], -1)
    return found
