"""The signals that ask the program to end are heard by the event loop, at once.

Python runs a signal's handler only between two of its own instructions, of which an idle window has none, and in the
middle of whatever stands there. So the handler does nothing, and a socket that Python writes to wakes the loop.
"""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

from gui.process.endings import ending_signals, status_of

if TYPE_CHECKING:
    from types import FrameType


class EndedFromOutside(QObject):
    """`asked` is sent when one of them came."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._status = 0
        self._here, self._there = socket.socketpair()
        for end in (self._here, self._there):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._wakeup = signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in ending_signals()}

    @property
    def status(self) -> int:
        """What the program ends with: that of the first signal, 0 if none came."""
        return self._status

    def stop(self) -> None:
        self._notifier.setEnabled(False)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._here.close()
        self._there.close()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._status = self._status or status_of(number)

    @Slot()
    def _woken(self) -> None:
        with suppress(OSError):
            self._here.recv(64)
        if self._status:
            if self._status == status_of(
                signal.SIGINT
            ):  # a second Ctrl+C does not wait for what the first one waits for
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            self.asked.emit()
