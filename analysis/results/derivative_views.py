"""Ways of looking at a derivative with respect to the picture, in numbers."""

import numpy as np

from analysis.results.kinds import Floats
from analysis.results.views import View

BLUR = 4.0  # σ in pixels, the old toolbox's


def shown_values(derivative: Floats, name: View) -> Floats:
    """What the view shows before it is scaled: two-dimensional, or three channels for raw."""
    finite: Floats = np.where(np.isfinite(derivative), derivative, np.float32(0))
    if name == "raw":
        return finite if len(finite) == 3 else finite.mean(0, keepdims=True)
    if name in ("grey", "positive-negative"):
        total: Floats = finite.sum(0)
        return total
    norm = _norm(finite)
    return blurred(norm, BLUR, reach=int(4 * BLUR)) if name == "blurred norm" else norm


def _norm(values: Floats) -> Floats:
    """Over the channels; of numbers as small as a certain answer leaves, whose squares would leave the range."""
    largest = np.abs(values).max(initial=0)
    if not largest:
        return np.zeros(values.shape[1:], np.float32)
    norm: Floats = np.sqrt(np.square(values / largest).sum(0)) * largest
    return norm


def blurred(values: Floats, sigma: float, reach: int) -> Floats:
    """Under a Gaussian that goes `reach` pixels to each side; outside of the picture there is what lies at its edge."""
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
