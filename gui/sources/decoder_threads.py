"""Threads that decode a video step back behind the window's.

A large video keeps all cores busy, decoding sixty frames a second of which a network sees a few; the window's thread
and the engine's, which is as nice, then wait for them. Linux alone has it per thread.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

NICENESS = 5  # that of the engine's threads in `analysis.network.devices`
_NAMES = ("av:", "QFFmpeg::")  # what FFmpeg and Qt call them
_THREADS = Path("/proc/self/task")


def step_back() -> None:
    """Those that there are; FFmpeg makes its own when a file is opened, and keeps them as long as that is open."""
    if sys.platform == "linux":
        for number in decoders():
            with suppress(OSError):  # it ended meanwhile
                os.setpriority(os.PRIO_PROCESS, number, NICENESS)


def decoders() -> list[int]:
    found = []
    with suppress(OSError):  # a system that does not show them
        for thread in _THREADS.iterdir():
            with suppress(OSError):
                if (thread / "comm").read_text().startswith(_NAMES):
                    found.append(int(thread.name))
    return found
