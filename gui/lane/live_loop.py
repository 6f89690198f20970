"""The live loop: every frame of the feed becomes a request, every answer is shown, and the rates are measured."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from analysis.protocol.origin import Origin
from analysis.protocol.requests import Beside, LiveRequest
from analysis.results.looks import MapsLook
from gui.lane.bars_rhythm import BarsRhythm
from gui.lane.dispatcher import Dispatcher
from gui.selection import State
from gui.views.mosaic_view import MosaicView

if TYPE_CHECKING:
    from analysis.protocol.events import Live
    from analysis.protocol.frame import Frame
    from analysis.results.kinds import Embedding
    from gui.lane.kept_side import KeptSide

STATUS_EVERY = 500  # milliseconds
WINDOW = 2.0  # seconds over which rates are taken


_Way = tuple[int, str | None, str, bool, bool]  # what the units on the screen, and their order, go by


class LiveLoop(QObject):
    """Rates are measured after the panels were given an answer by `shown`, so they count what is really shown."""

    shown = Signal(object)  # Live
    status = Signal(str)
    passed_over = Signal()  # what streamed so far

    def __init__(self, state: State, dispatcher: Dispatcher, mosaic: MosaicView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._dispatcher = dispatcher
        self._mosaic = mosaic
        self._frame: Frame | None = None
        self._live: Live | None = None
        self._means_asked = 0.0
        self._rhythm = BarsRhythm()
        self._came: deque[float] = deque(maxlen=512)
        self._painted: deque[float] = deque(maxlen=512)
        self._latency = 0.0
        self._device = ""
        self._milliseconds = 0.0
        self._times_wanted = False
        self._fast = False
        self._since = 0
        self._last_shown = -1
        self._ways: dict[int, _Way] = {}  # of the requests whose answers may come
        self._way: _Way | None = None  # of what is on the screen
        self._holds = False  # the order of the units, because somebody points at them
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tell_status)
        self._timer.start(STATUS_EVERY)
        dispatcher.live.connect(self._show)
        state.network_changed.connect(self._network_changed)
        state.layer_changed.connect(self.ask)
        state.unit_changed.connect(self.ask)
        state.looks_changed.connect(self.ask)
        state.backward_changed.connect(self.ask)
        self._maps: Embedding | None = None
        self._kept: KeptSide | None = None
        self._kept_room: MosaicView | None = None
        self._listen_to(mosaic)

    def _listen_to(self, mosaic: MosaicView) -> None:
        mosaic.detail_changed.connect(self.ask)
        mosaic.let_go.connect(self._let_go)

    @Slot(object)
    def look_through(self, mosaic: MosaicView) -> None:
        """From now on the units of the shown layer have the room of this one."""
        if mosaic is not self._mosaic:
            for signal, slot in ((self._mosaic.detail_changed, self.ask), (self._mosaic.let_go, self._let_go)):
                signal.disconnect(slot)
            self._mosaic = mosaic
            self._listen_to(mosaic)
            self.ask()

    def land_in(self, maps: Embedding | None) -> None:
        """From now on the picture is also found a place in these maps of the network that is loaded."""
        if maps is not self._maps:
            self._maps = maps
            if maps is not None:
                self.ask()

    def look_beside(self, kept: KeptSide, room: MosaicView) -> None:
        """What is kept is asked for, too; all units of it have this room."""
        self._kept, self._kept_room = kept, room
        kept.changed.connect(self.ask)
        room.detail_changed.connect(self.ask)

    @property
    def frame(self) -> Frame | None:
        """The newest frame."""
        return self._frame

    @property
    def live(self) -> Live | None:
        """The newest answer that was shown, of the network that is loaded."""
        return self._live

    @property
    def seen(self) -> Frame | None:
        """Of a stream, the frame whose answer is on the screen, so that all that is seen is of one picture."""
        if self._frame is None or not self._frame.moving or self._live is None:
            return self._frame
        return self._live.frame

    @Slot(object)
    def take(self, frame: Frame) -> None:
        self._frame = frame
        self._came.append(perf_counter())
        self._request(all_means=not frame.moving)

    @Slot(bool)
    def measure_times(self, wanted: bool) -> None:
        """Whether it is also measured, now and then, how long every layer takes."""
        self._times_wanted = wanted
        if wanted and self._frame is not None:
            self._request(all_means=True)

    @Slot(bool)
    def be_fast(self, wanted: bool) -> None:
        """Whether moving pictures may pass in half the precision."""
        self._fast = wanted
        self.ask()

    @Slot()
    def forget_history(self) -> None:
        """What is remembered of the units begins anew."""
        self._since += 1
        self.ask()

    @Slot()
    def pass_over(self) -> None:
        """Of what streamed so far nothing more is asked: another place comes, and its picture need not wait."""
        if self._frame is not None and self._frame.moving:
            self._dispatcher.pass_over()
            self.passed_over.emit()

    @Slot()
    def ask(self) -> None:
        """Something else of the same frame is to be shown."""
        if self._frame is not None:
            self._request(all_means=False)

    @Slot()
    def _network_changed(self) -> None:
        self._device = ""  # what was measured is of the network before
        self._maps = None
        self._live = None
        self._rhythm = BarsRhythm()
        self.status.emit("")
        if self._frame is not None:
            self._request(all_means=True)

    def stop(self) -> None:
        self._timer.stop()

    def _request(self, all_means: bool) -> None:
        network = self._state.network
        if network is None or self._frame is None:
            return
        now = perf_counter()
        means = all_means or now - self._means_asked >= self._rhythm.every
        if means:
            self._means_asked = now
        number = self._dispatcher.next_id()
        held = self._held(number, network.epoch)
        self._holds = held is not None
        beside, backward = self._asked_beside(), self._state.backward
        if beside is not None and backward is not None:  # both sides are activations
            backward = replace(backward, in_mosaic=False)
        self._dispatcher.ask(
            LiveRequest(
                id=number,
                epoch=network.epoch,
                frame=self._frame,
                layer=self._state.layer,
                unit=self._state.unit,
                look=self._state.look(MapsLook),
                aspect=self._mosaic.aspect,
                tile=self._mosaic.tile_pixels,
                layer_means=means,
                backward=backward,
                layer_times=means and self._times_wanted,
                since=self._since,
                held=held,
                beside=beside,
                maps=self._maps,
                fast=self._fast,
            )
        )

    def _asked_beside(self) -> Beside | None:
        room = self._kept_room
        if self._kept is None or room is None:
            return None
        return self._kept.asked(room.aspect, room.tile_pixels)

    def _held(self, number: int, epoch: int) -> tuple[int, ...] | None:
        """The units as they lie, where pictures would change that and the mouse is over them.

        Whatever the person asked for since, another order or layer, comes at once.
        """
        state = self._state
        look = state.look(MapsLook)
        way = (epoch, state.layer, look.order, look.only_active, state.backward is not None)
        self._ways[number] = way
        changes = look.only_active or look.order != "index"
        return self._mosaic.pointed_at if changes and way == self._way else None

    @Slot()
    def _let_go(self) -> None:
        if self._holds:
            self._holds, self._way = False, None
            self.ask()

    @Slot(object)
    def _show(self, live: Live) -> None:
        self._live = live
        self._way = self._ways.get(live.request_id)
        self._ways = {number: way for number, way in self._ways.items() if number > live.request_id}
        self.shown.emit(live)
        now = perf_counter()
        if live.frame.number != self._last_shown:
            self._last_shown = live.frame.number
            self._painted.append(now)
            self._latency = now - live.frame.captured
        first = not self._device
        self._device, self._milliseconds = live.device, live.milliseconds
        if live.frame.moving and live.layer_means is not None:
            self._rhythm.took(live.milliseconds / 1000)
        if first or not live.frame.moving:
            self._tell_status()

    def rates(self) -> tuple[float, float]:
        """Frames per second that came and that were shown."""
        return _rate(self._came), _rate(self._painted)

    @Slot()
    def _tell_status(self) -> None:
        frame = self._frame
        if frame is None or not self._device:
            return
        height, width = frame.size
        words = [f"{width}×{height} {source_in_words(frame.origin) if frame.moving else 'picture'}"]
        came, shown = self.rates()
        if frame.moving and came > 0:
            words[0] += f" {came:.0f}/s"
            words.append(f"shown {shown:.0f}/s")
            words.append(duration_in_words(self._latency * 1000))
            words.append(f"dropped {max(came - shown, 0):.0f}/s")
        else:
            words.append(f"computed in {duration_in_words(self._milliseconds)}")
        words.append(self._device)
        self.status.emit(" · ".join(words))


def duration_in_words(milliseconds: float) -> str:
    """Never zero: `0.4 ms`, `38 ms`, `2.1 s`."""
    if milliseconds < 9.95:
        return f"{max(milliseconds, 0.1):.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.1f} s"


def source_in_words(origin: str) -> str:
    """Where moving pictures come from, by the origin of one of them: `camera`, `noise`, `video`, …"""
    return Origin.parse(origin).stream


def _rate(times: deque[float]) -> float:
    now = perf_counter()
    recent = [t for t in times if now - t <= WINDOW]
    if len(recent) < 2:
        return 0.0
    return (len(recent) - 1) / max(now - recent[0], 1e-6)
