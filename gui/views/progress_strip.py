"""One strip for each job: what it is, how far, how long still, and a way to stop it; the waiting ones in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui import theme
from gui.views.how_far import how_far
from gui.views.words import ElidedWords, FewerWords

if TYPE_CHECKING:
    from analysis.protocol.events import JobProgress

SHOWN = 4  # strips; more would push the picture away
WINDOW = 20.0  # seconds over which the rate is taken
FIRST_ESTIMATE = 1.0  # seconds of work before anything is said of the time left
FEWEST = 4  # steps seen before that
GIVES_WAY, GIVES_WAY_SHORTLY = "between moving pictures", "gives way"
UNEVEN = 1.5  # times that the later half of them may be quicker or slower than all


class TimeLeft:
    """The end of a job from its rate over the last seconds, drawn slowly towards each new estimate."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque(maxlen=128)
        self._end: float | None = None
        self._rests: float | None = None  # since when

    def update(self, done: float, total: float) -> None:
        now = self._clock()
        self._leave_out_rest(now)
        if self._seen and done < self._seen[-1][1]:  # a new phase counts anew
            self._seen.clear()
            self._end = None
        if not self._seen or now - self._seen[-1][0] >= WINDOW / 200:
            self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW:
            self._seen.popleft()
        began, done_then = self._seen[0]
        if now - began < FIRST_ESTIMATE or done <= done_then or (self._end is None and not self._is_steady()):
            return
        end = now + (total - done) * (now - began) / (done - done_then)
        self._end = end if self._end is None else self._end + 0.2 * (end - self._end)

    def rest(self) -> None:
        """It was halted: the time until the next update is none that the job takes."""
        if self._rests is None:
            self._rests = self._clock()

    def _leave_out_rest(self, now: float) -> None:
        if self._rests is None:
            return
        rested, self._rests = now - self._rests, None
        self._seen = deque(((then + rested, done) for then, done in self._seen), self._seen.maxlen)
        self._end = None if self._end is None else self._end + rested

    def _is_steady(self) -> bool:
        """Whether it goes on as it began: what gets quicker or slower has no rate yet that says anything."""
        if len(self._seen) < FEWEST:
            return False
        (began, first), (then, half), (now, done) = self._seen[0], self._seen[len(self._seen) // 2], self._seen[-1]
        whole, late = (done - first) / (now - began), (done - half) / max(now - then, 1e-9)
        return whole / UNEVEN <= late <= whole * UNEVEN

    def in_words(self) -> str:
        """Such as `12 s left`; empty while it is not known, `paused` while it rests."""
        if self._rests is not None:
            return "paused"
        if self._end is None:
            return ""
        left = max(self._end - self._clock(), 0.0)
        if left < 20:
            return f"{max(round(left), 1)} s left"
        if left < 90:
            return f"{5 * round(left / 5)} s left"
        if left < 90 * 60:
            return f"{round(left / 60)} min left"
        return f"{left / 3600:.1f} h left"


class ProgressStrip(QWidget):
    """The signals carry the request's id; the buttons to move are there while it waits, that to hurry while it gives
    way to moving pictures."""

    cancelled = Signal(int)
    moved = Signal(int, bool)
    hurried = Signal(int)

    def __init__(self, request_id: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.request_id = request_id
        self._time_left = TimeLeft()
        self._title = ElidedWords()
        self._title.setText(title)
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._count = FewerWords()  # a long note leaves title and bar their room, and goes before it is cut
        self._count.setProperty("dim", True)
        self._bar = Bar()
        self._left = _dim_label()
        self._up = _button("▲", f"Run {title} earlier", self._move_up)
        self._down = _button("▼", f"Run {title} later", self._move_down)
        self._hurry = _button("Hurry", f"{title} goes first, and moving pictures wait for it", self._go_first)
        self._hurry.hide()
        self._stop = _button("Stop", f"Stop {title} (Esc)", self._cancel)
        self._stop.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, 2, theme.GRID, 2)
        row.setSpacing(theme.GRID)
        row.addWidget(self._title)
        row.addWidget(self._count, 1)
        row.addWidget(self._bar, 1)
        row.addWidget(self._left)
        for button in (self._up, self._down, self._hurry, self._stop):
            row.addWidget(button)
        letter = self.fontMetrics().averageCharWidth()
        for label, letters in ((self._title, 18), (self._count, 22), (self._left, 10)):
            label.setMinimumWidth(letters * letter)  # so that the bars of several strips stand below each other
        wide = self._title.fontMetrics().horizontalAdvance(title) + 2
        self._title.setMinimumWidth(max(18 * letter, min(wide, 36 * letter)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_waiting(True)

    @property
    def waiting(self) -> bool:
        return self._waiting

    def show_waiting(self, waiting: bool, up: bool = True, down: bool = True) -> None:
        """Whether it still waits, and if so whether it can be moved up or down."""
        self._waiting = waiting
        self._up.setVisible(waiting)
        self._down.setVisible(waiting)
        self._up.setEnabled(up)
        self._down.setEnabled(down)
        self._bar.show_share(0.0 if waiting else None)
        if waiting:
            self._count.say("waiting")
            self._left.setText("")
        self._stop.setText("Remove" if waiting else "Stop")

    def show_progress(
        self, done: float, total: float, note: str = "", rests: bool = False, gives_way: bool = False
    ) -> None:
        if self._waiting:
            self.show_waiting(False)
        if rests:
            self._time_left.rest()
        else:
            self._time_left.update(done, total)
        far = how_far(done, total)
        said = note.startswith(far)  # as in `1,470 of 9,409 places, …`
        full = note if said else " · ".join(words for words in (far, note) if words)
        ways = [full, *([far] if far else [])]
        told = [f"{way} · {GIVES_WAY}" for way in ways if gives_way]
        if gives_way:
            told.append(f"{far} · {GIVES_WAY_SHORTLY}" if far else GIVES_WAY_SHORTLY)
        self._count.say(*told, *ways)
        self._count.setToolTip((told or ways)[0])
        self._hurry.setVisible(gives_way)
        self._left.setText(self._time_left.in_words() if done < total else "")
        self._bar.show_share(done / total if total > 0 else None)

    @Slot()
    def _cancel(self) -> None:
        self._stop.setEnabled(False)
        self._stop.setText("Stopping…")
        self.cancelled.emit(self.request_id)

    @Slot()
    def _go_first(self) -> None:
        self._hurry.hide()
        self.hurried.emit(self.request_id)

    @Slot()
    def _move_up(self) -> None:
        self.moved.emit(self.request_id, True)

    @Slot()
    def _move_down(self) -> None:
        self.moved.emit(self.request_id, False)


class JobQueueView(QWidget):
    """The strips of all jobs, the running ones on top; nothing to see while there are none, or a line that keeps their
    room."""

    cancelled = Signal(int)
    moved = Signal(int, bool)
    hurried = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strips: list[ProgressStrip] = []
        self._keeps_room = False
        self._idle = _dim_label()
        self._idle.setText("Nothing is being computed.")
        self._idle.setContentsMargins(theme.GRID, 2, theme.GRID, 2)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._more = _dim_label()
        self._more.setContentsMargins(theme.GRID, 0, theme.GRID, 4)
        self._rows.addWidget(self._more)
        self._rows.addWidget(self._idle)
        self._arrange()

    def keep_room(self, keeps: bool) -> None:
        """For one strip while there is none, so that it moves nothing when it comes."""
        if keeps and not self._keeps_room:
            sample = ProgressStrip(-1, "")
            sample.show_waiting(False)
            self._idle.setMinimumHeight(sample.sizeHint().height())
            sample.deleteLater()
        self._keeps_room = keeps
        self._arrange()

    def ids(self) -> list[int]:
        """The jobs in the order shown."""
        return [strip.request_id for strip in self._strips]

    @Slot(int, str)
    def add(self, request_id: int, title: str) -> None:
        strip = ProgressStrip(request_id, title, self)
        strip.cancelled.connect(self.cancelled)
        strip.moved.connect(self._move)
        strip.hurried.connect(self.hurried)
        self._strips.append(strip)
        self._arrange()

    @Slot(object)
    def show_progress(self, progress: JobProgress) -> None:
        strip = self._strip(progress.request_id)
        if strip is None:
            return
        begins = strip.waiting
        strip.show_progress(progress.done, progress.total, progress.note, progress.rests, progress.gives_way)
        if begins:
            self._arrange()

    @Slot(int)
    def remove(self, request_id: int) -> None:
        strip = self._strip(request_id)
        if strip is not None:
            self._strips.remove(strip)
            strip.hide()
            strip.deleteLater()
            self._arrange()

    @Slot(int, bool)
    def _move(self, request_id: int, up: bool) -> None:
        strip = self._strip(request_id)
        if strip is None:
            return
        at = self._strips.index(strip)
        to = at - 1 if up else at + 1
        if 0 <= to < len(self._strips) and self._strips[to].waiting:
            self._strips[at], self._strips[to] = self._strips[to], self._strips[at]
            self._arrange()
            self.moved.emit(request_id, up)

    def _strip(self, request_id: int) -> ProgressStrip | None:
        return next((strip for strip in self._strips if strip.request_id == request_id), None)

    def _arrange(self) -> None:
        self._strips.sort(key=lambda strip: strip.waiting)  # stable, so the waiting ones keep their order
        waiting = [strip for strip in self._strips if strip.waiting]
        for place, strip in enumerate(self._strips):
            if self._rows.indexOf(strip) != place:
                self._rows.insertWidget(place, strip)
            strip.setVisible(place < SHOWN)
            if strip.waiting:
                strip.show_waiting(True, strip is not waiting[0], strip is not waiting[-1])
        hidden = len(self._strips) - SHOWN
        self._more.setText(f"and {hidden} more waiting")
        self._more.setVisible(hidden > 0)
        self._idle.setVisible(not self._strips and self._keeps_room)
        self.setVisible(bool(self._strips) or self._keeps_room)


class Bar(QWidget):
    """A thin bar; without a known share a piece of it moves with every step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = 0.0
        self._steps = 0
        self.setMinimumWidth(48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(160, 12)

    def show_share(self, share: float | None) -> None:
        self._share = None if share is None else min(max(share, 0.0), 1.0)
        self._steps += 1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(0, self.height() / 2 - 3, self.width(), 6)
        painter.setBrush(colours.track)
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(colours.accent)
        if self._share is None:
            piece = track.width() / 4
            track.setLeft(self._steps * 7 % max(int(track.width() - piece), 1))
            track.setWidth(piece)
            painter.drawRoundedRect(track, 3, 3)
        elif self._share > 0:
            track.setWidth(max(track.width() * self._share, 6))
            painter.drawRoundedRect(track, 3, 3)


def _dim_label() -> QLabel:
    label = QLabel()
    label.setProperty("dim", True)
    return label


def _button(text: str, help_text: str, pressed: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(help_text)
    button.setAccessibleName(help_text)
    button.clicked.connect(pressed)
    return button
