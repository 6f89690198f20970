"""One picture with what is laid over it: a veil, boxes and a marked place. Zooms at the cursor, drags to pan."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from gui.theme import colours
from gui.views.cross import paint_cross
from gui.views.focus_frame import paint_focus
from gui.views.pixels import fill_around

LARGEST_ZOOM = 40.0
STEP = 1.25
USUAL = QSize(280, 240)  # pixels, where there is room
STRIDE = 3  # places that Shift and an arrow go
ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class ImageView(QWidget):
    """Places are (row, column) in the picture's own pixels; with `walks` the arrows choose them, too."""

    place_clicked = Signal(int, int)
    place_hovered = Signal(int, int)  # -1, -1 when the cursor leaves
    opened = Signal()  # double click
    moved = Signal(float, object)  # by the person: the zoom, and which share of the picture is in the middle, or None
    pointing = Signal(object)  # at this share of the picture, QPointF; None when the mouse is over it no more

    def __init__(self, parent: QWidget | None = None, hint: QSize = USUAL) -> None:
        super().__init__(parent)
        self._hint = hint
        self.walks = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(96, 96)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._image: QImage | None = None
        self._veil: QImage | None = None
        self._boxes: Sequence[QRectF] = ()
        self._mark: QRectF | None = None
        self._pointed: QPointF | None = None  # by the mouse in another view
        self._named: Sequence[tuple[QRectF, str]] = ()
        self._tag = self._caption = ""
        self._smooth = True
        self._empty_text = ""
        self._zoom = 1.0
        self._middle: QPointF | None = None  # of the view, as a share of the picture
        self._pressed: QPointF | None = None
        self._dragged = False
        self._small_of: tuple[QFont, QFont, QFontMetrics] | None = None  # of which font, and that

    def sizeHint(self) -> QSize:
        return self._hint

    def show_image(self, image: QImage, smooth: bool = True) -> None:
        if self._image is None:
            self.setAccessibleDescription("")
        self._image, self._smooth = image, smooth
        self._update_picture()

    def show_nothing(self, text: str) -> None:
        self._image = self._veil = None
        self._boxes, self._mark, self._named = (), None, ()
        self._empty_text = text
        self.setAccessibleDescription(text)  # painted words are read out by nobody
        self.update()

    def set_veil(self, veil: QImage | None) -> None:
        """A half-transparent picture stretched over the whole picture, always smooth."""
        self._veil = veil
        self._update_picture()

    def _update_picture(self) -> None:
        """Without the words below it, which take as long to paint as a picture, and are the same for a whole stream."""
        self.update(self._room())

    def set_boxes(self, boxes: Sequence[QRectF]) -> None:
        """Outlines in the picture's pixels, such as receptive fields; what lies outside of it is cut off."""
        self._boxes = boxes
        self._update_picture()

    def set_named_boxes(self, boxes: Sequence[tuple[QRectF, str]]) -> None:
        """Outlines with a word at each, such as what a network found; the first lies on top."""
        if boxes or self._named:
            self._named = boxes
            self.update()

    @property
    def named_boxes(self) -> Sequence[tuple[QRectF, str]]:
        return self._named

    def set_mark(self, mark: QRectF | None) -> None:
        """The place that was clicked, in the picture's pixels."""
        self._mark = mark
        self._update_picture()

    @property
    def tag(self) -> str:
        return self._tag

    def set_tag(self, words: str) -> None:
        """A few words in the corner: what is special about the picture."""
        if words != self._tag:
            self._tag = words
            self.update()

    @property
    def caption(self) -> str:
        return self._caption

    def set_caption(self, words: str) -> None:
        """What the picture is, in a line below it; the room of that line is kept once there was one."""
        if words != self._caption:
            self._caption = words
            self.update()

    @property
    def caption_height(self) -> int:
        return self._small()[1].height() + 1 if self._caption else 0

    def _small(self) -> tuple[QFont, QFontMetrics]:
        """The type of captions, which is asked for several times a frame."""
        font = self.font()
        if self._small_of is None or self._small_of[0] != font:
            small = QFont(font)
            small.setPointSizeF(max(font.pointSizeF() - 1.5, 6.5))
            self._small_of = font, small, QFontMetrics(small)
        return self._small_of[1:]

    def reset_zoom(self) -> None:
        self._zoom, self._middle = 1.0, None
        self._tell_moved()

    # in step with other views

    def look(self, zoom: float, middle: QPointF | None) -> None:
        """The same part of the picture as another view, which has said so by `moved`."""
        self._zoom, self._middle = zoom, middle
        self.update()

    @property
    def seen(self) -> tuple[float, QPointF | None]:
        """How much it is enlarged, and which part of the picture, as shares of it, lies in the middle."""
        return self._zoom, self._middle

    def point(self, share: QPointF | None) -> None:
        """A cross where the mouse is in another view; None for none."""
        if share != self._pointed:
            self._pointed = share
            self.update()

    def value_place(self, share: QPointF) -> tuple[int, int] | None:
        """The row and column that lie there; None without a picture."""
        if self._image is None:
            return None
        rows, columns = self._image.height(), self._image.width()
        return min(int(share.y() * rows), rows - 1), min(int(share.x() * columns), columns - 1)

    def _share_at(self, point: QPointF) -> QPointF:
        rect = self.picture_rect()
        return QPointF((point.x() - rect.x()) / rect.width(), (point.y() - rect.y()) / rect.height())

    def _tell_moved(self) -> None:
        self.update()
        self.moved.emit(self._zoom, self._middle)

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget."""
        if self._image is None:
            return QRectF()
        width, height = max(self._image.width(), 1), max(self._image.height(), 1)
        room = self._room()
        scale = min(room.width() / width, max(room.height(), 1) / height) * self._zoom
        middle = self._middle or QPointF(0.5, 0.5)
        left = room.width() / 2 - middle.x() * width * scale
        top = room.height() / 2 - middle.y() * height * scale
        return QRectF(left, top, width * scale, height * scale)

    def _room(self) -> QRect:
        """For the picture: all but the line of its caption."""
        return self.rect().adjusted(0, 0, 0, -self.caption_height)

    def place_at(self, point: QPointF) -> tuple[int, int] | None:
        rect = self.picture_rect().intersected(QRectF(self._room())) if self._image is not None else QRectF()
        if self._image is None or not rect.contains(point):
            return None
        row = int((point.y() - rect.y()) / rect.height() * self._image.height())
        column = int((point.x() - rect.x()) / rect.width() * self._image.width())
        return min(row, self._image.height() - 1), min(column, self._image.width() - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image is None:
            painter.fillRect(self._room(), colours().sunken)
            painter.setPen(self.palette().color(self.foregroundRole()))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self._room().adjusted(16, 16, -16, -16), flags, self._empty_text)
            self._paint_caption(painter, event)
            paint_focus(painter, self)
            return
        rect = self.picture_rect()
        opaque = not self._image.hasAlphaChannel()
        room = self._room()
        fill_around(painter, room, rect if opaque else QRectF(), colours().sunken)
        painter.setClipRect(room)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
        painter.drawImage(rect, self._image)
        painter.setClipRect(rect.intersected(QRectF(room)))
        if self._veil is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            painter.drawImage(rect, self._veil)
        for box, words in reversed(self._named):
            self._name(painter, self._placed(box, rect), words, rect)
        for box in self._boxes:
            self._outline(painter, self._placed(box, rect))
        if self._mark is not None:
            self._outline(painter, self._placed(self._mark, rect))
        if self._pointed is not None:
            at = QPointF(rect.x() + self._pointed.x() * rect.width(), rect.y() + self._pointed.y() * rect.height())
            paint_cross(painter, at)
        painter.setClipping(False)
        self._paint_caption(painter, event)
        self._paint_tag(painter)
        paint_focus(painter, self)

    def _paint_caption(self, painter: QPainter, event: QPaintEvent) -> None:
        line = QRect(0, self._room().bottom() + 1, self.width(), self.caption_height)
        if not self._caption or not event.rect().intersects(line):
            return
        painter.fillRect(line, self.palette().window())
        painter.setPen(colours().dim)
        words = self._small()[1].elidedText(self._caption, Qt.TextElideMode.ElideRight, self.width())
        before = painter.font()
        painter.setFont(self._small()[0])
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words)
        painter.setFont(before)

    def _paint_tag(self, painter: QPainter) -> None:
        if not self._tag:
            return
        words = self.fontMetrics().elidedText(self._tag, Qt.TextElideMode.ElideRight, self.width() - 24)
        area = self.fontMetrics().boundingRect(words).adjusted(-6, -3, 6, 3)
        area.moveTopLeft(QPoint(6, 6))
        ground = QColor(colours().window)
        ground.setAlpha(220)
        painter.fillRect(area, ground)
        painter.setPen(colours().accent)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)

    def _placed(self, box: QRectF, rect: QRectF) -> QRectF:
        assert self._image is not None
        x, y = rect.width() / self._image.width(), rect.height() / self._image.height()
        return QRectF(rect.x() + box.x() * x, rect.y() + box.y() * y, box.width() * x, box.height() * y)

    def _name(self, painter: QPainter, box: QRectF, words: str, within: QRectF) -> None:
        """The words stand at the upper edge, inside the picture."""
        self._outline(painter, box)
        area = QRectF(self.fontMetrics().boundingRect(words).adjusted(-3, -1, 3, 1))
        left = min(max(box.left(), within.left()), max(within.right() - area.width(), within.left()))
        area.moveTopLeft(QPointF(left, max(box.top() - area.height(), within.top())))
        painter.fillRect(area, QColor(0, 0, 0, 160))
        painter.setPen(QColor("white"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        """Two lines, so that it shows on any picture."""
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawRect(box)
        painter.setPen(QPen(colours().accent, 1.5))
        painter.drawRect(box)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.walks and self._image is not None and key in ARROWS:
            self._walk(*ARROWS[key], STRIDE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by(STEP, QPointF(self.rect().center()))
        elif key == Qt.Key.Key_Minus:
            self._zoom_by(1 / STEP, QPointF(self.rect().center()))
        else:
            super().keyPressEvent(event)

    def _walk(self, down: int, right: int, stride: int) -> None:
        """From the marked place to one beside it; to the middle if none is marked."""
        assert self._image is not None
        rows, columns = self._image.height(), self._image.width()
        place = (rows // 2, columns // 2)
        if self._mark is not None:
            at = (round(self._mark.y()), round(self._mark.x()))
            place = min(max(at[0] + down * stride, 0), rows - 1), min(max(at[1] + right * stride, 0), columns - 1)
            if place == at:
                return
        self.place_clicked.emit(*place)
        self.place_hovered.emit(*place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms; what would change nothing is left to what this view stands in, which may scroll."""
        notches = event.angleDelta().y() / 120
        event.setAccepted(bool(notches) and self._zoom_by(STEP**notches, event.position()))

    def _zoom_by(self, factor: float, at: QPointF) -> bool:
        """False if that changes nothing."""
        rect = self.picture_rect()
        zoom = min(max(self._zoom * factor, 1.0), LARGEST_ZOOM)
        if rect.isEmpty() or zoom == self._zoom:
            return False
        x, y = (at.x() - rect.x()) / rect.width(), (at.y() - rect.y()) / rect.height()
        self._zoom = zoom
        grown = self.picture_rect()
        self._middle = None
        if zoom > 1:
            self._middle = QPointF(
                x + (self.width() / 2 - at.x()) / grown.width(),
                y + (self._room().height() / 2 - at.y()) / grown.height(),
            )
        self._tell_moved()
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._pressed is not None and self._zoom > 1:
            moved = point - self._pressed
            if self._dragged or moved.manhattanLength() > 5:
                self._dragged = True
                rect = self.picture_rect()
                middle = self._middle or QPointF(0.5, 0.5)
                self._middle = QPointF(middle.x() - moved.x() / rect.width(), middle.y() - moved.y() / rect.height())
                self._pressed = point
                self._tell_moved()
        place = self.place_at(point)
        self.place_hovered.emit(*(place or (-1, -1)))
        self.pointing.emit(self._share_at(point) if place is not None else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._dragged and (place := self.place_at(event.position())) is not None:
            self.place_clicked.emit(*place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_zoom()
        self.opened.emit()

    def leaveEvent(self, event: object) -> None:
        self.place_hovered.emit(-1, -1)
        self.pointing.emit(None)
