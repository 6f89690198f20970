"""A strip of small pictures to choose from: each is read when it comes into sight, and one at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QWidget

from gui.lane.background import Reading, read

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture

SIDE = 56  # pixels
KEPT = 400  # small pictures, of folders that may have a hundred thousand
Index = QModelIndex | QPersistentModelIndex


class Shelf(Protocol):
    """What a strip can show: pictures by their number, each with a name and a way to open it on another thread."""

    @property
    def count(self) -> int: ...
    @property
    def index(self) -> int: ...
    def name_of(self, index: int) -> str: ...
    def opener_of(self, index: int) -> Callable[[], Picture]: ...
    def go_to(self, index: int) -> None: ...


class ThumbnailStrip(QListView):
    chosen = Signal(int)

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._pictures = _Pictures(shelf, self)
        self.setModel(self._pictures)
        self.setAccessibleName("the pictures, small")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSpacing(2)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFixedHeight(SIDE + 22)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    @Slot()
    def follow(self) -> None:
        """The picture that is shown is marked, and in sight."""
        self._pictures.recount()
        index = self._pictures.index(self._shelf.index, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index, QListView.ScrollHint.EnsureVisible)

    @property
    def ready(self) -> int:
        """How many small pictures there are to see."""
        return self._pictures.ready

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pictures.read_no_more()

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() != self._shelf.index:
            self._shelf.go_to(index.row())


class _Pictures(QAbstractListModel):
    def __init__(self, shelf: Shelf, parent: QObject) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._count = shelf.count
        self._made: OrderedDict[int, QIcon] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._reading: Reading | None = None
        self._blank = QIcon(_blank())

    @property
    def ready(self) -> int:
        return len(self._made)

    def recount(self) -> None:
        if self._shelf.count != self._count:
            self.beginResetModel()
            self._count = self._shelf.count
            self._made.clear()
            self.read_no_more()
            self.endResetModel()

    def read_no_more(self) -> None:
        self._wanted.clear()
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._shelf.name_of(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._shelf.name_of(row)
        if role != Qt.ItemDataRole.DecorationRole:
            return None
        if row in self._made:
            self._made.move_to_end(row)
            return self._made[row]
        self._wanted[row] = None
        self._wanted.move_to_end(row)  # what came into sight last is read first
        self._read_next()
        return self._blank

    def _read_next(self) -> None:
        if self._reading is None and self._wanted:
            row, _ = self._wanted.popitem()
            self._reading = read(partial(_small, row, self._shelf.opener_of(row)), urgent=False)
            self._reading.done.connect(self._take)

    @Slot(object)
    def _take(self, made: tuple[int, QImage | None]) -> None:
        self._reading = None
        row, image = made
        self._made[row] = _icon(QPixmap.fromImage(image)) if image is not None else self._blank
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        if row < self._count:
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0), [Qt.ItemDataRole.DecorationRole])
        self._read_next()


def _small(row: int, opened: Callable[[], Picture]) -> tuple[int, QImage | None]:
    """On another thread; a picture that cannot be read stays blank."""
    from analysis.protocol.problems import Problem
    from analysis.protocol.raw_picture import RawPicture
    from gui.sources.qt_pixels import image_of

    try:
        picture = opened()
        image = image_of(picture.pixels if isinstance(picture, RawPicture) else picture)
    except Problem:
        return row, None
    ways = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return row, image.scaled(QSize(SIDE, SIDE), *ways).copy()


def _icon(picture: QPixmap) -> QIcon:
    """The same when it is chosen, which Qt would tint otherwise."""
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


def _blank() -> QPixmap:
    blank = QPixmap(SIDE, SIDE)
    blank.fill(Qt.GlobalColor.transparent)
    return blank
