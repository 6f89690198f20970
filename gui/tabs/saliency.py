"""The Saliency tab: choose a method and what it explains; the result stands beside the picture and over it.

Cheap methods follow the live view; the others run as jobs and are drawn step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.protocol.recipe import Recipe
from analysis.protocol.target import UnitTarget
from analysis.results.kinds import Curves
from gui import theme
from gui.forms.method_list import MethodList
from gui.forms.settings_form import SettingsForm
from gui.forms.target_chooser import TargetChooser
from gui.lane.method_runner import MethodRunner
from gui.selection import State
from gui.views.curves_view import CurvesView
from gui.views.explanation_view import ExplanationView
from gui.views.notice_bar import Kind, NoticeBar
from gui.views.notice_place import OverFoot
from gui.views.target_words import read, saturated, score_words, target_words

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.events import Failure, JobProgress, Live, MethodResult
    from analysis.protocol.frame import Frame, Pixels
    from analysis.results.kinds import Result

FIRST = "grad-cam"
EMPTY = "Choose a method on the left: what it finds in the picture appears here, and over the picture beside it."
ELSEWHERE = ("occlusion", "occlusion-loss")  # they have a tab of their own
NO_UNIT = "Click a unit in the Activations tab, or explain a class."


class SaliencyPanel(QWidget):
    compare_wanted = Signal(object)  # Recipe
    export_wanted = Signal(object)  # MethodResult
    trust_wanted = Signal(object)  # MethodResult

    def __init__(self, state: State, runner: MethodRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._result: MethodResult | None = None
        self._asked: Recipe | None = None  # of the run that a person started
        self._frame: Frame | None = None  # whose result it is
        self._answer: Live | None = None  # of the network to that
        self._note = ""
        self._unwanted = ""  # what was closed by hand is not said again with the next picture
        self._weighted_in = ""  # the network whose layer was chosen to be weighted
        self._stale = False  # whether the map on the screen is still that of the method before
        self._technique: type[Method] | None = None
        self.methods = MethodList(self)
        self.form = SettingsForm(self)
        self.target = TargetChooser(state, self)
        self.layer = QComboBox(self)
        self.layer.setAccessibleName("Whose maps are weighted")
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.layer.setMinimumContentsLength(10)
        self.layer.setToolTip("Whose maps are weighted: the last layer with rows and columns, or the chosen one")
        self.run_button = QPushButton("Run", self)
        self.run_button.setToolTip("Run the method on the picture that is shown")
        self.follow = QToolButton(self)
        self.follow.setText("● Live")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Follow the live view: run again for every picture that is shown")
        self.seed = QDoubleSpinBox(self)  # of whole numbers: those of a QSpinBox end before seeds do
        self.seed.setDecimals(0)
        self.seed.setRange(0, 2**32 - 1)
        self.seed.setPrefix("seed ")
        self.seed.setMaximumWidth(16 * self.fontMetrics().averageCharWidth())
        self.seed.setToolTip("Noise and masks are drawn with this seed; the same seed gives the same result")
        self.title = QLabel(self)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.notice = NoticeBar(self)
        self.doctor = NoticeBar(self)
        self.view = ExplanationView(state, self)
        self.view.show_nothing(EMPTY)
        self.plot = CurvesView(self)
        self.compare_button = _action(self, "Compare", "Add this method to the comparison of methods and networks")
        self.trust_button = _action(self, "Trust?", "Test whether to believe this map")
        self.export_button = _action(self, "Export figure…", "Write it as a figure with caption, scale and recipe")
        self._lay_out()
        self._fill()
        self._connect()
        self._show_layer()
        self.methods.choose(FIRST)
        self._enable()

    def _lay_out(self) -> None:
        left = QSplitter(Qt.Orientation.Vertical, self)
        left.addWidget(self.methods)
        left.addWidget(_scrolled(self.form))  # also without settings: the list keeps its height under the mouse
        left.setStretchFactor(0, 3)
        left.setStretchFactor(1, 2)
        left.setMinimumWidth(150)
        left.setSizes([480, 210])
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.target, 1)
        head.addStretch(0)
        head.addWidget(self.follow)
        head.addWidget(self.run_button)
        about = QHBoxLayout()
        about.setSpacing(4)
        about.addWidget(self.title, 1)
        about.addWidget(self.layer)
        about.addWidget(self.seed)
        about.addStrut(self.layer.sizeHint().height())  # the map stays where it is when a method has neither
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addStretch(1)
        for button in (self.compare_button, self.trust_button, self.export_button):
            foot.addWidget(button)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.plot)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addLayout(about)
        column.addLayout(self._stack, 1)
        column.addLayout(foot)
        OverFoot(right, self.notice, self.doctor, over=(self.view.stage, self.plot))
        both = QSplitter(Qt.Orientation.Horizontal, self)
        both.addWidget(left)
        both.addWidget(right)
        both.setStretchFactor(0, 0)
        both.setStretchFactor(1, 1)
        both.setSizes([210, 800])
        both.setChildrenCollapsible(True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(both)

    def _fill(self) -> None:
        from analysis.methods.method import FAMILIES
        from analysis.methods.registry import members

        groups = [
            (family.capitalize(), [method for method in members(family) if method.name not in ELSEWHERE])
            for family in FAMILIES
            if family not in ("trust", "activations")
        ]
        self.methods.show_methods(groups)

    def _connect(self) -> None:
        state = self._state
        self.methods.chosen.connect(self._choose_method)
        self.form.changed.connect(self._change)
        self.seed.valueChanged.connect(self._change)
        self.layer.activated.connect(self._change)
        self.run_button.clicked.connect(self.run_or_stop)
        self.follow.toggled.connect(self._follow)
        self.compare_button.clicked.connect(self._ask_compare)
        self.trust_button.clicked.connect(self._ask_trust)
        self.export_button.clicked.connect(self._ask_export)
        self.notice.closed.connect(self._hush)
        self._runner.busy_changed.connect(self._show_busy)
        for changed in (state.target_changed, state.unit_changed):
            changed.connect(self._change)
        state.layer_changed.connect(self._show_layer)
        state.network_changed.connect(self._clear)

    @property
    def frame(self) -> Frame | None:
        """The picture of the result that is shown; the runner may be at the next one already."""
        return self._frame

    # what is asked

    def recipe(self) -> Recipe | None:
        """What the controls say; None where something is missing."""
        state, name = self._state, self.methods.name
        if state.network is None or not name:
            return None
        of_unit = isinstance(read(state.target), UnitTarget)
        if of_unit and state.unit is None and state.target != "unit:max":
            return None
        weighted = self.layer.currentData() if not self.layer.isHidden() else None
        return Recipe(
            state.network.choice,
            layer=state.layer if of_unit else weighted,
            unit=state.unit if of_unit else None,
            place=state.place if of_unit else None,
            target=state.target,
            method=name,
            settings=self.form.values(),
            seed=int(self.seed.value()),
        )

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """The controls as the recipe says, and its method run again; what follows the live view does so anyway."""
        self._state.set_target(recipe.target)
        self.methods.choose(recipe.method)
        self.form.take_over(recipe.settings)
        self.seed.setValue(recipe.seed)
        weighted = self.layer.findData(recipe.layer)
        self.layer.setCurrentIndex(max(weighted, 0))
        if self._follows():
            self._runner.refresh()
        elif run:
            self.run()

    def explain(self, target: str, method: str | None = None) -> None:
        """Explains this target now; by the method that is chosen if none is named."""
        self._state.set_target(target)
        if method is not None:
            self.methods.choose(method)
        if not self._follows():
            self.run()

    @Slot()
    def run_or_stop(self) -> None:
        if self._runner.busy:
            self._runner.stop()
        else:
            self.run()

    @Slot()
    def run(self) -> None:
        recipe = self.recipe()
        self.notice.clear()
        self._unwanted = ""
        if recipe is None:
            missing = NO_UNIT if self._state.network is not None else EMPTY
            self.notice.show_notice(missing, "hint")
            return
        self._asked = recipe
        title = self._technique.title if self._technique is not None else ""
        self._runner.run(recipe, self._show_progress, self._show_result, self._show_failure, title)

    def _follows(self) -> bool:
        """Whether the chosen method runs by itself for every picture."""
        return self._technique is not None and self._technique.live and self.follow.isChecked()

    @Slot()
    def _follow(self) -> None:
        if self._follows() and self.isVisible():
            self._runner.follow(self.recipe, self._show_result, self._show_failure, self._take_note)
        else:
            self._runner.stop_following()
        self._enable()

    @Slot()
    def _change(self) -> None:
        self._unwanted = ""
        if self.notice.sentence == NO_UNIT and self.recipe() is not None:
            self.notice.clear()
        self._enable()
        self._show_layer_choice()
        self._runner.refresh()

    @Slot(str)
    def _choose_method(self, name: str) -> None:
        from analysis.methods.registry import method

        self._runner.stop()
        self.notice.clear()  # it was about the method before
        self._note = self._unwanted = ""
        self._technique = method(name)
        network = self._state.network
        self.form.show_method(self._technique, network.preprocessing.side if network is not None else None)
        self._show_layer_choice()
        self._forget_result()
        if self._follows():
            self.title.setText(f"<b>{self._technique.title}</b> …")
        self._stale = self._follows() and self.view.drawn is not None  # it stays until this one's is there
        if not self._stale:
            self._say(self._waiting_words())
        self._follow()

    def _waiting_words(self) -> str:
        """What stands where a result will be."""
        if self._technique is None:
            return EMPTY
        how = "It comes by itself." if self._follows() else "Press Run."
        if not self._technique.live:
            how = "Press Run: it is drawn step by step."
        return f"{self._technique.summary}\n\n{how}"

    def _show_layer_choice(self) -> None:
        technique = self._technique
        weights = technique is not None and "layer" in technique.asks
        self.layer.setVisible(weights and not isinstance(read(self._state.target), UnitTarget))

    @Slot()
    def _show_layer(self) -> None:
        chosen, node, network = self.layer.currentIndex(), self._state.node, self._state.network
        name = network.choice.name if network is not None else ""
        if name != self._weighted_in:
            chosen, self._weighted_in = 0, name
        self.layer.clear()
        self.layer.addItem("of the last layer", None)
        if node is not None and node.kind in ("map", "tokens"):
            self.layer.addItem(f"of {node.path}", node.path)
            self.layer.setCurrentIndex(max(chosen, 0))
        self._runner.refresh()

    def warn(self, findings: Sequence[tuple[str, str]]) -> None:
        """What of this network will mislead, before a method has run; mere notes are left out."""
        serious = [sentence for severity, sentence in findings if severity != "note"]
        self.doctor.setVisible(False)
        if serious:
            self.doctor.show_notice(" ".join(serious), "warning")

    # what comes back

    def _take_note(self, progress: JobProgress) -> None:
        """What a method says of its own result is said over it."""
        self._note = progress.note if progress.done >= progress.total else ""

    def _show_progress(self, progress: JobProgress) -> None:
        self._take_note(progress)
        answer = self._runner.answer
        if progress.result is not None and answer is not None and self._asked is not None:
            if self._result is not None:
                self._forget_result()  # it is no longer what is on the screen
            self._draw(self._asked, progress.result, answer.picture)

    def _show_result(self, result: MethodResult) -> None:
        note = self._note or saturated(result.recipe.target, self._runner.answer)
        if note:
            self._tell(note, "hint")
        else:
            self.notice.clear()
        self._result = result
        self._frame, self._answer = self._runner.frame, self._runner.answer
        self._draw(result.recipe, result.result, result.picture)
        self._enable()

    def _show_failure(self, failure: Failure) -> None:
        self._tell(failure.summary, details=failure.traceback)
        if self._stale and self._technique is not None:
            self._stale = False
            self.title.setText(f"<b>{self._technique.title}</b>")
            self._say(self._technique.summary)

    def _tell(self, sentence: str, kind: Kind = "error", details: str = "") -> None:
        """What is so for every picture is said with every one of them, until it is closed."""
        if sentence != self._unwanted:
            self.notice.show_notice(sentence, kind, details=details)

    @Slot(str)
    def _hush(self, sentence: str) -> None:
        self._unwanted = sentence

    def _draw(self, recipe: Recipe, result: Result, picture: Pixels) -> None:
        from analysis.methods.registry import method

        self._stale = False
        technique = method(recipe.method)
        if isinstance(result, Curves):
            self._stack.setCurrentWidget(self.plot)
            self.plot.show_result(result)
        else:
            self._stack.setCurrentWidget(self.view)
            self.view.show_result(result, picture)
        network = self._state.network
        words = score_words(recipe, network, self._runner.answer)
        words = words or target_words(recipe.target, network, recipe.layer, recipe.unit)
        self.title.setText(f"<b>{technique.title}</b> of {escape(words, quote=False)}")
        self.title.setToolTip(self.title.text())

    def _say(self, words: str) -> None:
        self._stack.setCurrentWidget(self.view)
        self.view.show_nothing(words)

    def _forget_result(self) -> None:
        self._result = self._frame = self._answer = None
        self.title.clear()
        self._enable()

    @Slot()
    def _clear(self) -> None:
        """Another network: the result is of the one before."""
        self._forget_result()
        if self._state.network is not None:
            self.form.adapt(self._state.network.preprocessing.side)
        self.notice.clear()
        self._unwanted = ""
        self.doctor.clear()
        self._say(self._waiting_words())

    @Slot(bool)
    def _show_busy(self, busy: bool) -> None:
        self.run_button.setText("Stop" if busy else "Run")

    def _enable(self) -> None:
        technique = self._technique
        live = technique is not None and technique.live
        self.follow.setVisible(live)
        self.seed.setVisible(technique is not None and "seed" in technique.asks)
        self.run_button.setVisible(not self._follows())
        has_result = self._result is not None
        for button in (self.compare_button, self.trust_button, self.export_button):
            button.setEnabled(has_result)
        from analysis.methods.known import can_be_tested
        from analysis.methods.method import makes_a_map

        self.trust_button.setVisible(technique is not None and can_be_tested(technique))
        self.compare_button.setVisible(technique is None or makes_a_map(technique))
        if self._follows() and self._state.network is not None and self.recipe() is None:
            self._tell(NO_UNIT, "hint")

    # what the person asks of a result

    def shown(self) -> MethodResult | None:
        """The result with the colours and the opacity that it is seen with."""
        if self._result is None:
            return None
        # Of a still picture the answer may have come after the result.
        answer = self._runner.answer if self._runner.frame is self._frame else self._answer
        return replace(
            self._result,
            recipe=replace(self._result.recipe, display=self._state.display),
            logits=answer.logits if answer is not None else None,
        )

    @Slot()
    def _ask_compare(self) -> None:
        if self._result is not None:
            self.compare_wanted.emit(self._result.recipe)

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

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """What nobody sees is not computed; a job that a person started goes on."""
        super().hideEvent(event)
        if not self._runner.busy:
            self._runner.stop_following()


def _action(parent: QWidget, text: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    return button


def _scrolled(form: QWidget) -> QScrollArea:
    area = QScrollArea()
    form.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
    area.setWidget(form)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
