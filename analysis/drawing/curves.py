"""Which of a method's arrays are lines, what they stand over, and which are single numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEW = 4


@dataclass(frozen=True, eq=False)
class Line:
    name: str
    values: NDArray[Any]
    beside: bool  # not the result itself but something to compare it with


@dataclass(frozen=True, eq=False)
class Curves:
    """`places` are where the points stand: the values of the array called `axis`, or 0, 1, 2, … where that is empty.

    `names` are the places' own names, where that array has a text for each of them instead of a number, and `film` the
    maps that were compared, where there is one for each.
    """

    lines: tuple[Line, ...]
    axis: str
    places: NDArray[Any]
    names: tuple[str, ...] | None
    film: NDArray[Any] | None
    few: tuple[tuple[str, tuple[float, ...]], ...]


def curves_of(arrays: Mapping[str, NDArray[Any]]) -> Curves:
    """The result and all arrays of its shape are lines, over the longest row of numbers that fits them.

    An array of texts names the places or, where it has one for each of several lines, these.
    """
    result = np.atleast_1d(arrays["result"])
    rows = {name: a for name, a in arrays.items() if name != "result" and a.ndim == 1 and len(a) in result.shape}
    axis = max((name for name in rows if rows[name].dtype.kind == "f"), key=lambda name: len(rows[name]), default="")
    if axis and len(rows[axis]) <= _FEW < max(result.shape):
        axis = ""
    length = len(rows[axis]) if axis else max(result.shape)
    texts = [a for a in rows.values() if a.dtype.kind == "U"]
    names = next((a for a in texts if len(a) == length), None)
    places = rows[axis] if axis else np.arange(length)
    if names is not None:
        axis = next(name for name in rows if rows[name] is names)
    called = next((a for a in texts if result.ndim == 2 and len(a) != length), None)
    film = next((a for a in arrays.values() if a.ndim == 3 and len(a) == length), None)
    return Curves(
        lines=tuple(
            line
            for name, array in arrays.items()
            if array.dtype.kind in "fi" and np.atleast_1d(array).shape == result.shape and name != axis
            for line in _lines(name, np.atleast_1d(array), length, called)
        ),
        axis=axis,
        places=places,
        names=None if names is None else tuple(map(str, names)),
        film=film,
        few=tuple(
            (name, tuple(float(value) for value in array.flat))
            for name, array in arrays.items()
            if array.dtype.kind in "fi" and array.size <= _FEW and array.shape != result.shape and name != axis
        ),
    )


def _lines(name: str, array: NDArray[Any], length: int, called: NDArray[Any] | None) -> list[Line]:
    along = np.moveaxis(array, array.shape.index(length), -1).reshape(-1, length)
    names = [name] if len(along) == 1 else [f"{name} {number}" for number in range(len(along))]
    if called is not None:
        names = [str(one) if name == "result" else f"{one}, {name}" for one in called]
    return [Line(one, values, beside=name != "result") for one, values in zip(names, along, strict=True)]
