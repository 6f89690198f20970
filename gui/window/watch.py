"""A diary of the window, for a report of what went wrong and for tests from outside: one line of JSON a second, and
one as soon as something else is seen.

UNDERHOOD_WATCH names the file that it is appended to. It tells what is in front of the person, how much memory the
process holds and how long the window's thread kept a timer waiting; it changes nothing.
"""

from __future__ import annotations

import heapq
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QDialog

if TYPE_CHECKING:
    from analysis.protocol.events import Live
    from gui.window.session import Session

TICK = 10  # milliseconds
LOOK_EVERY = 0.1  # seconds
WRITE_EVERY = 1.0  # seconds, when nothing else is seen
LONGEST = 5  # waits that are told of each line's time
STATM = Path("/proc/self/statm")


def watch_if_asked(session: Session) -> None:
    """The watch lives with the session."""
    path = os.environ.get("UNDERHOOD_WATCH", "")
    if not path:
        return
    try:
        diary = open(path, "a", encoding="utf-8")  # noqa: SIM115 - closed with the session
    except OSError as error:
        print(f"UNDERHOOD_WATCH: {path} cannot be written ({error.strerror}).", file=sys.stderr)
        return
    Watch(session, diary)


class Watch(QObject):
    def __init__(self, session: Session, diary: TextIO) -> None:
        super().__init__(session)
        self._session = session
        self._diary = diary
        self._answers = 0  # that were put on the screen
        self._waits: list[float] = []  # the longest ones since the last line, in milliseconds
        self._ticks = 0
        self._before: dict[str, object] = {}
        self._began = self._ticked = self._looked = self._written = time.perf_counter()
        session.loop.shown.connect(self._count)
        session.closed.connect(self._end)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK)

    @Slot(object)
    def _count(self, _live: Live) -> None:
        self._answers += 1

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        self._ticks += 1
        heapq.heappush(self._waits, (now - self._ticked) * 1000 - TICK)
        if len(self._waits) > LONGEST:
            heapq.heappop(self._waits)
        self._ticked = now
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            seen = self._seen()
            if seen != self._before or now - self._written >= WRITE_EVERY:
                self._write(seen)

    def _seen(self) -> dict[str, object]:
        """What a person sees, but for what moves with every picture."""
        session = self._session
        window, state, frame = session.window, session.state, session.loop.frame
        source = session.feed.source if frame is not None else None
        dialog = QApplication.activeModalWidget() or _open_dialog()
        popup = QApplication.activePopupWidget()
        return {
            "network": state.network.title if state.network is not None else None,
            "layer": state.layer,
            "unit": state.unit,
            "target": state.target,
            "backward": state.backward is not None,
            "source": source.title if source is not None else None,
            "frozen": frame is not None and session.feed.frozen,
            "tab": window.tabs.tabText(window.tabs.currentIndex()),
            "notice": window.notice.sentence,
            "status": window.statusBar().currentMessage(),
            "jobs": session.jobs.running,
            "dialog": dialog.windowTitle() if dialog is not None else None,
            "popup": popup is not None,
            "answered": self._answers > 0,
        }

    def _write(self, seen: dict[str, object], ended: bool = False) -> None:
        now = time.perf_counter()
        frame = self._session.loop.frame
        came, shown = self._session.loop.rates()
        line = seen | {
            "at": round(now - self._began, 3),
            "seconds": round(now - self._written, 3),
            "answers": self._answers,
            "origin": frame.origin if frame is not None else None,
            "picture": list(frame.pixels.shape) if frame is not None else None,
            "came a second": round(came, 1),
            "shown a second": round(shown, 1),
            "memory": _resident(),  # MiB
            "ticks": self._ticks,  # of ten milliseconds each, if nothing had to wait
            "waits": [round(wait, 1) for wait in sorted(self._waits, reverse=True)],  # milliseconds
            "ended": ended,
        }
        self._before, self._written, self._ticks, self._waits = seen, now, 0, []
        try:
            print(json.dumps(line), file=self._diary, flush=True)
        except (OSError, ValueError):  # a full disk; or a signal has ended the session, and the diary, just now
            self._timer.stop()

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        if not self._diary.closed:
            self._write(self._before, ended=True)
            self._diary.close()


def _open_dialog() -> QDialog | None:
    """One that does not block the window."""
    tops = QApplication.topLevelWidgets()
    return next((top for top in tops if isinstance(top, QDialog) and top.isVisible()), None)


def _resident() -> float | None:
    """MiB of memory that the process holds; only where the system tells it at no cost."""
    if not STATM.exists():
        return None
    return round(int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
