"""The folder of what is kept from one start to the next, and can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path | None:
    """UNDERHOOD_CACHE names another one. None where this system knows of no home; it may not be there yet."""
    if chosen := os.environ.get("UNDERHOOD_CACHE"):
        return Path(chosen)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Underhood" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "Underhood"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "underhood"
