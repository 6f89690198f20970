"""The mosaic: every unit of a layer as a tile of one picture, to zoom, pan, walk and click.

Where a tile lies is arithmetic; there is one image and no item per tile. Places are kept in tiles, not in pixels,
so a mosaic of finer or coarser tiles does not move under the person's hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from gui.theme import colours
from gui.views.cross import paint_cross
from gui.views.focus_frame import paint_focus
from gui.views.pixels import fill_around, level_image
from gui.views.short_numbers import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import Mosaic

LARGEST_ZOOM = 64.0
SMALLEST_GAP_TILE = 5.0
NUMBERED_TILE = 26.0
STEP = 1.25
BESIDE = 4  # pixels between a tile and its menu
STRIDE = 3  # tiles that Shift makes the arrows go


class MosaicView(QWidget):
    unit_chosen = Signal(int)
    unit_opened = Signal(int)  # double click or Enter
    unit_hovered = Signal(float, float, str)  # the scale of the tile under the cursor, and what is there in words
    unit_left = Signal()  # the cursor is over no tile any more
    menu_wanted = Signal(int, QPoint)
    let_go = Signal()  # nobody points at its units any more
    moved = Signal(float, object)  # by the person: the zoom, and which share of the mosaic is in the middle, or None
    pointing = Signal(object)  # at this share of the mosaic, QPointF; None when the mouse is over it no more
    detail_changed = Signal()  # another aspect or tile size is wanted from the engine

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 90)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Units of the layer")
        self._mosaic: Mosaic | None = None
        self._image: QImage | None = None
        self._empty_text = ""
        self._numbers = False
        self._silent: NDArray[np.bool_] | None = None  # by unit
        self._selected: int | None = None
        self._zoom = 1.0  # 1 shows everything
        self._middle: QPointF | None = None  # of the view, in tiles; None for the middle of the mosaic
        self._pressed: QPointF | None = None
        self._dragged = False
        self._hover = QPointF(-1, -1)
        self._pointed: QPointF | None = None  # by the mouse in another mosaic, as a share of this one
        self._tile_wanted = 0
        self._gaps: list[QRect] = []  # of whole pixels, which are filled in half the time
        self._gaps_of: tuple[float, ...] = ()  # the geometry that they were made for

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    # what is shown

    def show_mosaic(self, mosaic: Mosaic, table: NDArray[np.uint8]) -> None:
        before = self._mosaic
        if before is None or before.tiles != mosaic.tiles or before.columns != mosaic.columns:
            self._zoom, self._middle = 1.0, None
        if before is None:
            self.setAccessibleDescription("")
        self._mosaic = mosaic
        self._image = level_image(mosaic.levels, table)
        self._note_detail()
        self.update()
        if self._hover.x() >= 0:
            self._tell_hover()

    @property
    def pointed_at(self) -> tuple[int, ...] | None:
        """Its units in their order while the mouse is over them; None while it is elsewhere."""
        pointed = self._mosaic is not None and self._hover.x() >= 0
        return tuple(self._mosaic.order.tolist()) if pointed and self._mosaic is not None else None

    def show_nothing(self, text: str) -> None:
        """An empty view says what it will show and how to get it."""
        self._mosaic = self._image = None
        self._empty_text = text
        self.setAccessibleDescription(text)  # painted words are read out by nobody
        self.update()

    def set_numbers(self, shown: bool) -> None:
        self._numbers = shown
        self.update()

    def set_silent(self, silent: NDArray[np.bool_] | None) -> None:
        """Marks the units that never answered, which look like those that are silent on this picture only."""
        before, self._silent = self._silent, silent
        if (before is None) != (silent is None) or (silent is not None and not (silent == before).all()):
            self.update()

    def select(self, unit: int | None) -> None:
        """Marks the unit's tile, and brings it into view when the mosaic is zoomed."""
        if unit == self._selected:
            return
        self._selected = unit
        tile = self._tile_of(unit)
        if tile is not None and self._zoom > 1:
            rect = self._tile_rect(tile)
            if not QRectF(self.rect()).contains(rect):
                self._middle = QPointF(tile % self._columns + 0.5, tile // self._columns + 0.5)
        self.update()

    @property
    def aspect(self) -> float:
        """Width by height of the room for the mosaic."""
        return max(self.width(), 1) / max(self.height(), 1)

    @property
    def tile_pixels(self) -> int:
        """The most device pixels a side that a tile uses at this zoom."""
        if self._mosaic is None:
            return 256
        size = max(self._cell().x(), self._cell().y()) * self.devicePixelRatioF()
        steps = 32
        while steps < size and steps < 4096:
            steps *= 2
        return steps

    # geometry, in tiles and in widget pixels

    @property
    def _columns(self) -> int:
        return self._mosaic.columns if self._mosaic is not None else 1

    @property
    def _rows(self) -> int:
        return ceil(self._mosaic.tiles / self._columns) if self._mosaic is not None else 1

    def _cell(self) -> QPointF:
        """Width and height of a tile on the screen."""
        mosaic = self._mosaic
        assert mosaic is not None
        shape = mosaic.tile_height / mosaic.tile_width
        width = min(self.width() / self._columns, self.height() / (self._rows * shape)) * self._zoom
        return QPointF(width, width * shape)

    def _corner(self) -> QPointF:
        """Where the mosaic's top left corner is on the screen."""
        cell = self._cell()
        middle = self._middle if self._middle is not None else QPointF(self._columns / 2, self._rows / 2)
        return QPointF(self.width() / 2 - middle.x() * cell.x(), self.height() / 2 - middle.y() * cell.y())

    def _tile_rect(self, tile: int) -> QRectF:
        cell, corner = self._cell(), self._corner()
        row, column = divmod(tile, self._columns)
        return QRectF(corner.x() + column * cell.x(), corner.y() + row * cell.y(), cell.x(), cell.y())

    def _tile_at(self, point: QPointF) -> int | None:
        if self._mosaic is None:
            return None
        cell, corner = self._cell(), self._corner()
        column = (point.x() - corner.x()) / cell.x()
        row = (point.y() - corner.y()) / cell.y()
        if not (0 <= column < self._columns and 0 <= row < self._rows):
            return None
        tile = int(row) * self._columns + int(column)
        return tile if tile < self._mosaic.tiles else None

    def _tile_of(self, unit: int | None) -> int | None:
        if self._mosaic is None or unit is None:
            return None
        order = self._mosaic.order
        if unit < len(order) and order[unit] == unit:  # as they are counted, which is the usual order
            return unit
        found = (order == unit).nonzero()[0]
        return int(found[0]) if len(found) else None

    def unit_at(self, point: QPointF) -> int | None:
        tile = self._tile_at(point)
        return int(self._mosaic.order[tile]) if self._mosaic is not None and tile is not None else None

    def place_of(self, unit: int) -> QRectF | None:
        """Where its tile is, in the widget's pixels; None while it is not among them."""
        tile = self._tile_of(unit)
        return self._tile_rect(tile) if tile is not None else None

    # zoom

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """Zooms so that what is under `at` stays there."""
        if self._mosaic is None:
            return
        zoom = min(max(self._zoom * factor, 1.0), max(LARGEST_ZOOM, self._zoom))
        if zoom == self._zoom:
            return
        cell, corner = self._cell(), self._corner()
        column, row = (at.x() - corner.x()) / cell.x(), (at.y() - corner.y()) / cell.y()
        self._zoom = zoom
        cell = self._cell()
        self._middle = QPointF(
            column + (self.width() / 2 - at.x()) / cell.x(), row + (self.height() / 2 - at.y()) / cell.y()
        )
        if zoom == 1.0:
            self._middle = None
        self._note_detail()
        self._tell_moved()

    # in step with another mosaic

    def look(self, zoom: float, middle: QPointF | None) -> None:
        """The same part as another view, which has said so by `moved`."""
        self._zoom = zoom
        self._middle = None if middle is None else QPointF(middle.x() * self._columns, middle.y() * self._rows)
        self._note_detail()
        self.update()

    def point(self, share: QPointF | None) -> None:
        """A cross where the mouse is in another view; None for none."""
        if share != self._pointed:
            self._pointed = share
            self.update()

    def words_at(self, share: QPointF) -> str:
        """What lies there: the unit and its value; nothing where there is none."""
        if self._mosaic is None:
            return ""
        told = self._told_at(self._point_of(share))
        return told[2] if told is not None else ""

    def _point_of(self, share: QPointF) -> QPointF:
        cell, corner = self._cell(), self._corner()
        return QPointF(
            corner.x() + share.x() * self._columns * cell.x(), corner.y() + share.y() * self._rows * cell.y()
        )

    def _share_of(self, point: QPointF) -> QPointF | None:
        if self._mosaic is None:
            return None
        cell, corner = self._cell(), self._corner()
        share = QPointF(
            (point.x() - corner.x()) / (self._columns * cell.x()), (point.y() - corner.y()) / (self._rows * cell.y())
        )
        return share if 0 <= share.x() < 1 and 0 <= share.y() < 1 else None

    def _tell_moved(self) -> None:
        self.update()
        middle = self._middle
        self.moved.emit(
            self._zoom, None if middle is None else QPointF(middle.x() / self._columns, middle.y() / self._rows)
        )

    def _note_detail(self) -> None:
        wanted = self.tile_pixels
        if wanted != self._tile_wanted:
            self._tile_wanted = wanted
            self.detail_changed.emit()

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._note_detail()
        self.detail_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._mosaic is None or self._image is None:
            painter.fillRect(self.rect(), colours().sunken)
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(
                self.rect().adjusted(24, 24, -24, -24),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self._empty_text,
            )
            paint_focus(painter, self)
            return
        cell, corner = self._cell(), self._corner()
        whole = QRectF(corner.x(), corner.y(), self._columns * cell.x(), self._rows * cell.y())
        seen = whole.intersected(QRectF(self.rect()))
        fill_around(painter, self.rect(), seen, colours().sunken)
        if seen.isEmpty():
            return
        x_scale, y_scale = self._image.width() / whole.width(), self._image.height() / whole.height()
        source = QRectF(
            (seen.x() - whole.x()) * x_scale,
            (seen.y() - whole.y()) * y_scale,
            seen.width() * x_scale,
            seen.height() * y_scale,
        )
        painter.drawImage(seen, self._image, source)
        self._paint_gaps(painter, cell, corner, seen)
        self._paint_unused(painter, cell, corner)
        self._paint_silent(painter, seen)
        if self._numbers and min(cell.x(), cell.y()) >= NUMBERED_TILE:
            self._paint_numbers(painter, cell, corner, seen)
        self._paint_marks(painter)
        paint_focus(painter, self)

    def _paint_gaps(self, painter: QPainter, cell: QPointF, corner: QPointF, seen: QRectF) -> None:
        where = (cell.x(), cell.y(), corner.x(), corner.y(), seen.width(), seen.height(), self._columns, self._rows)
        if where != self._gaps_of:
            self._gaps_of, self._gaps = where, list(self._gaps_between(cell, corner, seen))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours().sunken)
        painter.drawRects(self._gaps)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _gaps_between(self, cell: QPointF, corner: QPointF, seen: QRectF) -> Iterator[QRect]:
        if min(cell.x(), cell.y()) < SMALLEST_GAP_TILE:
            return
        gap = 2 if min(cell.x(), cell.y()) >= 24 else 1
        whole = seen.toAlignedRect()
        for column in range(self._columns + 1):
            x = corner.x() + column * cell.x()
            if seen.left() - gap <= x <= seen.right() + gap:
                yield QRect(round(x - gap / 2), whole.top(), gap, whole.height())
        for row in range(self._rows + 1):
            y = corner.y() + row * cell.y()
            if seen.top() - gap <= y <= seen.bottom() + gap:
                yield QRect(whole.left(), round(y - gap / 2), whole.width(), gap)

    def _paint_unused(self, painter: QPainter, cell: QPointF, corner: QPointF) -> None:
        assert self._mosaic is not None
        used = self._mosaic.tiles - (self._rows - 1) * self._columns
        if used < self._columns:
            left, top = corner.x() + used * cell.x(), corner.y() + (self._rows - 1) * cell.y()
            width = (self._columns - used) * cell.x() + 1
            painter.fillRect(QRectF(left, top, width, cell.y() + 1), colours().sunken)

    def _paint_silent(self, painter: QPainter, seen: QRectF) -> None:
        """A line across the tile from corner to corner."""
        assert self._mosaic is not None
        cell = self._cell()
        if self._silent is None or min(cell.x(), cell.y()) < SMALLEST_GAP_TILE:
            return
        painter.setPen(QPen(colours().faint, 1))
        for tile, unit in enumerate(self._mosaic.order.tolist()):
            if unit < len(self._silent) and self._silent[unit]:
                rect = self._tile_rect(tile).adjusted(1, 1, -2, -2)
                if rect.intersects(seen):
                    painter.drawLine(rect.topLeft(), rect.bottomRight())

    def _paint_numbers(self, painter: QPainter, cell: QPointF, corner: QPointF, seen: QRectF) -> None:
        assert self._mosaic is not None
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        for tile in range(self._mosaic.tiles):
            row, column = divmod(tile, self._columns)
            at = QPointF(corner.x() + column * cell.x() + 4, corner.y() + row * cell.y() + 12)
            if seen.contains(at):
                text = str(int(self._mosaic.order[tile]))
                painter.setPen(QColor(0, 0, 0, 200))
                painter.drawText(at + QPointF(1, 1), text)
                painter.setPen(QColor(255, 255, 255, 230))
                painter.drawText(at, text)

    def _paint_marks(self, painter: QPainter) -> None:
        hovered = self._tile_at(self._hover)
        if hovered is not None:
            painter.setPen(QPen(QColor(255, 255, 255, 150), 1))
            painter.drawRect(self._tile_rect(hovered).adjusted(0.5, 0.5, -1.5, -1.5))
        chosen = self._tile_of(self._selected)
        if chosen is not None:
            painter.setPen(QPen(colours().accent, 2))
            painter.drawRect(self._tile_rect(chosen).adjusted(0, 0, -1, -1))
        if self._pointed is not None:
            paint_cross(painter, self._point_of(self._pointed))

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom_by(STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._pressed is not None and self._zoom > 1 and self._mosaic is not None:
            moved = point - self._pressed
            if self._dragged or moved.manhattanLength() > 5:
                self._dragged = True
                cell = self._cell()
                middle = self._middle or QPointF(self._columns / 2, self._rows / 2)
                self._middle = QPointF(middle.x() - moved.x() / cell.x(), middle.y() - moved.y() / cell.y())
                self._pressed = point
                self._tell_moved()
        self._hover = point
        self._tell_hover()
        self.pointing.emit(self._share_of(point))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._dragged and event.button() == Qt.MouseButton.LeftButton:
            unit = self.unit_at(event.position())
            if unit is not None:
                self.unit_chosen.emit(unit)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(event.position())
        if unit is not None:
            self.unit_chosen.emit(unit)
            self.unit_opened.emit(unit)

    def leaveEvent(self, event: object) -> None:
        self._hover = QPointF(-1, -1)
        self.unit_left.emit()
        self.let_go.emit()
        self.pointing.emit(None)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Beside the tile, so that the menu does not cover what it speaks of."""
        unit = self.unit_at(QPointF(event.pos()))
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            unit = self._selected
        tile = self._tile_of(unit)
        if unit is not None and tile is not None:
            beside = self._tile_rect(tile).intersected(QRectF(self.rect())).topRight().toPoint() + QPoint(BESIDE, 0)
            self.unit_chosen.emit(unit)
            self.menu_wanted.emit(unit, self.mapToGlobal(beside))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in steps:
            stride = STRIDE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.walk(steps[key][0] * stride, steps[key][1] * stride)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected is not None:
            self.unit_opened.emit(self._selected)
        elif key == Qt.Key.Key_Home and self._mosaic is not None and self._mosaic.tiles:
            self.unit_chosen.emit(int(self._mosaic.order[0]))
        elif key == Qt.Key.Key_End and self._mosaic is not None and self._mosaic.tiles:
            self.unit_chosen.emit(int(self._mosaic.order[-1]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP, QPointF(self.rect().center()))
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / STEP, QPointF(self.rect().center()))
        else:
            super().keyPressEvent(event)

    def walk(self, right: int, down: int) -> None:
        """Chooses the unit so many tiles away, staying in the mosaic."""
        if self._mosaic is None or self._mosaic.tiles == 0:
            return
        tile = self._tile_of(self._selected)
        if tile is None:
            self.unit_chosen.emit(int(self._mosaic.order[0]))
            return
        row, column = divmod(tile, self._columns)
        row = min(max(row + down, 0), self._rows - 1)
        column = min(max(column + right, 0), self._columns - 1)
        tile = min(row * self._columns + column, self._mosaic.tiles - 1)
        self.unit_chosen.emit(int(self._mosaic.order[tile]))

    def _tell_hover(self) -> None:
        told = self._told_at(self._hover)
        if told is None:
            self.unit_left.emit()
        else:
            self.unit_hovered.emit(*told)

    def _told_at(self, point: QPointF) -> tuple[float, float, str] | None:
        """The scale of the tile there, and its unit and value in words."""
        mosaic, tile = self._mosaic, self._tile_at(point)
        if mosaic is None or tile is None:
            return None
        rect = self._tile_rect(tile)
        row = int((point.y() - rect.y()) / rect.height() * mosaic.tile_height)
        column = int((point.x() - rect.x()) / rect.width() * mosaic.tile_width)
        row, column = min(row, mosaic.tile_height - 1), min(column, mosaic.tile_width - 1)
        top = tile // self._columns * mosaic.tile_height
        left = tile % self._columns * mosaic.tile_width
        level = int(mosaic.levels[top + row, left + column])
        low, high = float(mosaic.low[tile]), float(mosaic.high[tile])
        value = low + (high - low) * level / 255
        unit = int(mosaic.order[tile])
        silent = self._silent is not None and unit < len(self._silent) and bool(self._silent[unit])
        words = f"unit {unit}: {short(value)} here" + (", as on every picture so far" if silent else "")
        return low, high, words
