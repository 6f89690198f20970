"""How far a job is, or was when it was stopped, in words."""

from __future__ import annotations

COUNTABLE = 1_000_000  # totals above are bytes or the like, and are told in percent


def how_far(done: float, total: float) -> str:
    """Such as `4,312 of 9,409`, or percent where the numbers count nothing."""
    if total <= 0:
        return ""
    if float(done).is_integer() and float(total).is_integer() and 1 < total <= COUNTABLE:
        return f"{int(done):,} of {int(total):,}"
    return f"{100 * min(done / total, 1):.0f} %"


def stopped_after(done: float, total: float, note: str = "") -> str:
    """Such as `stopped after 845 of 9,409 places`, where the note of that step says what is counted."""
    far = how_far(done, total)
    if not far:
        return "stopped"
    at = note.rfind(far)
    counted = note[at + len(far) :].partition(",")[0].partition(";")[0].rstrip(".") if at >= 0 else ""
    return f"stopped after {far}{counted}"
