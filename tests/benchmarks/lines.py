"""The lines of a small network in the real window while it learns: pictures a second, and how long the window waits.

Each row is a process of its own. A picture counts when the canvas has been painted with another iteration than before;
30 a second are asked for. The last row is the training monitor, which is drawn twelve times a second by intention.
`UNDERHOOD_SIZE=1366x768` makes the window smaller than 1920×1080.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[2]
SETTLES, SECONDS = 1.5, 5.0
TICK = 5  # milliseconds
ROWS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("20 units", "lines", {}),
    ("20 units, 2,000 points", "lines", {"count": 2000}),
    ("50 units", "lines", {"width": 50, "data": "spiral"}),
    ("200 units", "lines", {"width": 200, "data": "spiral"}),
    ("3 × 20 units", "lines", {"layers": 3, "data": "spiral"}),
    ("200 units, 2,000 points", "lines", {"width": 200, "count": 2000, "data": "spiral"}),
    ("the monitor, LeNet", "monitor", {}),
)


def tables() -> Iterator[str]:
    yield f"{'':<26}{'pictures/s':>11}{'iterations/s':>14}{'longest gap':>13}{'the window waits, ms':>22}{'p95':>7}"
    for name, method, settings in ROWS:
        program = f"from tests.benchmarks.lines import row\nrow({method!r}, {json.dumps(dict(settings))!r})"
        made = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode:
            yield f"{name:<26} {(made.stderr.strip().splitlines() or ['no result'])[-1]}"
            continue
        found = json.loads(made.stdout.splitlines()[-1])
        yield (
            f"{name:<26}{found['pictures']:11.1f}{found['iterations']:14.0f}{found['gap']:10.0f} ms"
            f"{found['median']:22.1f}{found['p95']:7.1f}"
        )


def row(method: str, told: str) -> None:
    """Runs the window in this process and prints what was found, as JSON."""
    from PySide6.QtCore import QEvent, QEventLoop, QObject, QSettings, Qt, QTemporaryDir, QTimer

    from analysis.protocol.recipe import NO_NETWORK, Recipe
    from gui import app, theme
    from gui.options import WindowOptions
    from gui.views.learning_view import LearningView
    from gui.views.plane_view import PlaneView
    from gui.window.bindings import Bindings
    from gui.window.session import Session

    app.keep_freed_memory()
    application = app.application_of()
    guard = app.GarbageGuard()
    folder = QTemporaryDir()
    settings = QSettings(folder.filePath("settings.ini"), QSettings.Format.IniFormat)
    theme.apply_remembered(application, settings)
    session = Session(WindowOptions(), settings)
    Bindings(session)
    session.first_answer.connect(guard.settle)
    wide, _, high = os.environ.get("UNDERHOOD_SIZE", "1920x1080").partition("x")
    session.window.resize(int(wide), int(high))
    session.window.show()
    session.begin()
    while session.state.network is None:
        application.processEvents()
    session.open_recipe(Recipe(NO_NETWORK, method=method, settings={**json.loads(told), "iterations": 1_000_000}))
    kind: Any = PlaneView if method == "lines" else LearningView

    def iteration() -> int:
        views = session.window.findChildren(kind)
        if not views:
            return -1
        if method == "lines":
            return -1 if views[0].portrait is None else int(views[0].portrait.iteration)
        words = views[0].words.text().split()  # “Iteration 1,234 of …”
        return int(words[1].rstrip(":").replace(",", "")) if words[:1] == ["Iteration"] else -1

    class Painted(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.at: list[tuple[float, int]] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if (
                event.type() == QEvent.Type.Paint
                and (now := iteration()) >= 0
                and (not self.at or now != self.at[-1][1])
            ):
                self.at.append((perf_counter(), now))
            return False

    def wait(seconds: float) -> None:
        """As the program does: a loop that asks for events without a pause would keep Python's lock."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    while iteration() < 1:
        wait(0.1)
    view = session.window.findChildren(kind)[0]
    painted = Painted()
    (view.canvas if method == "lines" else view.ridges).installEventFilter(painted)
    waits: list[float] = []
    due = [perf_counter()]

    def tick() -> None:
        now = perf_counter()
        waits.append(max(now - due[0] - TICK / 1000, 0.0))
        due[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK)
    began = perf_counter()
    wait(SETTLES + SECONDS)
    timer.stop()
    seen = [one for one in painted.at if one[0] - began > SETTLES]
    lasted = seen[-1][0] - seen[0][0]
    gaps = [later[0] - one[0] for one, later in pairwise(seen)]
    late = sorted(waits[len(waits) // 5 :])
    found = {
        "pictures": (len(seen) - 1) / lasted,
        "iterations": (seen[-1][1] - seen[0][1]) / lasted,
        "gap": 1000 * max(gaps),
        "median": 1000 * median(late),
        "p95": 1000 * late[int(0.95 * len(late))],
    }
    session.window.close()
    guard.stop()
    print(json.dumps(found))
