"""The layers of a network as a tree: name, activity, output and type, with a filter; it keeps up with 1,000 layers."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from gui import theme
from gui.views.layer_columns import (
    ACTIVITY,
    KERNEL,
    NAME,
    OUTPUT,
    PARAMETERS,
    TIME,
    TITLES,
    TYPE,
    UNITS,
    USUAL,
    Wishes,
    fitted,
    title_of,
    wishes,
)
from gui.views.layer_words import kernel_in_words, name_in_words, output_in_words

if TYPE_CHECKING:
    from analysis.protocol.layers import LayerNode

HELP = (
    "The layer's name in the network",
    "Mean of |activation| on this picture, as √ of its share in the largest layer",
    "Units · rows × columns of what the layer answers",
    "How many units (channels, neurons) it has",
    "What kind of layer it is",
    "How many numbers were learnt in it, and in all that it holds",
    "Rows × columns of what it slides over its input",
    "What it takes for one picture, with all that it holds, measured once or twice a second",
)
PATH_ROLE = Qt.ItemDataRole.UserRole
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class LayerModel(QAbstractItemModel):
    """Rows by number in a flat list, so that an index is a number and the tree is walked only once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[LayerNode] = []
        self._parents: list[int] = []
        self._children: list[list[int]] = []
        self._tops: list[int] = []
        self._rows: list[int] = []
        self._numbers: dict[str, int] = {}
        self._activity: dict[str, float] = {}
        self._times: dict[str, float] = {}
        self._titles: tuple[str, ...] = TITLES

    def show_root(self, root: LayerNode | None) -> None:
        """The root comes first and beside its children, which need not be indented for it."""
        self.beginResetModel()
        self._nodes, self._parents, self._children, self._tops, self._rows = [], [], [], [], []
        self._activity, self._times = {}, {}
        if root is not None:
            self._add(root, -1, with_children=False)
            for child in root.children:
                self._add(child, -1)
        self._numbers = {node.path: number for number, node in enumerate(self._nodes)}
        self.endResetModel()

    def _add(self, node: LayerNode, parent: int, with_children: bool = True) -> None:
        number = len(self._nodes)
        siblings = self._tops if parent < 0 else self._children[parent]
        self._nodes.append(node)
        self._parents.append(parent)
        self._children.append([])
        self._rows.append(len(siblings))
        siblings.append(number)
        if with_children:
            for below in (*node.passes, *node.children):
                self._add(below, number)

    @property
    def nodes(self) -> list[LayerNode]:
        return self._nodes

    def node(self, index: Index) -> LayerNode | None:
        return self._nodes[index.internalId()] if index.isValid() else None

    def index_of(self, path: str) -> QModelIndex:
        number = self._numbers.get(path)
        return QModelIndex() if number is None else self.createIndex(self._rows[number], 0, number)

    def set_means(self, means: Mapping[str, float]) -> None:
        """Bars glide to their new length: half of the way with each measurement."""
        shares = {path: abs(mean) for path, mean in means.items() if isfinite(mean)}
        largest = max(shares.values(), default=0.0)
        for path, mean in shares.items():
            share = sqrt(mean / largest) if largest > 0 else 0.0
            before = self._activity.get(path)
            self._activity[path] = share if before is None else (before + share) / 2

    def activity(self, path: str) -> float | None:
        return self._activity.get(path)

    def set_times(self, times: Mapping[str, float]) -> None:
        """Milliseconds; half of what was measured before stays, so that a number can be read."""
        for path, took in times.items():
            before = self._times.get(path)
            self._times[path] = took if before is None else (before + took) / 2

    # what Qt asks

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        siblings = self._children[parent.internalId()] if parent.isValid() else self._tops
        if 0 <= row < len(siblings) and 0 <= column < len(TITLES):
            return self.createIndex(row, column, siblings[row])
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid():
            return QModelIndex()
        above = self._parents[index.internalId()]
        return QModelIndex() if above < 0 else self.createIndex(self._rows[above], 0, above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if parent.column() > 0:
            return 0
        return len(self._children[parent.internalId()] if parent.isValid() else self._tops)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        node = self.node(index)
        if node is None or (node.kind is None and not node.children):
            return Qt.ItemFlag.NoItemFlags  # the keyboard walks past it
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def call_columns(self, titles: tuple[str, ...]) -> None:
        if titles != self._titles:
            self._titles = titles
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(titles) - 1)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self._titles[section]
            if role == Qt.ItemDataRole.ToolTipRole:
                return HELP[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == TIME:
                took = self._times.get(node.path)
                return f"{took:.3g} ms" if took is not None else ""
            return _text(node, index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            colours = theme.colours()
            if node.kind is None:
                return colours.faint
            return colours.text if index.column() == NAME else colours.dim
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(node)
        if role == PATH_ROLE:
            return node.path
        if role == SEARCH_ROLE:
            return f"{node.path} {node.type}"
        return None


def _text(node: LayerNode, column: int) -> str | None:
    if column == NAME:
        return name_in_words(node)
    if column == OUTPUT:
        return output_in_words(node)
    if column == UNITS:
        return f"{node.units:,}" if node.kind is not None else ""
    if column == PARAMETERS:
        return f"{node.parameters:,}" if node.parameters else ""
    if column == KERNEL:
        return kernel_in_words(node)
    return node.type if column == TYPE else None


def _tooltip(node: LayerNode) -> str:
    words = [f"{node.path or 'The whole network'} ({node.type})"]
    if node.shape is not None:
        words.append(f"answers with {'×'.join(str(size) for size in node.shape)}")
    if node.kernel:
        words.append(f"kernel {kernel_in_words(node)}")
    if node.parameters:
        words.append(f"{node.parameters:,} parameters")
    if node.receptive_field is not None:
        (rows, columns), (down, right) = node.receptive_field.size, node.receptive_field.stride
        words.append(f"each place sees {rows}×{columns} pixels, {down}×{right} apart")
    if node.is_beside:
        words.append(node.what_heads_show)
    if node.calls > 1:
        words.append(f"called {node.calls} times for a picture; its last call is shown, those below it one by one")
    if node.kind is None:
        words.append(f"Cannot be shown: {node.reason}" if node.reason else "Cannot be shown")
    return "\n".join(words)


class _Names(QStyledItemDelegate):
    """Shortened in the middle: `downsample_1` and `downsample_2` stay different; a number is told by its kind first."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        numbered = str(index.data(PATH_ROLE)).rpartition(".")[2].isdigit()
        option.textElideMode = Qt.TextElideMode.ElideRight if numbered else Qt.TextElideMode.ElideMiddle


class _ActivityBars(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        tree = self.parent()
        if not isinstance(tree, LayerTree):
            return
        share = tree.activity(index.data(PATH_ROLE))
        if share is None:
            return
        rect: QRect = option.rect
        colours = theme.colours()
        selected = tree.selectionModel().isSelected(index)
        track = QRectF(rect.left() + 4, rect.center().y() - 2.5, rect.width() - 8, 6)
        painter.fillRect(track, colours.track)
        track.setWidth(track.width() * share)
        painter.fillRect(track, colours.accent if selected else colours.bar)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(56, option.fontMetrics.lineSpacing() + 6)  # it also gives all rows their height


class LayerTree(QTreeView):
    """`layer_chosen` when the person walks onto a layer that can be drawn; `menu_wanted` on any layer."""

    layer_chosen = Signal(str)
    menu_wanted = Signal(str, QPoint)
    columns_chosen = Signal()  # by the person, in the menu of the header

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = USUAL
        self._model = LayerModel(self)
        self._filter = QSortFilterProxyModel(self)
        self._filter.setSourceModel(self._model)
        self._filter.setRecursiveFilteringEnabled(True)  # a layer that matches keeps those above it
        self._filter.setFilterRole(SEARCH_ROLE)
        self._quiet = False
        self._wishes: Wishes | None = None
        self._by_hand = False  # the person has chosen a width
        self._fitting = False
        self.setModel(self._filter)
        self.setAccessibleName("Layers")
        self.setUniformRowHeights(True)
        self.setIndentation(2 * theme.GRID - 2)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegateForColumn(ACTIVITY, _ActivityBars(self))
        self.header().setStretchLastSection(False)
        self.header().setSectionsMovable(False)
        self.header().setMinimumSectionSize(24)
        self.header().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.header().sectionResized.connect(self._resized)
        self.header().setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.header().customContextMenuRequested.connect(self._open_columns)
        self.setItemDelegateForColumn(NAME, _Names(self))
        self.selectionModel().currentChanged.connect(self._walked)

    def show_root(self, root: LayerNode | None) -> None:
        self._quiet = True
        self._model.show_root(root)
        self._open_all()
        self._fit_columns()
        self._quiet = False

    def _open_all(self, passes: bool = False) -> None:
        """All but the calls of layers that are called several times, of which the last stands for all."""
        self.expandAll()
        for node in self._model.nodes:
            if node.calls > 1 and not passes:
                self.collapse(self._filter.mapFromSource(self._model.index_of(node.path)))

    def node_at(self, place: QPoint) -> LayerNode | None:
        return self._model.node(self._filter.mapToSource(self.indexAt(place)))

    def activity(self, path: str) -> float | None:
        return self._model.activity(path)

    def row_in_words(self, path: str) -> str:
        """The path and what the columns in sight say of it, with tabs between them, as a table takes them."""
        index = self._model.index_of(path)
        columns = [column for column in range(len(TITLES)) if column > NAME and not self.isColumnHidden(column)]
        texts = [index.siblingAtColumn(column).data() for column in columns if column != ACTIVITY]
        return "\t".join([path, *(str(text or "") for text in texts)])

    def set_means(self, means: Mapping[str, float]) -> None:
        self._model.set_means(means)
        left, width = self.columnViewportPosition(ACTIVITY), self.columnWidth(ACTIVITY)
        self.viewport().update(left, 0, width, self.viewport().height())

    def set_times(self, times: Mapping[str, float]) -> None:
        self._model.set_times(times)
        if not self.isColumnHidden(TIME):
            left, width = self.columnViewportPosition(TIME), self.columnWidth(TIME)
            self.viewport().update(left, 0, width, self.viewport().height())

    @property
    def columns(self) -> frozenset[int]:
        """Those that are wanted beside the name; how many of them are in sight is a question of room."""
        return self._columns

    def show_columns(self, columns: frozenset[int]) -> None:
        self._columns = columns
        self._by_hand = False
        self._share_room()

    def columns_menu(self) -> QMenu:
        """A tick for each column that may be there."""
        menu = QMenu(self)
        for column, title in enumerate(TITLES):
            if column != NAME:
                action = QAction(title, menu)
                action.setCheckable(True)
                action.setChecked(column in self._columns)
                action.setToolTip(HELP[column])
                action.setData(column)
                menu.addAction(action)
        menu.setToolTipsVisible(True)
        menu.triggered.connect(self._turn_column)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    @Slot(QPoint)
    def _open_columns(self, place: QPoint) -> None:
        self.columns_menu().popup(self.header().mapToGlobal(place))

    @Slot(QAction)
    def _turn_column(self, action: QAction) -> None:
        column = int(action.data())
        self.show_columns(self._columns | {column} if action.isChecked() else self._columns - {column})
        self.columns_chosen.emit()

    @Slot(str)
    def set_filter(self, text: str) -> None:
        """Every word has to be in the layer's path or type, in any order; `select` marks the layer again."""
        from PySide6.QtCore import QRegularExpression  # 6 ms that the start of the window need not wait for

        words = "".join(f"(?=.*{QRegularExpression.escape(word)})" for word in text.split())
        pattern = QRegularExpression(f"^{words}", QRegularExpression.PatternOption.CaseInsensitiveOption)
        self._quiet = True
        self._filter.setFilterRegularExpression(pattern)
        self._open_all(passes="@" in text)
        self._quiet = False

    @property
    def matches(self) -> int:
        """How many rows the filter leaves."""
        return _count(self._filter, QModelIndex())

    def select(self, path: str | None) -> None:
        """Marks the layer without saying so."""
        index = self._filter.mapFromSource(self._model.index_of(path)) if path is not None else QModelIndex()
        if index == self.currentIndex().siblingAtColumn(NAME):
            return
        self._quiet = True
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        else:
            self.clearSelection()
        self._quiet = False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.visualRect(self.currentIndex()).center()
        node = self.node_at(place)
        if node is not None:
            self.menu_wanted.emit(node.path, self.viewport().mapToGlobal(place))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _fit_columns(self) -> None:
        """As wide as this font and these layers want them; what the person had chosen is over."""
        self._wishes = wishes(self._model.nodes, self.fontMetrics(), self.indentation())
        self._by_hand = False
        self._share_room()

    def _share_room(self) -> None:
        header = self.header()
        if self._wishes is None:
            return
        widths = fitted(self._wishes, self.viewport().width(), self._columns)
        self._fitting = True
        for column in range(len(TITLES)):
            header.setSectionHidden(column, column not in widths)
            if column in widths:
                header.resizeSection(column, widths[column])
        self._fitting = False
        self._call_columns()

    def _call_columns(self) -> None:
        """A title that is cut says nothing."""
        header = self.header()
        letters = header.fontMetrics()
        self._model.call_columns(
            tuple(title_of(column, header.sectionSize(column), letters) for column in range(len(TITLES)))
        )

    @Slot(int, int, int)
    def _resized(self, column: int, before: int, now: int) -> None:
        if not self._fitting:
            self._by_hand = True
            self._call_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._by_hand:
            self._share_room()

    @Slot(QModelIndex, QModelIndex)
    def _walked(self, current: QModelIndex, before: QModelIndex) -> None:
        if not self._quiet:
            self._choose(current)

    def _choose(self, index: QModelIndex) -> None:
        node = self._model.node(self._filter.mapToSource(index))
        if node is not None and node.kind is not None:
            self.layer_chosen.emit(node.path)


def _count(model: QAbstractItemModel, parent: QModelIndex) -> int:
    rows = model.rowCount(parent)
    return rows + sum(_count(model, model.index(row, 0, parent)) for row in range(rows))
