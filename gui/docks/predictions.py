"""The Predictions dock: the strongest classes as bars, pinned ones with their history, or the answer as a picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from analysis.protocol.answer_words import softmax, surest
from analysis.protocol.frame import stream_of
from analysis.protocol.number_words import percent
from analysis.protocol.problems import Problem
from analysis.protocol.target import At, ClassTarget, parse, text_of
from gui import theme
from gui.selection import State
from gui.views.calm import Calm
from gui.views.class_bars import ClassBars, ClassRow
from gui.views.elided_choice import ElidedChoice
from gui.views.notice_bar import NoticeBar
from gui.views.notice_place import OverFoot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import ClassPlaces, Floats, FoundBoxes, Live
    from analysis.protocol.frame import Pixels
    from gui.views.image_view import ImageView

NARROWEST_CHOICE = 72  # pixels
TOP = 5
KEPT = 96  # values of a pinned class
SMOOTHINGS = {"Every frame": 1.0, "Smooth a little": 0.3, "Smooth a lot": 0.07}  # the newest frame's share in the mean
EMPTY = "The five classes that respond most appear here as soon as a picture has been through the network."
NOTHING_FOUND = "The network finds nothing in this picture."
NO_CLASSES = "This network answers with neither classes nor a picture; walk its layers to see what it computes."


class PredictionsPanel(QWidget):
    explain_wanted = Signal(int)
    menu_made = Signal(object, int)  # of a class, to which whoever can do something with one adds it

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._labels: tuple[str, ...] | None = None
        self._logits: NDArray[np.float64] | None = None  # smoothed
        self._shares: NDArray[np.float64] | None = None  # smoothed probabilities
        self._unread: tuple[Floats, tuple[str, ...] | None] | None = None  # newer than those
        self._pinned: dict[int, deque[float]] = {}
        self._last: tuple[int, str] | None = None  # number and stream of the frame that was shown
        self._picture: ImageView | None = None
        self._places: ClassPlaces | None = None
        self._boxes: FoundBoxes | None = None
        self._calm = Calm(self)
        self._calm.due.connect(self._repaint)
        self.values = ElidedChoice()
        self.values.addItems(["Probability", "Logit"])
        self.values.setToolTip("Probability: the softmax of the logits. Logit: what the last layer says itself")
        self.values.currentIndexChanged.connect(self._repaint)
        self.smoothing = ElidedChoice()
        for text, share in SMOOTHINGS.items():
            self.smoothing.addItem(text, share)
        self.smoothing.setToolTip("Show the mean over some frames, so that numbers can be read while pictures stream")
        self.smoothing.setAccessibleName("Smoothing over frames")
        self.notice = NoticeBar(self)
        self.notice.closed.connect(self._hush)
        self._hushed = False  # the person has read that this network's answers are no numbers
        self.bars = ClassBars()
        self.bars.setAccessibleName("Classes; Enter explains, * pins")
        self.bars.class_chosen.connect(self._choose)
        self.bars.pin_toggled.connect(self.toggle_pin)
        self.bars.menu_wanted.connect(self._open_menu)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.bars)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.bars.retyped.connect(self._make_room)
        self._make_room()
        self._choices = QWidget()
        row = QHBoxLayout(self._choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for choice in (self.values, self.smoothing):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            choice.setMinimumWidth(NARROWEST_CHOICE)
            row.addWidget(choice)
        row.addStretch()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        self._column.setSpacing(theme.GRID)
        self._column.addWidget(self._scroll, 1)
        self._column.addWidget(self._choices)
        OverFoot(self, self.notice)
        state.network_changed.connect(self.reset)
        state.target_changed.connect(self._repaint)
        self.reset()

    def sizeHint(self) -> QSize:
        return QSize(44 * self.fontMetrics().averageCharWidth(), 240)

    @Slot()
    def _make_room(self) -> None:
        """For the strongest classes; pinned ones may have to be scrolled to."""
        self._scroll.setMinimumHeight(self.bars.height_of(TOP))

    # what the engine says

    @Slot(object)
    def show_live(self, live: Live) -> None:
        """The answer to a frame; smoothing goes on only while pictures of one source stream."""
        if live.logits is not None:
            labels = self._state.network.labels if self._state.network is not None else None
            stream = stream_of(live.frame.origin)
            again = self._last is not None and live.frame.number == self._last[0]
            streams = self._last is not None and live.frame.moving and stream == self._last[1]
            self._last = (live.frame.number, stream)
            if again and (self._logits is not None or self._unread is not None):
                return
            if streams and not self._every_frame_counts():
                self._unread = live.logits, labels
            else:
                self._read()
                self._take(live.logits, labels, streams)
            if streams:
                self._calm.request()
            else:
                self._calm.at_once()
        elif live.output_picture is not None:
            self.show_picture(live.output_picture)
        elif live.places is not None:
            self.show_places(live.places)
        elif live.boxes is not None:
            self.show_boxes(live.boxes)
        else:
            self.show_no_classes()

    def _every_frame_counts(self) -> bool:
        """In a mean or a history; without them only those are read that are painted."""
        return bool(self._pinned) or float(self.smoothing.currentData()) < 1

    def _read(self) -> None:
        """What came since the last repaint."""
        if self._unread is not None:
            self._take(*self._unread, streams=False)  # they are in no mean

    def _take(self, logits: Floats, labels: tuple[str, ...] | None, streams: bool) -> None:
        import numpy as np

        self._places = self._boxes = None
        self._unread = None
        self._show_bars(True)
        self._labels = labels
        values, shares = logits.astype(np.float64).ravel(), softmax(logits.ravel())
        before, share = self._logits, float(self.smoothing.currentData())
        if streams and before is not None and self._shares is not None and len(before) == len(values):
            carried = np.where(np.isfinite(before), before, values)
            with np.errstate(invalid="ignore"):  # an infinite score again
                values = carried + share * (values - carried)
            shares = self._shares + share * (shares - self._shares)
        self._logits, self._shares = values, shares
        self._say_what_is_no_number(logits)
        for index, history in self._pinned.items():
            if index < len(shares):
                history.append(float(shares[index]))

    def show_picture(self, pixels: Pixels) -> None:
        """Of a network that answers with a picture."""
        self._places = self._boxes = None
        self._unread = None
        self._show_bars(False)
        self._show_image(pixels, "what the network answers with")

    def show_places(self, places: ClassPlaces) -> None:
        """Of a network that answers with a map of classes: each place in the colour of the class that is most there.

        The bars say how much of the picture each class takes.
        """
        from analysis.results.class_colours import coloured

        self._logits = self._shares = self._unread = None
        self._places, self._boxes = places, None
        self._labels = self._state.network.labels if self._state.network is not None else None
        self._show_bars(True)
        self._choices.hide()
        self._show_image(coloured(places.classes), "the class of each place, in its colour")
        self._repaint()

    def _show_image(self, pixels: Pixels, words: str) -> None:
        from gui.views.pixels import rgb_image

        if self._picture is None:
            from gui.views.image_view import ImageView

            self._picture = ImageView(self)
            self._picture.setAccessibleName("The picture that the network answers with")
            self._picture.place_clicked.connect(self._choose_place)
            self._column.insertWidget(0, self._picture, 1)
        self._picture.setVisible(True)
        self._picture.show_image(rgb_image(pixels), smooth=False)
        self._picture.set_caption(f"{words}, {pixels.shape[1]}×{pixels.shape[0]}")

    @Slot(int, int)
    def _choose_place(self, row: int, column: int) -> None:
        """Explains the class that answers most at this place, there."""
        places = self._places
        if places is None or not (0 <= row < places.classes.shape[0] and 0 <= column < places.classes.shape[1]):
            return
        target = ClassTarget(self._class_target().kind, int(places.classes[row, column]), at=(row, column))
        self._state.set_target(text_of(target))

    def show_boxes(self, boxes: FoundBoxes) -> None:
        """Of a network that finds things: what it is surest of, as it is drawn over the picture."""
        self.show_no_classes()
        self._labels = self._state.network.labels if self._state.network is not None else None
        rows = []
        for place in surest(boxes):
            number = place if boxes.classes is None else int(boxes.classes[place])
            label = f"box {place}" if boxes.classes is None else self._label(number)
            score = float(boxes.scores[place])
            left, top, right, bottom = (round(float(side)) for side in boxes.corners[place])
            tip = f"{label}, box {place}\nscore {percent(score)}, columns {left} to {right}, rows {top} to {bottom}"
            rows.append(ClassRow(place, label, percent(score), 0.0, min(max(score, 0.0), 1.0), tip))
        self._boxes = boxes
        if rows:
            self.bars.show_rows(rows, ())
        else:
            self.bars.show_nothing(NOTHING_FOUND)

    def show_no_classes(self) -> None:
        self._places = self._boxes = None
        self._show_bars(True)
        self._logits = self._shares = self._unread = None
        self.bars.show_nothing(NO_CLASSES)
        self._choices.hide()

    @Slot()
    def reset(self) -> None:
        """Another network: its classes are others."""
        self._logits = self._shares = self._unread = self._last = self._places = self._boxes = None
        self._pinned.clear()
        self._hushed = False
        self.notice.clear()
        self._show_bars(True)
        self.bars.show_nothing(EMPTY)
        self._choices.hide()

    def be_calm(self, words: str) -> None:
        """There is an answer, and nothing in it; what is pinned stays pinned."""
        self._logits = self._shares = self._unread = self._last = None
        self._show_bars(True)
        self.bars.show_nothing(words)

    # what the person does

    @Slot(int)
    def toggle_pin(self, index: int) -> None:
        """A pinned class stays shown, whatever responds most."""
        self._read()
        if index in self._pinned:
            del self._pinned[index]
        elif self._shares is not None and index < len(self._shares):
            self._pinned[index] = deque([float(self._shares[index])], maxlen=KEPT)
        self._repaint()

    @Slot(int)
    def _choose(self, index: int) -> None:
        """Explains this class; the one that is explained already goes back to whichever responds most.

        Of boxes it is the score of this one.
        """
        target = self._class_target()
        if self._boxes is not None:
            self._state.set_target(text_of(ClassTarget("class", 0, at=index)))
            return
        again = target.index == index and not isinstance(target.at, tuple)
        at: At | None = "region" if target.at == "region" else None
        self._state.set_target(text_of(ClassTarget(target.kind, None if again else index, at=at)))

    @Slot(int, QPoint)
    def _open_menu(self, index: int, place: QPoint) -> None:
        if self._boxes is not None:
            return  # a row is a box and no class; to click it explains its score
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        label = self._label(index)
        menu.addAction(f"Explain “{label}”", partial(self.explain_wanted.emit, index))
        self.menu_made.emit(menu, index)
        menu.addAction("Unpin" if index in self._pinned else "Pin", partial(self.toggle_pin, index))
        menu.addAction(f"Copy “{label}”", partial(QGuiApplication.clipboard().setText, label))
        menu.popup(place)

    # details

    def _class_target(self) -> ClassTarget:
        try:
            target = parse(self._state.target)
        except Problem:
            return ClassTarget()
        return target if isinstance(target, ClassTarget) else ClassTarget(index=-1)

    def _label(self, index: int) -> str:
        if self._labels is not None and index < len(self._labels):
            return self._labels[index]
        return f"{self._state.network.numbers if self._state.network is not None else 'class'} {index}"

    @property
    def _is_embedding(self) -> bool:
        return self._state.network is not None and self._state.network.numbers != "class"

    def _show_bars(self, shown: bool) -> None:
        self._scroll.setVisible(shown)
        kept = self._choices.sizePolicy()
        kept.setRetainSizeWhenHidden(shown)  # their room stays while the bars wait for their first answer
        self._choices.setSizePolicy(kept)
        self._choices.setVisible(shown)
        self.values.setVisible(not self._is_embedding)
        if self._picture is not None:
            self._picture.setVisible(not shown or self._places is not None)
        if not shown:
            self.notice.clear()

    def _say_what_is_no_number(self, logits: Floats) -> None:
        import numpy as np

        wrong = int(np.count_nonzero(~np.isfinite(logits)))
        if wrong == 0 or self._hushed:
            self.notice.clear()
        elif wrong == logits.size:
            self.notice.show_notice("The network answers with NaN or infinity for every class.", "warning")
        else:
            words = "score is" if wrong == 1 else "scores are"
            self.notice.show_notice(
                f"{wrong:,} of {logits.size:,} class {words} NaN or infinite and left out.", "warning"
            )

    @Slot(str)
    def _hush(self, _sentence: str) -> None:
        self._hushed = True

    @Slot()
    def _repaint(self) -> None:
        self._read()
        if self._places is not None:
            self._paint_places(self._places)
            return
        logits, shares = self._logits, self._shares
        if logits is None or shares is None:
            return
        import numpy as np

        order = np.argsort(np.where(np.isfinite(logits), -logits, np.inf), kind="stable")[:TOP]
        strongest = [int(index) for index in order if np.isfinite(logits[index])]
        shown = {*strongest, *(index for index in self._pinned if index < len(logits))}
        finite = [float(logits[index]) for index in shown if np.isfinite(logits[index])]
        low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
        target = self._class_target().index
        explained = strongest[0] if target is None and strongest else target
        rows = {
            index: self._row(index, float(logits[index]), float(shares[index]), low, high, index == explained)
            for index in shown
        }
        pinned = [
            replace(rows[index], history=_line(history)) for index, history in self._pinned.items() if index in rows
        ]
        self.bars.show_rows([rows[index] for index in strongest], pinned)
        if not rows:
            self.bars.show_nothing("There is no class score to show.")

    def _paint_places(self, places: ClassPlaces) -> None:
        """The classes that take most of the picture; the explained one, and the place of it that is asked about."""
        from PySide6.QtCore import QRectF

        from analysis.results.class_colours import colour_of_class

        target = self._class_target()
        rows = []
        for index, share in places.shares[:TOP]:
            label = self._label(index)
            tip = f"{label} (class {index})\nanswers most at {percent(share)} of all places"
            marked = index == target.index
            rows.append(ClassRow(index, label, percent(share), 0.0, share, tip, marked, colour=colour_of_class(index)))
        self.bars.show_rows(rows, ())
        if self._picture is not None:
            at = target.at if isinstance(target.at, tuple) else None
            self._picture.set_mark(QRectF(at[1], at[0], 1, 1) if at is not None else None)

    def _row(self, index: int, logit: float, share: float, low: float, high: float, explained: bool) -> ClassRow:
        label = self._label(index)
        tip = f"{label} (class {index})\nprobability {percent(share)}, logit {logit:.2f}"
        if self._is_embedding:
            tip = f"{label}: {logit:.4g}\nA number of an embedding, which has no probability."
        if explained:
            tip += "\nThis class is explained."
        if self.values.currentIndex() == 0 and not self._is_embedding:
            words, start, end = percent(share), 0.0, share
        else:
            span = high - low or 1.0
            words, start, end = f"{logit:.2f}", -low / span, (logit - low) / span
        if not abs(end) <= 1:  # also what is no number
            words, start, end = "–", 0.0, 0.0
        return ClassRow(index, label, words, start, end, tip, explained, index in self._pinned)


def _line(history: Sequence[float]) -> tuple[float, ...]:
    """A history as shares of its largest value."""
    most = max(history, default=0.0)
    return tuple(value / most if most > 0 else 0.0 for value in history)
