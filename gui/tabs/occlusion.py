"""The Occlusion tab: a mask goes over the picture, and the map fills in where it costs the answer most.

The place under the cursor shows the picture as it was masked there; a click pins it and asks for the classes.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.protocol.recipe import Recipe
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.results.kinds import Heat, Windows
from gui import theme
from gui.forms.settings_form import SettingsForm
from gui.forms.target_chooser import TargetChooser
from gui.lane.method_runner import MethodRunner
from gui.selection import State
from gui.views.class_bars import ClassBars, ClassRow
from gui.views.explanation_view import ExplanationView
from gui.views.image_view import ImageView
from gui.views.notice_bar import NoticeBar
from gui.views.notice_place import OverFoot
from gui.views.pixels import rgb_image
from gui.views.short_numbers import short
from gui.views.target_words import class_words, read, score_words, target_words
from gui.views.words import ElidedWords, WrappedWords

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.events import Failure, Floats, JobProgress, MethodResult
    from analysis.protocol.frame import Pixels

KINDS = {"occlusion": "Sensitivity", "occlusion-loss": "Loss map"}
EMPTY = "Press Run: a mask goes over the picture, and where it costs the answer most lights up, coarse first."
RUNNING = "First what the network computes for the whole picture; then the map comes, coarse first."
NO_UNIT = "Click a unit in the Activations tab, or explain a class."
HINT = "Point at a place to see the picture masked there; click it to see what the network answers then."
NO_CLASSES = "The network's classes with the mask and without appear here when you click a place."
WITHOUT_CLASSES = "This network answers with no classes: what the mask costs is told above."
TOP = 5


class OcclusionPanel(QWidget):
    export_wanted = Signal(object)  # MethodResult
    trust_wanted = Signal(object)  # MethodResult

    def __init__(self, state: State, runner: MethodRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._asked: Recipe | None = None
        self._technique: Method | None = None
        self._heat: Heat | None = None
        self._picture: Pixels | None = None
        self._result: MethodResult | None = None
        self._pinned: tuple[int, int] | None = None  # row and column of the map
        self._pointed: tuple[int, int] | None = None  # the same under the cursor
        self._to_pin: tuple[int, int] | None = None  # as a recipe says, once its map is there
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Which map")
        self.kind.setToolTip("What is asked of every place of the picture")
        for name, text in KINDS.items():
            self.kind.addItem(text, name)
        self.target = TargetChooser(state, self)
        self.form = SettingsForm(self)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setProperty("dim", True)
        self.run_button = QPushButton("Run", self)
        self.run_button.setToolTip("Hide one part of the picture after the other, coarse first; press again to stop")
        self.trust_button = QToolButton(self)
        self.trust_button.setText("Trust?")
        self.trust_button.setToolTip("Test whether to believe this map")
        self.export_button = QToolButton(self)
        self.export_button.setText("Export figure…")
        self.export_button.setToolTip("Write it as a figure with caption, scale and recipe")
        self.notice = NoticeBar(self)
        self.title = QLabel(self)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.note = WrappedWords(parent=self)
        self.note.setProperty("dim", True)
        self.view = ExplanationView(state, self)
        self.masked = ImageView(self)
        self.masked.setAccessibleName("The picture with the mask")
        self.words = WrappedWords(HINT, self)
        # Room for the longest of its sentences, so that the map does not move under the cursor.
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing())
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.without_mask, self.with_mask = ClassBars(self), ClassBars(self)
        self._lay_out()
        self._connect()
        self._choose_kind()
        self._clear()

    def _lay_out(self) -> None:
        left = QWidget(self)
        beside = QVBoxLayout(left)
        beside.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        beside.setSpacing(theme.GRID)
        beside.addWidget(self.kind)
        beside.addWidget(self.summary)
        area = QScrollArea(left)
        area.setWidget(self.form)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        beside.addWidget(area, 1)
        beside.addWidget(self.note)  # however long it gets, the map stays as large as it is
        beside.addWidget(self.masked, 0, Qt.AlignmentFlag.AlignHCenter)
        left.setMinimumWidth(160)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.target, 1)
        head.addStretch()
        head.addWidget(self.run_button)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.trust_button)
        foot.addWidget(self.export_button)
        self.masked.setFixedSize(132, 132)
        told = QVBoxLayout()
        told.addWidget(self.words)
        columns = QHBoxLayout()
        columns.setSpacing(2 * theme.GRID)
        for text, bars in (("without the mask", self.without_mask), ("with the mask", self.with_mask)):
            column = QVBoxLayout()
            column.setSpacing(2)
            label = ElidedWords(self)
            label.setText(text)
            label.setProperty("dim", True)
            column.addWidget(label)
            bars.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            bars.setMinimumWidth(80)
            column.addWidget(bars, 1)
            columns.addLayout(column, 1)
        told.addLayout(columns, 1)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addWidget(self.title)
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        column.addLayout(told)
        OverFoot(right, self.notice, over=[self.view.stage])
        both = QSplitter(Qt.Orientation.Horizontal, self)
        both.addWidget(left)
        both.addWidget(right)
        both.setStretchFactor(1, 1)
        both.setSizes([210, 800])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(both)

    def _connect(self) -> None:
        self.kind.activated.connect(self._choose_kind)
        self.run_button.clicked.connect(self.run_or_stop)
        self.trust_button.clicked.connect(self._ask_trust)
        self.export_button.clicked.connect(self._ask_export)
        self._runner.busy_changed.connect(self._show_busy)
        self._state.network_changed.connect(self._take_network)
        for changed in (self._state.target_changed, self._state.unit_changed):
            changed.connect(self._take_back_hint)
        self.view.map.place_hovered.connect(self._hover)
        self.view.map.place_clicked.connect(self._pin)
        self.view.over.place_hovered.connect(self._hover_picture)
        self.view.over.place_clicked.connect(self._pin_picture)

    # what is asked

    def recipe(self) -> Recipe | None:
        """What the controls say; None where something is missing."""
        state = self._state
        if state.network is None:
            return None
        target = "class" if self.target.isHidden() else state.target
        of_unit = isinstance(read(target), UnitTarget)
        if of_unit and state.unit is None and target != "unit:max":
            return None
        return Recipe(
            state.network.choice,
            layer=state.layer if of_unit else None,
            unit=state.unit if of_unit else None,
            place=state.place if of_unit else None,
            pinned=self._pinned,
            target=target,
            method=self.kind.currentData(),
            settings=self.form.values(),
        )

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """The controls as the recipe says, and its map computed again."""
        self._state.set_target(recipe.target)
        self.kind.setCurrentIndex(list(KINDS).index(recipe.method))
        self._choose_kind()
        self.form.take_over(recipe.settings)
        self._runner.stop()
        if run:
            self.run_or_stop()
            self._to_pin = recipe.pinned
        else:
            self._clear()

    @Slot()
    def run_or_stop(self) -> None:
        if self._runner.busy:
            self._runner.stop()
            return
        recipe = self.recipe()
        self.notice.clear()
        if recipe is None:
            self.notice.show_notice(NO_UNIT if self._state.network is not None else EMPTY, "hint")
            return
        self._clear()
        self.view.show_nothing(RUNNING)
        self._asked = recipe = replace(recipe, pinned=None)
        title = f"Occlusion, {self.kind.currentText().lower()}"
        self._runner.run(recipe, self._show_progress, self._show_result, self._show_failure, title)

    @Slot()
    def _take_back_hint(self) -> None:
        """As soon as there is what it asks for."""
        if self.notice.sentence == NO_UNIT and self.recipe() is not None:
            self.notice.clear()

    @Slot()
    def _choose_kind(self) -> None:
        from analysis.methods.registry import method

        technique = method(self.kind.currentData())
        kept = self.form.values()
        network = self._state.network
        self.form.show_method(technique, network.preprocessing.side if network is not None else None)
        self.form.set_values(kept)  # of the settings that both have
        self.summary.setText(technique.summary)
        self._enable()
        self.target.setVisible("predicted" not in self.form.values())  # the loss map names its class in its settings
        self._take_back_hint()

    # what comes back

    def _show_progress(self, progress: JobProgress) -> None:
        answer = self._runner.answer
        self.note.setText(progress.note)
        if isinstance(progress.result, Heat) and answer is not None and self._asked is not None and progress.done > 0:
            self._draw(self._asked, progress.result, answer.picture)

    def _show_result(self, result: MethodResult) -> None:
        self._result = result
        assert isinstance(result.result, Heat)
        self._draw(result.recipe, result.result, result.picture)
        self._enable()
        if self._to_pin is not None and self._pinned is None and self._corner(*self._to_pin) is not None:
            self._pin(*self._to_pin)
        self._to_pin = None

    def _show_failure(self, failure: Failure) -> None:
        self.notice.show_notice(failure.summary, details=failure.traceback)
        if self.view.drawn is None:
            self.view.show_nothing(EMPTY)

    def _draw(self, recipe: Recipe, heat: Heat, picture: Pixels) -> None:
        from analysis.methods.registry import method
        from analysis.methods.settings import configured

        self._technique = configured(method(recipe.method), recipe.settings)
        self._heat, self._picture = heat, picture
        self.view.show_result(heat, picture)
        subject = escape(self._subject(recipe), quote=False)
        self.title.setText(f"<b>{self._technique.title}</b> of {subject}")
        place = self._pointed or self._pinned
        if place is None:
            self.words.setText(HINT)
        else:
            self._tell_cost(*place)  # which may have changed: the map sharpens

    def _subject(self, recipe: Recipe) -> str:
        network = self._state.network
        if _names_its_class(recipe):
            explained = self._explained(recipe)
            return class_words(network, explained) if explained is not None else "the network's answer"
        words = score_words(recipe, network, self._runner.answer)
        return words or target_words(recipe.target, network, recipe.layer, recipe.unit)

    def _explained(self, recipe: Recipe) -> int | None:
        """The class that the map is about, or the network's answer where it names none; None for a unit."""
        index: object
        if _names_its_class(recipe):
            index = recipe.settings.get("predicted")
        else:
            target = read(recipe.target)
            if not isinstance(target, ClassTarget):
                return None
            index = target.index
        if isinstance(index, int) and index >= 0:
            return index
        answer = self._runner.answer
        return int(answer.logits.argmax()) if answer is not None and answer.logits is not None else None

    @Slot()
    def _take_network(self) -> None:
        if self._state.network is not None:
            self.form.adapt(self._state.network.preprocessing.side)
        self.notice.clear()
        self._clear()

    def _clear(self) -> None:
        self._result = self._heat = self._picture = None
        self._technique = self._pinned = self._pointed = self._to_pin = None
        self.view.show_nothing(EMPTY)
        self.masked.show_nothing("masked here")
        self.title.clear()
        self.note.clear()
        self.words.setText("")
        self._enable()
        self._show_no_classes(NO_CLASSES)

    def _show_no_classes(self, words: str) -> None:
        self.without_mask.show_nothing(words)
        self.with_mask.show_nothing("")

    @Slot(bool)
    def _show_busy(self, busy: bool) -> None:
        self.run_button.setText("Stop" if busy else "Run")
        if not busy and self.view.drawn is None:
            self.view.show_nothing(EMPTY)  # it was stopped before there was anything to see

    def _enable(self) -> None:
        from analysis.methods.known import can_be_tested
        from analysis.methods.registry import method

        shown = self._result.recipe.method if self._result is not None else ""
        self.export_button.setEnabled(bool(shown))
        self.trust_button.setEnabled(bool(shown) and can_be_tested(method(shown)))
        self.trust_button.setVisible(can_be_tested(method(shown or self.kind.currentData())))

    def shown(self) -> MethodResult | None:
        """The result with the colours and the opacity that it is seen with."""
        result = self._result
        if result is None:
            return None
        answer = self._runner.answer
        return replace(
            result,
            recipe=replace(result.recipe, display=self._state.display, pinned=self._pinned),
            logits=answer.logits if answer is not None else None,
        )

    @Slot()
    def _ask_trust(self) -> None:
        result = self.shown()
        if result is not None:
            self.trust_wanted.emit(result)

    @Slot()
    def _ask_export(self) -> None:
        result = self.shown()
        if result is not None:
            self.export_wanted.emit(result)

    # one place of the mask

    @property
    def _windows(self) -> Windows | None:
        over = self._heat.over if self._heat is not None else None
        return over if isinstance(over, Windows) else None

    def _cell(self, row: int, column: int) -> tuple[int, int] | None:
        """Row and column of the map whose mask's middle is nearest to this pixel of the picture."""
        windows = self._windows
        if windows is None or row < 0:
            return None
        rows, columns = windows.corners[:, 0, 0] + windows.side / 2, windows.corners[0, :, 1] + windows.side / 2
        return int(abs(rows - row - 0.5).argmin()), int(abs(columns - column - 0.5).argmin())

    @Slot(int, int)
    def _hover_picture(self, row: int, column: int) -> None:
        self._hover(*(self._cell(row, column) or (-1, -1)))

    @Slot(int, int)
    def _hover(self, row: int, column: int) -> None:
        """Shows the place under the cursor, and the pinned one when the cursor has gone."""
        self._pointed = (row, column) if row >= 0 else None
        place = self._pointed or self._pinned
        if place is not None:
            self._show_place(*place)
        elif self._picture is not None:
            self.words.setText(HINT)
            self.masked.show_nothing("masked here")
            self.view.over.set_boxes(())

    def _show_place(self, row: int, column: int) -> Pixels | None:
        """The masked picture and what the mask costs there."""
        corner, picture = self._corner(row, column), self._picture
        if corner is None or picture is None:
            return None
        from analysis.pictures.masked import masked

        top, left = corner
        size, fill = self._technique.mask, self._technique.fill  # type: ignore[union-attr]  # both methods have them
        shown = masked(picture, top, left, size, fill)
        self.masked.show_image(rgb_image(shown), smooth=max(shown.shape[:2]) > 64)
        self.view.over.set_boxes((QRectF(left, top, size, size),))
        self._tell_cost(row, column)
        return shown

    def _corner(self, row: int, column: int) -> tuple[int, int] | None:
        """First row and column of the mask of this place, in pixels of the picture."""
        windows = self._windows
        if windows is None or row >= len(windows.corners) or column >= windows.corners.shape[1]:
            return None
        top, left = (int(value) for value in windows.corners[row, column])
        return top, left

    def _tell_cost(self, row: int, column: int) -> None:
        corner = self._corner(row, column)
        if corner is None or self._heat is None:
            return
        change, clean = float(self._heat.values[row, column]), float(self._heat.beside["baseline"])
        where = f"mask at row {corner[0]}, column {corner[1]}"
        if self._technique is not None and self._technique.name == "occlusion-loss":
            words = f"loss {short(clean)} → <b>{short(clean - change)}</b>"
        else:
            way = "drops by" if change >= 0 else "rises by"
            words = f"the answer {way} <b>{short(abs(change))}</b>: {short(clean)} → {short(clean - change)}"
        pinned = " · pinned" if (row, column) == self._pinned else ""
        self.words.setText(f"{words} · {where}{pinned}")

    @Slot(int, int)
    def _pin_picture(self, row: int, column: int) -> None:
        cell = self._cell(row, column)
        if cell is not None:
            self._pin(*cell)

    @Slot(int, int)
    def _pin(self, row: int, column: int) -> None:
        """Holds this place and asks what the network answers to the picture masked there; again lets go of it."""
        if self._windows is None:
            return
        self._pinned = None if (row, column) == self._pinned else (row, column)
        self.view.map.set_mark(QRectF(column, row, 1, 1) if self._pinned is not None else None)
        shown = self._show_place(row, column)
        if self._pinned is None or shown is None:
            self._show_no_classes(NO_CLASSES)
        elif self._state.network is not None and self._state.network.output != "classes":
            self._show_no_classes(WITHOUT_CLASSES)
        else:
            self.with_mask.show_nothing("…")  # what stands there is of another place
            self._runner.ask(shown, self._show_answer)

    def _show_answer(self, logits: Floats) -> None:
        """The classes that respond most without the mask, and the same for the masked picture."""
        answer, chosen = self._runner.answer, self._explained(self._asked) if self._asked is not None else None
        self.with_mask.show_rows(self._rows(logits, chosen), ())
        if answer is not None and answer.logits is not None:
            self.without_mask.show_rows(self._rows(answer.logits, chosen), ())

    def _rows(self, logits: Floats, explained: int | None) -> list[ClassRow]:
        from gui.docks.predictions import percent, softmax

        shares = softmax(logits)
        if len(logits) == 1:  # whose share is always all of it
            name, value = class_words(self._state.network, 0), short(float(logits[0]))
            return [ClassRow(0, name, value, 0.0, 0.0, f"{name}\noutput {value}", explained == 0)]
        order = [int(index) for index in (-shares).argsort(kind="stable")[:TOP]]
        return [
            ClassRow(
                index,
                class_words(self._state.network, index),
                percent(float(shares[index])),
                0.0,
                float(shares[index]),
                f"{class_words(self._state.network, index)} (class {index})\nlogit {float(logits[index]):.2f}",
                index == explained,
            )
            for index in order
        ]


def _names_its_class(recipe: Recipe) -> bool:
    """As a loss map does, in its settings; any other one is of the recipe's target."""
    return "predicted" in recipe.settings
