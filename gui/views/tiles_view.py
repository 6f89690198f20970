"""A result of tiles: small maps in rows and columns, as large as the room lets them be. A click chooses the unit."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QToolTip, QVBoxLayout, QWidget

from gui import theme
from gui.views.legend import Legend
from gui.views.pixels import level_image, levels_of, rgb_image
from gui.views.short_numbers import short
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Outline, Tile, Tiles
    from gui.selection import State

GAP = 4  # pixels between tiles
SMALLEST, LARGEST = 20, 420  # pixels of a tile's longer side
TITLED = 40  # pixels of a tile that has room for its title
STEP = 1.25
CELLS = 16  # a picture with no more of them across, as a filter is, shows its cells
WRITTEN = 18  # pixels of a cell that has room for its number


class TilesView(QWidget):
    unit_clicked = Signal(int)
    cell_clicked = Signal(int, int, int)  # which tile, and the row and column in it

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.sheet = _Sheet(self)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(self.sheet)
        self.legend = Legend(self)
        self.words = WrappedWords(parent=self)
        self.words.setProperty("dim", True)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.area, 1)
        column.addWidget(self.legend)
        column.addWidget(self.words)
        self.sheet.clicked.connect(self._choose)
        self.sheet.cell_clicked.connect(self.cell_clicked)
        state.unit_changed.connect(self._show_unit)

    def show_result(self, result: Tiles, _picture: Pixels | None = None) -> None:
        from analysis.drawing.colours import table

        self.words.setText(result.words)
        self.words.setVisible(bool(result.words))
        maps = [tile for tile in result.tiles if not tile.is_picture]
        ends = {(tile.low, tile.high) for tile in maps}
        self.legend.setVisible(bool(maps))
        if maps:
            low, high = min(one for one, _ in ends), max(one for _, one in ends)
            shared = "one scale for all" if len(ends) == 1 else "the widest; each tile has a scale of its own"
            colours = table("diverging", signed=True) if low < 0 else table("inferno")
            self.legend.show_scale(colours, low, high, shared)
        self.sheet.empty_text = ""
        self._column.activate()  # what stands below takes its room first
        self.sheet.show_tiles(result, self._room())
        self._show_unit()

    def show_nothing(self, words: str) -> None:
        self.sheet.empty_text = words
        self.legend.hide()
        self.words.hide()
        self._column.activate()
        self.sheet.show_tiles(None, self.area.maximumViewportSize())
        self.setAccessibleDescription(words)

    @Slot(int)
    def _choose(self, unit: int) -> None:
        self._state.set_unit(unit)
        self.unit_clicked.emit(unit)

    @Slot()
    def _show_unit(self) -> None:
        self.sheet.unit = self._state.unit
        self.sheet.update()

    def _room(self) -> QSize:
        """Beside a scroll bar, or its coming would bring another one."""
        room = self.area.maximumViewportSize()
        return QSize(room.width() - self.area.verticalScrollBar().sizeHint().width(), room.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._column.activate()
        self.sheet.fit(self.area.maximumViewportSize() if self.sheet.empty_text else self._room())


@dataclass(frozen=True)
class _Place:
    tile: Tile
    rect: QRectF
    image: QImage


class _Sheet(QWidget):
    """Places are found anew when the room changes; pictures are made once."""

    clicked = Signal(int)
    cell_clicked = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unit: int | None = None
        self.empty_text = ""
        self._tiles: Tiles | None = None
        self._images: list[QImage] = []
        self._places: list[_Place] = []
        self._room = QSize(100, 100)
        self._zoom = 1.0
        self._columns = 1
        self._side = QSize(1, 1)
        self._pressed: QPointF | None = None
        self.setMouseTracking(True)

    def show_tiles(self, tiles: Tiles | None, room: QSize) -> None:
        self._tiles = tiles
        self._images = [_image(tile) for tile in tiles.tiles] if tiles is not None else []
        self.fit(room)

    def fit(self, room: QSize) -> None:
        self._room = room
        self._arrange()
        self.update()

    # where things are

    @property
    def rects(self) -> list[QRectF]:
        """Where each tile stands."""
        return [place.rect for place in self._places]

    def _arrange(self) -> None:
        tiles = self._tiles
        if tiles is None or not tiles.tiles:
            self._places = []
            self.resize(self._room)
            return
        rows = max(tile.values.shape[0] for tile in tiles.tiles)
        wide = max(tile.values.shape[1] for tile in tiles.tiles)
        longer = max(rows, wide, 1)
        left, top = self._margins(tiles)
        width, height = self._room.width() - left - 2, self._room.height() - top - 2
        columns = tiles.columns or self._most_even(len(tiles.tiles), rows / longer, wide / longer, width, height)
        side = self._longer(columns, len(tiles.tiles), rows / longer, wide / longer, width, height)
        side = min(max(side, SMALLEST), LARGEST) * self._zoom
        self._columns, self._side = columns, QSize(round(side * wide / longer), round(side * rows / longer))
        step_x = max(self._side.width(), 3) + GAP
        self._places, y = [], float(top)
        for first in range(0, len(tiles.tiles), columns):
            row = tiles.tiles[first : first + columns]
            for column, (tile, image) in enumerate(zip(row, self._images[first:], strict=False)):
                high, across = side * tile.values.shape[0] / longer, side * tile.values.shape[1] / longer
                corner = QPointF(left + column * step_x, y)
                rect = QRectF(corner, QPointF(corner.x() + across, corner.y() + high))
                self._places.append(_Place(tile, rect, image))
            highest = max(round(side * tile.values.shape[0] / longer) for tile in row)
            y += max(highest, 3) + GAP + self._title_height(side)
        self.resize(int(left + columns * step_x), int(y))

    def _margins(self, tiles: Tiles) -> tuple[int, int]:
        metrics = self.fontMetrics()
        left = max((metrics.horizontalAdvance(name) for name in tiles.row_names), default=-GAP) + GAP
        return left, metrics.lineSpacing() + 2 if tiles.column_names else 0

    def _title_height(self, side: float) -> int:
        titled = self._tiles is not None and any(tile.title for tile in self._tiles.tiles)
        return self.fontMetrics().lineSpacing() if titled and side >= TITLED else 0

    def _longer(self, columns: int, count: int, high: float, wide: float, width: int, height: int) -> float:
        """A tile's longer side where this many stand in a row: the width is filled, and a few fit the height, too."""
        by_width = (width / columns - GAP) / wide
        lines = ceil(count / columns)
        by_height = (height / lines - GAP - self.fontMetrics().lineSpacing()) / high
        return min(by_width, by_height) if by_height >= SMALLEST else min(by_width, 2 * SMALLEST)

    def _most_even(self, count: int, high: float, wide: float, width: int, height: int) -> int:
        """So that tiles become large; of equally large ones in few lines, and those as full as each other."""
        most = max(int(width / (SMALLEST * wide + GAP)), 1)
        return max(
            range(1, min(count, most) + 1),
            key=lambda columns: (
                self._longer(columns, count, high, wide, width, height),
                -ceil(count / columns),
                -columns,
            ),
        )

    def _place_at(self, point: QPointF) -> _Place | None:
        return next((place for place in self._places if place.rect.contains(point)), None)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, metrics = QPainter(self), theme.colours(), self.fontMetrics()
        tiles = self._tiles
        if tiles is None:
            painter.fillRect(self.rect(), colours.sunken)
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self.empty_text)
            return
        seen = QRectF(event.rect())
        for place in self._places:
            rect = place.rect
            if not rect.adjusted(-GAP, -GAP, GAP, GAP + metrics.lineSpacing()).intersects(seen):
                continue
            fine = place.tile.is_picture and place.image.width() > CELLS
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, fine)
            painter.drawImage(rect, place.image)
            self._paint_numbers(painter, place)
            for outline in place.tile.outlines:
                self._paint_outline(painter, place, outline)
            self._paint_frame(painter, place)
        self._paint_names(painter, tiles)

    def _paint_frame(self, painter: QPainter, place: _Place) -> None:
        tile, rect, colours = place.tile, place.rect, theme.colours()
        if tile.marked:
            painter.setPen(QPen(colours.warning, 2))
            painter.drawRect(rect.adjusted(-1, -1, 1, 1))
        if tile.unit is not None and tile.unit == self.unit:
            painter.setPen(QPen(colours.accent, 2))
            painter.drawRect(rect.adjusted(-2, -2, 2, 2))
        metrics = self.fontMetrics()
        if self._title_height(max(self._side.width(), self._side.height())):
            painter.setPen(colours.warning if tile.marked else colours.dim)
            room = QRectF(rect.left(), rect.bottom() + 1, self._side.width(), metrics.lineSpacing())
            words = f"{tile.title} {tile.marked}" if tile.marked else tile.title
            if metrics.horizontalAdvance(words) > room.width():
                words = tile.title  # which one it is, before what its frame says, too
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_outline(self, painter: QPainter, place: _Place, outline: Outline) -> None:
        rows, columns = place.tile.values.shape[:2]
        across, down = place.rect.width() / columns, place.rect.height() / rows
        box = QRectF(
            place.rect.left() + outline.left * across,
            place.rect.top() + outline.top * down,
            outline.width * across,
            outline.height * down,
        )
        colours = theme.colours()
        painter.save()
        painter.setClipRect(place.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, outline.round)
        for pen in (QPen(Qt.GlobalColor.black, 3), QPen(colours.dim if outline.dim else colours.accent, 1.5)):
            painter.setPen(pen)
            (painter.drawEllipse if outline.round else painter.drawRect)(box)
        painter.restore()

    def _paint_numbers(self, painter: QPainter, place: _Place) -> None:
        tile = place.tile
        if not tile.written or tile.is_picture:
            return
        rows, columns = tile.values.shape
        across, down = place.rect.width() / columns, place.rect.height() / rows
        if min(across, 2 * down) < WRITTEN:
            return
        before, font = painter.font(), painter.font()
        font.setPixelSize(min(max(round(0.36 * across), 7), max(self.fontMetrics().height() - 3, 7)))
        painter.setFont(font)
        for row in range(rows):
            for column in range(columns):
                value = float(tile.values[row, column])
                room = QRectF(place.rect.left() + column * across, place.rect.top() + row * down, across, down)
                share = (value - tile.low) / ((tile.high - tile.low) or 1.0)
                bright = abs(share - 0.5) > 0.42 if tile.low < 0 else share > 0.7
                painter.setPen(Qt.GlobalColor.black if bright else Qt.GlobalColor.white)
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, short(value))
        painter.setFont(before)

    def _paint_names(self, painter: QPainter, tiles: Tiles) -> None:
        painter.setPen(theme.colours().dim)
        metrics = self.fontMetrics()
        for row, name in enumerate(tiles.row_names):
            first = row * self._columns
            if first < len(self._places):
                rect = self._places[first].rect
                painter.drawText(QPointF(0, rect.center().y() + metrics.ascent() / 2 - 1), name)
        end = -GAP
        for name, place in zip(tiles.column_names, self._places, strict=False):
            wide = metrics.horizontalAdvance(name)
            left = place.rect.center().x() - wide / 2
            if left > end:
                painter.drawText(QPointF(left, metrics.ascent()), name)
                end = int(left + wide + GAP)

    # the pointer

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._tip(place, QPointF(event.pos())) if place else "", self)
            return True
        return super().event(event)

    def _tip(self, place: _Place, point: QPointF) -> str:
        tile = place.tile
        said = [words for words in (tile.title, tile.words, tile.marked) if words]
        if not tile.is_picture:
            rows, columns = tile.values.shape
            row = min(int((point.y() - place.rect.top()) / place.rect.height() * rows), rows - 1)
            column = min(int((point.x() - place.rect.left()) / place.rect.width() * columns), columns - 1)
            said.append(f"row {row}, column {column}: {float(tile.values[row, column]):.6g}".replace("-", "−"))
            said.append(f"scale {tile.low:.3g} … {tile.high:.3g}".replace("-", "−"))
        return "\n".join(said)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if self._pressed is not None and place is not None and place.tile.unit is not None:
            self.clicked.emit(place.tile.unit)
        if self._pressed is not None and place is not None:
            rows, columns = place.tile.values.shape[:2]
            at = event.position() - place.rect.topLeft()
            row, column = int(at.y() / place.rect.height() * rows), int(at.x() / place.rect.width() * columns)
            self.cell_clicked.emit(self._places.index(place), min(row, rows - 1), min(column, columns - 1))
        self._pressed = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self._zoom = min(max(self._zoom * STEP ** (event.angleDelta().y() / 120), 0.5), 12.0)
        self._arrange()
        self.update()


def _image(tile: Tile) -> QImage:
    from analysis.drawing.colours import table

    if tile.is_picture:
        return rgb_image(tile.values).copy()
    colours = table("diverging", signed=True) if tile.low < 0 else table("inferno")
    return level_image(levels_of(tile.values, tile.low, tile.high), colours).copy()
