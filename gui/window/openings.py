"""What is being opened is written down until it has proved itself, so that the next start knows what ended this one.

Every process has a file of its own beside the settings, and holds a lock on it that the system gives back however the
process ends: a file that nobody holds is a dead one's. What stands in it was being opened when that died; nothing
stands in it while everything on show has proved itself, and what died then was killed from outside.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, from_json, to_json

FAR = 1 << 30  # where Windows locks: what is locked there cannot be read by others


@dataclass(frozen=True)
class Opening:
    """What had not proved itself: the recipe's network, a source, or both. The other is what it was shown with."""

    recipe: Recipe  # what was looked at, or to be looked at
    network: bool  # whether the recipe's network is in doubt
    source: str = ""  # a name, an origin or a path; empty if no source is in doubt


class Openings:
    """The file of this process. Where none can be written or locked, nothing is remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stream: IO[bytes] | None = None
        self._path = folder / f"opening-{os.getpid()}-{secrets.token_hex(4)}.json"

    def take_dead(self) -> list[Opening]:
        """What others were opening when they died, the last one last; it is told once."""
        found = []
        with suppress(OSError):
            for path in sorted(self._folder.glob("opening-*.json"), key=_changed):
                opening = _taken(path) if path != self._path else None
                if opening is not None:
                    found.append(opening)
        return found

    def write(self, opening: Opening | None) -> None:
        """None while nothing is in doubt."""
        text = ""
        if opening is None and self._stream is None:
            return
        if opening is not None:
            recipe = to_json(opening.recipe)
            text = json.dumps({"recipe": recipe, "network": opening.network, "source": opening.source})
        with suppress(OSError):
            stream = self._stream or self._made()
            stream.seek(0)
            stream.truncate()
            stream.write(text.encode())

    def end(self) -> None:
        """The process ends in its own way."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()
                self._path.unlink(missing_ok=True)

    def _made(self) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        stream = self._path.open("x+b", buffering=0)
        try:
            _lock(stream)
        except OSError:
            stream.close()
            self._path.unlink(missing_ok=True)
            raise
        self._stream = stream
        return stream


def _taken(path: Path) -> Opening | None:
    """What stands in the file of a dead process, which is removed; None if it lives, or nothing stands there."""
    try:
        with path.open("r+b") as stream:
            _lock(stream)
            text = stream.read().decode()
        path.unlink(missing_ok=True)
    except (OSError, ValueError):
        return None
    try:
        data: Any = json.loads(text) if text else None
        return None if data is None else Opening(from_json(data["recipe"]), bool(data["network"]), str(data["source"]))
    except (ValueError, TypeError, KeyError, Problem):
        return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _lock(stream: IO[bytes]) -> None:
    """OSError if somebody else holds it, or nobody can."""
    if sys.platform == "win32":
        import msvcrt

        stream.seek(FAR)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        stream.seek(0)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
