"""Numbers as they stand beside a scale: three significant digits, no exponents where a person can do without."""

from collections.abc import Sequence

LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"))


def short(value: float) -> str:
    return _words(value, 3)


def distinct(values: Sequence[float]) -> list[str]:
    """Short, and as many digits as tell those from each other that are not equal."""
    digits = 3
    words = [_words(value, digits) for value in values]
    while len(set(words)) < len(set(values)) and digits < 17:
        digits += 1
        words = [_words(value, digits) for value in values]
    return words


def _words(value: float, digits: int) -> str:
    if value != value or abs(value) == float("inf"):
        return str(value)
    value = value or 0.0  # never “-0”
    size, rounded = abs(value), abs(float(f"{value:.{digits}g}"))
    for one, letter in LARGE:
        if one <= rounded < 1000 * LARGE[0][0] and size >= LARGE[-1][0]:
            return f"{value / one:.{digits}g} {letter}"
    whole = len(f"{size:.0f}") if rounded >= 1000 and size < LARGE[-1][0] else 0
    return f"{value:,.{max(digits, whole)}g}"


def percent(share: float) -> str:
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
