"""One run of the real program on a desk: what the person does to it, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.real.desk import Desk, until

MAIN = Path(__file__).parents[2] / "main.py"
FIRST_ANSWER = 90.0  # seconds; torch is imported before it
ANSWER = 40.0
ENDS = 30.0
FOCUS = 5.0
TOO_MUCH = 6000  # MiB of memory, at which a run is ended before it takes all of the machine's
HARMLESS = (  # what drivers and services write of a desk that has none of them
    "libva",
    "vaInitialize",
    "VDPAU",
    "vdpau",
    "MESA",
    "libEGL",
    "PulseAudio",
    "pulse",
    "Xlib:",
    "ALSA",
    "xcb_shm_create_segment() failed",  # the server had no memory to share; Qt sends its pictures the other way
)
PERSONAL = ("QT_", "XDG_", "WAYLAND", "UNDERHOOD_CONFIG")  # what a run must not take over from who started the tests
Seen = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    status: int
    complaints: str  # what was written on the error output, without what is harmless


class Program:
    """`home` holds the settings; a second run in the same one is the next start of the same person."""

    def __init__(self, desk: Desk, home: Path, *words: str | Path, limits: Callable[[], None] | None = None) -> None:
        self.desk, self.home = desk, home
        self._run = len(list(home.glob("watch-*.jsonl")))
        self._watch = home / f"watch-{self._run}.jsonl"
        self._watch.touch()
        self._errors = home / f"errors-{self._run}.txt"
        self._read = 0
        self._seen: Seen = {}
        self.lines: list[Seen] = []
        with open(self._errors, "wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(MAIN), *map(str, words)],
                cwd=home,
                env=surroundings(home) | desk.environment | {"UNDERHOOD_WATCH": str(self._watch)},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                preexec_fn=partial(_heard, limits),
            )

    # what is seen

    @property
    def seen(self) -> Seen:
        """The newest line of the watch; empty before there is one."""
        with open(self._watch, encoding="utf-8") as diary:
            diary.seek(self._read)
            while (line := diary.readline()).endswith("\n"):
                self._seen = json.loads(line)
                self.lines.append(self._seen)
                self._read = diary.tell()
        return self._seen

    @property
    def errors(self) -> str:
        return self._errors.read_text(errors="replace")

    @property
    def memory(self) -> float:
        """MiB that it holds, asked of the system: one whose window hangs says nothing itself."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    @property
    def stands(self) -> bool:
        """Whether there is a window."""
        return any("Underhood" in title for title in self.desk.windows())

    def wait(self, what: str, met: Callable[[Seen], object], within: float = ANSWER) -> Seen:
        def is_met() -> bool:
            ended = not self.lives
            self._check_memory()
            seen = self.seen
            if seen and met(seen):
                return True
            assert not ended, f"It ended with {self.process.returncode} before: {what}\n{self.errors[-3000:]}"
            return False

        try:
            until(what, is_met, within)
        except AssertionError as error:
            raise AssertionError(f"{error}\nseen: {self._seen}\n{self.errors[-3000:]}") from None
        return self._seen

    def answered(self) -> Seen:
        """After the first picture has been through the network."""
        return self.wait("the first answer", lambda seen: seen["answered"], FIRST_ANSWER)

    def new_answers(self, count: int = 1) -> Seen:
        before = self.seen["answers"]
        return self.wait("new pictures on the screen", lambda seen: seen["answers"] >= before + count)

    # what is done

    def press(self, *keys: str) -> None:
        self._await_keyboard()
        self.desk.press(*keys)

    def _await_keyboard(self) -> None:
        """The window manager gives the keyboard to a dialog some time after it is seen, and back when it is gone."""

        def has_come() -> bool:
            return not self.lives or (self.seen.get("dialog") or "Underhood") in self.desk.focused

        with suppress(AssertionError):  # a title that is written in another way
            until("the keyboard", has_come, FOCUS)

    def choose(self, command: str) -> None:
        """Finds it in the palette and takes it."""
        self.press("ctrl+k")
        self.wait("the palette", lambda seen: seen["dialog"] is not None or seen["popup"])
        self.desk.write(command)
        self.press("Return")
        self.wait("the palette's end", lambda seen: not seen["popup"] and seen["dialog"] != "Search everything")

    def answer_dialog(self, path: Path | str, title: str = "") -> None:
        """Writes a path into the file dialog that stands."""
        asked = self.wait(f"the dialog {title}", lambda seen: seen["dialog"] and title in seen["dialog"])["dialog"]
        self.press("ctrl+a")
        self.desk.write(str(path))
        self.press("Return")
        self.wait(f"the end of the dialog {title}", lambda seen: seen["dialog"] != asked)

    def open(self, path: Path) -> None:
        self.press("ctrl+o")
        self.answer_dialog(path, "Open")

    def ended(self, within: float = ENDS) -> Ended:
        def over() -> bool:
            self._check_memory()
            return not self.lives

        try:
            until("the end", over, within)
        except AssertionError as error:
            raise AssertionError(f"{error}\nseen: {self.seen}\n{self.errors[-3000:]}") from None
        return Ended(self.process.returncode, complaints(self.errors))

    def quit(self) -> Ended:
        self.press("q")
        return self.ended()

    def close(self) -> Ended:
        """By the button of the window's frame, or what stands for it."""
        self.press("alt+F4")
        return self.ended()

    def _check_memory(self) -> None:
        if self.memory > TOO_MUCH:
            self.kill()
            raise AssertionError(f"It held more than {TOO_MUCH} MiB of memory and was ended.")

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.lives:
            self.process.kill()
        self.process.wait(ENDS)


def complaints(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not any(word in line for word in HARMLESS)]
    return "\n".join(lines)


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a person with a home of their own; matplotlib's list of fonts is that of `conftest.fonts`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(PERSONAL)}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONFAULTHANDLER": "1",
    }


def on_command_line(home: Path, *words: str | Path, limits: Callable[[], None] | None = None) -> Ended:
    """One of the commands that need no window."""
    done = subprocess.run(
        [sys.executable, str(MAIN), *map(str, words)],
        cwd=home,
        env=surroundings(home) | {"PYTHONFAULTHANDLER": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=FIRST_ANSWER,
        preexec_fn=limits,
        check=False,
    )
    return Ended(done.returncode, done.stderr)


def _heard(limits: Callable[[], None] | None) -> None:
    """Signals that end it are heard also where the tests run behind `nohup` or in the background of a script."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if limits is not None:
        limits()


def rests(seconds: float) -> None:
    """A while in which nothing is done to the program, such as that of a person who watches."""
    time.sleep(seconds)


def crashed(status: int) -> bool:
    """Whether it ended by a fault of its own, such as an abort or a segmentation fault."""
    return -status in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
