"""What a question's target answers to the pictures of a data set: the scale on which a made picture is measured."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.datasets.data_set import DataSet
from analysis.datasets.opening import data_set
from analysis.datasets.sampling import stratified
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.scalar import values

AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Answers:
    """`indices` are those of the pictures that could be read, `values` what is answered to each."""

    data: DataSet
    indices: NDArray[np.int64]
    values: NDArray[np.float64]

    def above(self, value: float) -> float:
        """Of how many pictures of a hundred this is more than the answer; equal ones count half."""
        below, equal = (self.values < value).sum(), (self.values == value).sum()
        return float(100 * (below + equal / 2) / len(self.values))

    def best(self, count: int) -> NDArray[np.int64]:
        order = np.argsort(-self.values, kind="stable")
        return self.indices[order[:count]]


def answers_of(question: Question, name: str, count: int) -> Generator[tuple[int, int], None, Answers]:
    """Tells how many of how many pictures were asked."""
    data = data_set(name)
    chosen = stratified(data, count, question.seed)
    found: list[float] = []
    read: list[int] = []
    done = 0
    for share in question.pace.shares(len(chosen), AT_ONCE):
        inputs = []
        for index in chosen[done : done + share]:
            picture = input_of(question, data, index)
            if picture is not None:
                inputs.append(picture)
                read.append(index)
        if inputs:
            found += [float(value) for value in values(question, torch.cat(inputs))]
        done += share
        yield done, len(chosen)
    if not found:
        raise Problem(f"None of the pictures of “{data.title}” could be read: choose another data set.")
    return Answers(data, np.array(read, np.int64), np.array(found))


def how_many(name: str, most: int) -> int:
    """Of the data set's pictures; said before anything else is made where there is no such data set."""
    data = data_set(name)
    if not data.count:
        raise Problem(f"There is no picture in “{data.title}”: choose another data set.")
    return min(data.count, most)


def input_of(question: Question, data: DataSet, index: int) -> Tensor | None:
    """As the network sees it; None where it cannot be read."""
    network = question.network
    try:
        pixels = data.picture(index)
    except Problem:
        return None
    return network.input_of_fitted(network.picture(pixels)).to(question.input)
