"""Videos and the whole screen through the real window: does it stay quick, calm and small?

Each row is a process of its own with the real window: it loads the network, opens the source, lets it settle and then
counts the frames that are shown, the growth of its resident memory, how long a timer of its event loop had to wait, and
the processor's time for one frame. A video is then sought to another place, paused, and the window closed: how long
until the picture of that place is shown, until the video stands, and until the window is gone and all threads ended.

The videos are made by ffmpeg in a temporary folder. The screen is there only where the system has one: run it under an
X server (`xvfb-run -s "-screen 0 1920x1080x24"`), or in a desktop's session; elsewhere Qt draws without a screen and
has none to record. `UNDERHOOD_BENCH_SECONDS` sets how long each row is measured.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

SECONDS = float(os.environ.get("UNDERHOOD_BENCH_SECONDS", "10"))
SETTLES = 3.0  # seconds until what a source needs is in memory
LIMIT = 10.0  # seconds after which an answer is given up
NETWORKS = {"lenet": "conv1", "squeezenet1_0": "features.5"}
FILMS = {
    "720p30": (1280, 720, 30),
    "1080p60": (1920, 1080, 60),
    "2160p60": (3840, 2160, 60),
    "720p120": (1280, 720, 120),
}
FILM_SECONDS = 8
HEADINGS = (
    "shown/s",
    "CPU ms/frame",
    "MB at first",
    "growth MB",
    "wait p50",
    "p99 (ms)",
    "max",
    "seek (ms)",
    "pause (ms)",
    "quit (ms)",
)


def tables() -> Iterator[str]:
    yield f"{'source':10}{'network':16}" + "".join(f"{heading:>13}" for heading in HEADINGS)
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("ffmpeg") is None:
            yield "There is no ffmpeg on this system to make videos with: install it to see their rows."
        else:
            for name, (width, height, rate) in FILMS.items():
                film = _film(Path(folder) / f"{name}.mp4", width, height, rate)
                for network in NETWORKS:
                    yield _row(name, network, str(film), folder)
        if _has_screen():
            for network in NETWORKS:
                yield _row("screen", network, "screen", folder)
        else:
            yield "There is no screen to record: run this under an X server to see its rows."


def _has_screen() -> bool:
    """Whether Qt has a screen here, and not only its offscreen platform."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform:
        return platform not in ("offscreen", "minimal")
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _film(path: Path, width: int, height: int, rate: int) -> Path:
    """With a key frame every second, as phones and cameras make them."""
    made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate={rate}"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-g", str(rate), "-pix_fmt", "yuv420p"]
    subprocess.run([*made, "-t", str(FILM_SECONDS), *coded, str(path)], check=True)
    return path


def _row(source: str, network: str, opened: str, folder: str) -> str:
    environment = dict(os.environ)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "UNDERHOOD_CONFIG"):
        environment[name] = folder
    environment.setdefault("TORCH_HOME", str(Path.home() / ".cache" / "torch"))
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    program = f"from tests.benchmarks.sources import measured; measured({opened!r}, {network!r})"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    start = f"{source:10}{network:16}"
    if done.returncode != 0:
        return f"{start} ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return start + "".join(f"{found[heading]:13.1f}" if heading in found else f"{'-':>13}" for heading in HEADINGS)


def measured(opened: str, network: str) -> None:
    """One row: runs the window in this process and prints what was found, as JSON."""
    print(json.dumps(_Watched(network).measure(opened)), flush=True)


@dataclass(frozen=True)
class _Shown:
    """Of a frame that was shown; the frame itself would be memory."""

    at: float
    number: int
    moving: bool
    place: float  # seconds, of a video


