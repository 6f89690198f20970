"""Text as it stands in pages and scripts: whatever files and classes are called, it is text there and nothing else."""

from __future__ import annotations

import html
import json
import math
from typing import Any

_LONGEST = 60  # letters of a name on a map, as they are written


def text(value: object) -> str:
    """Fit for between tags and for within quotes."""
    return html.escape(str(value), quote=True)


def data(value: Any) -> str:
    """Fit for a script: JSON without anything that could end it."""
    written = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def shortened(name: str) -> str:
    """A name whose middle is left out where it is long, so that a page of many stays small."""
    if len(json.dumps(name)) <= _LONGEST:
        return name
    half = max(len(name) * (_LONGEST - 4) // (2 * len(json.dumps(name))), 1)
    return f"{name[:half]}…{name[-half:]}"


def number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value + 0.0:.3g}"  # so that nothing is below nothing


def share(value: float) -> str:
    return f"{value:.1%}"
