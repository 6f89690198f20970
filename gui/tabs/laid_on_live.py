"""The change that was found, laid on every picture that is shown, and what the network answers to that."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from analysis.protocol.answer_words import name_of_class, softmax
from analysis.protocol.number_words import percent
from analysis.protocol.planes import Planes
from analysis.protocol.requests import AnswerRequest
from analysis.results.kinds import Adversary
from gui import theme
from gui.tabs.extra import Extra, Host
from gui.views.image_view import ImageView
from gui.views.pixels import rgb_image
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Answer, Floats, Live
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result

SIDE = 72  # pixels of the picture
SMOOTH = 64
PATIENCE = 1.0  # seconds for an answer, before a newer picture is asked about
RESTS = 4  # times as long as an answer took, so that what streams keeps most of its rate


class LaidOnLive(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._change: Floats | None = None
        self._asked: Live | None = None  # the picture whose answer is awaited
        self._asked_at = 0.0
        self._next: Live | None = None  # the newest one that came meanwhile
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask_next)
        self.button = QPushButton("Lay it on live pictures", tab)
        self.button.setCheckable(True)
        self.button.setToolTip("Add the change that was found to every picture that is shown, and ask the network")
        self.button.toggled.connect(self._turn)
        self._row = QWidget(tab)
        self.image = ImageView(self._row)
        self.image.setFixedSize(SIDE, SIDE)
        self.image.setAccessibleName("The live picture with the change on it")
        self.without, self.with_it, self.verdict = lines = [ElidedWords(self._row) for _ in range(3)]
        column = QVBoxLayout()
        column.setSpacing(2)
        for line in lines:
            column.addWidget(line)
        column.addStretch(1)
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self.image)
        row.addLayout(column, 1)
        self._row.hide()
        tab.runner.seen.connect(self._ask)
        self.clear()

    def side(self) -> QWidget:
        return self.button

    def below(self) -> QWidget:
        return self._row

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        if not done or not isinstance(result, Adversary):
            self.clear()
            return
        self._change = result.values - result.original
        self.button.setEnabled(True)

    def clear(self) -> None:
        self._change = self._asked = self._next = None
        self._rest.stop()
        self.button.setChecked(False)
        self.button.setEnabled(False)

    @Slot(bool)
    def _turn(self, on: bool) -> None:
        self._asked = self._next = None
        self._rest.stop()
        for line in (self.without, self.with_it, self.verdict):
            line.setText("")
        self.image.show_nothing("")
        self._row.setVisible(on)
        if on and self.tab.runner.live is not None:
            self._ask(self.tab.runner.live)

    @Slot(object)
    def _ask(self, live: Live) -> None:
        """Of the pictures that stream the newest one, a while after that before it is answered."""
        network = self.tab.around.state.network
        if self._change is None or network is None or not self.button.isChecked() or not self._row.isVisible():
            return
        now = perf_counter()
        if self._rest.isActive() or (self._asked is not None and now - self._asked_at < PATIENCE):
            self._next = live
            return
        self._asked, self._asked_at, self._next = live, now, None
        given = live.frame.given if isinstance(live.frame.given, Planes) else live.picture
        lane = self.tab.around.dispatcher
        request = AnswerRequest(lane.next_id(), network.epoch, given, change=self._change)
        self.tab.around.jobs.ask(self, lane, request, self._answered)

    def _answered(self, answer: Answer) -> None:
        from analysis.drawing.adversary_pictures import laid_on

        live, change, network = self._asked, self._change, self.tab.around.state.network
        if live is None or change is None or network is None or not self.button.isChecked():
            return
        self._asked = None
        self._rest.start(round(1000 * RESTS * (perf_counter() - self._asked_at)))
        if live.picture.shape[:2] == change.shape[:2]:
            seen = laid_on(live.picture, change, live.frame.given, network.preprocessing)
            self.image.show_image(rgb_image(seen), smooth=max(seen.shape[:2]) > SMOOTH)
        without = self._said(live.logits)
        with_it = self._said(answer.logits)
        same = without[:1] == with_it[:1]
        self.with_it.ink = None if same else theme.colours().good
        self.with_it.update()
        self.without.setText(f"without the change: {' '.join(without)}")
        self.with_it.setText(f"with it: {' '.join(with_it)}")
        self.verdict.setText("It does not fool here." if same else "It fools here, too.")

    @Slot()
    def _ask_next(self) -> None:
        if self._next is not None:
            self._ask(self._next)

    def _said(self, logits: Floats | None) -> tuple[str, ...]:
        """The class that answers most, and how sure the network is of it."""
        if logits is None or logits.ndim != 1:
            return ("no class",)
        shares, network = softmax(logits), self.tab.around.state.network
        best = int(shares.argmax())
        labels = network.labels if network is not None else None
        return name_of_class(labels, best) or f"class {best}", percent(float(shares[best]))
