"""The drawing of a graph: boxes, frames and lines, to zoom and to walk through; only what is seen is painted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from gui import theme
from gui.views.focus_frame import paint_focus

if TYPE_CHECKING:
    from analysis.drawing.graph_drawing import Box, Drawing

STEP = 1.25
LARGEST, SMALLEST = 6.0, 0.005
USUAL = 1.0  # the zoom at which words have the size of the window's own
READABLE = 0.5  # the zoom from which boxes have words
SIGN = 16.0  # of the drawing: how wide the sign is that folds and unfolds
CLICK = 4  # pixels that a click may move
RIM = 24.0  # pixels that a box with its pile and its pen may reach beyond its place


@dataclass(frozen=True, eq=False)
class Paint:
    """How one box looks."""

    box: Box
    fill: QColor | None
    ink: QColor | None


class GraphCanvas(QWidget):
    chosen = Signal(object)  # Box
    folded = Signal(object, bool)  # Box, and whether each of what repeats is meant
    climbed = Signal(object)  # Box: its frame is wanted

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.words_of: Callable[[Box], str] = lambda box: box.title
        self.zoom, self.corner = 1.0, QPointF(0, 0)  # of the drawing, at the widget's own corner
        self.marked = ""  # key of the part that is selected
        self.found: frozenset[str] = frozenset()  # keys of what is searched for
        self._empty = ""
        self._paints: list[Paint] = []
        self._frames: list[Paint] = []
        self._tops: list[float] = []
        self._highest = 0.0
        self._lines: list[tuple[float, float, float, float]] = []  # each piece once, however many edges share it
        self._line_tops: list[float] = []
        self._longest = 0.0
        self._ends: list[tuple[float, float]] = []
        self._end_tops: list[float] = []
        self._size = QSize(0, 0)
        self._drawings = 0  # that there were: what was painted is of one of them
        self._painted: QPixmap | None = None
        self._painted_as: tuple[object, ...] = ()
        self._painted_at = QPointF(0, 0)
        self._pressed: QPointF | None = None
        self._dragged = False
        self._wide_room: int | None = None

    def sizeHint(self) -> QSize:
        return QSize(480, 360)

    @property
    def drawn(self) -> bool:
        return bool(self._paints or self._frames)

    @property
    def paints(self) -> Sequence[Paint]:
        """What is shown, frames first."""
        return [*self._frames, *self._paints]

    def show_drawing(self, drawing: Drawing, look: Callable[[Box], Paint]) -> None:
        """Whoever shows it says where to look at it."""
        self._empty = ""
        self.colour(drawing.boxes, look)
        pieces = {(*one, *other) for line in drawing.lines for one, other in pairwise(line)}
        self._lines = sorted(pieces, key=lambda piece: piece[1])
        self._line_tops = [piece[1] for piece in self._lines]
        self._longest = max((piece[3] - piece[1] for piece in self._lines), default=0.0)
        self._ends = sorted({line[-1] for line in drawing.lines}, key=lambda end: end[1])
        self._end_tops = [end[1] for end in self._ends]
        self._size = QSize(int(drawing.wide) + 1, int(drawing.high) + 1)
        self.update()

    def colour(self, boxes: Sequence[Box], look: Callable[[Box], Paint]) -> None:
        """The same boxes in other colours."""
        self._frames = [look(box) for box in boxes if box.frame]
        self._paints = sorted((look(box) for box in boxes if not box.frame), key=lambda paint: paint.box.top)
        self._tops = [paint.box.top for paint in self._paints]
        self._highest = max((paint.box.high for paint in self._paints), default=0.0)
        self._drawings += 1
        self.update()

    def show_nothing(self, words: str) -> None:
        self._empty = words
        self._paints, self._frames, self._tops = [], [], []
        self._painted = None
        self.setAccessibleDescription(words)
        self.update()

    def box_of(self, key: str) -> Box | None:
        return next((paint.box for paint in self.paints if paint.box.part.key == key), None)

    # where one looks

    def fit(self) -> None:
        """All of it, as large as there is room."""
        if not self.drawn:
            return
        zoom = min(self.width() / (self._size.width() + 24), self.height() / (self._size.height() + 24))
        self.zoom = min(max(zoom, SMALLEST), USUAL * 1.5)
        self._centre()
        self.update()

    def begin(self) -> None:
        """All of it if that can be read, or else the beginning."""
        self.fit()
        if self.zoom < 0.75:
            self.zoom = min(max((self.width() - 16) / (self._size.width() + 24), 0.75), USUAL)
            self._centre()
            self.corner.setY(-12)
            self.update()

    def _centre(self) -> None:
        room = QPointF(self.width() / self.zoom, self.height() / self.zoom)
        middle = QPointF(self._size.width() / 2, self._size.height() / 2)
        self.corner = middle - room / 2

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        at = at or QPointF(self.width() / 2, self.height() / 2)
        before = self.corner + at / self.zoom
        self.zoom = min(max(self.zoom * factor, SMALLEST), LARGEST)
        self.corner = before - at / self.zoom
        self._keep_in_sight()

    def pan(self, by: QPointF) -> None:
        """So many pixels."""
        self.corner -= by / self.zoom
        self._keep_in_sight()

    def go_to(self, box: Box) -> None:
        """In the middle, large enough to be read."""
        self.zoom = max(self.zoom, 0.8)
        high = min(box.high, self.height() / self.zoom)
        middle = QPointF(box.left + box.wide / 2, box.top + high / 2)
        self.corner = middle - QPointF(self.width(), self.height()) / (2 * self.zoom)
        self._keep_in_sight()

    def show_box(self, box: Box) -> None:
        """Moved no further than it takes to see it."""
        seen = self._seen()
        high = min(box.high, 60.0)
        if not seen.contains(QRectF(box.left, box.top, min(box.wide, seen.width()), high)):
            self.go_to(box)

    def hold(self, box: Box, was: Box) -> None:
        """After the drawing has changed: the box is where it was on the screen."""
        self.corner += QPointF(box.left + box.wide / 2 - was.left - was.wide / 2, box.top - was.top)
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        """At least a corner of the drawing stays."""
        seen, more = self._seen(), 40.0
        left = min(max(self.corner.x(), more - seen.width()), self._size.width() - more)
        top = min(max(self.corner.y(), more - seen.height()), self._size.height() - more)
        self.corner = QPointF(left, top)
        self.update()

    def _seen(self) -> QRectF:
        return QRectF(self.corner, self.corner + QPointF(self.width(), self.height()) / self.zoom)

    def box_at(self, point: QPointF) -> Box | None:
        """What is folded before the frame that holds it, an inner frame before an outer one."""
        x, y = self.corner.x() + point.x() / self.zoom, self.corner.y() + point.y() / self.zoom
        inner = (
            paint.box for paint in (*self._visible(self._seen()), *reversed(self._frames)) if paint.box.holds(x, y)
        )
        return next(inner, None)

    def place_of(self, box: Box) -> QRectF:
        """On the widget."""
        corner = (QPointF(box.left, box.top) - self.corner) * self.zoom
        return QRectF(corner.x(), corner.y(), box.wide * self.zoom, box.high * self.zoom)

    # painting

    def _visible(self, seen: QRectF) -> list[Paint]:
        first = bisect_left(self._tops, seen.top() - self._highest)
        last = bisect_right(self._tops, seen.bottom())
        return [
            paint
            for paint in self._paints[first:last]
            if paint.box.left <= seen.right() and paint.box.left + paint.box.wide >= seen.left()
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours()
        painter.fillRect(self.rect(), colours.sunken)
        if not self.drawn:
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty)
        else:
            painter.drawPixmap(0, 0, self._picture())
        paint_focus(painter, self)

    def _picture(self) -> QPixmap:
        """What is seen. Of what is only moved, no more is painted than what comes into sight."""
        ratio = self.devicePixelRatio()
        look = self._drawings, self.marked, self.found, self.zoom, self.size(), ratio, theme.colours(), self.font()
        picture, by = self._painted, self._moved_by(ratio) if self._painted_as == look else None
        if picture is None or by is None:
            self._painted = picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            self._paint_area(picture, self.rect())
        elif not by.isNull():
            picture.scroll(round(by.x() * ratio), round(by.y() * ratio), QRect(QPoint(0, 0), picture.size()))
            for area in _uncovered(self.rect(), by):
                self._paint_area(picture, area)
        self._painted_as, self._painted_at = look, QPointF(self.corner)
        return picture

    def _moved_by(self, ratio: float) -> QPoint | None:
        """So many pixels; None where they are not whole ones."""
        moved = (self._painted_at - self.corner) * self.zoom
        by = moved.toPoint()
        whole = (moved - QPointF(by)).manhattanLength() < 1e-3 and ratio == round(ratio)
        return by if whole else None

    def _paint_area(self, picture: QPixmap, area: QRect) -> None:
        painter = QPainter(picture)
        painter.setClipRect(area)
        painter.fillRect(area, theme.colours().sunken)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.zoom >= READABLE)
        font = QFont(self.font())
        font.setPixelSize(max(round(11 * self.zoom), 1))
        painter.setFont(font)
        room = QRectF(area).adjusted(-RIM, -RIM, RIM, RIM)
        seen = QRectF(self.corner + room.topLeft() / self.zoom, room.size() / self.zoom)
        self._paint_frames(painter, room)
        self._paint_lines(painter, seen)
        for paint in self._visible(seen):
            self._paint_box(painter, paint)
        painter.end()

    def _paint_frames(self, painter: QPainter, seen: QRectF) -> None:
        from analysis.drawing.graph_drawing import HEAD

        colours = theme.colours()
        for paint in self._frames:
            place = self.place_of(paint.box)
            if not place.intersects(seen):
                continue
            repeats = paint.box.part.kind == "repeated"
            pen = QPen(colours.line, 1.0, Qt.PenStyle.DashLine if repeats else Qt.PenStyle.SolidLine)
            painter.setPen(self._pen(paint, pen))
            painter.setBrush(colours.panel if paint.box.depth % 2 == 0 else colours.sunken)
            painter.drawRoundedRect(place, 4, 4)
            if self.zoom < READABLE:
                continue
            painter.setPen(colours.text)
            head = QRectF(place.left() + 6, place.top(), place.width() - (SIGN + 10) * self.zoom, HEAD * self.zoom)
            words = f"{paint.box.title}   {paint.box.words}"
            self._write(painter, head, words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self._paint_sign(painter, paint.box, colours.dim)

    def _paint_lines(self, painter: QPainter, seen: QRectF) -> None:
        colours = theme.colours()
        painter.save()
        painter.scale(self.zoom, self.zoom)
        painter.translate(-self.corner)
        pen = QPen(colours.dim, 1.2)
        pen.setCosmetic(True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        readable = self.zoom >= READABLE
        first = bisect_left(self._line_tops, seen.top() - self._longest)
        last = bisect_right(self._line_tops, seen.bottom())
        top, left, right = seen.top(), seen.left(), seen.right()
        straight = []
        for x0, y0, x1, y1 in self._lines[first:last]:
            if y1 < top or max(x0, x1) < left or min(x0, x1) > right:
                continue
            if x0 == x1 or not readable:
                straight.append(QLineF(x0, y0, x1, y1))
            else:
                middle, path = (y0 + y1) / 2, QPainterPath(QPointF(x0, y0))
                path.cubicTo(x0, middle, x1, middle, x1, y1)
                painter.drawPath(path)
        painter.drawLines(straight)
        if readable:
            painter.setBrush(colours.dim)
            painter.setPen(Qt.PenStyle.NoPen)
            first, last = bisect_left(self._end_tops, top), bisect_right(self._end_tops, seen.bottom() + 6)
            for x, y in self._ends[first:last]:
                if left - 4 <= x <= right + 4:
                    painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - 3.5, y - 6), QPointF(x + 3.5, y - 6)]))
        painter.restore()

    def _paint_box(self, painter: QPainter, paint: Paint) -> None:
        colours, box, place = theme.colours(), paint.box, self.place_of(paint.box)
        if box.part.kind == "repeated" and self.zoom >= READABLE / 2:  # a pile of them
            painter.setBrush(colours.raised)
            painter.setPen(QPen(colours.dim, 1.0))
            painter.drawRoundedRect(place.translated(3 * self.zoom, 3 * self.zoom), 3, 3)
        painter.setBrush(paint.fill if paint.fill is not None else colours.raised)
        painter.setPen(self._pen(paint, QPen(colours.dim, 1.0)))
        if self.zoom < READABLE:
            painter.drawRect(place)
            return
        painter.drawRoundedRect(place, 3, 3)
        ink = paint.ink if paint.ink is not None else colours.text
        painter.setPen(ink)
        sign = SIGN * self.zoom if box.part.unfolds else 0.0
        half = place.height() / 2
        rim = 3 * self.zoom
        upper = QRectF(place.left() + rim, place.top() + rim / 2, place.width() - 2 * rim - sign, half - rim / 2)
        flags = Qt.AlignmentFlag.AlignCenter
        self._write(painter, upper, box.title, flags)
        self._write(painter, upper.translated(0, half - 1).adjusted(0, 0, sign, 0), box.words, flags)
        if box.part.unfolds:
            self._paint_sign(painter, box, ink)

    def _write(self, painter: QPainter, room: QRectF, words: str, flags: Qt.AlignmentFlag) -> None:
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
        painter.drawText(room, flags, shown)

    def _paint_sign(self, painter: QPainter, box: Box, colour: QColor) -> None:
        """A plus or a minus at the right of what unfolds."""
        place, size = self.sign_of(box), 3.5 * self.zoom
        middle = place.center()
        painter.setPen(QPen(colour, max(1.4 * self.zoom, 1.0)))
        painter.drawLine(QPointF(middle.x() - size, middle.y()), QPointF(middle.x() + size, middle.y()))
        if not box.frame:
            painter.drawLine(QPointF(middle.x(), middle.y() - size), QPointF(middle.x(), middle.y() + size))

    def sign_of(self, box: Box) -> QRectF:
        """Where a click folds or unfolds."""
        place, side = self.place_of(box), SIGN * self.zoom
        return QRectF(place.right() - side - 2, place.top() + 1, side, side + 2)

    def _pen(self, paint: Paint, plain: QPen) -> QPen:
        colours, key = theme.colours(), paint.box.part.key
        if key == self.marked:
            return QPen(colours.accent, 3)
        return QPen(colours.warning, 2) if key in self.found else plain

    # mouse and keys

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            box = self.box_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.words_of(box) if box is not None else "", self)
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.drawn:
            self.zoom_by(STEP ** (event.angleDelta().y() / 120), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            box = self.box_at(event.position())
            over = box is not None and box.part.unfolds and self.sign_of(box).contains(event.position())
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
            return
        moved = QPointF((event.position() - self._pressed).toPoint())  # by whole pixels it is painted quickly
        if self._dragged or moved.manhattanLength() > CLICK:
            self._dragged = True
            self._pressed += moved
            self.pan(moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        box = self.box_at(event.position())
        if pressed is None or self._dragged or box is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if box.part.unfolds and self.sign_of(box).contains(event.position()):
            self.folded.emit(box, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            self.chosen.emit(box)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        box = self.box_at(event.position())
        if box is not None and box.part.unfolds and not self.sign_of(box).contains(event.position()):
            self.folded.emit(box, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), Qt.Key
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        box, opens = self.box_of(self.marked), (keys.Key_Return, keys.Key_Enter)
        if key in (keys.Key_Up, keys.Key_Down):
            self._step(box, 1 if key == keys.Key_Down else -1)
        elif key == keys.Key_Home:
            self.fit()
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self.zoom_by(STEP)
        elif key == keys.Key_Minus:
            self.zoom_by(1 / STEP)
        elif box is not None and box.part.unfolds and (key in opens or (key == keys.Key_Right and not box.frame)):
            self.folded.emit(box, shift)
        elif key == keys.Key_Left and box is not None:
            (self.folded.emit(box, False) if box.frame else self.climbed.emit(box))
        else:
            super().keyPressEvent(event)

    def _step(self, box: Box | None, step: int) -> None:
        """The one before or behind it, as a picture goes through them."""
        boxes = sorted((paint.box for paint in self.paints), key=lambda one: (one.part.first, one.depth))
        if not boxes:
            return
        at = next((number for number, one in enumerate(boxes) if box is not None and one is box), -step)
        self.chosen.emit(boxes[min(max(at + step, 0), len(boxes) - 1)])


def _uncovered(room: QRect, by: QPoint) -> list[QRect]:
    """The strips of the room that are left when what was in it is moved by so much."""
    wide, high = room.width(), room.height()
    beside = QRect(0 if by.x() > 0 else wide + by.x(), 0, abs(by.x()), high)
    above = QRect(0, 0 if by.y() > 0 else high + by.y(), wide, abs(by.y()))
    return [area for strip in (beside, above) if not (area := strip.intersected(room)).isEmpty()]
