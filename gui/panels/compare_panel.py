"""The Compare tab: several methods × several networks on one picture, as one grid and one figure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.recipe import ModelChoice, Recipe
from analysis.target import UnitTarget
from gui import theme
from gui.comparison import Comparison, Question
from gui.live_loop import LiveLoop
from gui.panels.target_chooser import TargetChooser
from gui.state import State
from gui.views.explanation_view import VIEW_TIPS, rgba_image
from gui.views.image_view import ImageView
from gui.views.notice_bar import NoticeBar
from gui.views.pixels import rgb_image
from gui.views.short_numbers import short
from gui.views.target_words import read, score_of_logits

if TYPE_CHECKING:
    from analysis.drawing.explanations import Look
    from analysis.events import CatalogueEntry, Floats, Loaded, MethodResult
    from gui.panels.network_chooser import NetworkChooser

FIRST = ("gradient", "guided", "grad-cam")
EMPTY = "Add methods and networks, then press Run: one picture of each method on each network appears here."
OWN = "Open a file of yours in the Network dock; the network that is loaded there can be compared."
SMALLEST, LARGEST = 96, 360


class ComparePanel(QWidget):
    export_wanted = Signal(object)  # all MethodResults, row by row

    def __init__(self, state: State, loop: LiveLoop, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._loop = loop
        self._comparison = comparison
        self._entries: tuple[CatalogueEntry, ...] = ()
        self._recipes: list[Recipe] = []
        self._networks: list[ModelChoice] = []
        self._results: dict[tuple[int, int], MethodResult] = {}
        self._chooser: NetworkChooser | None = None
        self.add_method = QToolButton(self)
        self.add_method.setText("Add method")
        self.add_method.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add_method.setMenu(QMenu(self.add_method))
        self.add_network = QToolButton(self)
        self.add_network.setText("Add network")
        self.target = TargetChooser(state, self)
        self.run_button = QPushButton("Run", self)
        self.view = QComboBox(self)
        self.view.setAccessibleName("How derivatives are looked at")
        for name, tip in VIEW_TIPS.items():
            self.view.addItem(name.replace("positive-negative", "positive–negative").capitalize(), name)
            self.view.setItemData(self.view.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.over = _toggle(self, "Over the picture", "Lay every map over its picture")
        self.shared = _toggle(self, "Shared scale", "One scale for all derivatives, and one for all maps")
        self.side = QSlider(Qt.Orientation.Horizontal, self)
        self.side.setRange(SMALLEST, LARGEST)
        self.side.setValue(170)
        self.side.setMaximumWidth(110)
        self.side.setToolTip("Size of the pictures")
        self.side.setAccessibleName("Size of the pictures")
        self.export_button = QToolButton(self)
        self.export_button.setText("Export figure…")
        self.export_button.setToolTip("Write the whole grid as one figure")
        self.notice = NoticeBar(self)
        self.notice.hide()
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._heads: list[QLabel] = []
        self._pictures: list[ImageView] = []
        self._grid = QWidget()
        self._lay_out()
        self._connect()
        self._fill_methods()
        self._rebuild()

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(4)
        second.setSpacing(4)
        first.addWidget(self.target, 1)
        first.addStretch()
        first.addWidget(self.add_method)
        first.addWidget(self.add_network)
        first.addWidget(self.run_button)
        second.addWidget(self.view)
        second.addWidget(self.over)
        second.addWidget(self.shared)
        second.addWidget(self.side)
        second.addStretch(1)
        second.addWidget(self.export_button)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.notice)
        column.addWidget(self._area, 1)

    def _connect(self) -> None:
        self.add_network.clicked.connect(self._open_chooser)
        self.run_button.clicked.connect(self.run_or_stop)
        self.view.activated.connect(self._paint)
        self.over.toggled.connect(self._paint)
        self.shared.toggled.connect(self._paint)
        self.side.valueChanged.connect(self._resize_cells)
        self.export_button.clicked.connect(self._ask_export)
        comparison = self._comparison
        comparison.column_loaded.connect(self._show_loaded)
        comparison.column_answered.connect(self._show_answer)
        comparison.cell_done.connect(self._show_result)
        comparison.cell_failed.connect(self._show_problem)
        comparison.running_changed.connect(self._show_running)
        self._state.network_changed.connect(self._offer_loaded)

    def _fill_methods(self) -> None:
        from analysis.methods.families import FAMILIES, members

        menu = self.add_method.menu()
        for family in FAMILIES:
            if family == "trust":
                continue
            menu.addSection(family.capitalize())
            for method in members(family):
                if method.drawing != "curves":
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
        row = replace(recipe, model=ModelChoice("any"), picture=None, target="class", unit=None, place=None)
        if row not in self._recipes and not self._comparison.running:
            self._recipes.append(row)
            self._offer_loaded()
            self._rebuild()

    @Slot(object)
    def add_choice(self, choice: ModelChoice) -> None:
        """One more network, beside the one that is loaded."""
        if self._state.network is not None and choice != self._state.network.choice:
            self._offer_loaded()
        if choice not in self._networks and not self._comparison.running:
            self._networks.append(choice)
            self._rebuild()

    @Slot()
    def _offer_loaded(self) -> None:
        if self._state.network is not None and not self._networks:
            self.add_choice(self._state.network.choice)

    def _add_named(self, name: str) -> None:
        self.add(Recipe(ModelChoice("any"), method=name))

    def _remove_row(self, row: int) -> None:
        if not self._comparison.running:
            del self._recipes[row]
            kept = {at: result for at, result in self._results.items() if at[0] != row}
            self._results = {(r - (r > row), c): result for (r, c), result in kept.items()}
            self._rebuild()

    def _remove_column(self, column: int) -> None:
        if not self._comparison.running:
            del self._networks[column]
            kept = {at: result for at, result in self._results.items() if at[1] != column}
            self._results = {(r, c - (c > column)): result for (r, c), result in kept.items()}
            self._rebuild()

    @Slot()
    def _open_chooser(self) -> None:
        if self._chooser is None:
            from gui.panels.network_chooser import NetworkChooser

            self._chooser = NetworkChooser(self)
            self._chooser.chosen.connect(self.add_choice)
            self._chooser.own_wanted.connect(self._say_own)
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
        if not self._recipes:
            self._recipes = [Recipe(ModelChoice("any"), method=name) for name in FIRST]
        self._offer_loaded()
        frame, network = self._loop.frame, self._state.network
        self.notice.clear()
        if frame is None or network is None or not self._networks:
            self.notice.show_notice(EMPTY, "hint")
            return
        self._results.clear()
        self._rebuild()
        state = self._state
        of_unit = isinstance(read(state.target), UnitTarget)
        recipes = tuple(
            replace(
                recipe,
                target=state.target,
                layer=state.layer if of_unit else recipe.layer,
                unit=state.unit if of_unit else None,
            )
            for recipe in self._recipes
        )
        question = Question(recipes, tuple(self._networks), frame, network.labels, network.choice)
        self._comparison.start(question)

    # what comes back

    @Slot(int, object)
    def _show_loaded(self, column: int, network: Loaded) -> None:
        self._titles[column] = network.title
        self._labels[column] = network
        self._show_head(column)

    @Slot(int, object)
    def _show_answer(self, column: int, logits: Floats) -> None:
        result = next((result for (_, at), result in self._results.items() if at == column), None)
        if result is not None:
            self._scores[column] = score_of_logits(result.recipe.target, self._labels.get(column), logits)
            self._show_head(column)

    @Slot(int, int, object)
    def _show_result(self, row: int, column: int, result: MethodResult) -> None:
        self._results[row, column] = result
        self._pictures[column].show_image(rgb_image(result.picture), smooth=max(result.picture.shape[:2]) > 64)
        self.export_button.setEnabled(True)
        self._paint()

    @Slot(int, int, str)
    def _show_problem(self, row: int, column: int, sentence: str) -> None:
        self._cells[row, column].show_problem(sentence)

    @Slot(bool)
    def _show_running(self, running: bool) -> None:
        self.run_button.setText("Stop" if running else "Run")
        for widget in (self.add_method, self.add_network):
            widget.setEnabled(not running)

    def _show_head(self, column: int) -> None:
        title, score = self._titles[column], self._scores.get(column, "")
        self._heads[column].setText(f"<b>{title}</b><br>{score}")

    def look(self, largest: float | None = None) -> Look:
        from analysis.drawing.explanations import Look

        return Look(self.view.currentData(), largest=largest)

    @Slot()
    def _paint(self) -> None:
        """Every cell by the chosen view; on a shared scale the strongest of its kind is the measure of all."""
        from analysis.drawing.explanations import drawn, full_strength, veil
        from analysis.methods.method import configured
        from analysis.methods.registry import method

        techniques = {
            at: configured(method(result.recipe.method), result.recipe.settings) for at, result in self._results.items()
        }
        strongest: dict[str, float] = {}
        if self.shared.isChecked():
            for at, result in self._results.items():
                kind = techniques[at].drawing
                full = full_strength(techniques[at], result.arrays, self.look())
                strongest[kind] = max(strongest.get(kind, 0.0), full)
        for at, result in self._results.items():
            technique = techniques[at]
            size = (result.picture.shape[0], result.picture.shape[1])
            shown = drawn(technique, result.arrays, size, self.look(strongest.get(technique.drawing)))
            cell = self._cells[at]
            if self.over.isChecked():
                cell.view.show_image(rgb_image(result.picture), smooth=max(size) > 64)
                cell.view.set_veil(rgba_image(veil(shown, self._state.display.opacity)))
            else:
                cell.view.show_image(rgb_image(shown.pixels), smooth=False)
                cell.view.set_veil(None)
            low = f"{short(shown.low)} … " if shown.low else "0 … "
            cell.words.setText(f"{low}{short(shown.high)}")

    def _rebuild(self) -> None:
        """Another grid: a row for each method, a column for each network, the picture on top."""
        self._titles = {column: choice.name for column, choice in enumerate(self._networks)}
        self._labels: dict[int, Loaded] = {}
        self._scores: dict[int, str] = {}
        self._cells, self._heads, self._pictures = {}, [], []
        self._grid = QWidget()
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GRID)
        self.export_button.setEnabled(bool(self._results))
        if not self._recipes or not self._networks:
            empty = QLabel(EMPTY)
            empty.setWordWrap(True)
            empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(empty, 0, 0)
            self._area.setWidget(self._grid)
            return
        for column, choice in enumerate(self._networks):
            head = QLabel(f"<b>{choice.name}</b><br>")
            head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._heads.append(head)
            grid.addWidget(
                _removable(head, f"Take {choice.name} out", partial(self._remove_column, column)), 0, column + 1
            )
            picture = ImageView()
            picture.setAccessibleName("The picture as this network sees it")
            self._pictures.append(picture)
            grid.addWidget(picture, 1, column + 1)
        for row, recipe in enumerate(self._recipes):
            title = QLabel(f"<b>{_title(recipe)}</b><br>{_settings(recipe)}")
            title.setWordWrap(True)
            title.setMinimumWidth(90)
            title.setToolTip(title.text())
            grid.addWidget(
                _removable(title, "Take this method out", partial(self._remove_row, row)),
                row + 2,
                0,
                Qt.AlignmentFlag.AlignTop,
            )
            for column in range(len(self._networks)):
                cell = _Cell(f"{_title(recipe)}\non {self._networks[column].name}")
                self._cells[row, column] = cell
                grid.addWidget(cell, row + 2, column + 1)
        grid.setRowStretch(len(self._recipes) + 2, 1)
        grid.setColumnStretch(len(self._networks) + 1, 1)
        for (_, column), result in self._results.items():
            self._pictures[column].show_image(rgb_image(result.picture))
        self._area.setWidget(self._grid)
        self._resize_cells()
        self._paint()

    @Slot()
    def _resize_cells(self) -> None:
        side = self.side.value()
        for view in (*self._pictures, *(cell.view for cell in self._cells.values())):
            view.setFixedSize(side, side)

    @Slot()
    def _ask_export(self) -> None:
        self.export_wanted.emit([self._results[at] for at in sorted(self._results)])


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


def _title(recipe: Recipe) -> str:
    from analysis.methods.registry import method

    return method(recipe.method).title


def _settings(recipe: Recipe) -> str:
    """Those that differ from the method's own."""
    from analysis.methods.method import settings_of
    from analysis.methods.registry import method

    own = {info.name: info.default for info in settings_of(method(recipe.method))}
    changed = [f"{name} {value}" for name, value in recipe.settings.items() if own.get(name) != value]
    return ", ".join([*changed, *([f"layer {recipe.layer}"] if recipe.layer else [])])


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
