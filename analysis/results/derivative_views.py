"""Ways of looking at a derivative with respect to the picture, in numbers."""

import numpy as np

from analysis.pictures.covering import blurred
from analysis.protocol.events import Floats
from analysis.protocol.recipe import View

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
    return blurred(norm, BLUR) if name == "blurred norm" else norm


def _norm(values: Floats) -> Floats:
    """Over the channels; of numbers as small as a certain answer leaves, whose squares would leave the range."""
    largest = np.abs(values).max(initial=0)
    if not largest:
        return np.zeros(values.shape[1:], np.float32)
    norm: Floats = np.sqrt(np.square(values / largest).sum(0)) * largest
    return norm
