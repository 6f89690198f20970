"""A copy of a network that forgets what it has learnt, block by block from the top."""

from dataclasses import replace

import torch
from torch import Generator, nn

from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.network.working_copy import working_copy
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.same_answers import probes, same_answers

_MOST_BLOCKS = 20  # a film strip that can still be looked at


def copied(question: Question) -> Question:
    """The same question to a copy of the network, which may be changed."""
    try:
        module = working_copy(question.network.module)
    except BaseException as error:
        let_interrupt_pass(error)
        raise Problem(f"{question.network.title} cannot be copied, so it cannot be made to forget.") from error
    twin = replace(question, network=replace(question.network, module=module))
    if not _is_like(twin, question):
        raise Problem(
            f"A copy of {question.network.title} answers otherwise than the network (a part of it may still be in the "
            "original), so it cannot be made to forget."
        )
    return twin


def _is_like(twin: Question, question: Question) -> bool:
    whole, copied_whole = (replace(one, layer=None) for one in (question, twin))
    try:
        return same_answers(whole, copied_whole, [question.input, *probes(question)])
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except BaseException as error:  # the network may be the person's own and can fail in any way
        let_interrupt_pass(error)
        return False


def blocks_from_top(network: Network) -> list[str]:
    """Paths of the parts that forget one after the other, the last one called first.

    Containers are opened level by level as long as the parts stay few enough to be looked at.
    """
    blocks = _with_weights(network.root.children)
    while True:
        opened = [
            part
            for block in blocks
            for part in (_with_weights(block.children) if _opens(block, len(blocks)) else [block])
        ]
        if len(opened) == len(blocks) or len(opened) > _MOST_BLOCKS:
            break
        blocks = opened
    if not blocks:
        raise Problem(f"{network.title} has no layers with weights that could be forgotten.")
    return [block.path for block in reversed(blocks)]


def forget(block: nn.Module, generator: Generator) -> None:
    """Every weight as before training: weights normal around 0 (He et al. 2015), norms neutral, biases 0.

    So the signals keep their size; weights that were merely shuffled would let most units of many networks fall silent.
    """
    with torch.no_grad():
        for name, parameter in block.named_parameters():
            if parameter.ndim > 1:
                fan_in = parameter[0].numel()
                drawn = torch.randn(parameter.shape, generator=generator) * (2 / fan_in) ** 0.5
                parameter.copy_(drawn)
            else:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
        for name, buffer in block.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.fill_(0.0 if name.endswith("mean") else 1.0)


def _with_weights(nodes: tuple[LayerNode, ...]) -> list[LayerNode]:
    """Those with weights that were used for the picture the tree was measured with."""
    return [node for node in nodes if node.parameters > 0 and any(below.shape is not None for below in node.walk())]


def _opens(block: LayerNode, count: int) -> bool:
    """A container is opened; a block of its own kind only where it is the whole network."""
    return bool(_with_weights(block.children)) and (block.type in ("Sequential", "ModuleList") or count == 1)
