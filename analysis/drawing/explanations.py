"""The result of an explanation as it is looked at: its pixels, the values behind them, its scale, and it as a veil.

A derivative is looked at by one of `VIEWS`; a map over the picture in its own cells.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.drawing.colours import table
from analysis.drawing.derivatives import strength, view
from analysis.drawing.overlay import levels
from analysis.protocol.events import Floats
from analysis.protocol.frame import Pixels
from analysis.protocol.looks import Looks, look_in
from analysis.results.derivative_views import shown_values
from analysis.results.kinds import Derivative, Heat, Result
from analysis.results.looks import LOOKS, DerivativeLook, HeatLook
from analysis.results.over_picture import placed

Look: TypeAlias = DerivativeLook | HeatLook


@dataclass(frozen=True, eq=False)
class Drawn:
    """`values` is what lies behind each of `pixels`; `over` the same at the size of the picture, NaN where nothing is.

    `colours` from `low` to `high` is the scale; beyond it values are drawn as at its ends.
    """

    pixels: Pixels
    values: Floats
    over: Floats
    colours: NDArray[np.uint8]
    low: float
    high: float
    cells: bool  # whether the pixels are cells of a coarser map

    @property
    def signed(self) -> bool:
        return self.low < 0

    @property
    def is_nothing(self) -> bool:
        return is_nothing(self.values)


NOTHING = "There is no positive evidence in it: every value is zero."


def is_nothing(values: Floats) -> bool:
    """Whether a map says nothing at all, which would look like one with a scale of its own."""
    return not np.nan_to_num(values).any()


def drawn(result: Result, size: tuple[int, int], look: Look, largest: float | None = None) -> Drawn:
    """`look` is that of the result's kind, `size` the picture's height and width.

    `largest` is the value of full strength; without it that at which the look clips the absolute values.
    """
    full = full_strength(result, look) if largest is None else largest
    if isinstance(result, Derivative):
        return _derivative(result.values, _of_derivatives(look), full or 1.0)
    heat = _heat(result)
    values = heat.values
    low = _low(values, full)
    colours = table("diverging" if low < 0 else "inferno", signed=low < 0)
    over = placed(heat, size)
    return Drawn(colours[levels(values, low, full or 1.0)], values, over, colours, low, full or 1.0, cells=True)


def full_strength(result: Result, look: Look) -> float:
    """The value that this look draws at full strength; several results share a scale by the largest of theirs."""
    if isinstance(result, Derivative):
        return strength(result.values, _of_derivatives(look).view, look.clip)
    values = np.abs(_heat(result).values)
    finite = values[np.isfinite(values)]
    return float(np.percentile(finite, look.clip)) if finite.size else 0.0


def shared_ends(results: Iterable[Result], looks: Looks) -> dict[type[Any], float]:
    """Where the scale ends that results of one kind share: the strongest of them is the measure of all."""
    ends: dict[type[Any], float] = {}
    for result in results:
        kind = type(result)
        ends[kind] = max(ends.get(kind, 0.0), full_strength(result, look_in(looks, LOOKS[kind])))
    return ends


def _heat(result: Result) -> Heat:
    if not isinstance(result, Heat):
        raise TypeError(f"A {type(result).__name__} is no map over the picture.")
    return result


def _of_derivatives(look: Look) -> DerivativeLook:
    if not isinstance(look, DerivativeLook):
        raise TypeError(f"A derivative is not looked at by a {type(look).__name__}.")
    return look


def veil(shown: Drawn, opacity: float) -> NDArray[np.uint8]:
    """To lay over the picture: RGBA, the further from zero a place is the less of the picture shows through."""
    signed = shown.signed
    colours = table("diverging" if signed else "inferno", signed=signed)
    level = levels(shown.over, shown.low, shown.high)
    distance = np.abs(level.astype(np.float32) - 127.5) / 127.5 if signed else level.astype(np.float32) / 255
    alpha = np.where(np.isfinite(shown.over), np.clip(distance * 1.4, 0, 1) * opacity, 0)
    rgba = np.empty((*level.shape, 4), np.uint8)
    rgba[..., :3] = colours[level]
    rgba[..., 3] = np.rint(alpha * 255)
    return rgba


def _derivative(derivative: Floats, look: DerivativeLook, full: float) -> Drawn:
    values = shown_values(derivative, look.view)
    if look.view == "raw":  # three channels have no one value; the strongest stands for them
        strongest = np.abs(values).argmax(0)
        values = np.take_along_axis(values, strongest[None], 0)[0]
    signed = look.view not in ("norm", "blurred norm")
    name = "diverging-light" if look.view == "positive-negative" else "grey"
    pixels = view(derivative, look.view, look.clip, full)
    return Drawn(pixels, values, values, table(name, signed=signed), -full if signed else 0.0, full, cells=False)


def _low(values: Floats, full: float) -> float:
    """Where the scale of a map begins: at zero, as far below it as above, or at its least where zero is far off."""
    finite = values[np.isfinite(values)]
    least = float(finite.min(initial=full))
    if least < 0:
        return -(full or 1.0)
    return least if _FAR_OFF * full < least < full else 0.0


_FAR_OFF = 0.3  # of the largest value
