"""The end of a network that takes the mean of each of its last maps and weights the means for every class."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from analysis.class_maps import spatial_layers
from analysis.explained import class_vector
from analysis.methods.method import Context
from analysis.network.capture import capture
from analysis.network.layers import LayerNode
from analysis.network.maps import maps_of
from analysis.problems import Problem
from analysis.target import ClassTarget

_TOLERANCE = 1e-3  # of the range of the logits, or of the only one


@dataclass(frozen=True)
class PooledHead:
    """The class's logit is Σ_k `weights`_k·mean(`maps`_k) + a constant."""

    layer: LayerNode
    maps: Tensor
    weights: Tensor


def pooled_head(context: Context) -> PooledHead:
    """Found by computing the logits from every layer that could be it: what agrees with the network's answer is it."""
    if not isinstance(context.target, ClassTarget):
        raise Problem("CAM explains a class; for a unit choose Grad-CAM.")
    nodes = list(spatial_layers(context))
    with torch.no_grad(), capture(context.network.module, [node.path for node in nodes]) as outputs:
        logits = class_vector(context.network, context.input)[0]
    chosen = int(logits.argmax()) if context.target.index is None else context.target.index
    if chosen >= len(logits):
        raise Problem(f"{context.network.title} has classes 0 to {len(logits) - 1}, not {chosen}.")
    spread = float(logits.max() - logits.min()) if len(logits) > 1 else float(logits.abs().max())
    for node in nodes:
        if node.path not in outputs:
            continue
        captured = maps_of(node, outputs[node.path])[0].float()
        for maps in (captured, captured.relu()):  # the ReLU after the layer may be a function
            for weights, bias in _weightings(context, maps.shape[0], logits):
                made = weights @ maps.mean((1, 2)) + bias
                if float((made - logits).abs().max()) <= _TOLERANCE * spread:
                    return PooledHead(node, maps, weights[chosen])
    raise Problem(
        f"CAM needs a network whose classes are weighted means of its last maps, and {context.network.title} "
        "is not one here: take Grad-CAM, which needs no such end."
    )


def _weightings(context: Context, units: int, logits: Tensor) -> Iterator[tuple[Tensor, Tensor | float]]:
    """Classes × units, and the bias: of every layer that could make these logits of that many means."""
    for part in reversed(list(context.network.module.modules())):
        weight, bias = getattr(part, "weight", None), getattr(part, "bias", None)
        if not isinstance(weight, Tensor) or weight.dim() < 2:
            continue
        if weight.numel() == len(logits) * units and len(weight) == len(logits):
            yield weight.detach().float().flatten(1), bias.detach().float() if isinstance(bias, Tensor) else 0.0
    if units == len(logits):  # every class has a map of its own
        yield torch.eye(units, device=logits.device), 0.0
