"""What a person holds of a run while it goes on: it can be halted between two steps, moved on by one, and let go."""

from __future__ import annotations

from threading import Lock

from analysis.protocol.trail import Trail


class Reins:
    """Shared by the window, which pulls, and the thread that runs, which asks before each step."""

    def __init__(self, trail: Trail | None = None) -> None:
        """`trail` is that of a run which this one goes on with."""
        self.trail = trail if trail is not None else Trail()
        self._lock = Lock()
        self._halted = False
        self._allowed = 0  # steps that may be taken all the same

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

    def may_step(self) -> bool:
        """Asked by who runs, once for each step."""
        with self._lock:
            if not self._halted:
                return True
            allowed = self._allowed > 0
            self._allowed -= allowed
            return allowed
