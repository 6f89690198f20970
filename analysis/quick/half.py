"""A network with its weights in bfloat16: quicker and approximate, for those who say so."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from analysis.network.agreement import agree
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass, told
from analysis.network.working_copy import tensors_of, working_copy
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.same_answers import Remembered, probes, whole_answer

_NEAR = 0.25  # of the answers' range; what numbers of eight bits round is a tenth of it at most


def in_bfloat16(question: Question) -> Question:
    """The same question to a copy of the network that computes in bfloat16, if it is about the same function."""
    quick = replace(
        question, network=converted(question.network, torch.bfloat16), input=question.input.to(torch.bfloat16)
    )
    try:
        is_right = _RIGHT.found(question, lambda exact: _is_near(exact, quick))
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except BaseException as error:  # the network may be the person's own and can fail in any way
        let_interrupt_pass(error)
        raise Problem(f"{question.network.title} cannot work in bfloat16: {told(error)}; take exact.") from error
    if not is_right:
        raise Problem(f"{question.network.title} answers otherwise in bfloat16, by more than rounding: take exact.")
    return quick


def _is_near(exact: Question, quick: Question) -> bool:
    return all(
        agree(whole_answer(quick, picture.to(quick.input.dtype))[0], whole_answer(exact, picture)[0], _NEAR)
        for picture in (exact.input, *probes(exact))
    )


_RIGHT: Remembered[bool] = Remembered()


def converted(network: Network, kind: torch.dtype) -> Network:
    """A copy with weights of this kind. Batch norm keeps its precision, which costs nothing.

    The weights are converted once: autocast would convert them at every pass and can be slower than not to.
    """
    exact = {
        id(tensor)
        for part in network.module.modules()
        if isinstance(part, nn.modules.batchnorm._BatchNorm)
        for tensor in (*part.parameters(recurse=False), *part.buffers(recurse=False))
    }
    instead: dict[Tensor, Tensor] = {}
    for tensor in tensors_of(network.module):
        keeps = id(tensor) in exact or not tensor.is_floating_point()
        small = tensor.detach() if keeps else tensor.detach().to(kind)
        instead[tensor] = nn.Parameter(small, requires_grad=False) if isinstance(tensor, nn.Parameter) else small
    try:
        module = working_copy(network.module, instead)
    except BaseException as error:
        let_interrupt_pass(error)
        raise Problem(f"{network.title} cannot be copied, so it runs in its own precision only.") from error
    return replace(network, module=module)
