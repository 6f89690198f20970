"""Numbers as they stand beside a scale: three significant digits, no exponents where a person can do without."""


def short(value: float) -> str:
    if value != value or abs(value) == float("inf"):
        return str(value)
    value = value or 0.0  # never “-0”
    if 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
