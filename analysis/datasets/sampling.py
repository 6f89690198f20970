"""Which pictures of a data set are looked at when all would be too many."""

from __future__ import annotations

import numpy as np

from analysis.datasets.data_set import DataSet, labels_of


def stratified(data: DataSet, count: int, seed: int = 0) -> tuple[int, ...]:
    """The indices of `count` pictures drawn by a seed, as many of each class as can be; all of them if there are fewer.

    A smaller sample is the beginning of a larger one of the same seed, so that a sweep which is to be finer keeps what
    it has. Where some have a label, those without are left out; where none has, all count as one class.
    """
    labels = labels_of(data)
    groups: dict[int | None, list[int]] = {}
    for index, label in enumerate(labels):
        groups.setdefault(label, []).append(index)
    if len(groups) > 1:
        groups.pop(None, None)
    random = np.random.default_rng(seed)
    drawn = [
        random.permutation(groups[label]) for label in sorted(groups, key=lambda label: -1 if label is None else label)
    ]
    drawn = [drawn[place] for place in random.permutation(len(drawn))]  # which class comes first, when not all come
    most = max(map(len, drawn), default=0)
    in_turn = (int(group[turn]) for turn in range(most) for group in drawn if turn < len(group))
    return tuple(index for index, _ in zip(in_turn, range(max(count, 0)), strict=False))
