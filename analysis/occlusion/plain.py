"""The scores of all masks the plain way: every masked picture goes through the whole network."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from analysis.occlusion.masks import Masks, Patch
from analysis.question.batches import batch_size
from analysis.question.question import Question
from analysis.question.scalar import values
from analysis.quick.runtime.batches import in_batches


class PlainScores:
    """Of one sweep, whose patches are all asked the same way."""

    def __init__(self, question: Question, masks: Masks, total: int) -> None:
        self._question, self._masks = question, masks
        self._size = batch_size(question.network, passes=1)
        self._asked = in_batches(question, self._size, total)

    def of(self, patch: Patch) -> Iterator[tuple[list[tuple[int, int]], Tensor]]:
        """The places (numbers of row and column) of a batch, and their scores."""
        left = [(row, column) for row in patch.rows for column in patch.columns]
        for count in self._question.pace.shares(len(left), self._size):
            some, left = left[:count], left[count:]
            yield some, values(self._asked, self._masks.applied(self._question.input, some))