class _Watched:
    """The real window with a network loaded."""

    def __init__(self, network: str) -> None:
        from PySide6.QtCore import QSettings, Qt, QTemporaryDir, QTimer

        from analysis.recipe import ModelChoice, Recipe
        from gui import app, theme
        from gui.bindings import Bindings
        from gui.options import WindowOptions
        from gui.session import Session

        self._application = app._application()
        self._guard = app.GarbageGuard()
        recipe = Recipe(ModelChoice(network, "default"), layer=NETWORKS[network], unit=3)
        self._folder = QTemporaryDir()
        settings = QSettings(self._folder.filePath("settings.ini"), QSettings.Format.IniFormat)
        theme.apply_remembered(self._application, settings)
        self._session = Session(WindowOptions(recipe=recipe), settings)
        Bindings(self._session)
        self._session.first_answer.connect(self._guard.settle)
        self._session.window.show()
        self._session.open_recipe(recipe)
        self._shown: list[_Shown] = []
        self._session.loop.shown.connect(self._note)
        self._waits: list[float] = []
        self._due = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._until(lambda: self._session.state.network is not None, 120)

    def measure(self, opened: str) -> dict[str, float]:
        self._session.open_source(opened)
        self._until(lambda: bool(self._shown) and self._shown[-1].moving, 30)
        self._run(SETTLES)
        at_first, most = _resident(), 0.0
        self._shown.clear()
        self._waits.clear()
        self._due = began = perf_counter()
        worked = process_time()
        self._timer.start(5)
        while perf_counter() - began < SECONDS:
            self._run(min(0.5, max(began + SECONDS - perf_counter(), 0.01)))
            most = max(most, _resident())
        self._timer.stop()
        seconds, worked = perf_counter() - began, process_time() - worked
        shown = len({one.number for one in self._shown})
        waits = sorted(self._waits)
        found = {
            "shown/s": shown / seconds,
            "CPU ms/frame": 1000 * worked / max(shown, 1),
            "MB at first": at_first,
            "growth MB": most - at_first,
        }
        for name, share in (("wait p50", 0.5), ("p99 (ms)", 0.99), ("max", 1.0)):
            found[name] = 1000 * waits[min(int(len(waits) * share), len(waits) - 1)]
        if opened != "screen":
            found |= self._driven()
        began = perf_counter()
        self._session.window.close()
        self._until(lambda: self._session._closed, LIMIT)
        found["quit (ms)"] = 1000 * (perf_counter() - began)
        self._guard.stop()
        return found

    def _driven(self) -> dict[str, float]:
        """How soon a video answers the person's hand."""
        source = self._session.feed.source
        assert source is not None
        wanted = FILM_SECONDS * 0.5
        if abs(source.place / 1000 - wanted) < 1.5:  # type: ignore[attr-defined]
            wanted = FILM_SECONDS * 0.1
        self._shown.clear()
        began = perf_counter()
        source.seek(int(wanted * 1000))  # type: ignore[attr-defined]
        self._until(lambda: any(abs(one.place - wanted) < 1.0 for one in self._shown), LIMIT)
        seek = perf_counter() - began
        self._run(0.5)
        began = perf_counter()
        source.pause()  # type: ignore[attr-defined]
        self._until(lambda: not source.moving, LIMIT)
        self._run(0.5)
        later = [one.at - began for one in self._shown if one.moving]
        return {"seek (ms)": 1000 * seek, "pause (ms)": 1000 * max(later[-1], 0.0)}

    def _note(self, live: Any) -> None:
        frame = live.frame
        place = float(frame.origin.rpartition("#t=")[2]) if "#t=" in frame.origin else -1.0
        self._shown.append(_Shown(perf_counter(), frame.number, frame.moving, place))

    def _tick(self) -> None:
        now = perf_counter()
        self._waits.append(max(now - self._due - 0.005, 0.0))
        self._due = now

    def _run(self, seconds: float) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def _until(self, true: Callable[[], bool], seconds: float) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        loop, look = QEventLoop(), QTimer()
        began = perf_counter()
        look.timeout.connect(lambda: loop.quit() if true() or perf_counter() - began > seconds else None)
        look.start(1)
        loop.exec()


def _resident() -> float:
    """MB."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the most there ever was, which shows growth as well
    return most / (1e6 if sys.platform == "darwin" else 1e3)
