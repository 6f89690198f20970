"""Runs a method on the picture that is shown, as a job: one at a time for each panel, the newest start wins.

In follow mode a cheap method runs again after every live answer, so that it follows the camera and never queues.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.events import Failure
from analysis.protocol.recipe import PictureChoice, Recipe
from analysis.protocol.reins import Reins
from analysis.protocol.requests import AnswerRequest, ApartRequest, MethodRequest
from gui.lane.dispatcher import Dispatcher
from gui.lane.jobs import Job, Jobs
from gui.lane.live_loop import LiveLoop
from gui.selection import State

if TYPE_CHECKING:
    from analysis.protocol.events import Answer, Floats, JobProgress, Live, MethodResult
    from analysis.protocol.frame import Frame, Pixels
    from analysis.protocol.mask import Mask
    from analysis.protocol.problems import CodeFile
    from analysis.protocol.recipe import Setting
    from analysis.protocol.requests import JobRequest
    from gui.lane.lanes import Lanes

NOTHING = "There is no network or no picture yet; choose both, then run this again."

OnProgress = Callable[["JobProgress"], None]
OnResult = Callable[["MethodResult"], None]
OnFailure = Callable[[Failure], None]


class Around(Protocol):
    """What a runner needs of the session."""

    @property
    def state(self) -> State: ...
    @property
    def dispatcher(self) -> Dispatcher: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def loop(self) -> LiveLoop: ...
    @property
    def mirrored(self) -> bool:
        """Whether the source swaps left and right, which a recipe has to know."""


class Apart(Protocol):
    """What it needs of the session besides, where methods run in the lab."""

    @property
    def lanes(self) -> Lanes: ...
    @property
    def agreed(self) -> frozenset[CodeFile]:
        """The files that the person let run as programs."""

    @property
    def device(self) -> str: ...


class MethodRunner(QObject):
    """Each panel has one of its own. `busy_changed` tells of jobs that a person started, not of those that follow."""

    busy_changed = Signal(bool)
    seen = Signal(object)  # the Live answer that is on the screen now

    def __init__(
        self,
        state: State,
        dispatcher: Dispatcher,
        jobs: Jobs,
        loop: LiveLoop,
        parent: QObject | None = None,
        mirrored: Callable[[], bool] = bool,
        apart: Apart | None = None,
    ) -> None:
        """`mirrored` tells whether the source swaps left and right, which a recipe has to know.

        With `apart` what asks for no network runs in the lab, and another one that is looked at does not stop it.
        """
        super().__init__(parent)
        self._apart = apart
        self._mirrored = mirrored
        self._state = state
        self._dispatcher = dispatcher
        self._jobs = jobs
        self._loop = loop
        self._live: Live | None = loop.live  # what is on the screen
        self._answer: Live | None = None
        self._job: Job | None = None
        self._runs_apart = False
        self._reins: Reins | None = None
        self.folder = ""  # where what is run next is kept, if anywhere
        self._frame: Frame | None = None  # of the job that runs, or of the last one
        self._followed: tuple[Callable[[], Recipe | None], OnProgress | None, OnResult, OnFailure | None] | None = None
        self._last: tuple[int, Recipe] | None = None  # frame and recipe that were followed last
        self._on_answer: Callable[[Floats], None] | None = None
        loop.shown.connect(self._shown)
        self.always_apart = False  # also what asks for the network that is loaded
        state.network_changed.connect(self._forget)

    @classmethod
    def around(cls, around: Around, parent: QObject, apart: Apart | None = None) -> MethodRunner:
        return cls(around.state, around.dispatcher, around.jobs, around.loop, parent, lambda: around.mirrored, apart)

    @property
    def busy(self) -> bool:
        """Whether a job that a person started waits or runs."""
        return self._job is not None and not self._job.quiet

    @property
    def reins(self) -> Reins | None:
        """By which the job that runs, or ran last, is halted between two steps."""
        return self._reins

    @property
    def live(self) -> Live | None:
        """The answer that is on the screen."""
        return self._live

    @property
    def frame(self) -> Frame | None:
        """The picture of the job that runs or ran last."""
        return self._frame

    @property
    def answer(self) -> Live | None:
        """What the network answers to the picture of the job that runs or ran last; None until it is known."""
        return self._answer

    def run(
        self,
        recipe: Recipe,
        on_progress: OnProgress | None = None,
        on_result: OnResult | None = None,
        on_failure: OnFailure | None = None,
        title: str = "",
        quiet: bool = False,
        frame: Frame | None = None,
        reins: Reins | None = None,
    ) -> bool:
        """Starts the recipe's method on the picture that is shown now, or on `frame`; False if there is none.

        With `reins` it goes on where another run was.
        """
        self.stop()
        network, frame = self._state.network, frame or self._shown_frame()
        apart = self._apart if self.is_apart(recipe.method) else None
        if (network is None and apart is None) or (frame is None and _asks_a_picture(recipe)):
            if on_failure is not None:
                on_failure(Failure(0, NOTHING, ""))
            return False
        lane = self._dispatcher if apart is None else apart.lanes["lab"]
        about, number = self.about(recipe, frame), lane.next_id()
        self._reins = reins if reins is not None else Reins()
        self._runs_apart = apart is not None
        if apart is not None:
            device, agreed = apart.device, apart.agreed
            request: JobRequest = ApartRequest(number, about, frame, self._reins, device, agreed, self.folder)
        else:
            assert network is not None
            request = MethodRequest(
                number, network.epoch, about, frame, at_once=quiet, reins=self._reins, folder=self.folder
            )
        self._frame = frame
        live = self._live
        self._answer = live if live is not None and frame is not None and live.frame.number == frame.number else None
        self._job = Job(
            request.id,
            title or recipe.method,
            lane,
            on_progress=on_progress,
            on_done=on_result,
            on_failure=on_failure,
            on_end=self._ended,
            quiet=quiet,
        )
        self._jobs.start(self._job, request)
        if not quiet:
            self.busy_changed.emit(True)
        return True

    def is_apart(self, method_name: str) -> bool:
        """Whether this method runs in the lab."""
        from analysis.methods.method import asks_no_network
        from analysis.methods.registry import method

        return self._apart is not None and (self.always_apart or asks_no_network(method(method_name)))

    def steer(self, settings: Mapping[str, Setting]) -> None:
        """What runs hears of other settings, as far as it can change them."""
        if self.busy and self._reins is not None:
            self._reins.steer(settings)

    @Slot()
    def stop(self) -> None:
        """Nothing more comes of the job that runs; what it has shown stays."""
        job, self._job = self._job, None
        if job is not None:
            self._jobs.drop(job.id)
            if not job.quiet:
                self.busy_changed.emit(False)

    def follow(
        self,
        recipe: Callable[[], Recipe | None],
        on_result: OnResult,
        on_failure: OnFailure | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """From now on `recipe()` runs for every picture that is shown, and when it changes; None pauses."""
        self.stop()
        self._followed, self._last = (recipe, on_progress, on_result, on_failure), None
        self.refresh()

    def stop_following(self) -> None:
        if self._followed is not None:
            self._followed = None
            self.stop()

    @property
    def following(self) -> bool:
        return self._followed is not None

    @Slot()
    def refresh(self) -> None:
        """What is followed may have changed: runs it now, or as soon as the run before is done."""
        if self._followed is None or self._job is not None:
            return
        make, on_progress, on_result, on_failure = self._followed
        recipe, frame = make(), self._shown_frame()
        if recipe is None or (self._state.network is None and not self.is_apart(recipe.method)):
            return
        if not _asks_a_picture(recipe):
            number = -1  # it is the same whatever is shown
        elif frame is None:
            return
        else:
            number = frame.number
        if self._last == (number, recipe):
            return
        self._last = (number, recipe)
        self.run(recipe, on_progress, on_result, on_failure, quiet=True)

    def ask(self, picture: Pixels, on_answer: Callable[[Floats], None], mask: Mask | None = None) -> None:
        """What the network answers to this picture with the mask on it, at once, also while a job runs.

        Where the job was about a picture of planes it is asked of their numbers, and not of what is seen of them.
        Only the newest question counts.
        """
        from analysis.protocol.planes import Planes

        network, frame = self._state.network, self._frame
        if network is not None:
            given = frame.given if frame is not None and isinstance(frame.given, Planes) else picture
            request = AnswerRequest(self._dispatcher.next_id(), network.epoch, given, mask)
            self._on_answer = on_answer
            self._jobs.ask(self, self._dispatcher, request, self._answered)

    def _answered(self, answer: Answer) -> None:
        if self._on_answer is not None:
            self._on_answer(answer.logits)

    def _shown_frame(self) -> Frame | None:
        return self._loop.seen

    @Slot(object)
    def _shown(self, live: Live) -> None:
        self._live = live
        if self._frame is not None and live.frame.number == self._frame.number:
            self._answer = live
        self.seen.emit(live)
        self.refresh()

    @Slot()
    def _forget(self) -> None:
        """Another network: what runs was asked of the one before."""
        self._live = self._last = None
        if self._runs_apart and self._job is not None:
            self._answer = None
            return
        self.stop()  # who keeps what came of it asks whose it is
        self._answer = self._frame = None

    def _ended(self, cancelled: bool) -> None:
        job, self._job = self._job, None
        if job is not None and not job.quiet:
            self.busy_changed.emit(False)
        self.refresh()

    def about(self, recipe: Recipe, frame: Frame | None) -> Recipe:
        """The recipe with the picture that it is about."""
        if frame is None:
            return recipe
        return replace(recipe, picture=PictureChoice(frame.origin, mirrored=self._mirrored()))


def _asks_a_picture(recipe: Recipe) -> bool:
    from analysis.methods.dependence import dependences

    return "picture" in dependences(recipe)
