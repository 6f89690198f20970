"""Ways of looking at a derivative with respect to the picture: signed, channels × height × width."""

import numpy as np

from analysis.drawing.colours import table
from analysis.protocol.events import Floats
from analysis.protocol.frame import Pixels
from analysis.results.derivative_views import shown_values
from analysis.results.views import View


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
