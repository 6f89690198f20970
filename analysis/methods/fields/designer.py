"""Layers of one's own, one behind the other: how large each map is, and which inputs one output sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Outline, Tile, Tiles

if TYPE_CHECKING:
    from analysis.methods.fields.designed import Map, Pair, Sliding

Maps: TypeAlias = "tuple[Map, Map]"  # rows and columns

CELL, BETWEEN = 3, 2  # of a drawing in one dimension: how wide a cell is, and how far its rows are apart
THERE, PADDED, SEEN = 0.3, 0.12, 0.55  # how bright a cell of a drawing in one dimension is, and one that is seen


@dataclass(frozen=True)
class FieldDesigner:
    name: ClassVar[str] = "field-designer"
    title: ClassVar[str] = "Layers of your own"
    summary: ClassVar[str] = (
        "Layers one behind the other, as you write them: how large each map is, and which inputs one output sees."
    )
    family: ClassVar[Family] = "fields"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "result": "on how many ways each input comes to the output that is asked about",
        "sizes": "rows and columns of the input and of what each layer gives",
        "fields": "how many inputs one place of each sees, in rows and columns",
        "jumps": "how many inputs lie between two neighbours of each",
        "starts": "the first input that place 0 of each sees; negative is padding",
        "place": "row and column of the output that is asked about",
        "sees": "first and last row, first and last column that it sees; negative is padding",
    }
    live: ClassVar[bool] = True
    of_no_network: ClassVar[bool] = True

    layers: str = setting(
        "k3, k3 s2, k3 d2 p2",
        "From the input on, with commas: k kernel, s stride, d dilation, p padding. k3x1 is 3 rows, 1 column.",
        names="layers",
    )
    rows: int = setting(20, "Rows of the input; 1 for a drawing in one dimension.", low=1, high=96)
    columns: int = setting(30, "Columns of the input.", low=1, high=96)
    row: int = setting(-1, "Row of the output that is asked about.", low=-1, high=95, lowest="the middle one")
    column: int = setting(-1, "Column of the output that is asked about.", low=-1, high=95, lowest="the middle one")

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.methods.fields.designed import layers_of, maps_of, ways_back
        from analysis.protocol.problems import Problem

        layers = layers_of(self.layers, self.rows == 1)
        maps = maps_of(layers, (self.rows, self.columns))
        place = tuple(
            one.size // 2 if asked < 0 else asked for one, asked in zip(maps[-1], (self.row, self.column), strict=True)
        )
        for name, at, one in zip(("row", "column"), place, maps[-1], strict=True):
            if at >= one.size:
                raise Problem(f"The output has {name}s 0 to {one.size - 1}, not {at}.")
        ways = [[int(at == where) for at in range(one.size)] for one, where in zip(maps[-1], place, strict=True)]
        all_ways = [ways]
        for layer, before in zip(reversed(layers), reversed(maps[:-1]), strict=True):
            yield Progress(len(all_ways), len(layers) + 1, self._drawn(layers, maps, all_ways, place))
            ways = [ways_back(layer, before[side].size, ways[side], side) for side in (0, 1)]
            all_ways.append(ways)
        yield Progress(len(layers) + 1, len(layers) + 1, self._drawn(layers, maps, all_ways, place))

    def _drawn(
        self, layers: Sequence[Sliding], maps: Sequence[Maps], all_ways: Sequence[Sequence[Any]], place: Any
    ) -> Tiles:
        """`all_ways` begin at the output."""
        import numpy as np

        known: list[Any] = [None] * (len(maps) - len(all_ways)) + list(reversed(all_ways))
        if self.rows == 1:
            tiles: tuple[Tile, ...] = (_pyramid(layers, maps, known),)
        else:
            tiles = tuple(_tile(number, pair, known[number]) for number, pair in enumerate(maps))
        ways = known[0] if known[0] is not None else [[0] * one.size for one in maps[0]]
        corner = [one.start + at * one.jump for one, at in zip(maps[-1], place, strict=True)]
        sees = [end for at, one in zip(corner, maps[-1], strict=True) for end in (at, at + one.field - 1)]
        numbers = {
            "result": np.outer(*(np.array(side, np.float32) for side in ways)),
            "sizes": np.array([[one.size for one in pair] for pair in maps]),
            "fields": np.array([[one.field for one in pair] for pair in maps]),
            "jumps": np.array([[one.jump for one in pair] for pair in maps]),
            "starts": np.array([[one.start for one in pair] for pair in maps]),
            "place": np.array(place),
            "sees": np.array(sees),
        }
        return Tiles(tiles, 0 if self.rows > 1 else 1, _words(layers, maps, place, sees), numbers)


def _tile(number: int, pair: Maps, ways: Any) -> Tile:
    """A map, with the places that lead to the output that is asked about."""
    import numpy as np

    rows, columns = pair
    title = f"{'input' if number == 0 else f'after layer {number}'}: {rows.size} × {columns.size}"
    if ways is None:
        return Tile(np.zeros((rows.size, columns.size), np.float32), title, 0.0, 1.0, "not looked at yet")
    values = np.outer(*(np.array(side, np.float32) for side in ways)).astype(np.float32)
    box = [(min(seen), max(seen) + 1) for side in ways if (seen := [at for at, count in enumerate(side) if count])]
    outlines: tuple[Outline, ...] = ()
    if len(box) == 2:
        (top, bottom), (left, right) = box
        outlines = (Outline(top, left, bottom - top, right - left),)
    high = float(values.max(initial=0)) or 1.0
    return Tile(values, title, 0.0, high, "on how many ways it leads there", outlines=outlines)


def _pyramid(layers: Sequence[Sliding], maps: Sequence[Maps], known: Sequence[Any]) -> Tile:
    """Every place over the middle of what it sees: the output above, the input below."""
    import numpy as np

    paddings = [layer.padding[1] for layer in layers] + [0]
    ends: list[int] = []
    for (_, one), padding in zip(maps, paddings, strict=True):
        ends += [_middle(one, place) for place in (-padding, one.size - 1 + padding)]
    first, wide = min(ends), 2 * (max(ends) - min(ends)) + CELL
    step = CELL + BETWEEN
    drawing = np.zeros((step * len(maps) - BETWEEN, wide), np.float32)
    outlines = []
    for number, ((_, one), padding, ways) in enumerate(zip(maps, paddings, known, strict=True)):
        row = step * (len(maps) - 1 - number)
        side = ways[1] if ways is not None else [0] * one.size
        most = max(side, default=0) or 1
        for place in range(-padding, one.size + padding):
            left = 2 * (_middle(one, place) - first)
            inside = 0 <= place < one.size
            count = side[place] if inside else 0
            bright = SEEN + (1 - SEEN) * count / most if count else THERE if inside else PADDED
            drawing[row : row + CELL, left : left + CELL] = bright
            if count:
                outlines.append(Outline(row, left, CELL, CELL))
    words = "bright: leads to the output that is asked about; dark: padding"
    return Tile(drawing, "output above, input below", 0.0, 1.0, words, outlines=tuple(outlines))


def _middle(one: Map, place: int) -> int:
    """Twice the middle of what this place sees."""
    return 2 * (one.start + place * one.jump) + one.field - 1


def _words(layers: Sequence[Sliding], maps: Sequence[Maps], place: Pair, sees: Sequence[int]) -> str:
    line = maps[0][0].size == 1
    said = []
    for number, (layer, (before, after)) in enumerate(zip(layers, pairwise(maps), strict=True), 1):
        grown = [
            f"{old.field} + ({k} − 1)·{d}·{old.jump} = {new.field}"
            for old, new, k, d in zip(before, after, layer.kernel, layer.dilation, strict=True)
        ]
        field = grown[1] if grown[0] == grown[1] or line else f"{grown[0]} rows, {grown[1]} columns"
        sizes = " → ".join(
            f"{pair[1].size}" if line else f"{pair[0].size} × {pair[1].size}" for pair in (before, after)
        )
        said.append(f"Layer {number} ({layer.words(line)}): {sizes}, r = {field}.")
    top, bottom, left, right = sees
    end = f"Output {place[1]} sees inputs {left} to {right}."
    if not line:
        end = f"Output {place[0]},{place[1]} sees rows {top} to {bottom}, columns {left} to {right}."
    return " ".join([*said, end.replace("-", "−")])
