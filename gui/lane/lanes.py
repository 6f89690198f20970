"""The lanes by their role: an engine on a thread of its own each, made when it is first needed and kept until the end.

What is computed in one never waits for what is computed in another, but while pictures stream in any of them the steps
of all are short.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Slot

from analysis.protocol.lane import RESTS, Lane, Stream
from gui.lane.dispatcher import Dispatcher
from gui.lane.jobs import Jobs
from gui.lane.worker import EngineLike, real_engine, step_far_back

Role = Literal["view", "study", "download", "lab", "gallery"]
# How many networks stay opened, and how many bytes of parameters: a person goes back to the one before, a comparison
# goes through all of its networks again.
ROOM: dict[Role, tuple[int, int]] = {
    "view": (2, 256 << 20),
    "study": (8, 1 << 30),
    "download": (0, 0),
    "lab": (1, 256 << 20),
    "gallery": (2, 256 << 20),
}
LAB_RESTS = 3.0  # times as long as a step took: what is watched while it learns is no film any more otherwise


class Lanes(QObject):
    def __init__(
        self, jobs: Jobs, parent: QObject | None = None, make_engine: Callable[[], EngineLike] = real_engine
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._make_engine = make_engine
        self._stream = Stream()
        self._lanes: dict[Role, Dispatcher] = {}
        self._closed = False

    def __getitem__(self, role: Role) -> Dispatcher:
        if role not in self._lanes:
            lane = Lane(self._stream, *ROOM[role], role != "view", LAB_RESTS if role == "lab" else RESTS)
            made = Dispatcher(self, partial(_in_lane, self._make_engine, lane))
            self._jobs.watch(made)
            self._lanes[role] = made
            if self._closed:  # nothing of a window that is closed may run on
                made.close()
        return self._lanes[role]

    @Slot()
    def leap(self) -> None:
        """What streams goes on at another place; whoever answers the one before lets go of it."""
        self._stream.leap()

    @Slot(int)
    def hurry(self, request_id: int) -> None:
        """This job goes before what streams."""
        self._stream.first.add(request_id)

    def close(self) -> None:
        """The window closes."""
        self._closed = True
        for lane in self._lanes.values():
            lane.close()


def _in_lane(make_engine: Callable[[], EngineLike], lane: Lane) -> EngineLike:
    """On the lane's own thread."""
    engine = make_engine()
    engine.lane = lane
    if lane.behind:
        step_far_back()
    return engine
