"""A convolution of 3×3 on a map of 3×3 as a matrix, and dropout as a diagonal matrix R before what it gives.

y = R·W·x, where row i of W holds the weights that make output i. A weight stands in many rows: with some of them left
out it still learns from the others, ∂y/∂w_k = Σ_i R_ii · x_(place of w_k in row i).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Outline, Tile, Tiles

SIDE = 3
CELLS = SIDE * SIDE
DIAGONAL = 1  # which tile it is


@dataclass(frozen=True)
class DropoutMatrix:
    name: ClassVar[str] = "dropout-matrix"
    title: ClassVar[str] = "The matrix of a convolution"
    summary: ClassVar[str] = "A 3×3 convolution as a 9×9 matrix with rows left out: where a weight still learns."
    family: ClassVar[Family] = "dropout"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "result": "R·W: which weight stands where, by its number; 0 is none",
        "matrix": "W, likewise",
        "diagonal": "the diagonal of R",
        "input": "x",
        "filter": "the nine weights",
        "output": "R·W·x",
        "gradient": "what each weight learns where ones flow back to the outputs",
        "rows": "the rows in which the chosen weight still learns, from 1",
    }
    live: ClassVar[bool] = True
    of_no_network: ClassVar[bool] = True

    dropped: str = setting(
        "", "Which outputs are left out, from 1 to 9, as 2, 5; a click on R's diagonal says so, too."
    )
    whole: bool = setting(False, "Leave the whole map out.")
    weight: int = setting(5, "The weight that is followed, from 1 to 9.", low=1, high=CELLS)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        stays = np.ones(CELLS)
        for row in left_out(self.dropped):
            stays[row - 1] = 0
        if self.whole:
            stays[:] = 0
        matrix = np.zeros((CELLS, CELLS), np.int64)  # the number of the weight
        for out in range(CELLS):
            for k in range(CELLS):
                row, column = out // SIDE + k // SIDE - 1, out % SIDE + k % SIDE - 1
                if 0 <= row < SIDE and 0 <= column < SIDE:
                    matrix[out, row * SIDE + column] = k + 1
        x, weights = np.arange(1, CELLS + 1, dtype=np.float64), np.arange(1, CELLS + 1) / 10
        product = matrix * stays[:, None].astype(np.int64)
        values = np.where(product > 0, weights[np.maximum(product, 1) - 1], 0.0)
        output = values @ x
        gradient = np.array([float(((product == k) * x).sum()) for k in range(1, CELLS + 1)])
        rows = np.flatnonzero((product == self.weight).any(1)) + 1
        places = [Outline(int(at[0]), int(at[1]), 1, 1) for at in np.argwhere(product == self.weight)]
        lost = [
            Outline(int(at[0]), int(at[1]), 1, 1, dim=True)
            for at in np.argwhere((matrix == self.weight) & (product == 0))
        ]
        corner = divmod(self.weight - 1, SIDE)
        followed = (Outline(corner[0], corner[1], 1, 1),)
        square = (SIDE, SIDE)
        tiles = (
            _tile(matrix, "W: which weight", CELLS, tuple(_at(matrix, self.weight))),
            _tile(np.diag(stays), "R: click its diagonal", 1.0, tuple(Outline(i, i, 1, 1) for i in range(CELLS))),
            _tile(product, "R·W: still learns", CELLS, (*places, *lost)),
            _tile(gradient.reshape(square), "what each learns", float(gradient.max()) or 1.0, followed),
            _tile(x.reshape(square), "x, zeros around", CELLS, ()),
            _tile(weights.reshape(square), "the filter", float(weights.max()), followed),
            _tile(output.reshape(square), "y = R·W·x", float(output.max()) or 1.0, ()),
        )
        numbers = {
            "result": product,
            "matrix": matrix,
            "diagonal": stays,
            "input": x,
            "filter": weights,
            "output": output,
            "gradient": gradient,
            "rows": rows,
        }
        yield Progress(1, 1, Tiles(tiles, 0, self._words(rows.tolist(), stays, gradient), numbers))

    def _words(self, rows: list[int], stays: object, gradient: object) -> str:
        import numpy as np

        out = (np.flatnonzero(np.asarray(stays) == 0) + 1).tolist()
        learns = float(np.asarray(gradient)[self.weight - 1])
        name = f"w{self.weight}"
        if len(out) == CELLS:
            return f"The whole map is out: no row is left, and {name} learns nothing from this picture."
        gone = (
            f"Rows {', '.join(map(str, out))} are out"
            if len(out) > 1
            else f"Row {out[0]} is out"
            if out
            else "All stay"
        )
        if not rows:
            return f"{gone}: {name} stands in none of the others and learns nothing."
        where = f"row{'s'[: len(rows) != 1]} {', '.join(map(str, rows))}"
        return (
            f"{gone}; {name} still learns in {where}: {learns:g} in all, where ones flow back; leaving elements "
            "out does not keep it from learning."
        )


def left_out(dropped: str) -> list[int]:
    """The rows, from 1."""
    from analysis.protocol.problems import Problem

    found = []
    for word in dropped.replace(",", " ").split():
        if not (word.isascii() and word.isdigit() and 1 <= int(word) <= CELLS):
            raise Problem(f"“{word[:20]}” is no output of the nine: name those that are left out as 2, 5.")
        found.append(int(word))
    return sorted(set(found))


def toggled(dropped: str, row: int) -> str:
    """With this row the other way, from 1."""
    return ", ".join(map(str, sorted(set(left_out(dropped)) ^ {row})))


def _at(matrix: object, weight: int) -> Iterator[Outline]:
    import numpy as np

    for row, column in np.argwhere(np.asarray(matrix) == weight):
        yield Outline(int(row), int(column), 1, 1)


def _tile(values: object, title: str, high: float, outlines: tuple[Outline, ...]) -> Tile:
    import numpy as np

    return Tile(np.asarray(values, np.float32), title, 0.0, high, outlines=outlines, written=True)
