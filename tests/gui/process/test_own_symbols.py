"""A graphics driver's LLVM and triton's, in the order that a film brings them in."""

import ctypes.util
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import ctypes, os, sys
from gui.process.own_symbols import keep_to_their_own

keep_to_their_own()
ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW | os.RTLD_GLOBAL)  # as Mesa opens its driver
import triton._C.libtriton
print("alive", triton._C.libtriton.__name__)
"""


def llvm() -> str:
    if find_spec("triton") is None:
        pytest.skip("there is no triton here, so nothing can clash")
    named = (ctypes.util.find_library(name) for name in ("LLVM", *(f"LLVM-{version}" for version in range(11, 25))))
    found = next((name for name in named if name), None)
    if found is None:
        pytest.skip("there is no LLVM here such as graphics drivers load")
    return found


def test_that_triton_lives_beside_the_llvm_of_a_graphics_driver_that_came_first() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, llvm()], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "alive triton._C.libtriton\n"), done.stderr


def test_that_a_module_that_is_not_there_is_missed_in_pythons_own_words() -> None:
    script = "from gui.process.own_symbols import keep_to_their_own; keep_to_their_own()\nimport triton._no_such_module"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'triton" in done.stderr
