"""Does it fool the other one? Any network is asked about the picture before and after, each as its file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from analysis.protocol.number_words import percent
from analysis.protocol.requests import OpinionRequest
from analysis.results.kinds import Adversary
from analysis.results.planes_seen import in_a_file
from gui import theme
from gui.lane.jobs import Job
from gui.tabs.extra import Extra, Host
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Catalogue, Failure, Opinion
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import ModelChoice, Recipe
    from analysis.results.kinds import Result
    from gui.docks.network_chooser import NetworkChooser

OWN = "A network of your own is asked when it is the one that is open: save the picture, and open it there."
NONE_YET = "The list of networks is still being made: try again in a moment."


class OtherNetwork(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._pictures: tuple[Pixels, Pixels] | None = None
        self._chooser: NetworkChooser | None = None
        self._job = 0
        self.button = QPushButton("Ask another one…", tab)
        self.button.setToolTip("Whether this picture fools another network, too: choose which; yours stays open")
        self.button.clicked.connect(self._open_chooser)
        self.words = WrappedWords("", tab)
        self._whole = QWidget(tab)
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.button)
        column.addWidget(self.words)
        tab.around.networks.listed.connect(self._show_catalogue)
        self.clear()

    def side(self) -> QWidget:
        return self._whole

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        from analysis.results.over_picture import as_levels

        if not done or not isinstance(result, Adversary) or not in_a_file(result.values.shape[2]):
            self.clear()
            return
        self._pictures = as_levels(result.original), as_levels(result.values)
        self._say("")
        self.button.setEnabled(True)

    def clear(self) -> None:
        """What runs is of a picture that is shown no more."""
        if self._job:
            self.tab.around.jobs.drop(self._job)
            self._job = 0
        self._pictures = None
        self._say("")
        self.button.setEnabled(False)

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        if self._chooser is not None:
            self._chooser.show_entries(catalogue.entries)

    @Slot()
    def _open_chooser(self) -> None:
        catalogue = self.tab.around.catalogue
        if catalogue is None:
            self._say(NONE_YET)
            return
        if self._chooser is None:
            from gui.docks.network_chooser import NetworkChooser

            self._chooser = NetworkChooser(self.tab)
            self._chooser.chosen.connect(self.ask)
            self._chooser.own_wanted.connect(self._say_own)
            self._chooser.more.hide()  # which is the Network dock's
            self._chooser.show_entries(catalogue.entries)
        self._chooser.open_below(self.button, None)

    @Slot()
    def _say_own(self) -> None:
        self._say(OWN)

    @Slot(object)
    def ask(self, choice: ModelChoice) -> None:
        if self._pictures is None:
            return
        around = self.tab.around
        if self._job:
            around.jobs.drop(self._job)
        lane = around.lanes["study"]
        self._job = lane.next_id()
        request = OpinionRequest(self._job, choice, self._pictures, around.device, around.agreed)
        self._say(f"{choice.name} is asked …")
        title = f"Does it fool {choice.name}?"
        job = Job(self._job, title, lane, on_done=self._told, on_failure=self._failed, on_end=self._ended)
        around.jobs.start(job, request)

    def _told(self, opinion: Opinion) -> None:
        (before, sure_before), (after, sure_after) = opinion.answers
        fooled = before != after
        colour = (theme.colours().good if fooled else theme.colours().text).name()
        verdict = f"{opinion.title} is {'fooled, too' if fooled else 'not fooled'}:"
        answers = f"{before} ({percent(sure_before)}) before, {after} ({percent(sure_after)}) after."
        self._say(f'<span style="color:{colour}">{escape(verdict)}</span> {escape(answers)}')

    def _failed(self, failure: Failure) -> None:
        self._say(escape(failure.summary))

    def _ended(self, cancelled: bool) -> None:
        self._job = 0
        if cancelled:
            self._say("")

    def _say(self, words: str) -> None:
        """Nothing takes no room."""
        self.words.setText(words)
        self.words.setVisible(bool(words))
