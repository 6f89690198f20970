"""What class activation maps have in common: whose maps they weight, and how the sum comes over the picture."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.capture import capture
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.network import Network, as_array
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.question.derivative import NoDerivative, layer_derivatives
from analysis.question.question import Question
from analysis.question.rounding import in_double
from analysis.question.scalar import answer, single
from analysis.results.kinds import Enlarged, Heat


def maps_and_slopes(question: Question) -> tuple[LayerNode, Tensor, Tensor]:
    """The layer, its maps A (units × rows × columns) and ∂scalar/∂A.

    That is the chosen layer, or the last one with a grid that the answer depends on through more than one place: in a
    transformer that reads its answer from the class token, the last layers' other tokens do not matter. A unit is
    explained by the last such layer before its own.
    """
    nodes = _to_be_weighted(question)
    by_path = {node.path: node for node in nodes}
    flat = None
    # The first is right for nearly every network, and the next ones for nearly all others; only then go all the way.
    for groups in ([nodes[:1]], [nodes[1:2], nodes[2:3], nodes[3:]]):
        for found in layer_derivatives(question, [[node.path for node in group] for group in groups if group]):
            for path, tensors in found.items():
                maps, slopes = (single(maps_of(by_path[path], tensor)[0]) for tensor in tensors)
                if bool(slopes.any()):
                    return by_path[path], maps, slopes
                flat = flat or (by_path[path], maps, slopes)
    if flat is not None and _chosen(question) is None:
        return flat
    where = nodes[0].path if len(nodes) == 1 else "any layer with rows and columns"
    raise Problem(f"The answer does not depend on {where}: choose an earlier layer, or another target.")


def in_double_precision(question: Question, layer: LayerNode, maps: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
    """The maps and slopes of this layer once more; the same ones where that cannot be had."""
    double = in_double(question)
    if double is None:
        return maps, slopes
    try:
        (found,) = layer_derivatives(double, [[layer.path]])
    except (Problem, MemoryError):
        return maps, slopes
    if layer.path not in found:
        return maps, slopes
    output, slope = found[layer.path]
    return maps_of(layer, output)[0], maps_of(layer, slope)[0]


def said_of(layer: LayerNode, map_: Tensor) -> str:
    """What is to be said of a map on which nothing is."""
    return "" if bool(map_.any()) else f"No positive evidence for this answer is in {layer.path}: take another layer."


def maps_alone(question: Question) -> tuple[LayerNode, Tensor]:
    """The layer and its maps, also of a network without derivatives, such as a quantised one.

    That is then the chosen layer or the last one with a grid: what its places matter cannot be told.
    """
    try:
        layer, maps, _slopes = maps_and_slopes(question)
    except NoDerivative:
        layer = _to_be_weighted(question)[0]
        with torch.no_grad(), capture(question.network.module, [layer.path]) as outputs:
            answer(question.network, question.input)
        maps = maps_of(layer, outputs[layer.path])[0].float()
    return layer, maps


def maps_by_themselves(question: Question) -> tuple[LayerNode, Tensor]:
    """The chosen layer, or the last one with rows and columns, and its maps, whatever the answer is."""
    nodes = [_with_places(question.layer)] if question.layer is not None else list(spatial_layers(question))
    if not nodes:
        raise Problem(_nothing_to_weight(question))
    layer = nodes[0]
    with torch.no_grad(), capture(question.network.module, [layer.path]) as outputs:
        given = answer(question.network, question.input)
    if layer.path not in outputs:
        raise Problem(f"The layer {layer.path} was not used for this picture.")
    maps = single(maps_of(layer, outputs[layer.path])[0])
    if not bool(maps.isfinite().all() and given.isfinite().all()):
        where = f"{layer.path} of {question.network.title}"
        raise Problem(f"{where}, or the whole, answers this picture with NaN or infinity, which cannot be explained.")
    return layer, maps


def _to_be_weighted(question: Question) -> list[LayerNode]:
    chosen = _chosen(question)
    nodes = [_with_places(chosen)] if chosen is not None else _candidates(question)
    if not nodes:
        raise Problem(_nothing_to_weight(question))
    return nodes


def _with_places(layer: LayerNode) -> LayerNode:
    if layer.is_beside:
        whole = layer.path.rpartition("@")[0]
        raise Problem(f"The heads of {whole} are read beside the way to the answer: take {whole} itself, or a layer.")
    if not layer.has_places:
        raise Problem(f"The layer {layer.path} has no rows and columns; choose one with maps, or none for the last.")
    return layer


def spatial_layers(question: Question) -> tuple[LayerNode, ...]:
    """Layers whose units have rows and columns, the one that was called last first; poolings only repeat what they get.

    That is not the order of the tree, which goes by first calls: a ReLU that is used everywhere is also used last.
    """
    return tuple(node for node in _last_first(question) if node.has_places and not _pools(node))


def _behind_the_maps(question: Question, nodes: list[LayerNode]) -> int:
    """How many of the last layers already hold a map for each class, as in a network that segments.

    To weight those would only show the answer itself.
    """
    root = question.network.root
    if question.unit_layer is not None or question.network.output == "classes":
        return 0
    count = next((i for i, node in enumerate(nodes) if node.units != root.units), 0)
    return count if root.kind == "map" else 0


def _candidates(question: Question) -> list[LayerNode]:
    """Where a unit is explained, only what was called before its layer: the rest cannot matter to it."""
    nodes = list(spatial_layers(question))
    if question.unit_layer is None:
        return nodes[_behind_the_maps(question, nodes) :]
    called = _last_first(question, question.unit_layer)
    if question.unit_layer not in called:
        return nodes
    before = set(called[called.index(question.unit_layer) + 1 :])
    return [node for node in nodes if node in before]


def _nothing_to_weight(question: Question) -> str:
    if question.unit_layer is not None and spatial_layers(question):
        return (
            f"Before {question.unit_layer.path} there is no layer with rows and columns; "
            "a class activation map needs one: take the gradient, or a unit of a later layer."
        )
    return (
        f"{question.network.title} has no layer with rows and columns; a class activation map needs one: "
        "take the gradient."
    )


def _last_first(question: Question, beside: LayerNode | None = None) -> tuple[LayerNode, ...]:
    """All layers; `beside` may be a single call of one, which has a place of its own then."""
    network = question.network
    nodes = {node.path: node for node in network.root.walk() if node.path}
    if beside is not None and beside.path and beside.path not in nodes:
        return _asked_last_first(question, nodes | {beside.path: beside})
    if network not in _LAST_FIRST:
        _LAST_FIRST[network] = _asked_last_first(question, nodes)
    return _LAST_FIRST[network]


def _asked_last_first(question: Question, nodes: Mapping[str, LayerNode]) -> tuple[LayerNode, ...]:
    with torch.no_grad(), _calls(question.network.module, nodes) as called:
        answer(question.network, question.input)
    return tuple(nodes[path] for path in reversed(called))


# Asking costs a forward pass, which a live class activation map should not pay for every frame.
_LAST_FIRST: WeakKeyDictionary[Network, tuple[LayerNode, ...]] = WeakKeyDictionary()


@contextmanager
def _calls(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, None]]:
    """The paths in the order of their last calls."""
    called: dict[str, None] = {}

    def noter(path: str) -> Callable[[nn.Module, object, object], None]:
        def note(_module: nn.Module, _inputs: object, _output: object) -> None:
            called.pop(path, None)
            called[path] = None

        return note

    with listening(module, {path: noter(path) for path in paths}):
        yield called


def over_picture(question: Question, map_: Tensor) -> Tensor:
    """A rows × columns map enlarged to the size of the picture, bilinearly."""
    height, width = question.input.shape[2:]
    return functional.interpolate(map_[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0]


def drawn(question: Question, layer: LayerNode, map_: Tensor) -> Heat:
    """What every class activation map gives."""
    over = Enlarged(as_array(over_picture(question, map_)))
    return Heat(as_array(map_), over, beside={"layer": np.array(layer.path)})


def _chosen(question: Question) -> LayerNode | None:
    """The layer of the question where it is the one to be weighted, rather than that of the unit that is explained."""
    return question.layer if question.unit_layer is None else None


def _pools(node: LayerNode) -> bool:
    """Whether what leaves this layer was pooled last."""
    return _pools(node.children[-1]) if node.children else "Pool" in node.type
