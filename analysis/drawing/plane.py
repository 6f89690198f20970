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


def points_of(portrait: Portrait, plane: Plane) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Places and classes: points may have been drawn since a snapshot was taken."""
    if portrait.places is None or portrait.classes is None:
        return plane.places, plane.classes
    return portrait.places, portrait.classes


def twins(portrait: Portrait) -> NDArray[np.bool_]:
    """Which units do the same as another one."""
    found: NDArray[np.bool_] = portrait.alike != np.arange(len(portrait.alike))
    found[portrait.alike[found]] = True
    return found


def across(line: NDArray[np.float64], reach: float) -> NDArray[np.float64] | None:
    """Both ends of {x : w·x + b = 0} within ±reach; None where it does not come there."""
    ends, there = all_across(np.asarray(line, np.float64)[None], reach)
    return ends[0] if there[0] else None


def all_across(lines: NDArray[np.float64], reach: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Both ends of every line, lines × 2 × 2, and which of them come within ±reach."""
    with np.errstate(all="ignore"):
        w, b = lines[:, :2], lines[:, 2]
        length = np.hypot(w[:, 0], w[:, 1])
        normal = w / length[:, None]
        foot = normal * (-b / length)[:, None]
        along = np.stack([-normal[:, 1], normal[:, 0]], 1)
        flat = np.abs(along) < 1e-12  # it runs beside these two sides, and never meets them
        ends = np.sort((np.array([-reach, reach]) - foot[..., None]) / along[..., None], -1)
        low = np.where(flat, -np.inf, ends[..., 0]).max(1)
        high = np.where(flat, np.inf, ends[..., 1]).min(1)
        there = (length > 0) & ~(flat & (np.abs(foot) > reach)).any(1) & (low < high)
        return foot[:, None] + np.stack([low, high], 1)[..., None] * along[:, None], there
