"""A desk to sit at: an X server without a screen, a window manager, a mouse and a keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOOLS = ("Xvfb", "openbox", "xdotool", "ffmpeg")
NUMBERS = range(51, 100)  # displays that are tried, far from those of people
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Desk:
    display: str
    size: str  # such as 1920x1080

    @property
    def environment(self) -> dict[str, str]:
        return {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}

    def press(self, *keys: str) -> None:
        """One key after the other, to the window that has the focus."""
        self._await_focus()
        self._xdotool("key", "--clearmodifiers", "--delay", "40", *keys)

    def write(self, text: str) -> None:
        self._await_focus()
        self._xdotool("type", "--delay", "4", text)

    def _await_focus(self) -> None:
        """When a dialog closes, keys go nowhere until the window manager has given the focus back."""
        until("a window that has the focus", lambda: self.focused)

    @property
    def focused(self) -> str:
        """The title of the window that keys go to; empty where they go nowhere (to one that the manager keeps)."""
        title = self._xdotool("getwindowfocus", "getwindowname", check=False).strip()
        return "" if title == "Openbox" else title

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._xdotool("mousemove", str(x), str(y), "click", str(button))

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        words = ["mousemove", *map(str, start), "mousedown", "1"]
        for x, y in (middle, end):
            words += ["mousemove", str(x), str(y)]
        self._xdotool(*words, "mouseup", "1")

    def windows(self) -> list[str]:
        """The titles of the windows that can be seen."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".", "getwindowname", "%@", check=False)
        return [title for title in found.splitlines() if title]

    def size_of(self, title: str) -> tuple[int, int]:
        """Width and height of the window with this in its title, without its frame."""
        told = self._xdotool("search", "--onlyvisible", "--name", title, "getwindowgeometry", "--shell")
        numbers = dict(line.split("=") for line in told.splitlines() if "=" in line)
        return int(numbers["WIDTH"]), int(numbers["HEIGHT"])

    def picture(self, path: Path) -> Path:
        """What the screen shows now."""
        command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "x11grab", "-draw_mouse", "0", "-video_size", self.size]
        subprocess.run([*command, "-i", self.display, "-frames:v", "1", str(path)], check=True, timeout=PATIENCE)
        return path

    def _xdotool(self, *words: str, check: bool = True) -> str:
        environment = os.environ | {"DISPLAY": self.display}
        command = ["xdotool", *words]
        done = subprocess.run(
            command, env=environment, check=check, timeout=PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return done.stdout.decode(errors="replace")


@contextmanager
def desk(size: str = "1920x1080") -> Iterator[Desk]:
    """One for as long as it is sat at."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise RuntimeError(f"{', '.join(missing)} is missing here: sh resources/setup/desk.sh installs it.")
    with tempfile.TemporaryDirectory() as home:
        server, display = _server(size)
        manager = None
        try:
            environment = os.environ | {"DISPLAY": display, "HOME": home}
            manager = _quiet(["openbox", "--sm-disable"], environment)
            yield Desk(display, size)
        finally:
            for process in (manager, server):
                if process is not None:
                    process.terminate()
                    process.wait(PATIENCE)


def _server(size: str) -> tuple[subprocess.Popen[bytes], str]:
    for number in NUMBERS:
        ready, says = os.pipe()
        words = [f":{number}", "-displayfd", str(says), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
        server = _quiet(["Xvfb", *words], os.environ, (says,))
        os.close(says)
        with open(ready, "rb") as answer:
            if answer.readline():  # nothing at all from one whose number is taken
                return server, f":{number}"
        server.wait(PATIENCE)
    raise RuntimeError(f"No X server could be started at the displays {NUMBERS[0]} to {NUMBERS[-1]}.")


def _quiet(
    words: Sequence[str], environment: os._Environ[str] | dict[str, str], keep: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(words, env=environment, stdin=nothing, stdout=nothing, stderr=nothing, pass_fds=keep)


def until(what: str, met: object, within: float = PATIENCE, every: float = 0.05) -> None:
    """Asks again and again whether it has come to that; AssertionError when the time is over."""
    assert callable(met)
    end = time.monotonic() + within
    while not met():
        assert time.monotonic() < end, f"Waited {within:.0f} s in vain for: {what}"
        time.sleep(every)
