"""The scores of all masks the plain way: every masked picture goes through the whole network."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from analysis.occlusion.masks import Masks, Patch
from analysis.question.batches import batch_size
from analysis.question.question import Question
from analysis.question.scalar import values
from analysis.quick.runtime.batches import in_batches


def plain_scores(question: Question, masks: Masks, patch: Patch) -> Iterator[tuple[list[tuple[int, int]], Tensor]]:
    """The places (numbers of row and column) of a batch, and their scores."""
    places = [(row, column) for row in patch.rows for column in patch.columns]
    size = batch_size(question.network, passes=1)
    question = in_batches(question, size, len(places))
    for first in range(0, len(places), size):
        some = places[first : first + size]
        yield some, values(question, masks.applied(question.input, some))
