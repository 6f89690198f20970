"""A part of a data set through the network once: what the chosen layers make of each picture, a batch at a step.

A picture that cannot be read is left out and counted. Besides the vectors of the chosen layers the largest answer of
every unit is kept, as far as there is room, so that units can be asked about pictures that somebody points out later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from analysis.datasets.data_set import each
from analysis.datasets.sampling import stratified
from analysis.network.capture import capture
from analysis.network.own_code import failures_told
from analysis.population.vectors import Pooling, node_of, pooled, pooling_of, vectors_of
from analysis.protocol.problems import Problem
from analysis.question.batches import batch_size
from analysis.question.scalar import together
from analysis.results.kinds import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.datasets.data_set import DataSet
    from analysis.network.network import Network
    from analysis.protocol.layers import LayerNode
    from analysis.question.pace import Pace

SPRITE = 32  # pixels of the longer side of the small pictures
UNITS_ROOM = 50_000_000  # answers of units that are kept, 200 MB


@dataclass(frozen=True, eq=False)
class Layer:
    path: str
    node: LayerNode | None  # None for the input
    pooling: Pooling


@dataclass(frozen=True, eq=False)
class Collected:
    indices: NDArray[np.int64]  # in the data set
    labels: NDArray[np.int64]  # −1 where there is none
    predictions: NDArray[np.int64]  # −1 where the network does not answer with classes
    origins: tuple[str, ...]
    sprites: NDArray[np.uint8]  # pictures × rows × columns × 3, a square each
    vectors: tuple[Floats, ...]  # of each chosen layer
    units: tuple[tuple[str, Floats], ...]  # of as many layers as there was room for: pictures × units
    notes: tuple[str, ...] = ()


@dataclass
class _Parts:
    indices: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    sprites: list[NDArray[np.uint8]] = field(default_factory=list)
    predictions: list[NDArray[np.int64]] = field(default_factory=list)


def chosen_layers(network: Network, paths: Sequence[str], pooling: Pooling, pictures: int) -> tuple[Layer, ...]:
    several = tuple(dict.fromkeys(paths))
    return tuple(
        Layer(path, node_of(network, path), pooling_of(network, path, pooling, pictures, len(several)))
        for path in several
    )


def collected(
    network: Network, data: DataSet, layers: Sequence[Layer], pictures: int, seed: int, pace: Pace, units: bool = True
) -> Iterator[tuple[int, int, Collected | None]]:
    """How many are done, of how many; the last step has what was collected."""
    asked = sorted(stratified(data, pictures, seed))  # in the order of the files
    parts, lost, why_lost = _Parts(), 0, ""
    kept = _units_kept(network, layers, len(asked)) if units else ()
    store: dict[str, Floats] = {}
    done = at = 0
    most = batch_size(network)
    waiting = list(asked)
    for size in pace.shares(len(asked), most):
        some, waiting = waiting[:size], waiting[size:]
        inputs = []
        for looked in each(data, some):
            done += 1
            if looked.pixels is None:
                lost, why_lost = lost + 1, str(looked.problem)
                continue
            fitted = network.picture(looked.pixels)
            inputs.append(network.input_of_fitted(fitted))
            label = data.label(looked.index)
            parts.indices.append(looked.index)
            parts.labels.append(-1 if label is None else label)
            parts.origins.append(data.origin(looked.index))
            parts.sprites.append(sprite(looked.pixels))
        for some_inputs in _shares(network, inputs):
            at = _ask(network, layers, kept, some_inputs, len(asked), at, store, parts)
        yield done, len(asked), None
    if not parts.indices:
        why = f": {why_lost}" if why_lost else "."
        raise Problem(f"None of the {len(asked):,} pictures of “{data.title}” could be read{why}")
    notes = (f"{lost:,} of {len(asked):,} pictures could not be read and are left out. {why_lost}",) if lost else ()
    yield len(asked), len(asked), _whole(network, layers, kept, store, parts, at, notes)


def sprite(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in a small square, with black where it is none."""
    from PIL import Image

    height, width = pixels.shape[:2]
    scale = SPRITE / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = np.asarray(
        Image.fromarray(pixels).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    )
    square = np.zeros((SPRITE, SPRITE, 3), np.uint8)
    top, left = (SPRITE - size[1]) // 2, (SPRITE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def _shares(network: Network, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """All at once where each is answered among others as alone."""
    if not inputs:
        return []
    whole = torch.cat(inputs)
    with failures_told(f"{network.title} could not be run"), torch.no_grad():
        return [whole] if len(inputs) == 1 or (network.fixed and together(network, whole)) else inputs


