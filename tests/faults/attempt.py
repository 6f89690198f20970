"""One attempt to open what is damaged or hostile, and how it ends."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analysis.protocol.problems import Problem, TrustNeeded

LONGEST = 20.0  # seconds that an attempt may take on a busy machine

# What nothing that is only opened may do.
_DOING = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "os.mkdir", "os.remove", "os.rename", "os.rmdir")
_ALSO = ("subprocess.Popen", "socket.connect", "shutil.rmtree", "pickle.find_class", "ctypes.dlopen")


@dataclass(frozen=True)
class Case:
    """`act` opens a file with this content; `name` brings it back together with the seed."""

    kind: str
    name: str
    content: bytes
    act: Callable[[Path], object]
    file: str = "given"


@dataclass(frozen=True)
class Ending:
    """`defect` is what should not have been, in words; else `how` is “opened”, “refused” or “asked”."""

    how: str
    seconds: float
    defect: str = ""


class _Watch:
    """What is done behind the back of the one who opens a file. An audit hook stays for ever, so there is one."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on:
            return
        if event in _DOING or event in _ALSO:
            self.seen.append(f"{event} {arguments[:1]}")
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self.seen.append(f"writes to {arguments[0]!r}")


_watch = _Watch()


def attempt(case: Case, folder: Path, watched: bool = True) -> Ending:
    """`watched`: whether nothing may run; what the person agreed to may do anything."""
    given = folder / case.file
    given.write_bytes(case.content)
    _watch.seen, _watch.on = [], watched
    began = time.perf_counter()
    how, defect = "opened", ""
    try:
        case.act(given)
    except Problem as problem:
        how = "asked" if isinstance(problem, TrustNeeded) else "refused"
        defect = _what_is_wrong_with(str(problem))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and watched:
            raise
        defect = f"raises {type(error).__name__}: {str(error)[:200]}"
    finally:
        _watch.on = False
    seconds = time.perf_counter() - began
    left = {path.name for path in folder.iterdir()} - {case.file}
    if not defect and _watch.seen:
        defect = f"runs unasked: {_watch.seen[0]}"
    if not defect and any("traces" in name or "part" in name for name in left):
        defect = f"leaves {', '.join(sorted(left))}"
    if not defect and seconds > LONGEST:
        defect = f"takes {seconds:.0f} seconds"
    return Ending(how, seconds, defect)


def _what_is_wrong_with(sentence: str) -> str:
    if "\n" in sentence or not sentence.rstrip().endswith((".", "?", "!")) or len(sentence) > 1500:
        return f"is no sentence: {sentence[:200]!r}"
    if "Traceback" in sentence or " object at 0x" in sentence:
        return f"is told in Python's words: {sentence[:200]!r}"
    return ""
