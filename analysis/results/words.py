"""A result in one sentence: for who cannot see it, for scripts, and for lists of many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.results.kinds import (
    Adversary,
    Array,
    Bars,
    Curves,
    Derivative,
    Elites,
    Embedding,
    Film,
    Graph,
    Grown,
    Heat,
    Learning,
    Maps,
    Patches,
    Pictures,
    Plane,
    Points,
    Result,
    Table,
    Tiles,
)


def words_of(result: Result) -> str:
    return WORDS[type(result)](result)


def cell_words(value: Any) -> str:
    """One cell of a table."""
    if isinstance(value, np.floating | float):
        return number_words(float(value))
    return str(value)


def number_words(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _maps(maps: Maps) -> str:
    return f"{_counted(maps.values.shape[0] if maps.values.ndim else 1, 'unit')}, {_range(maps.values)}."


def _derivative(derivative: Derivative) -> str:
    strength = np.abs(derivative.values).sum(0)
    if not strength.any():
        return "Nothing: every number is zero."
    row, column = np.unravel_index(int(np.nan_to_num(strength).argmax()), strength.shape)
    words = f"Strongest at row {row}, column {column} of the picture, {_range(derivative.values)}."
    return f"{words} {_patches(derivative.patches)}".rstrip()


def _patches(patches: Patches | None) -> str:
    if patches is None or not len(patches.adds):
        return ""
    (row, column), adds = patches.corners[0], float(patches.adds[0])
    does = f"adds {number_words(adds)}" if adds > 0 else f"takes {number_words(-adds)}"
    return f"Of all patches of {patches.side} pixels, that at row {row}, column {column} {does}, which is most."


def _heat(heat: Heat) -> str:
    values = np.where(np.isfinite(heat.values), heat.values, -np.inf)
    if not np.isfinite(values).any() or not np.nan_to_num(heat.values).any():
        return "Nothing: every number is zero."
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    rows, columns = heat.values.shape
    where = f"row {row} of {rows}, column {column} of {columns}"
    return f"The greatest number, {number_words(float(values.max()))}, is at {where}; {_range(heat.values)}."


def _curves(curves: Curves) -> str:
    ends = (f"{line.name} ends at {number_words(float(line.values[-1]))}" for line in curves.lines if len(line.values))
    return f"Over {curves.x_words}: {', '.join(ends)}."


def _film(film: Film) -> str:
    last = f", {film.values_words} {number_words(float(film.values[-1]))} at the end" if len(film.values) else ""
    return f"{_counted(len(film.frames), 'map')}{last}."


def _pictures(pictures: Pictures) -> str:
    named = ", ".join(title for title in pictures.titles if title)
    return f"{_counted(len(pictures.frames), 'picture')}{': ' + named if named else ''}."


def _grown(grown: Grown) -> str:
    named = ", ".join(title for title in grown.titles if title)
    said = f"{_counted(len(grown.pictures), 'picture')}{': ' + named if named else ''}"
    steps = grown.objective.shape[1]
    if steps:
        first, last = (number_words(float(grown.objective[:, at].max())) for at in (0, -1))
        said += f"; the best climbed from {first} to {last} in {_counted(steps, 'step')}"
    if grown.activation is not None:
        said += f", and answers {number_words(float(grown.activation.max()))} as it is shown"
    return f"{said}."


def _bars(bars: Bars) -> str:
    if not bars.names:
        return "Nothing to count."
    first = int(np.nan_to_num(bars.values, nan=-np.inf).argmax())
    return f"Of {_counted(len(bars.names), 'number')} the greatest is {bars.names[first]}: " + (
        f"{number_words(float(bars.values[first]))}."
    )


def _points(points: Points) -> str:
    groups = len(np.unique(points.groups[points.groups >= 0]))
    return f"{_counted(len(points.places), 'point')} in {_counted(groups, 'group')}."


def _embedding(embedding: Embedding) -> str:
    told = "; ".join(f"{one.layer}: {one.words}" if one.words else one.layer for one in embedding.maps)
    return f"{_counted(len(embedding.groups), 'point')} in the {_counted(len(embedding.maps), 'map')} of {told}."


def _graph(graph: Graph) -> str:
    taken = {name: count for node in graph.nodes for name, count in node.weights.items()}
    work = sum(node.multiplications for node in graph.nodes)
    weighed = f"; {_counted(sum(taken.values()), 'weight')}, {_counted(work, 'multiplication')}" if taken else ""
    return f"{_counted(len(graph.nodes), 'operation')}, {_counted(len(graph.edges), 'edge')}{weighed}."


def _table(table: Table) -> str:
    rows = len(next(iter(table.columns.values()), ()))
    return f"{_counted(rows, 'row')} of {', '.join(table.columns)}."


def _adversary(adversary: Adversary) -> str:
    first, last = adversary.answers[0], adversary.answer
    change = f"{number_words(float(adversary.changes[adversary.at]))} % of the picture's length away"
    return f"{first} before, {last} after {_counted(len(adversary.answers) - 1, 'step')}, {change}."


def _elites(elites: Elites) -> str:
    return elites.words


def _tiles(tiles: Tiles) -> str:
    return tiles.words or f"{_counted(len(tiles.tiles), 'tile')}."


def _plane(plane: Plane) -> str:
    return plane.now.words


def _learning(learning: Learning) -> str:
    return learning.words


def _range(values: Array) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "no finite number"
    return f"from {number_words(float(finite.min()))} to {number_words(float(finite.max()))}"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'s'[: count != 1]}"


WORDS: dict[type[Any], Callable[[Any], str]] = {
    Maps: _maps,
    Derivative: _derivative,
    Heat: _heat,
    Curves: _curves,
    Film: _film,
    Pictures: _pictures,
    Grown: _grown,
    Bars: _bars,
    Points: _points,
    Embedding: _embedding,
    Graph: _graph,
    Table: _table,
    Adversary: _adversary,
    Elites: _elites,
    Tiles: _tiles,
    Plane: _plane,
    Learning: _learning,
}
