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
