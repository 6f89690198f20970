"""A map as it lies nearest to another one of the same points, turned or seen in a mirror but never bent.

What a map of neighbours says does not change by that; two of them that lie alike can be compared with the eye.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def turned_towards(places: Array, other: Array) -> Array:
    """By the turn that leaves the least squares between them (Schönemann 1966)."""
    own, wanted = _centred(places), _centred(other)
    left, _, right = np.linalg.svd(own.T @ wanted)
    return np.asarray(own @ (left @ right), np.float32)


def signs_towards(places: Array, other: Array) -> Array:
    """Of each axis 1 or −1, so that along it the points lie as they do along the same axis of the other map."""
    return np.where((_centred(places) * _centred(other)).sum(0) < 0, np.float32(-1), np.float32(1))


def _centred(places: Array) -> Array:
    exact = np.asarray(places, np.float64)
    return exact - exact.mean(0)
