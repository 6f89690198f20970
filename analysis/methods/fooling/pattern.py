"""A picture as a small network of its own, asked at every place (CPPN): from where it is to what colour is there.

Nodes lie in an order, and connections go up in it, so that there are no circles. Rows and columns go from −1 to 1; in
Nguyen's code they are counted in pixels, while the distance from the middle goes from 0 to 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Generator, Tensor

from analysis.methods.fooling.variation import mutated
from analysis.results.kinds import Array

INPUTS = 4  # column, row, distance from the middle, and 1
KINDS = ("sine", "sigmoid", "gaussian", "linear")
WEIGHT = 10.0  # the largest
ETA, RATE = 15.0, 0.1  # of the weights' mutation
ADD_CONNECTION, DELETE_CONNECTION, CHANGE_CONNECTION = 0.5, 0.3, 0.5
ADD_NODE, DELETE_NODE, SWAP = 0.5, 0.2, 0.1
FIRST_NODES = 4  # hidden ones of the first generation, at most


@dataclass(frozen=True)
class Node:
    """`at` is its place in the order: 0 for what is put in, 1 for what comes out."""

    at: float
    kind: int


@dataclass(frozen=True, eq=False)
class Pattern:
    """`nodes` are the inputs, then the outputs, then hidden ones; a connection's weight is in `weights`."""

    nodes: tuple[Node, ...]
    connections: tuple[tuple[int, int], ...]
    weights: Tensor
    outputs: int


def first(outputs: int, generator: Generator) -> Pattern:
    """Everything that is put in goes to everything that comes out, and a few nodes are on the way."""
    nodes = (*(Node(0.0, 3) for _ in range(INPUTS)), *(Node(1.0, 1) for _ in range(outputs)))
    connections = tuple((source, INPUTS + out) for source in range(INPUTS) for out in range(outputs))
    weights = 2 * torch.randn(len(connections), generator=generator)
    pattern = Pattern(nodes, connections, weights.clamp(-WEIGHT, WEIGHT), outputs)
    for _ in range(_below(FIRST_NODES + 1, generator)):
        pattern = _with_node(pattern, generator)
        pattern = _with_connection(pattern, generator)
    return pattern


def changed(pattern: Pattern, generator: Generator) -> Pattern:
    """A child: each kind of change happens with its own probability."""
    for chance, change in (
        (ADD_CONNECTION, _with_connection),
        (DELETE_CONNECTION, _without_connection),
        (CHANGE_CONNECTION, _with_moved_connection),
        (ADD_NODE, _with_node),
        (DELETE_NODE, _without_node),
    ):
        if _chance(chance, generator):
            pattern = change(pattern, generator)
    nodes = tuple(
        replace(node, kind=_below(len(KINDS), generator)) if _swaps(number, pattern, generator) else node
        for number, node in enumerate(pattern.nodes)
    )
    weights = mutated(pattern.weights, RATE, ETA, -WEIGHT, WEIGHT, generator)
    return replace(pattern, nodes=nodes, weights=weights)


def drawn(pattern: Pattern, height: int, width: int) -> Tensor:
    """Channels × rows × columns from 0 to 1. Three are hue, saturation and lightness made red, green, blue."""
    rows = torch.linspace(-1, 1, height)[:, None].expand(height, width)
    columns = torch.linspace(-1, 1, width)[None].expand(height, width)
    values: dict[int, Tensor] = dict(enumerate((columns, rows, (rows**2 + columns**2).sqrt(), torch.ones_like(rows))))
    into: dict[int, list[tuple[int, float]]] = {}
    for (source, end), weight in zip(pattern.connections, pattern.weights.tolist(), strict=True):
        into.setdefault(end, []).append((source, weight))
    for number in sorted(range(INPUTS, len(pattern.nodes)), key=lambda one: pattern.nodes[one].at):
        total = torch.zeros_like(rows)
        for source, weight in into.get(number, ()):
            total = total + weight * values[source]
        values[number] = total if _is_output(number, pattern) else _bent(total, pattern.nodes[number].kind)
    out = torch.stack([torch.sigmoid(values[INPUTS + one]) for one in range(pattern.outputs)])
    return _rgb(*out) if pattern.outputs == 3 else out


def _bent(value: Tensor, kind: int) -> Tensor:
    match KINDS[kind]:
        case "sine":
            return value.sin()
        case "sigmoid":
            return 2 * value.sigmoid() - 1
        case "gaussian":
            return 2 * (-value.square()).exp() - 1
    return value.clamp(-WEIGHT, WEIGHT)


def _rgb(hue: Tensor, saturation: Tensor, lightness: Tensor) -> Tensor:
    reach = saturation * torch.minimum(lightness, 1 - lightness)

    def plane(shift: float) -> Tensor:
        at = (shift + hue * 12) % 12
        return lightness - reach * torch.minimum(at - 3, 9 - at).clamp(-1, 1)

    return torch.stack([plane(0), plane(8), plane(4)]).clamp(0, 1)


