"""The Compare tab: several methods × several networks on one picture, as one grid and one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.protocol.looks import look_in
from analysis.protocol.recipe import (
    MOST_COMPARED,
    ComparisonChoice,
    MethodChoice,
    ModelChoice,
    PictureChoice,
    Recipe,
    Setting,
    differences,
    same_network,
)
from analysis.protocol.target import UnitTarget
from analysis.results.looks import LOOKS, DerivativeLook
from gui import theme
from gui.forms.target_chooser import TargetChooser
from gui.tabs.grid_run import Comparison, Question
from gui.tabs.head import Foot, Head
from gui.tabs.panel import TabPanel
from gui.tabs.study_run import StudyRun
from gui.views.image_view import ImageView
from gui.views.knobs import view_choice
from gui.views.menu_heading import add_heading
from gui.views.notice_bar import NoticeBar
from gui.views.pixels import rgb_image, rgba_image
from gui.views.short_numbers import short
from gui.views.staying_menu import StayingMenu
from gui.views.target_words import read, score_of_logits
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.protocol.events import Catalogue, CatalogueEntry, Floats, Loaded, MethodResult
    from analysis.studies.grid import Compared, Outcome, Place
    from gui.docks.network_chooser import NetworkChooser
    from gui.tabs.around import Around

FIRST = ("gradient", "guided", "grad-cam")
EMPTY = "Add methods and networks, then press Run: one picture of each method on each network appears here."
OWN = "Open a file of yours in the Network dock; the network that is loaded there can be compared."
NO_UNIT = "Click a unit in the Activations tab, or explain a class."
RUNNING = "A comparison is running; stop it, then ask for this again."
SMALLEST, LARGEST = 96, 360
WORTH_LYING = 140  # pixels that the pictures have to have for that
TITLES = 150  # pixels of the methods' names beside the grid


class ComparePanel(TabPanel):
    def __init__(self, around: Around, parent: QWidget | None = None, comparison: Comparison | None = None) -> None:
        super().__init__(parent)
        self._around = around
        self._state = state = around.state
        self._comparison = comparison or Comparison(around.jobs, around.lanes, self)
        self._entries: tuple[CatalogueEntry, ...] = ()
        self._methods: list[MethodChoice] = []
        self._networks: list[ModelChoice] = []
        self._asked: Recipe | None = None  # by the run whose outcomes are shown
        self._class_names: tuple[str, ...] | None = None  # of the network whose classes its target counts
        self._outcomes: dict[Place, Outcome] = {}
        self._loaded: dict[int, Loaded] = {}
        self._scores: dict[int, str] = {}
        self._chooser: NetworkChooser | None = None
        self._behind = False  # whether something has changed that nobody saw yet
        self.add_method = QToolButton(self)
        self.add_method.setText("Add method")
        self.add_method.setToolTip("One more row: another method, or the same with other settings")
        self.add_method.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add_method.setMenu(StayingMenu(self.add_method))
        self.add_network = QToolButton(self)
        self.add_network.setText("Add network")
        self.add_network.setToolTip("One more column: the same picture in another network")
        self.target = TargetChooser(state, self)
        self.head = Head(self, "Run every method on every network; press again to stop")
        self.run_button = self.head.run_button
        self.view = view_choice(self)
        self.over = _toggle(self, "Over the picture", "Lay every map over its picture")
        self.shared = _toggle(self, "Shared scale", "One scale for all derivatives, and one for all maps")
        self.side = QSlider(Qt.Orientation.Horizontal, self)
        self.side.setRange(SMALLEST, LARGEST)
        self.side.setValue(170)
        self._lying = False  # whether methods lie beside each other and networks below, where that shows more of them
        self._sized = False  # whether the person said how large the pictures are; else they use the room there is
        self.side.setMaximumWidth(110)
        self.side.setToolTip("Size of the pictures")
        self.side.setAccessibleName("Size of the pictures")
        self.foot = Foot(self)
        self.foot.only_export()
        self.notice = NoticeBar(self)
        self.notice.hide()
        self.study = StudyRun(around, self.notice, self)
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._heads: list[QLabel] = []
        self._pictures: list[ImageView] = []
        self._grid = QWidget()
        self._lay_out()
        self._connect()
        self._fill_methods()
        self._rebuild()
        self._show_view()
        if around.catalogue is not None:
            self.show_entries(around.catalogue.entries)

    def end(self) -> None:
        self._comparison.close()

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self.show_entries(catalogue.entries)

    def _lay_out(self) -> None:
        second = WrappingRow()
        self.head.ask(self.target, 1)
        self.head.offer(self.add_method)
        self.head.offer(self.add_network)
        for widget in (self.view, self.over, self.shared, self.side):
            second.put(widget)
        second.put(self.study.button, side="right")
        second.put(self.foot.export, side="right")
        self._area = QScrollArea(self)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(self.head)
        column.addLayout(second)
        column.addWidget(self._area, 1)
        column.addWidget(self.notice)  # below what may be under the mouse, which stays where it is

    def _connect(self) -> None:
        self.add_network.clicked.connect(self._open_chooser)
        self.run_button.clicked.connect(self.run_or_stop)
        self.view.activated.connect(self._choose_view)
        self._state.looks_changed.connect(self._show_view)
        self.over.toggled.connect(self._paint)
        self.shared.toggled.connect(self._paint)
        self.side.valueChanged.connect(self._take_size)
        self.foot.export.clicked.connect(self._ask_export)
        self.study.into.triggered.connect(self._study)
        comparison = self._comparison
        comparison.column_loaded.connect(self._show_loaded)
        comparison.column_answered.connect(self._show_answer)
        comparison.cell_done.connect(self._show_result)
        comparison.cell_failed.connect(self._show_problem)
        comparison.running_changed.connect(self._show_running)
        self._around.networks.listed.connect(self._show_catalogue)
        self._state.network_changed.connect(self._offer_loaded)
        for changed in (self._state.target_changed, self._state.unit_changed):
            changed.connect(self._take_back_hint)

    def _fill_methods(self) -> None:
        from analysis.methods.method import FAMILIES, makes_a_map
        from analysis.methods.registry import members

        menu = self.add_method.menu()
        first = menu.addAction("Three to begin with", self.begin_with_three)
        first.setToolTip(", ".join(_title(MethodChoice(name)) for name in FIRST))
        for family in FAMILIES:
            methods = [method for method in members(family) if makes_a_map(method)]
            if methods:
                add_heading(menu, family.capitalize())
            for method in methods:
                action = menu.addAction(method.title, partial(self._add_named, method.name))
                action.setToolTip(method.summary)
        menu.setToolTipsVisible(True)

    # what is compared

    def show_entries(self, entries: tuple[CatalogueEntry, ...]) -> None:
        """The networks that there are to choose from."""
        self._entries = entries
        if self._chooser is not None:
            self._chooser.show_entries(entries)

    def add(self, recipe: Recipe) -> None:
        """One more method, with its settings; the network that is loaded is compared if none was chosen yet."""
        layer = None if isinstance(read(recipe.target), UnitTarget) else recipe.layer
        self._add_method(MethodChoice(recipe.method, self._unforced(recipe), layer, recipe.seed))

    def _unforced(self, recipe: Recipe) -> Mapping[str, Setting]:
        """Every network goes by the size of its own input where the person did not say otherwise."""
        from analysis.methods.registry import method
        from analysis.methods.settings import unforced

        network = self._state.network
        if network is None:
            return recipe.settings
        return unforced(method(recipe.method), recipe.settings, network.preprocessing.side)

    @Slot(object)
    def add_choice(self, choice: ModelChoice) -> None:
        """One more network, beside the one that is loaded."""
        if self._state.network is not None and not same_network(choice, self._state.network.choice):
            self._offer_loaded()
        known = any(same_network(choice, network) for network in self._networks)
        if not known and self._may_change() and self._has_room(self._networks, "networks"):
            self._networks.append(choice)
            self._rebuild()

    @Slot()
    def _offer_loaded(self) -> None:
        if self._state.network is not None and not self._networks:
            self.add_choice(self._state.network.choice)

    def _add_method(self, choice: MethodChoice) -> None:
        if choice in self._methods or not self._may_change() or not self._has_room(self._methods, "methods"):
            return
        self._methods.append(choice)
        self._offer_loaded()
        self._rebuild()

    def _add_named(self, name: str) -> None:
        self._add_method(MethodChoice(name))

    @Slot()
    def begin_with_three(self) -> None:
        for name in FIRST:
            self._add_named(name)

    def _may_change(self) -> bool:
        if self._comparison.running:
            self.notice.show_notice(RUNNING, "hint")
        return not self._comparison.running

    def _has_room(self, chosen: Sequence[object], what: str) -> bool:
        if len(chosen) < MOST_COMPARED:
            return True
        self.notice.show_notice(f"{MOST_COMPARED} {what} fit on a page; take one out before you add another.", "hint")
        return False

    def _remove_row(self, row: int) -> None:
        if not self._comparison.running:
            del self._methods[row]
            self._outcomes = {(r - (r > row), c): found for (r, c), found in self._outcomes.items() if r != row}
            self._rebuild()

    def _remove_column(self, column: int) -> None:
        if not self._comparison.running:
            del self._networks[column]
            self._outcomes = {(r, c - (c > column)): found for (r, c), found in self._outcomes.items() if c != column}
            self._loaded = {c - (c > column): loaded for c, loaded in self._loaded.items() if c != column}
            self._scores = {c - (c > column): score for c, score in self._scores.items() if c != column}
            self._rebuild()

    def recipe(self) -> Recipe | None:
        """What the controls say; None where something is missing."""
        state = self._state
        if state.network is None or not self._methods or not self._networks:
            return None
        of_unit = isinstance(read(state.target), UnitTarget)
        if of_unit and state.unit is None and state.target != "unit:max":
            return None
        from analysis.studies.grid import of_first_row

        asked = Recipe(
            state.network.choice,
            layer=state.layer if of_unit else None,
            unit=state.unit if of_unit else None,
            place=state.place if of_unit else None,
            target=state.target,
            looks=state.looks,
            comparison=self._chosen(self._methods, self._networks),
        )
        return of_first_row(asked)

    def _chosen(self, methods: Sequence[MethodChoice], networks: Sequence[ModelChoice]) -> ComparisonChoice:
        return ComparisonChoice(
            tuple(methods),
            tuple(networks),
            self.shared.isChecked(),
            self.over.isChecked(),
        )

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """The grid that the recipe describes, computed again."""
        wanted = recipe.comparison
        assert wanted is not None
        if self._comparison.running:
            self.notice.show_notice(RUNNING, "hint")
            return
        self._state.set_target(recipe.target)
        self._methods, self._networks = list(wanted.methods), list(wanted.networks)
        self.shared.setChecked(wanted.shared)
        self.over.setChecked(wanted.over)
        self._forget()
        if run:
            self.run_or_stop()

    @Slot()
    def _take_back_hint(self) -> None:
        """As soon as there is what it asks for."""
        if self.notice.sentence == NO_UNIT and self.recipe() is not None:
            self.notice.clear()

    @Slot()
    def _open_chooser(self) -> None:
        if self._chooser is None:
            from gui.docks.network_chooser import NetworkChooser

            self._chooser = NetworkChooser(self)
            self._chooser.chosen.connect(self.add_choice)
            self._chooser.own_wanted.connect(self._say_own)
            self._chooser.more.hide()  # which is the Network dock's
            self._chooser.show_entries(self._entries)
        self._chooser.open_below(self.add_network, None)

    @Slot()
    def _say_own(self) -> None:
        self.notice.show_notice(OWN, "hint")

    @Slot()
    def run_or_stop(self) -> None:
        if self._comparison.running:
            self._comparison.stop()
            return
        asked, frame, network = self._whole(), self._around.loop.seen, self._state.network
        if asked is None or frame is None or network is None:
            return
        self._forget()
        from analysis.studies.grid import questions

        self._asked = asked
        self._class_names = network.labels
        asks, networks = questions(self._asked), tuple(self._networks)
        question = Question(asks, networks, frame, network.labels, self._around.agreed, self._around.device)
        self._comparison.start(question)

    @Slot()
    def _study(self) -> None:
        asked = self._whole()
        if asked is not None:
            self.study.begin(asked)

    def _whole(self) -> Recipe | None:
        """What is asked, with its picture; what is missing is chosen, or said."""
        if not self._methods:
            self._methods = [MethodChoice(name) for name in FIRST]
        self._offer_loaded()
        self.notice.clear()
        asked, frame, network = self.recipe(), self._around.loop.seen, self._state.network
        if asked is not None and frame is not None:
            return replace(asked, picture=PictureChoice(frame.origin, mirrored=self._around.mirrored))
        of_unit = network is not None and isinstance(read(self._state.target), UnitTarget)
        self._rebuild()
        self.notice.show_notice(NO_UNIT if of_unit else EMPTY, "hint")
        return None

    def _forget(self) -> None:
        """What was found, before all is computed again."""
        for found in (self._outcomes, self._loaded, self._scores):
            found.clear()
        self._rebuild()

    # what comes back

    @Slot(int, object)
    def _show_loaded(self, column: int, network: Loaded) -> None:
        self._loaded[column] = network
        self._show_head(column)
        differs = differences(Recipe(self._networks[column]), network.choice, None)
        if differs:
            self.notice.show_notice(" ".join(differs), "warning")

    @Slot(int, object)
    def _show_answer(self, column: int, logits: Floats) -> None:
        result = next((result for (_, at), result in self._results.items() if at == column), None)
        if result is not None:
            self._scores[column] = score_of_logits(result.recipe.target, self._loaded.get(column), logits)
            self._show_head(column)

    @Slot(int, int, object)
    def _show_result(self, row: int, column: int, result: MethodResult) -> None:
        self._outcomes[row, column] = result
        self._show_picture(column, result)
        self.foot.enable(True)
        self._paint()

    def _show_picture(self, column: int, result: MethodResult) -> None:
        self._pictures[column].show_image(rgb_image(result.picture), smooth=max(result.picture.shape[:2]) > 64)

    @Slot(int, int, str)
    def _show_problem(self, row: int, column: int, sentence: str) -> None:
        self._outcomes[row, column] = sentence
        self._cells[row, column].show_problem(sentence)

    @Slot(bool)
    def _show_running(self, running: bool) -> None:
        self.head.show_busy(running)
        self._enable_run()
        for widget in (self.add_method, self.add_network):
            widget.setEnabled(not running)
        if not running and self.notice.sentence == RUNNING:
            self.notice.clear()

    def _show_head(self, column: int) -> None:
        loaded = self._loaded.get(column)
        choice = self._networks[column]
        title = choice.name if loaded is None else loaded.title
        head = self._heads[column]
        name, weights = escape(Path(choice.name).name, quote=False), escape(_apart(choice), quote=False)
        head.setText(f"<b>{name}</b>{weights}<br>{escape(self._scores.get(column, ''), quote=False)}")
        head.setToolTip("\n".join((title, *(loaded.notes if loaded is not None else ()))))

    @property
    def _results(self) -> dict[Place, MethodResult]:
        return {at: outcome for at, outcome in self._outcomes.items() if not isinstance(outcome, str)}

    @Slot()
    def _choose_view(self) -> None:
        self._state.set_look(view=self.view.currentData())

    @Slot()
    def _show_view(self) -> None:
        self.view.setCurrentIndex(self.view.findData(self._state.look(DerivativeLook).view))
        self._paint()

    @Slot()
    def _paint(self) -> None:
        """Every cell by the chosen view; on a shared scale the strongest of its kind is the measure of all."""
        self._behind = not self.isVisible()
        if self._behind:
            return
        from analysis.drawing.explanations import drawn, shared_ends, veil

        results, looks = self._results, self._state.looks
        ends = shared_ends((one.result for one in results.values()), looks) if self.shared.isChecked() else {}
        for at, result in results.items():
            size, kind = (result.picture.shape[0], result.picture.shape[1]), type(result.result)
            look = look_in(looks, LOOKS[kind])
            shown = drawn(result.result, size, look, ends.get(kind))
            cell = self._cells[at]
            if self.over.isChecked():
                cell.view.show_image(rgb_image(result.picture), smooth=max(size) > 64)
                cell.view.set_veil(rgba_image(veil(shown, look.opacity)))
            else:
                cell.view.show_image(rgb_image(shown.pixels), smooth=False)
                cell.view.set_veil(None)
            low = f"{short(shown.low)} … " if shown.low else "0 … "
            cell.words.setText(f"{low}{short(shown.high)}")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self._paint()

    def _rebuild(self) -> None:
        """Another grid: a row for each method, a column for each network, the picture on top."""
        self._cells, self._heads, self._pictures = {}, [], []
        self._grid = QWidget()
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GRID)
        self.foot.enable(bool(self._results))
        self._enable_run()
        if not self._methods or not self._networks:
            empty = QLabel(EMPTY)
            empty.setWordWrap(True)
            empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(empty, 0, 0)
            self._area.setWidget(self._grid)
            return
        for column, choice in enumerate(self._networks):
            head = QLabel()
            head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            if self._lying:
                head.setMinimumWidth(90)
                head.setWordWrap(True)
            self._heads.append(head)
            taken_out = partial(self._remove_column, column)
            self._put(grid, _removable(head, f"Take {choice.name} out", taken_out), -2, column)
            picture = ImageView()
            picture.setAccessibleName("The picture as this network sees it")
            picture.set_caption("the picture, as this network sees it")
            self._pictures.append(picture)
            self._put(grid, picture, -1, column)
        for row, chosen in enumerate(self._methods):
            title = QLabel(f"<b>{_title(chosen)}</b><br>{_settings(chosen)}")
            title.setWordWrap(True)
            title.setMinimumWidth(90)
            title.setToolTip(title.text())
            self._put(grid, _removable(title, "Take this method out", partial(self._remove_row, row)), row, -1)
            for column in range(len(self._networks)):
                cell = _Cell(f"{_title(chosen)}\non {self._networks[column].name}")
                self._cells[row, column] = cell
                self._put(grid, cell, row, column)
        grid.setRowStretch(grid.rowCount(), 1)
        grid.setColumnStretch(grid.columnCount(), 1)
        for column in range(len(self._networks)):
            self._show_head(column)
        for (row, column), outcome in self._outcomes.items():
            if isinstance(outcome, str):
                self._cells[row, column].show_problem(outcome)
            else:
                self._show_picture(column, outcome)
        self._area.setWidget(self._grid)
        self._resize_cells()
        self._use_width()
        self._paint()

    def _side(self, beside: int, below: int) -> int:
        """How large the pictures can be with so many beside each other and so many to be seen below each other."""
        room = self._area.viewport().size()
        wide = (room.width() - TITLES - (beside + 1) * theme.GRID) // beside
        return min(wide, room.height() // below - 3 * self.fontMetrics().lineSpacing())

    def _put(self, grid: QGridLayout, part: QWidget, row: int, column: int) -> None:
        """By method and network; before those stand the networks' names and pictures, and the methods' names."""
        at = (row + 2, column + 1) if not self._lying else (column + 1, row + 2)
        grid.addWidget(part, *at, Qt.AlignmentFlag.AlignTop)

    def _enable_run(self) -> None:
        """Only when there is something to run: a method, or a network that was chosen here."""
        loaded = self._state.network
        chosen = [one for one in self._networks if loaded is None or not same_network(one, loaded.choice)]
        self.run_button.setEnabled(bool(self._methods or chosen) or self._comparison.running)

    @Slot()
    def _take_size(self) -> None:
        self._sized = True
        self._resize_cells()

    def _use_width(self) -> None:
        """Pictures as large as fit beside each other, and not higher than what can be seen at a time."""
        if self._sized or not self._networks or not self._methods:
            return
        rows, columns = len(self._methods) + 1, len(self._networks)  # the pictures are one row
        lying = self._side(rows, columns)
        lies = lying >= WORTH_LYING and lying > self._side(columns, rows)
        if lies != self._lying:
            self._lying = lies
            self._rebuild()
            return
        side = min(max(lying if lies else self._side(columns, min(rows, 2)), SMALLEST), LARGEST)
        if side != self.side.value():
            self.side.blockSignals(True)
            self.side.setValue(side)
            self.side.blockSignals(False)
            self._resize_cells()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._use_width)  # once the area has its new size

    @Slot()
    def _resize_cells(self) -> None:
        side = self.side.value()
        for view in (*self._pictures, *(cell.view for cell in self._cells.values())):
            view.setFixedSize(side, side)

    @Slot()
    def _ask_export(self) -> None:
        compared = self.shown()
        if compared is not None:
            self.export_wanted.emit(compared)

    def shown(self) -> Compared | None:
        """The rows and columns that were run, as they are looked at now; None where nothing came of them."""
        from analysis.studies.grid import as_compared

        if self._asked is None or not self._results:
            return None
        rows, columns = (sorted({at[axis] for at in self._outcomes}) for axis in (0, 1))
        networks = [self._loaded[c].choice if c in self._loaded else self._networks[c] for c in columns]
        comparison = self._chosen([self._methods[row] for row in rows], networks)
        asked = replace(self._asked, looks=self._state.looks, comparison=comparison)
        outcomes = {
            (rows.index(row), columns.index(column)): outcome for (row, column), outcome in self._outcomes.items()
        }
        return as_compared(asked, outcomes, self._class_names)


class _Cell(QWidget):
    """One method on one network: its map and scale, or why there is none."""

    def __init__(self, waiting: str) -> None:
        super().__init__()
        self.view = ImageView(self)
        self.view.show_nothing(waiting)
        self.words = QLabel(self)
        self.words.setProperty("dim", True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.view)
        column.addWidget(self.words)

    def show_problem(self, sentence: str) -> None:
        self.view.show_nothing(sentence)
        self.view.setToolTip(sentence)
        self.words.clear()


def _title(choice: MethodChoice) -> str:
    from analysis.methods.registry import method

    return method(choice.name).title


def _apart(choice: ModelChoice) -> str:
    """What is not the network's own, so that the same network twice can be told apart."""
    words = ""
    if choice.weights != "default":
        words = f" random {choice.seed}" if choice.weights == "random" else f" {Path(choice.weights).name}"
    return words if choice.preprocessing is None else f"{words} {choice.preprocessing.fit_words}"


def _settings(choice: MethodChoice) -> str:
    """Those that differ from the method's own."""
    from analysis.methods.registry import method
    from analysis.methods.setting_words import setting_words
    from analysis.methods.settings import settings_of

    own = {info.name: info.default for info in settings_of(method(choice.name))}
    changed = {name: value for name, value in choice.settings.items() if own.get(name) != value}
    words = setting_words(method(choice.name), changed)
    return ", ".join([*([words] if words else []), *([f"layer {choice.layer}"] if choice.layer else [])])


def _removable(label: QLabel, tip: str, remove: object) -> QWidget:
    whole = QWidget()
    button = QToolButton(whole)
    button.setText("✕")
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(remove)
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    row.addWidget(label, 1)
    row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return whole


def _toggle(parent: QWidget, text: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    return button
