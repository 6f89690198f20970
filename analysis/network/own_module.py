"""A module of the person's own made ready: lazy layers get their weights, half and double precision become single."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor, nn

from analysis.network import input_guess
from analysis.network.capture import tensor_in
from analysis.network.ordinary import oddity
from analysis.network.own_code import let_interrupt_pass
from analysis.network.preprocessing import Preprocessing
from analysis.network.seeding import seeded
from analysis.problems import Problem

_TOLERANCE = 1e-4  # of the answer; what is added up in another order is off by far less


@dataclass(frozen=True)
class Ready:
    """`together`: whether a picture is answered alike alone and among others. `notes` say what was done, or is odd."""

    preprocessing: Preprocessing
    together: bool
    notes: tuple[str, ...]


def readied(module: nn.Module, said: Preprocessing | None, seed: int) -> Ready:
    """The first passes through the module, in which lazy layers draw their weights by the seed."""
    refuse_more_inputs(_needed_inputs(module))
    if any(value.device.type not in ("cpu", "meta") for value in chain(module.parameters(), module.buffers())):
        module.cpu()  # where it is tried and measured, wherever it was made
    precision = _other_precision(module)
    notes: list[str] = []
    try:
        preprocessing = seeded(lambda: _passed(module, said), seed)
    except Problem:
        if precision is None:
            raise
        module.float()
        preprocessing = seeded(lambda: _passed(module, said), seed)
        notes.append(f"The network's numbers are {precision}; it is computed in single precision (float32) here.")
    if said is None:
        notes.append(input_guess.words(preprocessing))
    is_random, together = seeded(lambda: _steadiness(module, preprocessing), seed)
    if is_random:
        notes.append(
            "The network answers the same picture differently each time (dropout that is left on, for one), "
            "so no result of it comes out the same twice."
        )
    if not together:
        notes.append(
            "The network's answer to a picture depends on the others of a batch (batch norm that is left on, for one), "
            "so it is asked picture by picture, which is slower."
        )
    return Ready(preprocessing, together, tuple(notes))


def _needed_inputs(module: nn.Module) -> list[str]:
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return []
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]


def refuse_more_inputs(needed: Sequence[str]) -> None:
    if len(needed) > 1:
        raise Problem(
            f"The network takes {len(needed)} inputs ({', '.join(needed)}), and a picture is only one: "
            "put it into a module whose forward takes the picture and fills in the rest."
        )


def _other_precision(module: nn.Module) -> str | None:
    """The one kind of all its numbers, where that is not single precision. A mixture casts for itself."""
    values = chain(module.parameters(), module.buffers())
    kinds = {value.dtype for value in values if value.is_floating_point()}
    if len(kinds) != 1 or torch.float32 in kinds:
        return None
    return str(kinds.pop()).removeprefix("torch.")


def _passed(module: nn.Module, said: Preprocessing | None) -> Preprocessing:
    if said is None:
        return input_guess.guessed(module)
    example = torch.zeros(1, said.channels, said.height, said.width)
    try:
        with torch.no_grad():
            module.eval()(example)
    except BaseException as error:  # the module is the person's own and can fail in any way
        let_interrupt_pass(error)
        raise input_guess.refusal(example, error) from error
    return said


def _steadiness(module: nn.Module, preprocessing: Preprocessing) -> tuple[bool, bool]:
    """Whether the same picture has several answers, and whether it is answered alike alone and among others."""
    pictures = torch.rand(2, preprocessing.channels, preprocessing.height, preprocessing.width)
    first, again, both = (_answer(module, some) for some in (pictures[:1], pictures[:1], pictures))
    if first is None or again is None:
        return False, True
    if _differ(first, again):
        return True, True
    if both is None or both.shape[:1] != (2,) or first.shape[:1] != (1,):
        return False, True  # it takes one picture at a time, which those who ask it find out
    return False, not _differ(first, both[:1])


def _answer(module: nn.Module, pictures: Tensor) -> Tensor | None:
    try:
        with torch.no_grad():
            answer = tensor_in(module.eval()(pictures.clone()))
    except BaseException as error:  # the module is the person's own and can fail in any way
        let_interrupt_pass(error)
        return None
    plain = answer is not None and answer.is_floating_point() and oddity(answer) is None
    return answer.float() if answer is not None and plain else None


def _differ(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape or not one.numel():
        return False
    return float((one - other).abs().max()) > _TOLERANCE * float(one.abs().max())  # NaN differs from nothing
