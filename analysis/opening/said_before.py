"""What the person said about their own model files: how to prepare pictures, and where the class names are.

One JSON file in the folder where this system keeps settings; UNDERHOOD_CONFIG names another folder.
"""

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.files.whole_file import write_whole
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import from_json

BETWEEN = "\n"
KEPT = 500  # files, the latest last


@dataclass(frozen=True)
class Remembered:
    preprocessing: Preprocessing | None = None
    labels: str | None = None


def key_of(file: Path) -> str:
    """Its content and its place, either of which brings back what was said of it: it may move, or be trained on."""
    with file.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    return f"{content}{BETWEEN}{file.resolve()}"


def remembered(key: str) -> Remembered:
    """What was said about this file; nothing if it is unknown or the memory is damaged."""
    entry = _found(_read(), key)
    if not isinstance(entry, dict):
        return Remembered()
    labels = entry.get("labels")
    preprocessing = None
    if isinstance(given := entry.get("preprocessing"), dict):
        try:  # as the recipe reads it, which looks at every value's type
            preprocessing = from_json(json.dumps({"model": {"name": key, "preprocessing": given}})).model.preprocessing
        except Problem:
            preprocessing = None
    return Remembered(preprocessing, labels if isinstance(labels, str) else None)


def remember(key: str, what: Remembered) -> None:
    """Kept for the next time; a folder that cannot be written is no reason to stop."""
    everything = _read()
    everything.pop(key, None)
    everything[key] = asdict(what)
    try:
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(dict(list(everything.items())[-KEPT:]), indent=1).encode("ascii"))
    except (OSError, RuntimeError, Problem):
        return


def _found(everything: dict[str, Any], key: str) -> object:
    """What was said last of the same content, or else of the same place."""
    if key in everything:
        return everything[key]
    content, _, place = key.partition(BETWEEN)
    newest_first = list(reversed(everything.items()))
    same_content = (entry for other, entry in newest_first if other.partition(BETWEEN)[0] == content)
    same_place = (entry for other, entry in newest_first if place and other.partition(BETWEEN)[2] == place)
    return next(same_content, next(same_place, None))


def _read() -> dict[str, Any]:
    try:
        content = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return {}
    return content if isinstance(content, dict) else {}


def _file() -> Path:
    return _folder() / "models.json"


def _folder() -> Path:
    """RuntimeError where this system knows of no home."""
    if chosen := os.environ.get("UNDERHOOD_CONFIG"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Underhood"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Underhood"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "underhood"
