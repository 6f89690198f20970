"""The numbers of a result by the names that they have in `.npz` files; "result" is the first of them."""

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
    Enlarged,
    Film,
    Graph,
    Grown,
    Heat,
    LayerChange,
    Learning,
    Maps,
    Pictures,
    Plane,
    Points,
    Result,
    Table,
    Tiles,
    Windows,
)


def numbers_of(result: Result) -> dict[str, Array]:
    return NUMBERS[type(result)](result)


def _maps(maps: Maps) -> dict[str, Array]:
    back = {} if maps.to_picture is None else {"to_picture": maps.to_picture}
    other = {} if maps.other is None else {"beside": maps.other.values, "beside_picture": maps.other.picture}
    return {"result": maps.values, **back, **other}


def _derivative(derivative: Derivative) -> dict[str, Array]:
    return {"result": derivative.values, **derivative.beside}


def _heat(heat: Heat) -> dict[str, Array]:
    over: dict[str, Array] = {}
    if isinstance(heat.over, Enlarged):
        over = {"upsampled": heat.over.values}
    elif isinstance(heat.over, Windows):
        over = {"positions": heat.over.corners}
    return {"result": heat.values, **over, **heat.beside}


def _numbered(result: Curves | Film | Tiles | Plane | Learning | Embedding) -> dict[str, Array]:
    return dict(result.numbers)


def _pictures(pictures: Pictures) -> dict[str, Array]:
    """One array where all are of one size, as they mostly are."""
    sizes = {frame.shape for frame in pictures.frames}
    if len(sizes) == 1:
        shown: dict[str, Array] = {"result": np.stack(pictures.frames)}
    else:
        shown = {f"result_{number}": frame for number, frame in enumerate(pictures.frames)}
    return {**shown, "titles": np.array(pictures.titles, dtype=np.str_), **pictures.beside}


def _grown(grown: Grown) -> dict[str, Array]:
    """A single picture stands for itself, several have an axis of their own."""
    one = len(grown.pictures) == 1
    activation = {} if grown.activation is None else {"activation": grown.activation}
    numbers = {
        "result": np.stack(grown.pictures),
        "objective": grown.objective,
        "prior": grown.prior,
        **activation,
        **grown.beside,
    }
    return {name: np.asarray(values[0]) if one else values for name, values in numbers.items()}


def _bars(bars: Bars) -> dict[str, Array]:
    return {"result": bars.values, "names": np.array(bars.names, dtype=np.str_), **bars.beside}


def _points(points: Points) -> dict[str, Array]:
    return {
        "result": points.places,
        "groups": points.groups,
        "group_names": np.array(points.group_names, dtype=np.str_),
        "names": np.array(points.names, dtype=np.str_),
        **points.beside,
    }


def _graph(graph: Graph) -> dict[str, Array]:
    values = np.array([node.value for node in graph.nodes], np.float64)
    return {
        "result": np.array(graph.edges, np.int64).reshape(-1, 2),
        "operations": np.array([node.name for node in graph.nodes], dtype=np.str_),
        "layers": np.array([node.inside[-1] if node.inside else "" for node in graph.nodes], dtype=np.str_),
        "shapes": np.array([node.shape for node in graph.nodes], dtype=np.str_),
        "weights": np.array([sum(node.weights.values()) for node in graph.nodes], np.int64),
        "multiplications": np.array([node.multiplications for node in graph.nodes], np.int64),
        "values": np.where(np.isfinite(values), values, -1),
    }


def _table(table: Table) -> dict[str, Array]:
    return dict(table.columns)


def _adversary(adversary: Adversary) -> dict[str, Array]:
    return {
        "result": adversary.values,
        "original": adversary.original,
        "confidence": adversary.confidence,
        "changes": adversary.changes,
        "lights": np.array([light.name for light in adversary.lights if light.lit], dtype=np.str_),
        **(_layers(adversary.layers) if adversary.layers else {}),
        **adversary.beside,
    }


def _layers(layers: tuple[LayerChange, ...]) -> dict[str, Array]:
    """A row for each layer, and as many columns as the most units that one names."""
    most = max(len(one.units) for one in layers)
    units = np.full((len(layers), most), -1, np.int64)
    changes = np.zeros((len(layers), most), np.float32)
    for row, one in enumerate(layers):
        units[row, : len(one.units)] = one.units
        changes[row, : len(one.units)] = one.unit_changes
    return {
        "layers": np.array([one.layer for one in layers], dtype=np.str_),
        "layer_changes": np.array([one.change for one in layers], np.float32),
        "units": units,
        "unit_changes": changes,
    }


def _elites(elites: Elites) -> dict[str, Array]:
    shown = elites.frames.astype(np.float32) / np.float32(255)
    return {"result": shown, "confidence": elites.confidence, "lines": _lines(elites), **elites.beside}


def _lines(elites: Elites) -> Array:
    """A row for each champion: the classes whose champions it came of, the first generation in front."""
    lines = [[one.index for one in last.line()] for last in elites.family]
    found = np.full((len(lines), max(map(len, lines), default=0)), -1, np.int64)
    for row, line in enumerate(lines):
        found[row, : len(line)] = line
    return found


NUMBERS: dict[type[Any], Callable[[Any], dict[str, Array]]] = {
    Maps: _maps,
    Derivative: _derivative,
    Heat: _heat,
    Curves: _numbered,
    Film: _numbered,
    Pictures: _pictures,
    Grown: _grown,
    Bars: _bars,
    Points: _points,
    Embedding: _numbered,
    Graph: _graph,
    Table: _table,
    Adversary: _adversary,
    Elites: _elites,
    Tiles: _numbered,
    Plane: _numbered,
    Learning: _numbered,
}
