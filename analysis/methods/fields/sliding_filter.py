"""A filter slides over a map: which inputs each output sees, and how large the output is.

outputs along a side = ⌊(n + 2p − d · (k − 1) − 1) / s⌋ + 1
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Outline, Tile, Tiles


@dataclass(frozen=True)
class SlidingFilter:
    name: ClassVar[str] = "sliding-filter"
    title: ClassVar[str] = "A filter slides"
    summary: ClassVar[str] = "A filter slides over a map: which inputs each output sees, with any stride and dilation."
    family: ClassVar[Family] = "fields"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "result": "how many outputs see each input, so far",
        "output": "rows and columns of the output",
        "sees": "first and last row, first and last column that the last output sees; negative is padding",
    }
    live: ClassVar[bool] = False
    of_no_network: ClassVar[bool] = True

    kernel: int = setting(3, "k: the filter's rows and columns.", low=1, high=15)
    stride: int = setting(1, "s: how far it goes from one output to the next.", low=1, high=15)
    dilation: int = setting(4, "d: how far apart its weights lie.", low=1, high=15)
    padding: int = setting(0, "p: zeros around the map.", low=0, high=30)
    rows: int = setting(20, "Rows of the map; 1 for a drawing in one dimension.", low=1, high=64)
    columns: int = setting(30, "Columns of the map.", low=1, high=64)
    outputs: int = setting(0, "Up to which output it slides, row by row.", low=0, high=4096, lowest="the last")

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.protocol.problems import Problem

        kernels = (self.kernel if self.rows > 1 else 1, self.kernel)
        padding = (self.padding if self.rows > 1 else 0, self.padding)
        sizes = [
            (side + 2 * pad - self.dilation * (kernel - 1) - 1) // self.stride + 1
            for side, kernel, pad in zip((self.rows, self.columns), kernels, padding, strict=True)
        ]
        if min(sizes) < 1:
            reach = self.dilation * (self.kernel - 1) + 1
            raise Problem(
                f"The filter reaches over {reach} places, more than {self.rows} × {self.columns} with the padding has: "
                "choose a larger map or a smaller filter."
            )
        count = sizes[0] * sizes[1] if not self.outputs else min(self.outputs, sizes[0] * sizes[1])
        seen = np.zeros((self.rows, self.columns), np.float32)
        answered = np.zeros(sizes, np.float32)
        for number in range(count):
            at = divmod(number, sizes[1])
            corner = [one * self.stride - pad for one, pad in zip(at, padding, strict=True)]
            taps = [
                (corner[0] + i * self.dilation, corner[1] + j * self.dilation)
                for i in range(kernels[0])
                for j in range(kernels[1])
            ]
            for row, column in taps:
                if 0 <= row < self.rows and 0 <= column < self.columns:
                    seen[row, column] += 1
            answered[at] = 1
            if number + 1 == count or number % max(count // 200, 1) == 0:
                yield Progress(number + 1, count, self._drawn(seen.copy(), answered.copy(), taps, at, sizes))

    def _drawn(
        self, seen: object, answered: object, taps: list[tuple[int, int]], at: tuple[int, int], sizes: list[int]
    ) -> Tiles:
        import numpy as np

        given, made = np.asarray(seen), np.asarray(answered)
        marks = tuple(Outline(row, column, 1, 1) for row, column in taps)
        high = float(given.max(initial=0)) or 1.0
        last = (taps[0][0], taps[-1][0], taps[0][1], taps[-1][1])
        formula = f"⌊({self.columns} + 2·{self.padding} − {self.dilation}·({self.kernel} − 1) − 1) / {self.stride}⌋ + 1"
        words = (
            f"{self.rows} × {self.columns} becomes {sizes[0]} × {sizes[1]}: columns {formula} = {sizes[1]}. "
            f"Output {at[0]},{at[1]} sees rows {last[0]} to {last[1]}, columns {last[2]} to {last[3]}"
            f"{f', every {self.dilation}{_nth(self.dilation)}' if self.dilation > 1 else ''}."
        ).replace("-", "−")
        tiles = (
            Tile(given, "input, and how often it is seen", 0.0, high, outlines=marks),
            Tile(made, "output", 0.0, 1.0, outlines=(Outline(*at, 1, 1),)),
        )
        numbers = {"result": given, "output": np.array(sizes), "sees": np.array(last)}
        return Tiles(tiles, 0, words, numbers)


def _nth(number: int) -> str:
    return {2: "nd", 3: "rd"}.get(number, "th")
