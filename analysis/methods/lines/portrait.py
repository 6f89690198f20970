"""What is seen of a small network at one moment: lines, regions, and which units are dead or do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.methods.lines.network import cross_entropy
from analysis.methods.lines.points import REACH
from analysis.results.kinds import Portrait

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.methods.lines.network import Classes, Doubles, Small

CELLS = 90  # of the plane, to each side
TOGETHER = 900  # cells
SAME = 0.9995  # the cosine of what two units answer to all points
FURTHEST = 60.0  # of a difference of logits that makes a difference
_NAMED = 8


def portrait(network: Small, iteration: int, places: Doubles, classes: Classes) -> Portrait:
    lines = np.concatenate([network.weights[0], network.biases[0][:, None]], 1)
    difference, awake = _over_the_plane(network)
    sure = (1 / (1 + np.exp(-difference))).astype(np.float32).reshape(CELLS, CELLS)
    before = network.hidden(places)
    answers = network.answers_of(before)
    loss, _ = cross_entropy(answers, classes)
    right = float(((_difference(answers) > 0) == (classes == 1)).mean())
    of_points = np.maximum(before[0], 0)
    dead: NDArray[np.bool_] = np.asarray(~(of_points > 0).any(0))
    alike = _alike(of_points, dead)
    edges, pieces = np.zeros((0, 0), np.bool_), 0
    if awake is not None:
        edges, pieces = _pieces(awake)
    words = _words(iteration, loss, right, dead, alike, pieces)
    if len(np.unique(classes)) == 1:
        words += f" All points are of class {classes[0]}: there is nothing to tell apart, so it learns to say that."
    return Portrait(iteration, lines, sure, edges, loss, right, dead, alike, words, places, classes)


def _over_the_plane(network: Small) -> tuple[Doubles, NDArray[np.uint8] | None]:
    """In parts that stay in the processor's cache; of a deeper network also which units are awake, as bits."""
    field, deep = _grid(), len(network.weights) > 2
    found, bits = [], []
    for start in range(0, len(field), TOGETHER):
        before = network.hidden(field[start : start + TOGETHER])
        found.append(_difference(network.answers_of(before)))
        if deep:
            bits.append(np.packbits(np.concatenate([one > 0 for one in before], 1), axis=1))
    return np.concatenate(found), np.concatenate(bits) if deep else None


def _grid() -> Doubles:
    """The middles of the cells; the first row is the uppermost."""
    steps = (np.arange(CELLS) + 0.5) / CELLS * 2 * REACH - REACH
    x, y = np.meshgrid(steps, -steps)
    return np.stack([x.ravel(), y.ravel()], 1)


def _difference(logits: Doubles) -> Doubles:
    return np.clip(logits[:, 1] - logits[:, 0], -FURTHEST, FURTHEST)


def _alike(answers: Doubles, dead: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each unit the first one that does the same; itself where there is none, and where it is dead."""
    length = np.sqrt((answers**2).sum(0))
    awake = ~dead & (length > 0) & np.isfinite(length)
    unit = np.where(awake, answers / np.where(awake, length, 1), 0)
    same = (unit.T @ unit >= SAME) & awake & awake[:, None]
    own = np.arange(answers.shape[1])
    return np.where(awake, same.argmax(0), own)


def _pieces(awake: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], int]:
    """Where one linear piece ends and another begins, and how many the cells can tell apart."""
    whole = np.ascontiguousarray(awake).view(f"V{awake.shape[1]}")[:, 0]  # a cell's bits as one thing to sort
    marks = np.unique(whole, return_inverse=True)[1].reshape(CELLS, CELLS)
    edges = np.zeros((CELLS, CELLS), np.bool_)
    edges[:, 1:] |= marks[:, 1:] != marks[:, :-1]
    edges[1:] |= marks[1:] != marks[:-1]
    return edges, int(marks.max()) + 1


def _words(
    iteration: int,
    loss: float,
    right: float,
    dead: NDArray[np.bool_],
    alike: NDArray[np.int64],
    pieces: int,
) -> str:
    said = [f"Iteration {iteration:,}: loss {loss:.4g}, {100 * right:.1f} % right."]
    gone = np.flatnonzero(dead).tolist()
    if len(gone) == len(dead):
        said.append("Every unit is dead, woken by no point: what is before them learns nothing any more.")
    elif gone:
        said.append(f"Dead, woken by no point: {_listed(gone)}.")
    groups = [np.flatnonzero(alike == first).tolist() for first in range(len(alike)) if not dead[first]]
    several = [group for group in groups if len(group) > 1]
    if several:
        said.append("Doing the same: " + ", ".join(_same(group) for group in several[:_NAMED]) + ".")
    if pieces:
        said.append(f"At least {pieces} linear pieces.")
    return " ".join(said)


def _same(group: list[int]) -> str:
    shown = " = ".join(map(str, group[:_NAMED]))
    return shown + (f" = … ({len(group)} units)" if len(group) > _NAMED else "")


def _listed(units: list[int]) -> str:
    shown = ", ".join(map(str, units[:_NAMED]))
    return ("unit " if len(units) == 1 else "units ") + shown + (f" … ({len(units)})" if len(units) > _NAMED else "")
