"""What a unit is tuned to, in words: where its best places lie, the size of things, their edges, how fine they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANYWHERE = 0.29  # how far places lie apart that are spread evenly
TOGETHER = 0.2  # below that it is told where they are
SMALL, LARGE = 0.15, 0.5  # shares of the maximum that the mean is
AGREED = 0.3  # from which on edges have a direction


def tuned_to(row: Mapping[str, Any], places: int) -> tuple[str, ...]:
    """Nothing of a unit that is silent; `places` are those of its map."""
    if row["dead"] or not row["max"] > row["min"]:
        return ()
    told = []
    if places > 1:
        if row["scatter"] < TOGETHER:
            across = _third(row["column"], ("left", "centre", "right"))
            down = _third(row["row"], ("top", "middle", "bottom"))
            where = "in the middle" if (down, across) == ("middle", "centre") else f"at the {down} {across}"
            told.append(f"best places {where} ({row['scatter']:.2f} of the map apart; anywhere is {ANYWHERE})")
        else:
            told.append("best places anywhere")
        if 0 < row["extent"] < SMALL:
            told.append(f"small things (its mean is {row['extent']:.0%} of its maximum)")
        elif row["extent"] > LARGE:
            told.append(f"large things (its mean is {row['extent']:.0%} of its maximum)")
    if row["coherence"] >= AGREED:
        told.append(f"edges of {row['orientation']:.0f}° (0 lying, 90 standing), agreed to {row['coherence']:.0%}")
    if row["frequency"] > 0:
        told.append(f"a wave every {1 / row['frequency']:.3g} pixels")
    return tuple(told)


def mean_colour(row: Mapping[str, Any]) -> str:
    """Such as #7f8c8d; empty where nothing was looked at."""
    shares = [row[name] for name in ("red", "green", "blue")]
    if row["dead"] or not any(shares):
        return ""
    return "#" + "".join(f"{round(255 * min(max(share, 0.0), 1.0)):02x}" for share in shares)


def _third(share: float, words: tuple[str, str, str]) -> str:
    return words[min(int(share * 3), 2)]
