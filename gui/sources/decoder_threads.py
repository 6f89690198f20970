"""Threads that decode a video: as many as decode quickest, and they step back behind the window's.

A large video keeps all cores busy, decoding sixty frames a second of which a network sees a few; the window's thread
and the engine's, which is as nice, then wait for them. Linux alone has it per thread.
"""

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

NICENESS = 5  # that of the engine's threads in `analysis.network.devices`
_NAMES = ("av:", "QFFmpeg::")  # what FFmpeg and Qt call them
_THREADS = Path("/proc/self/task")


def one_more_on_two_cores() -> bool:
    """Has FFmpeg decode by four threads instead of three where it counts two cores; True if it will.

    Frames wait for one another, so that three leave a core idle now and then. The farthest place of a 1080p60 film is
    there after 132–168 ms instead of 148–177. To be called when Qt has loaded FFmpeg and opened no file yet; other
    systems, and other numbers of cores, are left as they are.
    """
    library = _loaded("libavutil.")
    if library is None:
        return False
    with suppress(AttributeError):
        if library.av_cpu_count() == 2:
            library.av_cpu_force_count(3)
        return int(library.av_cpu_count()) == 3
    return False


def _loaded(name: str) -> ctypes.CDLL | None:
    """A library that the program has loaded already, or none."""
    if sys.platform != "linux":
        return None
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text().splitlines():
            path = line.rpartition(" ")[2]
            if os.path.basename(path).startswith(name):
                return ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    return None


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
