"""Freed memory is used again instead of being cleared anew by the system."""

import platform
import subprocess
import sys

from tests.tricks import uses


@uses("memory")
def test_that_glibc_takes_all_the_settings_and_others_are_left_alone() -> None:
    # In a process of its own: the settings stay.
    script = "from analysis.quick.freed_memory import keep_freed_memory; print(keep_freed_memory())"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(platform.libc_ver()[0] == "glibc")


SCRIPT = """
import ctypes, os
from analysis.quick.freed_memory import IdleMemory, keep_freed_memory
def held():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
keep_freed_memory()
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def taken(megabytes):
    blocks = [c.malloc(4 << 20) for _ in range(megabytes // 4)]
    # What the C library hands back by itself lies at the very end: something stays above.
    for block in (*blocks, c.malloc(1 << 20)):
        ctypes.memset(block, 1, c.malloc_usable_size(ctypes.c_void_p(block)))
    return blocks
def freed(blocks):
    for block in blocks:
        c.free(block)
memory = IdleMemory()
"""


def _said(script: str) -> str:
    return subprocess.run([sys.executable, "-c", SCRIPT + script], capture_output=True, text=True, check=True).stdout


@uses("memory")
def test_that_freed_memory_which_gathers_is_handed_back_at_once() -> None:
    told = _said("""
freed(taken(200))
before = held()
print(memory.look(), before - held() >= 190 << 20, any(memory.look() for _ in range(30)))
""")
    assert told.strip() == ("True True False" if platform.libc_ver()[0] == "glibc" else "False False False")


@uses("memory")
def test_that_what_every_pass_takes_again_is_left_to_it_for_long() -> None:
    told = _said("""
freed(taken(200))
memory.look()
looks = []
for _ in range(40):
    freed(taken(200))
    looks.append(memory.look())
print([look for look, gave in enumerate(looks) if gave])
freed(taken(400))
print(memory.look())
""")
    assert told.split() == (["[23]", "True"] if platform.libc_ver()[0] == "glibc" else ["[]", "False"])
