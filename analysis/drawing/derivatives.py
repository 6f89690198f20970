"""Ways of looking at a derivative with respect to the picture: signed, channels × height × width."""

import numpy as np

from analysis.drawing.colours import table
from analysis.protocol.events import Floats
from analysis.protocol.frame import Pixels
from analysis.protocol.recipe import View

BLUR = 4.0  # σ in pixels, the old toolbox's


def view(derivative: Floats, name: View, percentile: float = 99.0, largest: float | None = None) -> Pixels:
    """The derivative as an RGB picture. What lies above the `percentile` of |value| is drawn as if it were there.

    `largest` gives the value of full strength instead, for several pictures on one scale (see `strength`).
    """
    values = shown_values(derivative, name)
    full = strength(derivative, name, percentile) if largest is None else largest
    shares = (values / full).clip(-1, 1) if full > 0 else np.zeros_like(values)
    if name == "raw":
        shades = np.rint(shares * 127.5 + 127.5).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(shades, (3, *shades.shape[1:])).transpose(1, 2, 0))
    if name in ("norm", "blurred norm"):
        return table("grey")[np.rint(shares * 255).astype(np.uint8)]
    colours = table("grey" if name == "grey" else "diverging-light", signed=True)
    return colours[np.rint(shares * 127.5 + 127.5).astype(np.uint8)]


def strength(derivative: Floats, name: View, percentile: float = 99.0) -> float:
    """The value that this view draws at full strength."""
    return float(np.percentile(np.abs(shown_values(derivative, name)), percentile))


def blurred(values: Floats, sigma: float) -> Floats:
    """Under a Gaussian, cut off at 4 σ; outside the picture there is what lies at its edge."""
    reach = int(np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        length = values.shape[axis]
        padded = np.pad(values, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        parts = (padded.take(range(i, i + length), axis) * weight for i, weight in enumerate(weights))
        total = np.zeros(values.shape, np.float32)
        for part in parts:
            total += part
        values = total
    return values


def shown_values(derivative: Floats, name: View) -> Floats:
    """What the view shows before it is scaled: two-dimensional, or three channels for raw."""
    finite: Floats = np.where(np.isfinite(derivative), derivative, np.float32(0))
    if name == "raw":
        return finite if len(finite) == 3 else finite.mean(0, keepdims=True)
    if name in ("grey", "positive-negative"):
        total: Floats = finite.sum(0)
        return total
    norm = _norm(finite)
    return blurred(norm, BLUR) if name == "blurred norm" else norm


def _norm(values: Floats) -> Floats:
    """Over the channels; of numbers as small as a certain answer leaves, whose squares would leave the range."""
    largest = np.abs(values).max(initial=0)
    if not largest:
        return np.zeros(values.shape[1:], np.float32)
    norm: Floats = np.sqrt(np.square(values / largest).sum(0)) * largest
    return norm
