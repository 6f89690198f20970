"""The Statistics tab: an atlas, asked by a line. A table of units, what they saw, classes, likeness, sparsity.

A sweep is begun and gone on with here; the atlas of your room grows while the camera runs.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QDir, QItemSelectionModel, QModelIndex, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QListView,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.protocol.problems import Problem
from gui import theme
from gui.forms.file_dialogs import ask_folder
from gui.lane.background import Reading, read
from gui.tabs.panel import TabPanel
from gui.tabs.publish_run import PublishRun
from gui.tabs.sweep_run import SweepRun
from gui.tabs.units_models import FIRST, SIDE, Cuttings, UnitsTable
from gui.views.atlas_unit import AtlasUnit
from gui.views.heat_map import HeatMap
from gui.views.layer_shares import LayerShares
from gui.views.notice_bar import NoticeBar
from gui.views.scrolled import scrolled
from gui.views.shown_outside import show_outside
from gui.views.words import ElidedWords, WrappedWords

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.protocol.recipe import Recipe
    from analysis.sweeps.atlas import Atlas
    from gui.export.figures import Shown
    from gui.tabs.around import Around

EMPTY = (
    "An atlas says what every unit does over a whole set of pictures. “Sweep…” makes one of a folder with the network "
    "that is opened; “Open…” looks at one that is there."
)
EXAMPLES = ("not dead order by ap_lift desc", "sure and ap_lift > 5", "dead", "duplicate", "always", "zeros > 0.9")
VIEWS = ("Table", "Pictures", "Layers × classes", "Units alike", "Sparsity")
MOST_ALIKE = 512  # units whose correlations are seen at once
SIDE_WIDTH = 260  # pixels
WIDTHS = {"layer": 130, "unit": 52, "fav": 110}
ASK_AFTER = 150  # milliseconds


class StatisticsPanel(TabPanel):
    def __init__(self, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._around = around
        self._order: tuple[str, bool] | None = None
        self._units: NDArray[np.int64] | None = None
        self._reading: Reading | None = None
        self._alike: NDArray[np.int64] | None = None
        self.notice = NoticeBar(self)
        self.name = ElidedWords(self)
        self.open_button = _button("Open…", "An atlas that was made before", self)
        self.sweep = SweepRun(around, self.notice, self)
        self.site = PublishRun(self.notice, self)
        self.more = _button("⋯", "What else can be done with the atlas", self)
        self.line = QLineEdit(self)
        self.line.setClearButtonEnabled(True)
        self.line.setPlaceholderText("layer='conv1' and fav='dog' and ap_lift>20 and not dead")
        self.line.setAccessibleName("Which units are asked for")
        self.saved = _button("Saved", "Queries that were kept, and examples", self)
        self.view = QComboBox(self)
        self.view.addItems(VIEWS)
        self.view.setAccessibleName("How they are looked at")
        self.count = ElidedWords(self)
        self.table_model, self.cuttings_model = UnitsTable(self), Cuttings(self)
        self.table, self.cuttings = QTableView(self), QListView(self)
        self.classes, self.alike = HeatMap(self), HeatMap(self)
        self.sparsity = LayerShares(self)
        self.unit = AtlasUnit(self)
        self.empty = WrappedWords(EMPTY, self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(ASK_AFTER)
        self._lay_out()
        self._join()
        if around.atlas.atlas is not None:
            self._take_atlas()
        elif around.atlas.last and Path(around.atlas.last).is_dir():
            around.atlas.open(around.atlas.last)

    def _lay_out(self) -> None:
        for view in (self.table, self.cuttings):
            view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setModel(self.table_model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.table.horizontalHeader().setDefaultSectionSize(74)
        for name, width in WIDTHS.items():
            self.table.setColumnWidth(FIRST.index(name), width)
        self.table.setAccessibleName("The units that were found")
        self.cuttings.setModel(self.cuttings_model)
        self.cuttings.setViewMode(QListView.ViewMode.IconMode)
        self.cuttings.setResizeMode(QListView.ResizeMode.Adjust)
        self.cuttings.setMovement(QListView.Movement.Static)
        self.cuttings.setLayoutMode(QListView.LayoutMode.Batched)
        self.cuttings.setUniformItemSizes(True)
        self.cuttings.setIconSize(QSize(SIDE, SIDE))
        self.cuttings.setGridSize(QSize(SIDE + 16, SIDE + 12 + self.fontMetrics().height()))
        self.cuttings.setAccessibleName("What the units that were found saw on their best picture")
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        for button in (self.open_button, self.sweep.button, self.sweep.room_button, self.more):
            head.addWidget(button)
        asked = QHBoxLayout()
        asked.addWidget(self.line, 1)
        asked.addWidget(self.saved)
        asked.addWidget(self.view)
        self.pages = QStackedWidget(self)
        for page in (self.table, self.cuttings, self.classes, self.alike, scrolled(self.sparsity, self)):
            self.pages.addWidget(page)
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 8, 0)
        column.addWidget(self.unit)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.addWidget(self.pages)
        self.side = scrolled(side, self)
        self.side.setMinimumWidth(SIDE_WIDTH)
        self.side.hide()
        self.splitter.addWidget(self.side)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        whole.setSpacing(6)
        whole.addLayout(head)
        whole.addWidget(self.sweep.strip)
        whole.addWidget(self.site.strip)
        whole.addWidget(self.notice)
        whole.addWidget(self.empty, 1)
        whole.addLayout(asked)
        whole.addWidget(self.count)
        whole.addWidget(self.splitter, 1)
        self._show_emptiness()

    def _join(self) -> None:
        self.open_button.clicked.connect(self.open_atlas)
        self.line.textChanged.connect(self._asking.start)
        self.line.returnPressed.connect(self.ask)
        self._asking.timeout.connect(self.ask)
        self.view.currentIndexChanged.connect(self._show_page)
        self.table_model.order_wanted.connect(self._order_by)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)  # none yet
        self.table.setSortingEnabled(True)
        self.table.selectionModel().currentChanged.connect(self._choose_row)
        self.table.doubleClicked.connect(self._go_to_unit)
        self.cuttings.selectionModel().currentChanged.connect(self._choose_cutting)
        self.cuttings.doubleClicked.connect(self._go_to_unit)
        self.classes.chosen.connect(self._ask_for_class)
        self.classes.hovered.connect(self._say_hovered)
        self.alike.chosen.connect(self._choose_alike)
        self.alike.hovered.connect(self._say_hovered)
        self.sparsity.chosen.connect(self._ask_for_layer)
        self.unit.unit_wanted.connect(self.show_unit)
        self.unit.picture_wanted.connect(self.picture_wanted)
        saved = QMenu(self.saved)
        saved.aboutToShow.connect(self._fill_saved)
        self.saved.setMenu(saved)
        self.saved.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more = QMenu(self.more)
        more.addAction("Save this query…", self.save_query)
        more.addAction("Note on this unit…", self.add_note)
        more.addSeparator()
        more.addAction("Table as CSV…", self.export_csv)
        more.addAction("Publish as a site…", self.publish)
        self.more.setMenu(more)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        opened = self._around.atlas
        opened.changed.connect(self._take_atlas)
        opened.failed.connect(self._tell_failure)
        self._around.state.network_changed.connect(self._tell_weights)

    # the atlas

    @property
    def _atlas(self) -> Atlas | None:
        return self._around.atlas.atlas

    @Slot()
    def open_atlas(self) -> None:
        last = self._around.atlas.last
        folder = ask_folder(self, "The folder of an atlas", str(Path(last).parent) if last else QDir.homePath())
        if folder:
            self._around.atlas.open(folder)

    @Slot()
    def _take_atlas(self) -> None:
        self.notice.clear()
        self._show_emptiness()
        self._tell_weights()
        self.sweep.tell_what_came_of_it()
        self.ask()
        self._show_page()

    @Slot(str)
    def _tell_failure(self, sentence: str) -> None:
        self.notice.show_notice(sentence, "error")

    @Slot()
    def _tell_weights(self) -> None:
        atlas, network = self._atlas, self._around.state.network
        if atlas is None:
            return
        truth = atlas.about["truth"]
        known = f" · {truth['right']} of {truth['units']} classes known" if truth else ""
        bad = f", {atlas.about['bad']:,} left out" if atlas.about["bad"] else ""
        self.name.setText(f"{atlas.title} · {atlas.seen}{bad} · {atlas.units:,} units{known}")
        left_out = [f"Left out: {line}" for line in atlas.left_out()]
        self.name.setToolTip("\n".join((self.name.text(), str(atlas.folder), *left_out)))
        said = atlas.of_other_weights(network.choice.weights_hash if network is not None else None)
        if said:
            self.notice.show_notice(said, "hint")
        else:
            self.notice.clear()

    def _show_emptiness(self) -> None:
        there = self._atlas is not None
        self.empty.setVisible(not there)
        for part in (self.line, self.saved, self.view, self.count, self.splitter, self.more):
            part.setVisible(there)
        if not there:
            self.name.setText("No atlas is opened")

    # asking

    @Slot()
    def ask(self) -> None:
        """The units of the line, in its order or in that of the column that was clicked."""
        self._asking.stop()
        atlas = self._atlas
        if atlas is None:
            return
        order, falling = self._order or (None, True)
        try:
            asked = atlas.ask(self.line.text(), order, falling)
        except Problem as problem:
            self.count.setText(str(problem))
            return
        self._units = asked.units
        self.table_model.show_units(atlas, asked.units)
        self.cuttings_model.show_units(atlas, asked.units)
        shown = f", {len(asked.units):,} shown" if len(asked.units) < asked.total else ""
        self.count.setText(f"{asked.total:,} of {atlas.units:,} units{shown}")
        self._show_page()

    @Slot(str, bool)
    def _order_by(self, name: str, falling: bool) -> None:
        self._order = (name, falling)
        self.ask()

    def set_query(self, text: str) -> None:
        self.line.setText(text)
        self.ask()

    @Slot()
    def _fill_saved(self) -> None:
        menu = self.saved.menu()
        menu.clear()
        kept = self._atlas.queries() if self._atlas is not None else {}
        for name, query in kept.items():
            menu.addAction(f"{name}: {query}".replace("&", "&&"), partial(self.set_query, query))
        if kept:
            forget = menu.addMenu("Forget")
            for name in kept:
                forget.addAction(name.replace("&", "&&"), partial(self.forget_query, name))
            menu.addSeparator()
        for query in EXAMPLES:
            menu.addAction(query, partial(self.set_query, query))

    def save_query(self) -> None:
        if self._atlas is None:
            return
        name, said = QInputDialog.getText(self, "Save this query", "Name of the query:")
        if said and name.strip():
            self._try(partial(self._atlas.save_query, name.strip(), self.line.text()))

    def forget_query(self, name: str) -> None:
        if self._atlas is not None:
            self._try(partial(self._atlas.forget_query, name))

    def _try(self, change: partial[None]) -> None:
        try:
            change()
        except Problem as problem:
            self.notice.show_notice(str(problem), "error")

    # looking

    @Slot()
    def _show_page(self) -> None:
        which = self.view.currentIndex()
        self.pages.setCurrentIndex(which)
        atlas = self._atlas
        if atlas is None or self._units is None:
            return
        if VIEWS[which] == "Layers × classes":
            self._show_classes(atlas)
        elif VIEWS[which] == "Units alike":
            self._show_alike(atlas)
        elif VIEWS[which] == "Sparsity":
            self._show_sparsity(atlas)

    def _show_classes(self, atlas: Atlas) -> None:
        """Of the units that were found, how many are for each class, layer by layer."""
        if not atlas.classes:
            self.classes.show_nothing("The pictures have no labels, so there are no classes")
            return
        assert self._units is not None
        favourite, layer = atlas.columns["fav"][self._units], atlas.columns["layer"][self._units]
        sure = np.asarray(atlas.columns["sure"][self._units])
        counts = np.zeros((len(atlas.layers), len(atlas.classes)), np.float32)
        np.add.at(counts, (layer[sure], favourite[sure]), 1)
        if not counts.any():
            self.classes.show_nothing("None of these units is for a class beyond chance")
            return
        names = [one.path for one in atlas.layers]
        self.classes.setToolTip("How many units are for each class beyond chance; a click asks for them")
        self.classes.show_values(counts, names, atlas.classes)

    def _show_alike(self, atlas: Atlas) -> None:
        assert self._units is not None
        if not len(self._units):
            self.alike.show_nothing("No unit was found")
            return
        chosen = self.unit_shown
        first = chosen if chosen is not None else int(self._units[0])
        number = int(atlas.columns["layer"][first])
        inside = self._units[np.asarray(atlas.columns["layer"][self._units]) == number][:MOST_ALIKE]
        if len(inside) < 2 or len(atlas.rows) < 3:
            self.alike.show_nothing("It takes two units of one layer and three pictures to be alike")
            return
        if self._reading is not None:
            self._reading.drop()
        self._alike = np.asarray(inside)
        self._reading = read(partial(_likeness, atlas, number, inside), tried="The correlations could not be computed")
        self._reading.done.connect(self._take_alike)

    @Slot(object)
    def _take_alike(self, found: tuple[NDArray[np.float32], NDArray[np.int64]]) -> None:
        self._reading = None
        atlas = self._atlas
        if atlas is None:
            return
        values, self._alike = found
        names = [str(atlas.where(int(one))[1]) for one in self._alike]
        layer = atlas.where(int(self._alike[0]))[0].path
        self.alike.setToolTip(f"Correlations of {len(names)} units of {layer} over the pictures, like beside like")
        self.alike.show_values(values, names, names, signed=True)

    def _show_sparsity(self, atlas: Atlas) -> None:
        shares = []
        for place, layer in enumerate(atlas.layers):
            part = slice(atlas.firsts[place], atlas.firsts[place] + layer.units)
            shares.append([float(np.mean(atlas.columns[name][part])) for name in ("zeros", "dead", "always")])
        kinds = ("zeros", "dead units", "units that always answer")
        self.sparsity.show_shares([one.path for one in atlas.layers], kinds, shares)

    @Slot(int, int)
    def _ask_for_class(self, row: int, column: int) -> None:
        atlas = self._atlas
        if atlas is not None:
            layer, name = (text.replace("'", "''") for text in (atlas.layers[row].path, atlas.classes[column]))
            self.view.setCurrentIndex(VIEWS.index("Table"))
            self.set_query(f"layer='{layer}' and fav='{name}' and sure order by ap desc")

    @Slot(int)
    def _ask_for_layer(self, row: int) -> None:
        if self._atlas is not None:
            self.view.setCurrentIndex(VIEWS.index("Table"))
            self.set_query("layer='{}' order by zeros desc".format(self._atlas.layers[row].path.replace("'", "''")))

    @Slot(str)
    def _say_hovered(self, words: str) -> None:
        atlas = self._atlas
        if words or atlas is None or self._units is None:
            self.count.setText(words)
        else:
            self.count.setText(f"{len(self._units):,} of {atlas.units:,} units")

    # one unit

    @property
    def unit_shown(self) -> int | None:
        return self._unit if self._atlas is not None else None

    _unit: int | None = None

    @Slot(int)
    def show_unit(self, identity: int) -> None:
        """In the tab; and in the whole window, where the network of the atlas is the one that is opened."""
        atlas = self._atlas
        if atlas is None:
            return
        self._unit = identity
        network = self._around.state.network
        layer, unit = atlas.where(identity)
        same = network is not None and not atlas.of_other_weights(network.choice.weights_hash)
        self.side.setVisible(not same)  # otherwise the Unit dock says all of it
        if same:
            self._around.state.set_layer(layer.path, unit)
        else:
            self.unit.show_unit(atlas, identity)

    @Slot(QModelIndex, QModelIndex)
    def _choose_row(self, now: QModelIndex, _before: QModelIndex) -> None:
        self._choose(self.table_model.identity(now.row()))

    @Slot(QModelIndex, QModelIndex)
    def _choose_cutting(self, now: QModelIndex, _before: QModelIndex) -> None:
        self._choose(self.cuttings_model.identity(now.row()))

    @Slot(int, int)
    def _choose_alike(self, row: int, _column: int) -> None:
        if self._alike is not None and row < len(self._alike):
            self._choose(int(self._alike[row]))

    def _choose(self, identity: int | None) -> None:
        if identity is not None:
            self.show_unit(identity)

    @Slot(QModelIndex)
    def _go_to_unit(self, _index: QModelIndex) -> None:
        if self._unit is not None and self._atlas is not None:
            self.mosaic_wanted.emit()

    def select_first(self) -> None:
        """The first unit that was found."""
        index = self.table_model.index(0, 0)
        self.table.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.SelectCurrent)

    def add_note(self) -> None:
        if self._atlas is None or self._unit is None:
            self.notice.show_notice("Choose a unit first, then say what is to be known of it.", "hint")
            return
        text, said = QInputDialog.getMultiLineText(self, "Note on this unit", "What is to be known of it:")
        if said and text.strip():
            self._try(partial(self._atlas.add_note, self._unit, text.strip()))

    # files

    def export_csv(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        atlas = self._atlas
        if atlas is None:
            return
        path, _ = QFileDialog.getSaveFileName(self, "The table of units", QDir.homePath(), "Tables (*.csv)")
        if path:
            path = path if path.lower().endswith(".csv") else f"{path}.csv"
            self._write(partial(_csv, atlas, Path(path)), f"The table of {atlas.units:,} units is in {path}.", path)

    def publish(self) -> None:
        if self._atlas is not None:
            self.site.ask(self._atlas)

    def _write(self, work: partial[None], sentence: str, page: str) -> None:
        self.notice.show_notice("It is being written…", "hint")
        self._written = (sentence, page)
        reading = read(work, urgent=False, tried="It could not be written")
        reading.done.connect(self._tell_written)
        reading.failed.connect(self._tell_unwritten)

    @Slot(object)
    def _tell_written(self, _nothing: object) -> None:
        sentence, page = self._written
        self.notice.show_notice(sentence, "hint", [("Open it", partial(show_outside, page, self.notice))])

    @Slot(str, str)
    def _tell_unwritten(self, sentence: str, _details: str) -> None:
        self.notice.show_notice(sentence, "error")

    # what every tab can do

    def recipe(self) -> Recipe | None:
        return None

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """No recipe describes an atlas."""

    def shown(self) -> Shown | None:
        return None

    def end(self) -> None:
        self.sweep.end()
        self.site.end()


def _button(text: str, tip: str, parent: QWidget) -> QToolButton:
    made = QToolButton(parent)
    made.setText(text)
    made.setToolTip(tip)
    return made


def _likeness(atlas: Atlas, layer: int, units: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Correlations, in an order in which those that are alike stand side by side."""
    from analysis.sweeps.evidence import correlations

    numbers = units - atlas.firsts[layer]
    values = correlations(np.asarray(atlas.maxima(layer)[:, numbers], np.float32))
    order = side_by_side(values)
    return np.ascontiguousarray(values[np.ix_(order, order)]), units[order]


def side_by_side(likeness: NDArray[np.float32]) -> NDArray[np.int64]:
    """From one to the most alike of those that are left."""
    left = np.ones(len(likeness), np.bool_)
    order = [int(np.abs(likeness).sum(1).argmax())]
    left[order[0]] = False
    while left.any():
        nearest = int(np.where(left, likeness[order[-1]], -np.inf).argmax())
        order.append(nearest)
        left[nearest] = False
    return np.array(order, np.int64)


def _csv(atlas: Atlas, path: Path) -> None:
    from analysis.sweeps.export import to_csv

    to_csv(atlas, path)
