"""The numbers of a map as text that other programs read: every digit that a single-precision number has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from analysis.protocol.events import Floats


def value_in_words(value: np.float32) -> str:
    """The shortest text that reads as this number again."""
    import numpy as np

    return np.format_float_positional(value, trim="-") if 1e-4 <= abs(value) < 1e9 or value == 0 else _short(value)


def _short(value: np.float32) -> str:
    import numpy as np

    return np.format_float_scientific(value, trim="-") if np.isfinite(value) else str(float(value))


def row_in_words(values: Floats) -> str:
    """With tabs between them, as a table takes them."""
    return "\t".join(map(value_in_words, values))


def array_in_words(values: Floats) -> str:
    """As Python reads it where NumPy is `np`."""
    rows = ",\n          ".join("[" + ", ".join(map(_in_python, row)) + "]" for row in values)
    return f"np.array([{rows}], dtype=np.float32)"


def _in_python(value: np.float32) -> str:
    text = value_in_words(value)
    return text.replace("inf", "np.inf") if "inf" in text else text.replace("nan", "np.nan")
