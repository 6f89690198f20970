"""What a pass frees stays with the program for the next pass."""

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from analysis.quick.switch import plain

# Of glibc's `mallopt`.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_AT_ONCE, _IN_ALL = 32 << 20, 256 << 20  # bytes; the first is the most that glibc accepts
_IDLE = 32 << 20  # bytes that may gather
_LONG = 24  # looks after which more than that is handed back even where it was taken again at once before


class _Told(ctypes.Structure):
    """What glibc's `mallinfo2` says, in bytes: `fordblks` are free."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def keep_freed_memory() -> bool:
    """Has the C library keep freed memory instead of handing it back to the system; False if it cannot, or may not.

    Call it before threads start.

    Otherwise a layer's output may be new memory at every call, which the system clears page by page: VGG-16's live
    frames cost it up to 27 ms each, and a convolution with a large output took three times as long. It was so in one
    process and not in the next, by how memory happened to lie. A thread's own arena gives back whatever is set here,
    so there is one for all. Other libraries than glibc are left as they are.
    """
    if plain("memory"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    settings = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _AT_ONCE), (_M_TRIM_THRESHOLD, _IN_ALL))
    taken = [mallopt(*setting) for setting in settings]
    return taken == [1, 1, 1]


def give_back_freed_memory() -> None:
    """After something was made once that takes far more than what is left of it; it comes as it came."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


class IdleMemory:
    """Hands freed memory back when much of it has gathered; `look` twice a second.

    A film's frames and layers' outputs are asked for aligned, and glibc finds a freed place again for such a request
    only by luck: of one in four films of 1080p60 it held 350 MiB more than was in use, for good. What is free between
    two passes and taken by the next one is another thing: the system would clear it for nothing. The two are told
    apart by how quickly what was handed back is held again.
    """

    def __init__(self, idle: int = _IDLE) -> None:
        self._idle = idle
        self._bare, self._in_use = 0, 0  # held when it had been handed back, and a look later
        self._looks = 1

    def look(self) -> bool:
        """Whether it handed something back."""
        self._looks += 1
        held = _held()
        if self._looks == 1:
            self._in_use = held
        gathered = held - self._in_use > self._idle
        lies = self._looks >= _LONG and held - self._bare > self._idle
        if not (gathered or lies) or _freed() <= self._idle:
            return False
        give_back_freed_memory()
        self._bare = self._in_use = _held()  # what glibc calls free may be with the system already
        self._looks = 0
        return True


def _freed() -> int:
    ask = _mallinfo()
    return int(ask().fordblks) if ask is not None else 0


@cache
def _mallinfo() -> Callable[[], _Told] | None:
    """None where the C library has no such thing."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None) if sys.platform == "linux" else None
    if ask is not None:
        ask.restype = _Told
    return ask


def _held() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
