"""How alike two pictures are to a network, layer by layer on the way to what is asked about (Geirhos et al. 2023)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from analysis.network.known_code import is_steady
from analysis.network.listening import listening
from analysis.network.network import Network
from analysis.protocol.layers import LayerNode
from analysis.question.enough import Enough, until_enough
from analysis.question.scalar import answer
from analysis.synthesis.objective import outputs_of

MOST = 256 << 20  # bytes of layers that are looked at in one pass


def layers_on_the_way(network: Network, picture: Tensor, last: LayerNode | None) -> tuple[LayerNode, ...]:
    """Those that can be drawn and hold no others, in the order of their calls, to the one that is asked about.

    Code that is known is not run any further: a picture that is cut to what a unit sees may be too small for the rest.
    """
    nodes = {one.path: one for one in network.root.walk() if one.path and one.kind is not None and not one.children}
    if last is not None and last.path not in nodes and last.path:
        nodes[last.path] = last
    called: dict[str, None] = {}
    left = last.calls if last is not None and last.path and is_steady(network.module) else -1  # calls of the last one

    def noting(path: str) -> Callable[[object, object, object], None]:
        def note(_module: object, _inputs: object, _output: object) -> None:
            nonlocal left
            called[path] = None
            if last is not None and path == last.path:
                left -= 1
                if left == 0:
                    raise Enough

        return note

    heard = {path: noting(path) for path in nodes if "@" not in path}
    with torch.no_grad(), listening(network.module, heard), until_enough():
        answer(network, picture)
    order = list(called)
    if last is not None and last.path in called:
        order = order[: order.index(last.path) + 1]
    return tuple(nodes[path] for path in order)


def likeness_by_layer(
    network: Network, pictures: Tensor, layers: tuple[LayerNode, ...], by_rank: bool
) -> Iterator[tuple[LayerNode, Tensor]]:
    """Of each layer how alike all pictures are to all others: pictures × pictures, from −1 to 1.

    As many layers in one pass as there is room for; each picture goes through by itself.
    """
    left = list(layers)
    while left:
        share, size = [left.pop(0)], 0
        size += _size(share[0], pictures)
        while left and size + _size(left[0], pictures) <= MOST:
            size += _size(left[0], pictures)
            share.append(left.pop(0))
        paths = {node.path: node.calls for node in share}
        with torch.inference_mode(False), torch.no_grad():
            each = [outputs_of(network, paths, pictures[i : i + 1]) for i in range(len(pictures))]
        for node in share:
            flat = torch.stack([one[node.path].flatten() for one in each])
            yield node, correlations(flat, by_rank)


def _size(node: LayerNode, pictures: Tensor) -> int:
    count = 1
    for side in node.shape or (1,):
        count *= side
    return 4 * count * len(pictures)


def correlations(flat: Tensor, by_rank: bool) -> Tensor:
    """Spearman's with `by_rank`, equals sharing the mean of their ranks; or cosines. What is the same all over: 0."""
    rows = flat.double()
    if by_rank:
        rows = torch.stack([_ranks(row) for row in rows])
        rows = rows - rows.mean(1, keepdim=True)
    lengths = rows.norm(dim=1, keepdim=True)
    rows = torch.where(lengths > 0, rows / lengths.clamp_min(1e-300), torch.zeros_like(rows))
    return rows @ rows.T


def _ranks(row: Tensor) -> Tensor:
    _, which, counts = torch.unique(row, return_inverse=True, return_counts=True)
    ranks: Tensor = (counts.cumsum(0) - (counts + 1) / 2)[which]
    return ranks
