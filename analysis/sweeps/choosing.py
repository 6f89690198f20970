"""Which layers of a network are swept, and how a sweep of it is laid out; nothing here looks at a clock."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Sequence

import torch

from analysis.network.full_precision import full_precision
from analysis.network.network import Network
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.question.batches import multiplications
from analysis.sweeps.alongside import HELD
from analysis.sweeps.by_runtime import decided, to_the_end
from analysis.sweeps.rectifiers import rectified
from analysis.sweeps.spec import SweepSpec, SweptLayer

COUNTED = 120_000  # values of a picture, of all layers, that enter histograms
LEAST_COUNTED = 16  # places of a map
KEPT = 20_000  # pictures of the pooled matrix
KEPT_BYTES = 512 << 20
_WORK_OF_A_SHARD = 4e11  # multiplications: some ten to thirty seconds of one core
_FEWEST, _MOST = 64, 4096  # pictures of a shard
_BATCH, _BATCH_OF_A_PROCESSOR = 32, 16  # of which a processor's caches still hold half a layer's answers
_REPEATS = ("Identity", "Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "Flatten", "Unflatten", "StochasticDepth")
_BENDS = (
    *("ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Hardswish", "Hardtanh"),
    *("Sigmoid", "Tanh", "Softplus", "Softsign", "Hardsigmoid", "RReLU", "LogSigmoid", "Swish"),
)


def swept_layers(network: Network, names: Sequence[str] = ()) -> list[LayerNode]:
    """Those that are named; without names every layer whose values are used as they are.

    A convolution whose answer is only normalised and rectified counts as one layer with these, and what repeats the
    values of the layer before it is left out. The name of a part of the network stands for what is in it, and that of a
    layer which is called several times for each of its calls.
    """
    root = network.root
    if not names:
        return _used_as_they_are([node for node in _single_calls(root) if node.kind is not None])
    found: dict[str, LayerNode] = {}
    for name in names:
        if name == "all":
            inside = [node for node in _single_calls(root) if node.kind is not None]
        else:
            node = root.find(name)
            if node is None:
                near = difflib.get_close_matches(name, [one.path for one in root.with_passes()], n=3, cutoff=0.4)
                advice = f"did you mean {' or '.join(near)}?" if near else "`layers` lists those it has."
                raise Problem(f"{network.title} has no layer “{name[:80]}”: {advice}")
            if node.kind is None:
                inside = [one for one in _single_calls(node) if one.kind is not None]
                if not inside:
                    raise Problem(f"The layer {name} of {network.title} cannot be swept: {node.reason}.")
            else:
                inside = _calls(node)
        found |= {node.path: node for node in inside}
    order = {node.path: place for place, node in enumerate(root.with_passes())}
    return sorted(found.values(), key=lambda node: order[node.path])


def laid_out_spec(
    network: Network,
    layers: Sequence[LayerNode],
    pictures: int,
    *,
    threads: int = 1,
    kept: int | None = None,
    batch: int | None = None,
    shard: int | None = None,
    undecided: bool = False,
) -> SweepSpec:
    """What depends on the network, its layers and nothing else, so that the same sweep is laid out alike again.

    Which engine computes it takes seconds to find out; who cannot wait leaves it `undecided` and goes by the steps of
    `decided`.
    """
    swept = _measured(network, layers)
    if not swept:
        raise Problem(f"No layer of {network.title} could be reached: choose others with --layers.")
    values = sum(layer.units * layer.places for layer in swept)
    units = sum(layer.units for layer in swept)
    if batch is None:
        many = _BATCH_OF_A_PROCESSOR if network.device.type == "cpu" else _BATCH
        batch = 1 if not network.together or not network.batch_axis else many
        batch = max(1, min(batch, HELD // max(values, 1), shard or batch))
    if shard is None:
        fitting = _WORK_OF_A_SHARD / max(multiplications(network), values * 20.0, 1.0)
        shard = 2 ** round(math.log2(min(max(fitting, _FEWEST), _MOST)))
    if kept is None:
        kept = min(KEPT, KEPT_BYTES // max(4 * units, 1))
    size = (network.preprocessing.height, network.preprocessing.width)
    spec = SweepSpec(
        network.choice, tuple(swept), size, batch, max(shard, batch), threads, kept, device=str(network.device)
    )
    return spec if undecided else to_the_end(decided(network, spec))


def _single_calls(root: LayerNode) -> Iterator[LayerNode]:
    """The leaves, and of those that are called several times each call."""
    for node in root.walk():
        if not node.children:
            yield from _calls(node)


def _calls(node: LayerNode) -> list[LayerNode]:
    """Of a layer that is called several times each call: its units answer once a picture and call."""
    return [one for one in node.passes if not one.is_beside] or [node]


def _used_as_they_are(leaves: Sequence[LayerNode]) -> list[LayerNode]:
    """In the order in which they stand in the tree, which mostly is that of their calls."""
    kept: list[LayerNode] = []
    for node in leaves:
        if node.type in _REPEATS:
            continue
        before = kept[-1] if kept else None
        bends = node.type in _BENDS or "Norm" in node.type
        if before is not None and bends and before.shape == node.shape and before.type not in _BENDS:
            kept[-1] = node
        else:
            kept.append(node)
    return kept


@torch.no_grad()
def _measured(network: Network, layers: Sequence[LayerNode]) -> list[SweptLayer]:
    """As they answer to a black picture; those that are not reached are left out."""
    size = network.preprocessing
    given = torch.zeros((1, size.channels, size.height, size.width), device=network.device)
    with full_precision(network.device):
        seen, answer = rectified(network, layers, given)
    reached = [node for node in layers if node.path in seen]
    each = COUNTED / max(sum(seen[node.path].shape[1:].numel() for node in reached), 1)
    answers = answer.shape[-1] if answer is not None and network.output == "classes" else -1
    swept = []
    for node in reached:
        _, units, rows, columns = seen[node.path].shape
        counted = rows * columns if each >= 1 else min(rows * columns, max(LEAST_COUNTED, int(rows * columns * each)))
        field = node.receptive_field
        where = None if field is None or not node.has_places else (field.size, field.stride, field.start)
        is_last = node is reached[-1] and rows * columns == 1 and units == answers
        before = seen[node.path].from_relu and network.fixed  # else the same rectifier may be another one next time
        swept.append(SweptLayer(node.path, units, rows, columns, node.type, counted, before, where, is_last))
    return swept
