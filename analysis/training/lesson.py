"""What the learning lab learns from: digits that are always there, MNIST, or any data set of a person's."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from analysis.datasets.data_set import DataSet
from analysis.datasets.opening import data_set
from analysis.opening.loading import Loading
from analysis.pictures.images import fitted, planes
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.training.examples import Examples

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = ("digits", "MNIST", "other")
TESTS = ("test", "val", "valid", "validation", "dev")  # names of parts for tests
TESTED = 0.2  # of a set without a part for tests
MOST = 60_000  # examples that are read
AT_ONCE = 100
FEWEST = 10
_TOO_MUCH = 2 << 30  # bytes of all pictures


@dataclass(frozen=True, eq=False)
class Lesson:
    examples: Examples
    classes: tuple[str, ...]
    words: str


Steps = Generator[Loading, None, Lesson]


def lesson(data: str, other: str, most: int, p: Preprocessing, seed: int) -> Steps:
    """`most` examples to learn from, all of them with 0; fitted to what the network sees, an eighth step at a time."""
    if data == "digits":
        made = _digits(p)
        yield Loading(1, 1, "drawing the digits larger")
        inputs, labels, classes = made
        learnt, tested = _parted(len(labels), seed)
        rest = Examples(inputs[learnt], labels[learnt], inputs[tested], labels[tested])
        words = "1,797 digits of 8×8 pixels (scikit-learn), drawn larger"
    else:
        name = "MNIST" if data == "MNIST" else other.strip()
        if not name:
            raise Problem("No data set is named to learn from: write a folder, whose sub-folders are the classes.")
        rest, classes, words = yield from _of_set(name, most, p, seed)
    if most and most < len(rest.targets):
        rest = Examples(rest.inputs[:most], rest.targets[:most], rest.test_inputs, rest.test_targets)
    if data != "other" and other.strip():
        words += f", and not from “{other.strip()}” (choose “other” as the data for that)"
    return Lesson(rest, classes, words)


@lru_cache(maxsize=2)
def _digits(p: Preprocessing) -> tuple[torch.Tensor, torch.Tensor, tuple[str, ...]]:
    from sklearn.datasets import load_digits

    found = load_digits()
    small = torch.from_numpy(found.images.astype(np.float32))[:, None] * (255 / 16)
    grown = torch.nn.functional.interpolate(small, size=(p.height, p.width), mode="bilinear").round().clamp(0, 255)
    inputs = grown.to(torch.uint8).expand(-1, p.channels, -1, -1).contiguous()
    return inputs, torch.from_numpy(found.target.astype(np.int64)), tuple("0123456789")


def _parted(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Which are learnt from and which are for tests; the same ones for a seed."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed * 7919 + 5))
    tests = max(int(count * TESTED), 1)
    return order[tests:], order[:tests]


def _of_set(
    name: str, most: int, p: Preprocessing, seed: int
) -> Generator[Loading, None, tuple[Examples, tuple[str, ...], str]]:
    parts = _parts(name)
    whole = parts[0]
    if len(whole.classes) < 2:
        few = "its pictures are in no classes" if not whole.classes else f"all are of class {whole.classes[0]}"
        raise Problem(f"“{whole.title}” has nothing to tell apart: {few}; give each class a sub-folder of its own.")
    random = np.random.default_rng([seed, 3])
    if len(parts) == 2:
        wanted = [min(most or MOST, MOST, parts[0].count), min(2000, parts[1].count)]
    else:
        share = min(int((most or MOST) / (1 - TESTED)) + 1, MOST, whole.count)
        wanted = [share]
    size = p.channels * p.height * p.width
    if sum(wanted) * size > _TOO_MUCH:
        raise Problem(f"{sum(wanted):,} pictures of {p.width}×{p.height} take too much memory: ask for fewer examples.")
    read: list[tuple[torch.Tensor, torch.Tensor]] = []
    for part, count in zip(parts, wanted, strict=True):
        chosen = np.sort(random.permutation(part.count)[:count])
        read.append((yield from _read(part, chosen, p, whole.classes)))
    if len(read) == 2:
        (inputs, labels), (test_inputs, test_labels) = read
        examples = Examples(inputs, labels, test_inputs, test_labels)
    else:
        ((inputs, labels),) = read
        learnt, tested = _parted(len(labels), seed)
        examples = Examples(inputs[learnt], labels[learnt], inputs[tested], labels[tested])
    if len(examples.targets) < FEWEST:
        raise Problem(f"“{whole.title}” has {len(examples.targets)} pictures to learn from: {FEWEST} are the fewest.")
    only = sorted(set(examples.targets.tolist()))
    if len(only) < 2:
        raise Problem(
            f"All pictures of “{whole.title}” that could be read to learn from are of class {whole.classes[only[0]]}, "
            "so there is nothing to tell apart: choose more of them, or another data set."
        )
    words = f"{len(examples.targets):,} pictures of {whole.title}"
    lost = sum(wanted) - sum(len(labels) for _, labels in read)
    if lost:
        words += f" ({lost:,} that cannot be read or have no class among these are left out)"
    return examples, whole.classes, words


def _parts(name: str) -> list[DataSet]:
    """What is for learning and what is for tests, where a set is divided so; otherwise the whole."""
    try:
        learnt = data_set(f"{name}/train")
    except Problem:
        return [data_set(name)]
    if not learnt.classes:  # “train” may be the name of a class
        return [data_set(name)]
    for tests in TESTS:
        try:
            tested = data_set(f"{name}/{tests}")
        except Problem:
            continue
        if tested.classes:
            return [learnt, tested]
    return [learnt]


def _read(
    part: DataSet, chosen: NDArray[np.int64], p: Preprocessing, classes: tuple[str, ...]
) -> Generator[Loading, None, tuple[torch.Tensor, torch.Tensor]]:
    """What cannot be read is passed over, and what has no class; the numbers of classes are those in `classes`."""
    number_of = {name: number for number, name in enumerate(classes)}
    pictures: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for number, index in enumerate(chosen.tolist()):
        own = part.label(index)
        label = None if own is None else own if part.classes == classes else number_of.get(part.classes[own])
        if label is not None:
            try:
                pictures.append(planes(fitted(part.picture(index), p), p))
                labels.append(label)
            except Problem:
                continue
        if number % AT_ONCE == AT_ONCE - 1:
            yield Loading(number, len(chosen), f"reading picture {number + 1:,} of {len(chosen):,}")
    if not pictures:
        raise Problem(f"No picture of “{part.title}” could be read: choose another data set.")
    return torch.from_numpy(np.stack(pictures)), torch.tensor(labels)
