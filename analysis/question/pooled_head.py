"""The end of a network that takes the mean of each of its last maps and weights the means for every class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.question.class_maps import spatial_layers
from analysis.question.derivative import layer_derivatives
from analysis.question.question import Question
from analysis.question.same_answers import Remembered, probes
from analysis.question.scalar import class_vector, from_output

_TOLERANCE = 1e-3  # of the range of the logits, or of the only one


@dataclass(frozen=True)
class PooledHead:
    """The class's logit is Σ_k `weights`_k·mean(`maps`_k) + a constant."""

    layer: LayerNode
    maps: Tensor
    weights: Tensor


def pooled_head(question: Question) -> PooledHead:
    """Found by computing the logits from every layer that could be it: what agrees with the network's answer is it.

    It has to agree on pictures that are unlike this one, too, for a single picture's logits may agree by chance.
    """
    if not isinstance(question.target, ClassTarget):
        raise Problem("CAM explains a class; for a unit choose Grad-CAM.")
    if question.network.output != "classes":
        raise Problem(
            f"CAM needs classes, and {question.network.title} does not answer with one number for each: take Grad-CAM."
        )
    nodes = list(spatial_layers(question))
    logits, outputs = _captured(question, question.input, nodes)
    from_output(question, logits[None])  # which says what is wrong with the target
    chosen = int(logits.argmax()) if question.target.index is None else question.target.index
    against = question.target.against
    elsewhere = _HOLDING.found(question, lambda question: _held_elsewhere(question, nodes))
    for end, maps, weights in _ends(question, logits, nodes, outputs):
        if end in elsewhere:
            weighted = weights[chosen] if against is None else weights[chosen] - weights[against]
            return PooledHead(next(node for node in nodes if node.path == end[0]), maps, weighted)
    raise Problem(
        f"CAM needs a network whose classes are weighted means of its last maps, and {question.network.title} "
        "is not one here: take Grad-CAM, which needs no such end."
    )


_End = tuple[str, bool, int]  # a layer, whether a ReLU follows it, and which of the weightings
_HOLDING: Remembered[frozenset[_End]] = Remembered()


def _held_elsewhere(question: Question, nodes: Sequence[LayerNode]) -> frozenset[_End]:
    """What agrees with the logits of every one of the unlike pictures."""
    found: list[frozenset[_End]] = []
    for picture in probes(question):
        logits, outputs = _captured(question, picture, nodes)
        found.append(frozenset(end for end, *_ in _ends(question, logits, nodes, outputs)))
    return frozenset(end for end in frozenset.intersection(*found) if _counts(question, end, nodes))


def _counts(question: Question, end: _End, nodes: Sequence[LayerNode]) -> bool:
    """Whether the logit of a class follows each place of these maps as a mean does.

    Maps that were turned, or that nobody takes, have the same means.
    """
    noise = probes(question)[0]
    asked = replace(question, input=noise, target=ClassTarget("class", 0))
    node = next(node for node in nodes if node.path == end[0])
    try:
        derived = next(iter(layer_derivatives(asked, [[node.path]])))
    except Problem:
        return True  # it has no derivative, as a quantised one: the means are all that can be compared
    if node.path not in derived:
        return False
    maps, slopes = (maps_of(node, tensor)[0].float() for tensor in derived[node.path])
    logits, outputs = _captured(question, noise, nodes)
    weights = next(weights for one, _, weights in _ends(question, logits, [node], outputs) if one == end)
    expected = (weights[0] / maps[0].numel())[:, None, None] * (maps > 0 if end[1] else torch.ones_like(maps))
    return bool((slopes - expected).abs().max() <= _TOLERANCE * expected.abs().max())


def _captured(question: Question, picture: Tensor, nodes: Sequence[LayerNode]) -> tuple[Tensor, dict[str, Tensor]]:
    with torch.no_grad(), capture(question.network.module, [node.path for node in nodes]) as outputs:
        return class_vector(question.network, picture)[0], outputs


def _ends(
    question: Question, logits: Tensor, nodes: Sequence[LayerNode], outputs: Mapping[str, Tensor]
) -> Iterator[tuple[_End, Tensor, Tensor]]:
    """Those that agree with these logits, with their maps and weights."""
    spread = float(logits.max() - logits.min()) if len(logits) > 1 else float(logits.abs().max())
    for node in nodes:
        if node.path not in outputs:
            continue
        captured = maps_of(node, outputs[node.path])[0].float()
        for is_rectified, maps in ((False, captured), (True, captured.relu())):  # the ReLU may be a function
            for number, (weights, bias) in enumerate(_weightings(question, maps.shape[0], logits)):
                made = weights @ maps.mean((1, 2)) + bias
                if float((made - logits).abs().max()) <= _TOLERANCE * spread:
                    yield (node.path, is_rectified, number), maps, weights


def _weightings(question: Question, units: int, logits: Tensor) -> Iterator[tuple[Tensor, Tensor | float]]:
    """Classes × units, and the bias: of every layer that could make these logits of that many means."""
    for part in reversed(list(question.network.module.modules())):
        weight, bias = getattr(part, "weight", None), getattr(part, "bias", None)
        if not isinstance(weight, Tensor) or weight.dim() < 2:
            continue
        if weight.numel() == len(logits) * units and len(weight) == len(logits):
            yield weight.detach().float().flatten(1), bias.detach().float() if isinstance(bias, Tensor) else 0.0
    if units == len(logits):  # every class has a map of its own
        yield torch.eye(units, device=logits.device), 0.0
