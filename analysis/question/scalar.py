"""The scalar that is asked about, evaluated on pictures: one number each, part of autograd's graph if grad mode is on.

`settled` makes the question definite on the question's own picture, so that noisy or masked copies answer the same one.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor

from analysis.network.capture import capture, tensor_in
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.network.ordinary import oddity
from analysis.network.own_code import let_interrupt_pass, told
from analysis.opening.steadiness import is_answered_alike
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.question.question import Question


def scalar(question: Question, pictures: Tensor, outputs: list[Tensor] | None = None) -> Tensor:
    """The target's value on each of N×C×H×W `pictures`; where the class is left open, each picture's strongest.

    A network that was exported for one picture at a time, or answers a picture otherwise among others, is asked one by
    one. Where its code is unknown, the first batch of each size shows whether it does that. `outputs` takes what the
    network itself gave: what comes after it is the question's.
    """
    outputs = [] if outputs is None else outputs
    if len(pictures) == 1 or _together(question.network, pictures):
        try:
            return _scalar(question, pictures, outputs)
        except Problem:
            if len(pictures) == 1:
                raise
            outputs.clear()
    return torch.cat([_scalar(question, pictures[i : i + 1], outputs) for i in range(len(pictures))])


def _together(network: Network, pictures: Tensor) -> bool:
    if not network.together or network.share is None:
        return network.together
    if len(pictures) not in network.batches:
        network.batches[len(pictures)] = is_answered_alike(network.module, pictures.detach(), network.share)
    return network.batches[len(pictures)]


def settled(question: Question) -> Question:
    """The same question with the class it is about: the one that responds most to the question's picture."""
    if not isinstance(question.target, ClassTarget) or question.target.index is not None:
        return question
    with torch.no_grad():
        index = int(class_vector(question.network, question.input)[0].argmax())
    return replace(question, target=ClassTarget(question.target.kind, index))


def values(question: Question, pictures: Tensor) -> Tensor:
    """The target's values without a graph."""
    with torch.no_grad():
        return scalar(question, pictures)


def from_output(question: Question, output: Tensor) -> Tensor:
    """The target's values read off what the network answered or, for a unit, what its layer returned."""
    if isinstance(question.target, ClassTarget):
        return _of_class(question.network, question.target, single(question.network.answered(output, len(output))))
    node = asked_layer(question)
    if question.unit is None and question.target.where == "max":
        return single(maps_of(node, output).amax((1, 2, 3)))
    if question.unit is None:
        raise Problem(f"No unit of {node.path} was chosen; click one, or name it with --unit.")
    return _response(node, question.target, single(maps_of(node, output)[:, question.unit]))


def layer_output(question: Question) -> Tensor:
    """What the question's layer returned for the picture, without the batch axis."""
    node = asked_layer(question)
    with torch.no_grad(), capture(question.network.module, [node.path]) as outputs:
        answer(question.network, question.input)
    return _captured(node, outputs)[0]


def asked_layer(question: Question) -> LayerNode:
    if question.layer is None:
        raise Problem("No layer was chosen; choose one in the Network dock or with --layer.")
    return question.layer


def answer(network: Network, pictures: Tensor) -> Tensor:
    """The network's output, or one sentence on why it has none. The pictures are safe from in-place operations."""
    try:
        output = tensor_in(network.module(pictures.clone()))
    except (torch.OutOfMemoryError, Problem):
        raise
    except BaseException as error:  # the network may be the person's own, and even end the program
        let_interrupt_pass(error)
        raise Problem(f"{network.title} failed on this picture: {told(error)}.") from error
    if output is None:
        raise Problem(f"{network.title} answers with something that is not a tensor.")
    if (odd := oddity(output)) is not None:
        raise Problem(f"{network.title} answers with {odd}: put it into a module that makes a plain tensor of it.")
    return network.answered(output, len(pictures))


def class_vector(network: Network, pictures: Tensor) -> Tensor:
    """N×classes, before the softmax."""
    output = answer(network, pictures)
    if network.output != "classes" or output.ndim != 2 or len(output) != len(pictures):
        shape = "×".join(map(str, output.shape)) or "a single number"
        raise Problem(
            f"{network.title} does not answer with a vector of classes (its answer to {len(pictures)} "
            f"picture{'s'[: len(pictures) != 1]} is {shape}); choose a unit of a layer instead."
        )
    return _finite(network, single(output))


def single(values: Tensor) -> Tensor:
    """At least single precision: half precision is too rough for what is made of it."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _scalar(question: Question, pictures: Tensor, outputs: list[Tensor]) -> Tensor:
    if isinstance(question.target, ClassTarget):
        outputs.append(class_vector(question.network, pictures))
        return _of_class(question.network, question.target, outputs[-1])
    return _of_unit(question, pictures, outputs)


def _of_class(network: Network, target: ClassTarget, logits: Tensor) -> Tensor:
    classes = logits.shape[1]
    if target.index is not None and target.index >= classes:
        raise Problem(f"{network.title} has classes 0 to {classes - 1}, not {target.index}.")
    if classes == 1 and target.kind != "class":
        raise Problem(
            f"{network.title} has a single output, whose softmax is always 1: explain the output itself (class)."
        )
    index = logits.argmax(1) if target.index is None else torch.full_like(logits[:, 0], target.index, dtype=torch.long)
    if target.kind == "class":
        return logits.gather(1, index[:, None])[:, 0]
    exact = logits if logits.device.type == "mps" else logits.double()  # near 1 single precision tells nothing apart
    scores = exact.softmax(1) if target.kind == "probability" else exact.log_softmax(1)
    return scores.gather(1, index[:, None])[:, 0]


def _of_unit(question: Question, pictures: Tensor, outputs: list[Tensor]) -> Tensor:
    node = asked_layer(question)
    with capture(question.network.module, [node.path]) as captured:
        answer(question.network, pictures)
    output = _captured(node, captured)
    outputs.append(output)
    if len(output) != len(pictures):
        raise Problem(f"The layer {node.path} does not answer picture by picture.")
    return _finite(question.network, from_output(question, output))


def _response(node: LayerNode, target: UnitTarget, maps: Tensor) -> Tensor:
    """One number of each of N×rows×columns maps."""
    rows, columns = maps.shape[1:]
    if target.where == "mean":
        return maps.mean((1, 2))
    if target.where == "max":
        return maps.amax((1, 2))
    if target.where == "map":
        return maps.square().sum((1, 2)) / 2
    row, column = (rows // 2, columns // 2) if target.where == "center" else target.where
    if row >= rows or column >= columns:
        raise Problem(f"The maps of {node.path} have {rows} rows and {columns} columns; there is no {row},{column}.")
    return maps[:, row, column]


def _captured(node: LayerNode, outputs: dict[str, Tensor]) -> Tensor:
    if node.path not in outputs:
        raise Problem(f"The layer {node.path} was not used for this picture.")
    return outputs[node.path]


def _finite(network: Network, values: Tensor) -> Tensor:
    if not math.isfinite(float(values.detach().sum())) and not bool(values.detach().isfinite().all()):
        raise Problem(f"{network.title} answers this picture with NaN or infinity, which cannot be explained.")
    return values
