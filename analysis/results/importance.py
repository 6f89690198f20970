"""One number for each pixel of how much it matters, from every result that says something of each."""

from dataclasses import dataclass

import numpy as np

from analysis.results.derivative_views import shown_values
from analysis.results.kinds import Derivative, Floats, Heat
from analysis.results.over_picture import placed
from analysis.results.views import View


@dataclass(frozen=True, eq=False)
class Importance:
    """`pixels`: rows × columns of the picture; `grid`: how many rows and columns it can tell apart."""

    pixels: Floats
    grid: tuple[int, int]

    @property
    def spread(self) -> float:
        """Largest minus least; 0 says that nothing is in it."""
        return float(self.pixels.max() - self.pixels.min())


def importance(result: Derivative | Heat, size: tuple[int, int], view: View) -> Importance:
    """What is looked at with a sign counts by its size, whichever way it speaks."""
    if isinstance(result, Derivative):
        if view == "raw":
            return Importance(np.abs(result.values).sum(0), size)
        return Importance(np.abs(shown_values(result.values, view)), size)
    over = placed(result, size)
    least = float(np.nanmin(over)) if np.isfinite(over).any() else 0.0
    rows, columns = result.values.shape
    return Importance(np.where(np.isfinite(over), over, np.float32(least)), result.cells or (rows, columns))
