"""What a layer makes of one picture, as a vector: all that it returns, or a number for each of its units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from analysis.network.maps import maps_of
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.network.network import Network
    from analysis.protocol.layers import LayerNode

Pooling = Literal["automatic", "whole", "mean", "max"]
POOLINGS: tuple[Pooling, ...] = ("automatic", "whole", "mean", "max")
INPUT = "input"  # the picture as the network gets it, where no layer is called so
WHOLE = 20_000  # numbers of a layer that are still taken as they are
ROOM = 192_000_000  # numbers of all layers over all pictures that are kept at most, 768 MB


def is_input(network: Network, path: str) -> bool:
    return path == INPUT and network.root.find(INPUT) is None


def node_of(network: Network, path: str) -> LayerNode | None:
    """None for the input; a layer that there is not, or that has no units, is a Problem."""
    return None if is_input(network, path) else network.unit_node(path, None)


def width_of(network: Network, path: str) -> int:
    """How many numbers it has for one picture."""
    node = node_of(network, path)
    if node is None:
        said = network.preprocessing
        return said.channels * said.height * said.width
    rows, columns = node.grid if node.grid is not None else (1, 1)
    return node.units * rows * columns


def pooling_of(network: Network, path: str, pooling: Pooling, pictures: int, layers: int = 1) -> Pooling:
    """What “automatic” is for this one of so many layers: as it is where there is room for that, else the mean of each
    unit."""
    width = width_of(network, path)
    room = ROOM // max(layers * pictures, 1)
    if pooling == "automatic":
        return "whole" if width <= min(WHOLE, room) else "mean"
    if pooling == "whole" and width > room:
        raise Problem(
            f"{path} has {width:,} numbers for each picture, which is too much for {pictures:,} of them: "
            "pool them (mean or max), or take fewer pictures or layers."
        )
    return pooling


def vectors_of(node: LayerNode | None, output: Tensor, pooling: Pooling) -> Tensor:
    """Pictures × numbers."""
    if pooling == "whole":
        return (output if node is None else maps_of(node, output)).flatten(1)
    return pooled(node, output, pooling)


def pooled(node: LayerNode | None, output: Tensor, pooling: Pooling) -> Tensor:
    """Pictures × units: the mean or the largest of each."""
    maps = output if node is None else maps_of(node, output)
    flat = maps.flatten(2)
    return flat.amax(2) if pooling == "max" else flat.mean(2)
