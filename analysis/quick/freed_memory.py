"""What a pass frees stays with the program for the next pass."""

import ctypes
import sys

from analysis.quick.switch import plain

# Of glibc's `mallopt`.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_AT_ONCE, _IN_ALL = 32 << 20, 256 << 20  # bytes; the first is the most that glibc accepts


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