def _units_kept(network: Network, layers: Sequence[Layer], pictures: int) -> tuple[LayerNode, ...]:
    """The chosen layers first, then every other that has no layers inside it, while there is room."""
    first = [layer.node for layer in layers if layer.node is not None]
    paths = {node.path for node in first}
    leaves = (node for node in network.root.walk() if node.kind is not None and not node.children)
    room, kept = UNITS_ROOM, []
    for node in (*first, *(node for node in leaves if node.path not in paths)):
        if node.units * pictures <= room:
            room -= node.units * pictures
            kept.append(node)
    order = {node.path: number for number, node in enumerate(network.root.walk())}
    return tuple(sorted(kept, key=lambda node: order.get(node.path, 0)))


@torch.no_grad()
def _ask(
    network: Network,
    layers: Sequence[Layer],
    kept: Sequence[LayerNode],
    inputs: torch.Tensor,
    most: int,
    at: int,
    store: dict[str, Floats],
    parts: _Parts,
) -> int:
    paths = [layer.path for layer in layers if layer.node is not None]
    paths = list(dict.fromkeys([*paths, *(node.path for node in kept)]))
    with failures_told(f"{network.title} could not be run"), capture(network.module, paths) as outputs:
        answer = network.module(inputs)
    end = at + len(inputs)
    for layer in layers:
        if layer.node is not None and layer.path not in outputs:
            raise Problem(f"{layer.path} was not reached for these pictures: choose another layer.")
        output = inputs if layer.node is None else outputs[layer.path]
        _put(store, f"v:{layer.path}", vectors_of(layer.node, output, layer.pooling), most, at)
    for node in kept:
        if node.path in outputs:
            _put(store, f"u:{node.path}", pooled(node, outputs[node.path], "max"), most, at)
    found = network.answered(answer, len(inputs)) if isinstance(answer, torch.Tensor) else None
    if network.output == "classes" and found is not None and found.dim() == 2 and len(found) == len(inputs):
        parts.predictions.append(found.argmax(1).cpu().numpy().astype(np.int64))
    else:
        parts.predictions.append(np.full(len(inputs), -1, np.int64))
    return end


def _put(store: dict[str, Floats], key: str, values: torch.Tensor, most: int, at: int) -> None:
    numbers = values.detach().to("cpu", torch.float32).numpy()
    if key not in store:
        store[key] = np.zeros((most, numbers.shape[1]), np.float32)
    store[key][at : at + len(numbers)] = numbers


def _whole(
    network: Network,
    layers: Sequence[Layer],
    kept: Sequence[LayerNode],
    store: dict[str, Floats],
    parts: _Parts,
    count: int,
    notes: tuple[str, ...],
) -> Collected:
    for layer in layers:
        odd = int((~np.isfinite(store[f"v:{layer.path}"][:count]).all(1)).sum())
        if odd:
            raise Problem(
                f"{layer.path} answers {odd:,} of {count:,} pictures with numbers that are not finite (NaN), between "
                "which there is no distance: choose another layer."
            )
    return Collected(
        np.array(parts.indices, np.int64),
        np.array(parts.labels, np.int64),
        np.concatenate(parts.predictions),
        tuple(parts.origins),
        np.stack(parts.sprites),
        tuple(store[f"v:{layer.path}"][:count] for layer in layers),
        tuple((node.path, store[f"u:{node.path}"][:count]) for node in kept if f"u:{node.path}" in store),
        notes,
    )
