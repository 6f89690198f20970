"""Of a picture that is zero but for a small part of it: that part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.protocol.events import Floats
    from analysis.protocol.layers import ReceptiveField

WORTH_IT = 0.6  # of the rows and columns: a part that is larger is seen well enough in all of it


@dataclass(frozen=True)
class Part:
    """Rows and columns of a picture, the last ones not among them."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def words(self) -> str:
        return f"{self.bottom - self.top}×{self.right - self.left}"


def part_of_interest(values: Floats, field: ReceptiveField | None, place: tuple[int, int] | None) -> Part | None:
    """What the place sees, or all that is not zero where that is not known or not all; None for the whole picture.

    `values` are channels × rows × columns.
    """
    import numpy as np

    height, width = values.shape[1:]
    there = np.abs(values).sum(0) > 0
    rows, columns = there.any(1).nonzero()[0], there.any(0).nonzero()[0]
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    if field is not None and place is not None:
        box = field.box(*place)
        seen = (max(box[0], 0), max(box[1], 0), min(box[2], height), min(box[3], width))
        if seen[0] <= top and seen[1] <= left and seen[2] >= bottom and seen[3] >= right:
            top, left, bottom, right = seen
    if bottom - top > WORTH_IT * height or right - left > WORTH_IT * width:
        return None
    return Part(top, left, bottom, right)
