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


@uses("memory")
def test_that_freed_memory_which_cannot_be_used_again_is_handed_back() -> None:
    # 200 MB are freed below something that stays: what the C library hands back by itself lies at the very end.
    script = """
import ctypes, os
from analysis.quick.freed_memory import IdleMemory, keep_freed_memory
def held():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
keep_freed_memory()
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
blocks = [c.malloc(4 << 20) for _ in range(50)]
for block in blocks:
    ctypes.memset(block, 1, 4 << 20)
stays = c.malloc(1 << 20)
ctypes.memset(stays, 1, 1 << 20)
for block in blocks:
    c.free(block)
before = held()
memory = IdleMemory()
looks = [memory.look() for _ in range(6)]
print(any(looks[:5]), looks[5], before - held() >= 190 << 20, any(memory.look() for _ in range(12)))
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == ("False True True False" if platform.libc_ver()[0] == "glibc" else "False False False False")
