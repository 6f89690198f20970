"""Numbers as they stand beside a scale: three significant digits, no exponents where a person can do without."""

from collections.abc import Sequence


def short(value: float) -> str:
    if value != value or abs(value) == float("inf"):
        return str(value)
    value = value or 0.0  # never “-0”
    if 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def distinct(values: Sequence[float]) -> list[str]:
    """Short, and as many digits as tell those from each other that are not equal."""
    words = [short(value) for value in values]
    digits = 3
    while len(set(words)) < len(set(values)) and digits < 17:
        digits += 1
        words = [f"{value or 0.0:,.{digits}g}" for value in values]
    return words


def percent(share: float) -> str:
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
