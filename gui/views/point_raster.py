"""Points as pixels, by NumPy alone: a million of them in a few hundredths of a second, also off any screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Array = Any
_SPLATS = 1_500_000  # pixels that are written for a picture at most, but for one a point
_CELLS = 256  # of the grid by which points are found, along a side
FEW = 20_000  # points among which the nearest is found without a grid


@dataclass(frozen=True)
class Sight:
    """Which part of the plane is seen: a pixel is `1 / scale` wide, and (x, y) of the middle of the picture."""

    scale: float
    x: float
    y: float

    def zoomed(self, times: float, at: tuple[float, float], size: tuple[int, int]) -> Sight:
        """What lies at this pixel stays there."""
        scale = min(max(self.scale * times, 1e-6), 1e7)
        across, down = at[0] - size[0] / 2, at[1] - size[1] / 2
        return Sight(scale, self.x + across / self.scale - across / scale, self.y + down / self.scale - down / scale)

    def moved(self, across: float, down: float) -> Sight:
        return Sight(self.scale, self.x - across / self.scale, self.y - down / self.scale)


def whole(places: Array, size: tuple[int, int], margin: int = 14) -> Sight:
    """All of them, one scale for both axes."""
    if not len(places):
        return Sight(1.0, 0.0, 0.0)
    least, most = places.min(0), places.max(0)
    wide, high = (max(float(one), 1e-9) for one in (most - least)[:2])
    scale = min(max(size[0] - 2 * margin, 8) / wide, max(size[1] - 2 * margin, 8) / high, 1e6)
    return Sight(scale, float(least[0] + most[0]) / 2, float(least[1] + most[1]) / 2)


def on_screen(places: Array, sight: Sight, size: tuple[int, int]) -> tuple[Array, Array]:
    """Columns and rows, in pixels and parts of them."""
    import numpy as np

    scale = np.float32(sight.scale)
    columns = places[:, 0] * scale + np.float32(size[0] / 2 - sight.x * sight.scale)
    rows = places[:, 1] * scale + np.float32(size[1] / 2 - sight.y * sight.scale)
    return columns, rows


def raster(
    columns: Array, rows: Array, inks: Array, size: tuple[int, int], ground: int, dot: int
) -> NDArray[np.uint32]:
    """Rows × columns of 0xffRRGGBB, each point a square of `dot` pixels without its corners; later points lie over
    earlier ones."""
    import numpy as np

    wide, high = size
    reach = dot // 2
    while reach and (2 * reach + 1) ** 2 * len(columns) > _SPLATS:
        reach -= 1
    across, down = wide + 2 * reach + 2, high + 2 * reach + 2
    buffer = np.full(down * across, ground, np.uint32)
    # What lies outside is put on the edge, which is cut off: cheaper than to choose what lies inside.
    key = np.clip(rows, -1 - reach, high + reach).astype(np.int32)
    key += reach + 1
    np.clip(key, 0, down - 1, out=key)
    key *= across
    column = np.clip(columns, -1 - reach, wide + reach).astype(np.int32)
    column += reach + 1
    np.clip(column, 0, across - 1, out=column)
    key += column
    if reach:
        edge = (column < reach) | (column >= across - reach) | (key < reach * across) | (key >= (down - reach) * across)
        key, inks = key[~edge], inks[~edge]
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            if reach and abs(x) == reach and abs(y) == reach:
                continue
            buffer[key + (y * across + x)] = inks
    return np.ascontiguousarray(
        buffer.reshape(down, across)[reach + 1 : reach + 1 + high, reach + 1 : reach + 1 + wide]
    )


def inside(columns: Array, rows: Array, corners: list[tuple[float, float]]) -> Array:
    """Which points lie in the polygon (even and odd crossings), each asked only inside its box."""
    import numpy as np

    found = np.zeros(len(columns), bool)
    if len(corners) < 3:
        return found
    polygon = np.array(corners, np.float64)
    (left, top), (right, bottom) = polygon.min(0), polygon.max(0)
    some = np.flatnonzero((columns >= left) & (columns <= right) & (rows >= top) & (rows <= bottom))
    x, y = columns[some].astype(np.float64), rows[some].astype(np.float64)
    odd = np.zeros(len(some), bool)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        odd ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    found[some] = odd
    return found


class Finder:
    """Who is nearest to a place, in well under a thousandth of a second: a grid once there are many."""

    def __init__(self, places: Array) -> None:
        import numpy as np

        self._places = places
        self._starts: Array = None
        if len(places) <= FEW:
            return
        self._least = places.min(0)
        self._size = np.maximum((places.max(0) - self._least) / _CELLS, 1e-12).astype(np.float32)
        cells = np.minimum(((places - self._least) / self._size).astype(np.int32), _CELLS - 1)
        keys = cells[:, 1] * _CELLS + cells[:, 0]
        self._order = np.argsort(keys, kind="stable")
        self._starts = np.searchsorted(keys[self._order], np.arange(_CELLS * _CELLS + 1))

    def nearest(self, x: float, y: float, reach: float) -> int:
        """−1 where none is within reach."""
        import numpy as np

        some = self._near(x, y, reach)
        places = self._places if some is None else self._places[some]
        if not len(places):
            return -1
        squares = (places[:, 0] - np.float32(x)) ** 2 + (places[:, 1] - np.float32(y)) ** 2
        best = int(squares.argmin())
        if float(squares[best]) > reach * reach:
            return -1
        return best if some is None else int(some[best])

    def _near(self, x: float, y: float, reach: float) -> Array | None:
        """Of a crowded cell as many as can be asked; None for all."""
        import numpy as np

        if self._starts is None:
            return None
        at = [(x - self._least[0]) / self._size[0], (y - self._least[1]) / self._size[1]]
        wide = [min(max(int(np.ceil(reach / float(size))), 1), 3) for size in self._size]
        columns = [min(max(int(at[0]) + step * wide[0], 0), _CELLS - 1) for step in (-1, 1)]
        rows = [min(max(int(at[1]) + step * wide[1], 0), _CELLS - 1) for step in (-1, 1)]
        parts = [
            self._order[self._starts[row * _CELLS + columns[0]] : self._starts[row * _CELLS + columns[1] + 1]]
            for row in range(rows[0], rows[1] + 1)
        ]
        found = np.concatenate(parts)
        return found[:: max(len(found) // 50_000, 1)]