def _is_output(number: int, pattern: Pattern) -> bool:
    return INPUTS <= number < INPUTS + pattern.outputs


def _swaps(number: int, pattern: Pattern, generator: Generator) -> bool:
    return number >= INPUTS + pattern.outputs and _chance(SWAP, generator)


def _with_connection(pattern: Pattern, generator: Generator) -> Pattern:
    pair = _free_pair(pattern, generator)
    if pair is None:
        return pattern
    weight = torch.randn(1, generator=generator)
    return replace(
        pattern, connections=(*pattern.connections, pair), weights=torch.cat([pattern.weights, weight])
    )  # fmt: skip


def _free_pair(pattern: Pattern, generator: Generator) -> tuple[int, int] | None:
    there = set(pattern.connections)
    free = [
        (source, end)
        for source, from_ in enumerate(pattern.nodes)
        for end, to in enumerate(pattern.nodes)
        if from_.at < to.at and (source, end) not in there
    ]
    return free[_below(len(free), generator)] if free else None


def _without_connection(pattern: Pattern, generator: Generator) -> Pattern:
    count = len(pattern.connections)
    if count < 2:
        return pattern
    gone = _below(count, generator)
    kept = [number for number in range(count) if number != gone]
    return _kept(pattern, kept)


def _kept(pattern: Pattern, which: list[int]) -> Pattern:
    return replace(
        pattern, connections=tuple(pattern.connections[number] for number in which), weights=pattern.weights[which]
    )


def _with_moved_connection(pattern: Pattern, generator: Generator) -> Pattern:
    if not pattern.connections:
        return pattern
    moved = _below(len(pattern.connections), generator)
    pair = _free_pair(pattern, generator)
    if pair is None:
        return pattern
    connections = list(pattern.connections)
    connections[moved] = pair
    return replace(pattern, connections=tuple(connections))


def _with_node(pattern: Pattern, generator: Generator) -> Pattern:
    """Into the middle of a connection."""
    if not pattern.connections:
        return pattern
    split = _below(len(pattern.connections), generator)
    source, end = pattern.connections[split]
    at = (pattern.nodes[source].at + pattern.nodes[end].at) / 2
    if not pattern.nodes[source].at < at < pattern.nodes[end].at:
        return pattern  # there is no room left between the two
    number = len(pattern.nodes)
    nodes = (*pattern.nodes, Node(at, _below(len(KINDS), generator)))
    connections = list(pattern.connections)
    connections[split] = (source, number)
    weights = torch.cat([pattern.weights, torch.ones(1)])
    return replace(pattern, nodes=nodes, connections=(*connections, (number, end)), weights=weights)


def _without_node(pattern: Pattern, generator: Generator) -> Pattern:
    first_hidden = INPUTS + pattern.outputs
    hidden = len(pattern.nodes) - first_hidden
    if not hidden:
        return pattern
    gone = first_hidden + _below(hidden, generator)
    kept = [number for number, pair in enumerate(pattern.connections) if gone not in pair]
    if not kept:
        return pattern
    less = _kept(pattern, kept)
    connections = tuple((source - (source > gone), end - (end > gone)) for source, end in less.connections)
    nodes = tuple(node for number, node in enumerate(pattern.nodes) if number != gone)
    return replace(less, nodes=nodes, connections=connections)


def _below(count: int, generator: Generator) -> int:
    return int(torch.randint(count, (), generator=generator))


def _chance(share: float, generator: Generator) -> bool:
    return float(torch.rand((), generator=generator)) < share


def packed(patterns: Sequence[Pattern]) -> dict[str, Array]:
    """All of them one after the other, and how long each is."""
    nodes = [node for pattern in patterns for node in pattern.nodes]
    connections = [pair for pattern in patterns for pair in pattern.connections]
    return {
        "nodes": np.array([len(pattern.nodes) for pattern in patterns], np.int64),
        "at": np.array([node.at for node in nodes], np.float64),
        "kind": np.array([node.kind for node in nodes], np.int64),
        "lengths": np.array([len(pattern.connections) for pattern in patterns], np.int64),
        "connections": np.array(connections, np.int64).reshape(-1, 2),
        "weights": torch.cat([pattern.weights for pattern in patterns]).numpy(),
    }


def unpacked(arrays: Mapping[str, Array], outputs: int) -> list[Pattern]:
    found, node, connection = [], 0, 0
    for nodes, length in zip(arrays["nodes"].tolist(), arrays["lengths"].tolist(), strict=True):
        at, kind = (arrays[name][node : node + nodes].tolist() for name in ("at", "kind"))
        pairs = arrays["connections"][connection : connection + length].tolist()
        weights = torch.from_numpy(arrays["weights"][connection : connection + length].copy())
        node, connection = node + nodes, connection + length
        made = tuple(Node(*one) for one in zip(at, kind, strict=True))
        if any(not made[source].at < made[end].at for source, end in pairs):
            raise ValueError("a connection goes back")
        found.append(Pattern(made, tuple((source, end) for source, end in pairs), weights, outputs))
    return found
