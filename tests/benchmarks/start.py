"""How soon the window stands, how soon it shows the first activations, and whether memory stays flat over many frames.

Start-up: a bare PySide6 window and ours, one after the other, each in a new process; "stands" is the end of the first
paint, counted from the start of the process. Bytecode is cached as it is for a person's second start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from statistics import median
from typing import Any

ROUNDS = 7
FRAMES = 5000

BARE = """
import time, os, json
born = float(os.environ["BORN"])
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(json.dumps({"stands": time.time() - born}))
        app.quit()
app = QApplication([]); window = Window(); window.resize(1360, 860); window.show(); app.exec()
"""

OURS = """
import time, os, json, sys
born = float(os.environ["BORN"])
from gui import app
from gui.options import WindowOptions
from gui.window.main_window import MainWindow
found = {}
paint = MainWindow.paintEvent
def painted(self, event):
    paint(self, event)
    if "stands" not in found:
        found["stands"] = time.time() - born
        found["torch before"] = "torch" in sys.modules
MainWindow.paintEvent = painted
def watch():
    from gui.lane import worker
    from gui.window import session
    make, begin = worker.real_engine, session.Session.begin
    def timed():
        import torch
        found["torch imported"] = time.time() - born
        return make()
    def connected(self):
        self.first_answer.connect(lambda: (found.update({"first": time.time() - born,
            "torchvision": "torchvision" in sys.modules}), self.window.close()))
        begin(self)
    session.Session.begin = connected
    session.Session.__init__.__defaults__ = (None, timed, None, None)
stands = MainWindow.__init__
def made(self, *given):
    stands(self, *given)
    self.stands.connect(watch)  # before what run_window connects
MainWindow.__init__ = made
app.run_window(WindowOptions())
print(json.dumps(found))
"""


def tables() -> Iterator[str]:
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            bare.append(_run(BARE, folder)["stands"])
            ours.append(_run(OURS, folder))
    stands = [one["stands"] for one in ours]
    ratio = median(o / b for o, b in zip(stands, bare, strict=True))
    yield f"bare window stands          {median(bare) * 1000:7.0f} ms"
    yield f"our window stands           {median(stands) * 1000:7.0f} ms   ratio {ratio:.2f}"
    yield f"torch imported before that  {any(one['torch before'] for one in ours)!s:>7}"
    after = [one["first"] - one["torch imported"] for one in ours]
    yield f"first activations           {median(after) * 1000:7.0f} ms after torch's import"
    yield f"torchvision imported by then{any(one['torchvision'] for one in ours)!s:>7}"
    yield from _memory()


def _run(script: str, folder: str) -> dict[str, Any]:
    import time

    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", XDG_CONFIG_HOME=folder, BORN=str(time.time()))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = os.path.join(folder, "bytecode")
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _memory() -> Iterator[str]:
    """Resident memory of the engine over many frames of lenet with a unit chosen."""
    from time import perf_counter

    import numpy as np

    from analysis.protocol.frame import Frame
    from analysis.protocol.recipe import ModelChoice
    from analysis.protocol.requests import LiveRequest, LoadRequest
    from analysis.results.looks import MapsLook
    from analysis.running.engine import Engine

    engine = Engine()
    for _ in engine.job(LoadRequest(1, 1, ModelChoice("lenet"), "cpu")):
        pass
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (240, 320, 3), np.uint8) for _ in range(16)]
    marks = {}
    for number in range(FRAMES + 1):
        frame = Frame(pictures[number % 16], number, "camera", perf_counter(), moving=True)
        engine.live(LiveRequest(number, 1, frame, "conv1", 3, MapsLook(), layer_means=number % 10 == 0))
        if number % 1000 == 0:
            marks[number] = _resident()
    yield "resident memory, MB         " + "  ".join(f"{frames}: {size:.1f}" for frames, size in marks.items())


def _resident() -> float:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
