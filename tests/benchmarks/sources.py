"""Videos and the whole screen through the real window: does it stay quick, calm and small?

Each row is a process of its own with the real window: it loads the network, opens the source, lets it settle and then
counts the frames that are shown, the growth of its resident memory, how long a timer of its event loop had to wait, and
the processor's time for one frame. A video is then sought to another place, paused, and the window closed: how long
until the picture of that place is seen, until the network's answer to it is, until the last moving one was shown, and
until the window and all of its threads are gone.

ffmpeg makes the videos, in a temporary folder. On Linux the rows are of the X server that `DISPLAY` names, or of an
Xvfb of 1920×1080, where Qt draws without either; a screen is there to be recorded only with one of them.
`UNDERHOOD_BENCH_SECONDS` sets how long each row is measured.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
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
PLACES = (0.98, 5.5, 3.02, 6.98, 1.75, 4.98)  # seconds, that are sought: the farther behind a key frame, the longer
HEADINGS = (
    "shown/s",
    "CPU ms/frame",
    "MB at first",
    "growth MB",
    "wait p50",
    "p99 (ms)",
    "max",
    "seek (ms)",
    "at most",
    "answer (ms)",
    "at most ",
    "pause (ms)",
    "quit (ms)",
)


def tables() -> Iterator[str]:
    yield f"{'drawn by':11}{'source':10}{'network':16}" + "".join(f"{heading:>13}" for heading in HEADINGS)
    with tempfile.TemporaryDirectory() as folder, x_server() as environment:
        drawn_by = environment.get("QT_QPA_PLATFORM", "system")
        films = {}
        if shutil.which("ffmpeg") is None:
            yield "There is no ffmpeg on this system to make videos with: install it to see their rows."
        else:
            films = {name: str(film(Path(folder) / f"{name}.mp4", *kind)) for name, kind in FILMS.items()}
        for name, opened in films.items():
            for network in NETWORKS:
                yield _row(drawn_by, name, network, opened, environment, folder)
        if drawn_by == "offscreen":
            yield "There is no screen to record: install Xvfb, or run this on a desktop, to see its rows."
            return
        for network in NETWORKS:
            yield _row(drawn_by, "screen", network, "screen", environment, folder)
        if "1080p60" in films:
            offscreen = {**environment, "QT_QPA_PLATFORM": "offscreen"}
            for network in NETWORKS:
                yield _row("offscreen", "1080p60", network, films["1080p60"], offscreen, folder)


@contextmanager
def x_server() -> Iterator[dict[str, str]]:
    """The environment with a screen in it, where there is one or can be."""
    environment = dict(os.environ)
    if not sys.platform.startswith("linux"):
        environment.pop("QT_QPA_PLATFORM", None)
        yield environment
    elif environment.get("DISPLAY"):
        yield {**environment, "QT_QPA_PLATFORM": "xcb"}
    elif shutil.which("Xvfb") is None:
        yield {**environment, "QT_QPA_PLATFORM": "offscreen"}
    else:
        number, written = os.pipe()
        command = ["Xvfb", "-displayfd", str(written), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
        server = subprocess.Popen(command, pass_fds=[written], stderr=subprocess.DEVNULL)
        os.close(written)
        try:
            with os.fdopen(number) as told:
                display = f":{told.readline().strip()}"
            yield {**environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        finally:
            server.terminate()
            server.wait()


def film(path: Path, width: int, height: int, rate: int) -> Path:
    """With a key frame every second, as phones and cameras make them."""
    made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate={rate}"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-g", str(rate), "-pix_fmt", "yuv420p"]
    subprocess.run([*made, "-t", str(FILM_SECONDS), *coded, str(path)], check=True)
    return path


def _row(drawn_by: str, source: str, network: str, opened: str, environment: dict[str, str], folder: str) -> str:
    start, numbers = f"{drawn_by:11}{source:10}{network:16}", found(network, opened, environment, folder)
    if isinstance(numbers, str):
        return start + numbers
    return start + "".join(f"{numbers[heading]:13.1f}" if heading in numbers else f"{'-':>13}" for heading in HEADINGS)


def found(network: str, opened: str, environment: dict[str, str], folder: str) -> dict[str, float] | str:
    """By heading, as a process of its own measured it; or how that ended."""
    torch_home = environment.get("TORCH_HOME", str(Path.home() / ".cache" / "torch"))
    own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "UNDERHOOD_CONFIG"), folder)
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.benchmarks.sources import measured; measured({opened!r}, {network!r})"],
        env={**environment, **own, "TORCH_HOME": torch_home},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return f" ended with {done.returncode}: {' '.join(done.stderr.strip().splitlines()[-1:])}"
    numbers: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return numbers


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


def _shown(frame: Any) -> _Shown:
    place = float(frame.origin.rpartition("#t=")[2]) if "#t=" in frame.origin else -1.0
    return _Shown(perf_counter(), frame.number, frame.moving, place)


class _Watched:
    """The real window with a network loaded."""

    def __init__(self, network: str) -> None:
        from PySide6.QtCore import QSettings, Qt, QTemporaryDir, QTimer

        from analysis.protocol.recipe import ModelChoice, Recipe
        from gui import app, theme
        from gui.options import WindowOptions
        from gui.window.bindings import Bindings
        from gui.window.session import Session

        self._application = app.application_of()
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
        self._came: deque[_Shown] = deque(maxlen=500)
        self._session.feed.frame.connect(self._take)
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
        ended: list[float] = []
        self._session.closed.connect(lambda: ended.append(perf_counter()))
        began = perf_counter()
        self._session.window.close()
        self._until(lambda: bool(ended), LIMIT)
        found["quit (ms)"] = 1000 * (ended[0] - began) if ended else float("nan")
        self._guard.stop()
        return found

    def _driven(self) -> dict[str, float]:
        """How soon a video answers the person's hand."""
        source = self._session.feed.source
        assert source is not None
        seeks, answers = [], []
        for wanted in PLACES:
            self._shown.clear()
            self._came.clear()
            began = perf_counter()
            source.seek(int(wanted * 1000))  # type: ignore[attr-defined]
            self._until(lambda wanted=wanted: self._is_seen(wanted), LIMIT)
            seeks.append(perf_counter() - began)
            self._until(lambda wanted=wanted: any(abs(one.place - wanted) < 0.25 for one in self._shown), LIMIT)
            answers.append(perf_counter() - began)
            self._run(0.5)
        began = perf_counter()
        source.pause()  # type: ignore[attr-defined]
        self._until(lambda: not source.moving, LIMIT)
        self._run(0.5)
        later = [one.at - began for one in self._shown if one.moving]
        found = {
            "seek (ms)": median(seeks),
            "at most": max(seeks),
            "answer (ms)": median(answers),
            "at most ": max(answers),
            "pause (ms)": max([0.0, *later]),
        }
        return {name: 1000 * seconds for name, seconds in found.items()}

    def _is_seen(self, wanted: float) -> bool:
        """Whether the picture that is painted is of that place."""
        number = self._session.window.picture.shown_number
        return any(one.number == number and abs(one.place - wanted) < 0.25 for one in self._came)

    def _take(self, frame: Any) -> None:
        self._came.append(_shown(frame))

    def _note(self, live: Any) -> None:
        self._shown.append(_shown(live.frame))

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
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the most there ever was, which shows growth as well
    return most / (1e6 if sys.platform == "darwin" else 1e3)
