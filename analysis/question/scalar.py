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
from analysis.protocol.target import ClassTarget, UnitTarget, text_of
from analysis.question.class_scores import (
    at_places,
    best_class,
    by_places,
    is_vector,
    mean_at,
    refusal,
    region_of,
)
from analysis.question.question import Question


def scalar(question: Question, pictures: Tensor, outputs: list[Tensor] | None = None) -> Tensor:
    """The target's value on each of N×C×H×W `pictures`; where the class is left open, each picture's strongest.

    A network that was exported for one picture at a time, or answers a picture otherwise among others, is asked one by
    one. Where its code is unknown, the first batch of each size shows whether it does that. `outputs` takes what the
    network itself gave: what comes after it is the question's.
    """
    outputs = [] if outputs is None else outputs
    if len(pictures) == 1 or together(question.network, pictures):
        try:
            return _scalar(question, pictures, outputs)
        except Problem:
            if len(pictures) == 1:
                raise
            outputs.clear()
    return torch.cat([_scalar(question, pictures[i : i + 1], outputs) for i in range(len(pictures))])


def together(network: Network, pictures: Tensor) -> bool:
    """Whether as many pictures can be asked at once; where it is not known, these are tried."""
    if not network.together or network.share is None:
        return network.together
    if len(pictures) not in network.batches:
        network.batches[len(pictures)] = is_answered_alike(network.module, pictures.detach(), network.share)
    return network.batches[len(pictures)]


def settled(question: Question) -> Question:
    """The same question with the class it is about: the one that responds most to the question's picture.

    Where the region of a class is asked about, that is where the class answers most to the question's picture.
    """
    target, network = question.target, question.network
    if not isinstance(target, ClassTarget) or (target.index is not None and target.at is None):
        return question
    with torch.no_grad():
        output = answer(network, question.input)
        if is_vector(network, output, 1):
            _refuse_places(network, target)
            index = int(class_vector_of(network, output, 1)[0].argmax())
            return replace(question, target=replace(target, index=index))
        scores = single(by_places(network, output, 1, target))
        if target.index is None:
            target = replace(target, index=int(best_class(target, scores, network)))
        region = region_of(target, scores) if target.at == "region" else None
    return replace(question, target=target, region=region)


def values(question: Question, pictures: Tensor) -> Tensor:
    """The target's values without a graph."""
    with torch.no_grad():
        return scalar(question, pictures)


def from_output(question: Question, output: Tensor) -> Tensor:
    """The target's values read off what the network answered or, for a unit, what its layer returned."""
    if isinstance(question.target, ClassTarget):
        return _of_answer(question, question.target, question.network.answered(output, len(output)), len(output))
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
    return class_vector_of(network, answer(network, pictures), len(pictures))


def class_vector_of(network: Network, output: Tensor, pictures: int) -> Tensor:
    if not is_vector(network, output, pictures):
        raise Problem(refusal(network, output, pictures))
    return _finite(network, single(output))


def single(values: Tensor) -> Tensor:
    """At least single precision: half precision is too rough for what is made of it."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _scalar(question: Question, pictures: Tensor, outputs: list[Tensor]) -> Tensor:
    if isinstance(question.target, ClassTarget):
        output = answer(question.network, pictures)
        outputs.append(single(output) if output.is_floating_point() else output)
        return _of_answer(question, question.target, outputs[-1], len(pictures))
    return _of_unit(question, pictures, outputs)


def _of_answer(question: Question, target: ClassTarget, output: Tensor, pictures: int) -> Tensor:
    network = question.network
    if is_vector(network, output, pictures):
        return _of_class(network, target, _finite(network, single(output)))
    return _of_places(question, target, _finite(network, single(by_places(network, output, pictures, target))))


def _of_class(network: Network, target: ClassTarget, logits: Tensor) -> Tensor:
    _refuse_places(network, target)
    _check(network, target, logits)
    index = logits.argmax(1) if target.index is None else torch.full_like(logits[:, 0], target.index, dtype=torch.long)
    return _left(network, target, _numbers(target, logits), index)


def _refuse_places(network: Network, target: ClassTarget) -> None:
    if target.at is not None:
        raise Problem(
            f"{network.title} answers with one number for each class, which has no places: "
            f"ask {text_of(replace(target, at=None))} in place of {text_of(target)}."
        )


def _of_places(question: Question, target: ClassTarget, scores: Tensor) -> Tensor:
    """The mean over the places of what a class has at each of them."""
    network = question.network
    _check(network, target, scores)
    if target.index is None:
        index = best_class(target, scores, network)
        if target.at == "region":
            each = [replace(target, index=int(one)) for one in index]
            return torch.cat([_of_places(question, one, scores[i : i + 1]) for i, one in enumerate(each)])
    else:
        index = torch.full((len(scores),), target.index, dtype=torch.long, device=scores.device)
    flat, where = at_places(target, scores, question.region, network)
    numbers = _numbers(target, flat).transpose(1, 2)  # N × places × classes
    picked = [_left(network, target, one, index[i].expand(len(one))) for i, one in enumerate(numbers)]
    return mean_at(torch.stack(picked), where)


def _check(network: Network, target: ClassTarget, scores: Tensor) -> None:
    classes = scores.shape[1]
    for index in (target.index, target.against):
        if index is not None and index >= classes:
            raise Problem(f"{network.title} has classes 0 to {classes - 1}, not {index}.")
    if classes == 1 and target.kind != "class":
        raise Problem(
            f"{network.title} has a single output, whose softmax is always 1: explain the output itself (class)."
        )


def _numbers(target: ClassTarget, scores: Tensor) -> Tensor:
    """Of all classes (axis 1): logits, probabilities or log-probabilities."""
    if target.kind == "class":
        return scores
    exact = scores if scores.device.type == "mps" else scores.double()  # near 1 single precision tells nothing apart
    return exact.softmax(1) if target.kind == "probability" else exact.log_softmax(1)


def _left(network: Network, target: ClassTarget, numbers: Tensor, index: Tensor) -> Tensor:
    """Of N × classes those of the classes that are asked about, less those that they are asked against."""
    found = numbers.gather(1, index[:, None])[:, 0]
    if target.against is None:
        return found
    if bool((index == target.against).any()):
        raise Problem(
            f"{network.label(target.against)} itself answers most to this picture, so there is no other to ask it "
            f"against: name the class, as {target.kind}:N-{target.kind}:{target.against}."
        )
    return found - numbers[:, target.against]


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
