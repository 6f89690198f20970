"""Where the lie begins: what becomes of a small change on its way through the network, layer by layer."""

import math

import torch
from torch import Tensor

from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.protocol.layers import LayerNode
from analysis.question.scalar import class_vector
from analysis.results.kinds import LayerChange

MOST_UNITS = 6  # of each layer


def on_the_way(network: Network, before: Tensor, after: Tensor) -> tuple[LayerChange, ...]:
    """Of both inputs, as the network takes them. Layers that are made of others are left to these."""
    nodes = [node for node in network.root.walk() if node.kind is not None and not node.children]
    paths = [node.path for node in nodes]
    with torch.no_grad():
        with capture(network.module, paths) as was:
            class_vector(network, before)
        with capture(network.module, paths) as became:
            class_vector(network, after)
    found = []
    for node in nodes:
        one, other = was.pop(node.path, None), became.pop(node.path, None)
        if one is not None and other is not None and one.shape == other.shape and one.is_floating_point():
            found.append(_change(node, one, other))
    return tuple(found)


def _change(node: LayerNode, was: Tensor, became: Tensor) -> LayerChange:
    wide = torch.promote_types(was.dtype, torch.float32)  # half precision would overflow
    length = float(torch.linalg.vector_norm(was, dtype=wide))
    moved = maps_of(node, became.to(wide) - was.to(wide))[0].flatten(1).norm(dim=1)
    change = float(torch.linalg.vector_norm(became.to(wide) - was.to(wide)))
    most = moved.topk(min(MOST_UNITS, len(moved)))
    units = [(unit, size) for unit, size in zip(most.indices.tolist(), most.values.tolist(), strict=True) if size > 0]
    return LayerChange(
        node.path,
        _share(change, length),
        tuple(unit for unit, _size in units),
        tuple(_share(size, length) for _unit, size in units),
    )


def _share(of: float, whole: float) -> float:
    """In %; of a layer that was silent before any change is without measure."""
    if whole > 0:
        return 100 * of / whole
    return math.inf if of > 0 else 0.0
