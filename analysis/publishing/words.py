"""Text as it stands in pages and scripts: whatever files and classes are called, it is text there and nothing else."""

from __future__ import annotations

import html
import json
import math
from typing import Any


def text(value: object) -> str:
    """Fit for between tags and for within quotes."""
    return html.escape(str(value), quote=True)


def data(value: Any) -> str:
    """Fit for a script: JSON without anything that could end it."""
    written = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.3g}"


def share(value: float) -> str:
    return f"{value:.1%}"
