"""A map of points to look at: zoomed by the wheel, moved or turned by the mouse, circled with a lasso.

The points are one picture (`point_raster.py`) that is made anew only when they, their colours or the sight change; what
moves with the mouse or with the live picture is painted over it.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.views.point_raster import Finder, Sight, inside, on_screen, raster, whole

Array = Any
NEAR = 9.0  # pixels from a point that still mean it
TRAIL = 24  # places of the live picture that are remembered
SPRITE = 30  # pixels of a small picture, at least
LARGEST = 72  # where there are few
CLICK = 4  # pixels that a click may move
MOVING = 200_000  # points that are drawn of more while the map moves


class PointCanvas(QWidget):
    hovered = Signal(int)  # −1 when there is none
    picked = Signal(int)
    circled = Signal(object)  # a mask of the points
    turned = Signal(float, float)  # a map in space, by the mouse

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.lasso = False  # whether a drag circles points
        self.pictures = False  # whether points are seen as their pictures
        self._places: Array = None  # points × 2 or 3
        self._flat: Array = None  # points × 2, as they are turned
        self._inks: Array = None
        self._sprites: Array = None
        self._images: dict[int, QImage] = {}
        self._pictured: dict[tuple[int, int], int] = {}  # which point's picture is in a cell of the grid of pictures
        self._side = SPRITE  # of such a cell
        self._chosen: Array = None
        self._sight: Sight | None = None  # None for all of it
        self._all: tuple[tuple[int, int], Sight] | None = None  # what that is in a picture of this size
        self._turn = (0.5, 0.35)
        self._finder: Finder | None = None
        self._base: QImage | None = None
        self._hover = self._marked = -1
        self._links: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())
        self._comet: deque[Array] = deque(maxlen=TRAIL)
        self._comet_near: tuple[int, ...] = ()
        self._pressed: QPointF | None = None
        self._last: QPointF | None = None
        self._path: list[QPointF] = []
        self._moved = False

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    # what is shown

    @property
    def count(self) -> int:
        return 0 if self._places is None else len(self._places)

    def show_points(self, places: Array) -> None:
        """The sight stays as the person has set it, or on all of them."""
        import numpy as np

        self._places = np.ascontiguousarray(places, np.float32)
        self._flatten()

    def show_inks(self, inks: Array) -> None:
        """0xffRRGGBB of each point."""
        self._inks = inks
        self._again()

    def show_sprites(self, sprites: Array) -> None:
        """Points × rows × columns × 3."""
        if sprites is not self._sprites:
            self._sprites = sprites
            self._images.clear()
            self._again()

    def show_chosen(self, chosen: Array | None) -> None:
        self._chosen = chosen
        self._again()

    def show_pictures(self, on: bool) -> None:
        self.pictures = on
        self._again()

    def mark(self, point: int, links: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())) -> None:
        """Somebody points at it, here or in another map. `links` lead to its true neighbours: those it had in the layer
        before, too, those it has won since, and those it has lost."""
        self._marked, self._links = point, links
        self.update()

    def show_live(self, place: Array | None, near: tuple[int, ...] = ()) -> None:
        """Where the live picture lies now; None forgets where it was."""
        if place is None:
            self._comet.clear()
        else:
            self._comet.append(place)
        self._comet_near = near
        self.update()

    def forget(self) -> None:
        self._places = self._flat = self._inks = self._chosen = self._sprites = None
        self._base = self._finder = None
        self._sight, self._hover, self._marked = None, -1, -1
        self._images.clear()
        self._comet.clear()
        self.update()

    @property
    def turn(self) -> tuple[float, float]:
        return self._turn

    def turn_to(self, across: float, down: float) -> None:
        """As another map in space was turned."""
        if (across, down) != self._turn:
            self._turn = across, down
            if self._places is not None and self._places.shape[1] == 3:
                self._flatten()

    def see_all(self) -> None:
        self._sight = None
        self._again()

    def point_at(self, place: QPointF) -> int:
        """The point under the mouse; −1 where none is near."""
        if self._flat is None:
            return -1
        there = self._pictured.get((int(place.x() // self._side), int(place.y() // self._side)), -1)
        if there >= 0 and self.pictures and self._base is not None:
            return there  # the picture that is seen there
        if self._finder is None:
            self._finder = Finder(self._flat)
        sight = self._seen()
        x = sight.x + (place.x() - self.width() / 2) / sight.scale
        y = sight.y + (place.y() - self.height() / 2) / sight.scale
        return self._finder.nearest(x, y, NEAR / sight.scale)

    def place_of(self, point: int) -> QPointF:
        """In pixels of this widget."""
        return self._at(self._flat[point])

    # how it is drawn

    def _size(self) -> tuple[int, int]:
        return max(self.width(), 1), max(self.height(), 1)

    def _seen(self) -> Sight:
        if self._sight is not None:
            return self._sight
        size = self._size()
        if self._all is None or self._all[0] != size:
            self._all = size, whole(self._flat, size)
        return self._all[1]

    def _at(self, place: Array) -> QPointF:
        sight = self._seen()
        return QPointF(
            (float(place[0]) - sight.x) * sight.scale + self.width() / 2,
            (float(place[1]) - sight.y) * sight.scale + self.height() / 2,
        )

    def _again(self) -> None:
        self._base = None
        self._pictured = {}
        self.update()

    def _flatten(self) -> None:
        self._flat, self._finder, self._all = self._turned(self._places), None, None
        self._again()

    def _turned(self, places: Array) -> Array:
        """Of a map in space, what is seen of it from where the person has turned it."""
        import numpy as np

        if places.shape[-1] == 2:
            return places
        (a, b) = self._turn
        across = np.array([np.cos(a), 0, np.sin(a)], np.float32)
        down = np.array([np.sin(a) * np.sin(b), np.cos(b), -np.cos(a) * np.sin(b)], np.float32)
        return np.ascontiguousarray(places @ np.stack([across, down], 1))

    def _drawn(self) -> QImage:
        import numpy as np

        size = self._size()
        ground = theme.colours().sunken.rgb()
        flat, inks = self._flat, self._inks
        if inks is None or len(inks) != len(flat):
            inks = np.full(len(flat), theme.colours().accent.rgb(), np.uint32)
        if self._chosen is not None and len(self._chosen) == len(flat):
            faint = np.uint32(theme.blend(theme.colours().sunken, theme.colours().dim, 0.35).rgb())
            order = np.argsort(self._chosen, kind="stable")  # those that were circled lie over the others
            flat, inks = flat[order], np.where(self._chosen, inks, faint)[order]
        if self._moved and len(flat) > MOVING:
            step = len(flat) // MOVING
            flat, inks = flat[::step], inks[::step]
        columns, rows = on_screen(flat, self._seen(), size)
        pixels = raster(columns, rows, inks, size, ground, _dot(len(flat), size))
        return QImage(pixels.data, size[0], size[1], size[0] * 4, QImage.Format.Format_RGB32).copy()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours()
        if self._flat is None or not len(self._flat):
            painter.fillRect(self.rect(), colours.sunken)
            return
        if self._base is None:
            self._base = self._drawn()
            if self.pictures and self._sprites is not None:
                with QPainter(self._base) as over:
                    self._paint_pictures(over)
        painter.drawImage(0, 0, self._base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marked(painter)
        self._paint_comet(painter)
        if len(self._path) > 1:
            painter.setPen(QPen(colours.accent, 1.5, Qt.PenStyle.DashLine))
            fill = QColor(colours.accent)
            fill.setAlpha(30)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(self._path))

    def _paint_pictures(self, painter: QPainter) -> None:
        """One in each cell of a grid, so that they never cover each other: that which lies nearest to its middle."""
        import numpy as np

        columns, rows = on_screen(self._flat, self._seen(), self._size())
        seen = (columns >= 0) & (columns < self.width()) & (rows >= 0) & (rows < self.height())
        if self._chosen is not None and len(self._chosen) == len(seen) and self._chosen.any():
            seen &= self._chosen
        some = np.flatnonzero(seen)
        room = (self.width() * self.height() / max(2 * len(some), 1)) ** 0.5
        side = self._side = int(min(max(room, SPRITE), LARGEST))
        across, down = columns[some] / side, rows[some] / side
        off = (across - np.floor(across) - 0.5) ** 2 + (down - np.floor(down) - 0.5) ** 2
        keys = np.floor(down).astype(np.int64) * 4096 + np.floor(across).astype(np.int64)
        order = np.lexsort((off, keys))
        first = np.ones(len(order), bool)
        first[1:] = keys[order][1:] != keys[order][:-1]
        inks = self._inks if self._inks is not None and len(self._inks) == len(columns) else None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for point in some[order[first]].tolist():
            cell = int(columns[point] // side), int(rows[point] // side)
            self._pictured[cell] = point
            frame = QRectF(cell[0] * side + 1, cell[1] * side + 1, side - 2, side - 2)
            painter.drawImage(frame, self._image(point))
            if inks is not None:
                painter.setPen(QPen(QColor.fromRgb(int(inks[point])), 1.5))
                painter.drawRect(frame)

    def _image(self, point: int) -> QImage:
        if point not in self._images:
            pixels = self._sprites[point]
            high, wide = pixels.shape[:2]
            image = QImage(pixels.tobytes(), wide, high, wide * 3, QImage.Format.Format_RGB888)
            self._images[point] = image.convertToFormat(QImage.Format.Format_RGB32)
        return self._images[point]

    def _paint_marked(self, painter: QPainter) -> None:
        if not 0 <= self._marked < self.count:
            return
        colours, at = theme.colours(), self.place_of(self._marked)
        kept, won, lost = self._links
        for points, ink, style in (
            (kept, colours.text, Qt.PenStyle.SolidLine),
            (won, colours.good, Qt.PenStyle.SolidLine),
            (lost, colours.error, Qt.PenStyle.DashLine),
        ):
            line = QColor(ink)
            line.setAlpha(170)
            painter.setPen(QPen(line, 1.2, style))
            for point in points:
                if point < self.count:
                    painter.drawLine(at, self.place_of(point))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((colours.window, 4.0), (colours.text, 2.0)):
            painter.setPen(QPen(ink, width))
            painter.drawEllipse(at, 7, 7)

    def _paint_comet(self, painter: QPainter) -> None:
        if not self._comet:
            return
        colours = theme.colours()
        places = [self._at(self._turned(place)) for place in self._comet]
        for number, (one, other) in enumerate(pairwise(places)):
            tail = QColor(colours.warning)
            tail.setAlpha(int(30 + 180 * (number + 1) / len(places)))
            painter.setPen(
                QPen(tail, 1 + 3 * (number + 1) / len(places), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            )
            painter.drawLine(one, other)
        line = QColor(colours.warning)
        line.setAlpha(120)
        painter.setPen(QPen(line, 1))
        for point in self._comet_near:
            if point < self.count:
                at = self.place_of(point)
                painter.drawLine(places[-1], at)
                if self._sprites is not None and not self.pictures:
                    painter.drawImage(QRectF(at.x() - 11, at.y() - 11, 22, 22), self._image(point))
        painter.setPen(QPen(colours.window, 2))
        painter.setBrush(colours.warning)
        painter.drawEllipse(places[-1], 6, 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._again()

    # what the mouse does

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._flat is None:
            return
        times = 1.0015 ** event.angleDelta().y()
        at = event.position()
        self._sight = self._seen().zoomed(times, (at.x(), at.y()), self._size())
        self._again()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._flat is not None:
            self._pressed = self._last = event.position()
            circles = self.lasso or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._path = [event.position()] if circles else []

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or self._last is None:
            found = self.point_at(event.position())
            if found != self._hover:
                self._hover = found
                self.hovered.emit(found)
            return
        at = event.position()
        if self._path:
            if (at - self._path[-1]).manhattanLength() > 3:
                self._path.append(at)
                self.update()
        else:
            self._drag(at.x() - self._last.x(), at.y() - self._last.y(), event.modifiers())
        self._last = at

    def _drag(self, across: float, down: float, keys: Qt.KeyboardModifier) -> None:
        self._moved = True
        in_space = self._places is not None and self._places.shape[1] == 3
        if in_space and not keys & Qt.KeyboardModifier.ControlModifier:
            seen = self._seen()
            self._turn = (self._turn[0] + across / 120, self._turn[1] + down / 120)
            self._sight = seen if self._sight is not None else None
            self._flatten()
            self.turned.emit(*self._turn)
        else:
            self._sight = self._seen().moved(across, down)
            self._again()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        away = (event.position() - self._pressed).manhattanLength()
        path, self._path, self._pressed = self._path, [], None
        if self._moved:
            self._moved = False
            self._again()
        if len(path) > 2:
            columns, rows = on_screen(self._flat, self._seen(), self._size())
            self.circled.emit(inside(columns, rows, [(point.x(), point.y()) for point in path]))
        elif away <= CLICK:
            found = self.point_at(event.position())
            if found >= 0:
                self.picked.emit(found)
            elif self._chosen is not None:
                self.circled.emit(None)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.point_at(event.position()) < 0:
            self.see_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self.see_all()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: Any) -> None:
        if self._hover >= 0:
            self._hover = -1
            self.hovered.emit(-1)


def _dot(points: int, size: tuple[int, int]) -> int:
    """Pixels of a point: the more there are on as much room, the smaller."""
    room = size[0] * size[1] / max(points, 1)
    return 7 if room > 1200 else 5 if room > 150 else 3 if room > 8 else 1
