"""What is drawn of a small network that divides a plane, on paper and in the window."""

import numpy as np
from numpy.typing import NDArray

from analysis.results.kinds import Plane, Portrait

FIRST, SECOND = (233, 110, 60), (60, 120, 216)  # the colours of the classes 0 and 1


def portraits(plane: Plane) -> tuple[Portrait, ...]:
    """The snapshots, and what there is now if that is later."""
    last = plane.snapshots[-1].iteration if plane.snapshots else -1
    return (*plane.snapshots, plane.now) if plane.now.iteration > last else plane.snapshots


def ground(portrait: Portrait, paper: tuple[int, int, int]) -> NDArray[np.uint8]:
    """How sure the network is, as colours on the paper; edges of linear pieces a little nearer to its opposite."""
    sure = portrait.regions[..., None]
    away = np.abs(2 * sure - 1) * 0.5
    ink = np.where(sure > 0.5, np.array(SECOND, np.float32), np.array(FIRST, np.float32))
    colours = away * ink + (1 - away) * np.array(paper, np.float32)
    if portrait.edges.size:
        far = np.float32(255) - np.array(paper, np.float32)
        colours = np.where(portrait.edges[..., None], 0.75 * colours + 0.25 * far, colours)
    return np.ascontiguousarray(np.rint(np.clip(colours, 0, 255)).astype(np.uint8))


def across(line: NDArray[np.float64], reach: float) -> NDArray[np.float64] | None:
    """Both ends of {x : w·x + b = 0} within ±reach; None where it does not come there."""
    w1, w2, b = (float(value) for value in line)
    length = float(np.hypot(w1, w2))
    if not length > 0:
        return None
    foot = np.array([w1, w2]) * (-b / length**2)
    along = np.array([-w2, w1]) / length
    low, high = -np.inf, np.inf
    for start, slope in zip(foot.tolist(), along.tolist(), strict=True):
        if abs(slope) < 1e-12:
            if abs(start) > reach:
                return None
            continue
        ends = sorted(((-reach - start) / slope, (reach - start) / slope))
        low, high = max(low, ends[0]), min(high, ends[1])
    if not low < high:
        return None
    found: NDArray[np.float64] = np.stack([foot + low * along, foot + high * along])
    return found
