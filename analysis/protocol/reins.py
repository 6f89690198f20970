"""What a person holds of a run while it goes on: it can be halted between two steps, moved on by one, and let go; some
runs also hear of other settings, and of things to be done, without a step."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from analysis.protocol.trail import Trail
from analysis.settings.declared import Setting


class Reins:
    """Shared by the window, which pulls, and the thread that runs, which asks before each step."""

    def __init__(self, trail: Trail | None = None) -> None:
        """`trail` is that of a run which this one goes on with."""
        self.trail = trail if trail is not None else Trail()
        self._lock = Lock()
        self._halted = False
        self._allowed = 0  # steps that may be taken all the same
        self._settings: dict[str, Setting] = {}  # that are other ones from now on
        self._errands: list[str] = []

    @property
    def halted(self) -> bool:
        with self._lock:
            return self._halted

    def halt(self) -> None:
        with self._lock:
            self._halted, self._allowed = True, 0

    def step(self) -> None:
        """One step more, and then it rests."""
        with self._lock:
            self._halted = True
            self._allowed += 1

    def let_go(self) -> None:
        with self._lock:
            self._halted, self._allowed = False, 0

    def steer(self, settings: Mapping[str, Setting]) -> None:
        """From the next step on these are the settings, as far as the run can change them."""
        with self._lock:
            self._settings.update(settings)

    def send(self, errand: str) -> None:
        """Something to be done between two steps, also while it rests; what there is to do, the run knows."""
        with self._lock:
            self._errands.append(errand)

    def heard(self) -> tuple[dict[str, Setting], tuple[str, ...]]:
        """What was said since it was asked last: settings, and errands."""
        with self._lock:
            settings, self._settings = self._settings, {}
            errands, self._errands = tuple(self._errands), []
            return settings, errands

    def may_step(self) -> bool:
        """Asked by who runs, before each step. What it has to hear, it hears also while it rests."""
        with self._lock:
            return not self._halted or self._allowed > 0 or bool(self._settings or self._errands)

    def stepped(self) -> None:
        """Said by who runs, after a step that led on: what only gets ready, or hears something, takes none."""
        with self._lock:
            self._allowed -= self._allowed > 0
