"""The runtime leaves no mark of the machine behind, and so has nothing to send."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

USES_IT = """
from analysis.quick.runtime.sessions import library
assert library() is not None
"""


@pytest.mark.skipif(find_spec("onnxruntime") is None, reason="ONNX Runtime is not installed")
def test_that_the_runtime_writes_nothing_into_the_home_of_the_person(tmp_path: Path) -> None:
    asked = {name: text for name, text in os.environ.items() if name != "ORT_DISABLE_TELEMETRY" and name != "CI"}
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", USES_IT], cwd=root, env=asked | home, check=True, timeout=900)
    assert list(tmp_path.rglob("*")) == []
