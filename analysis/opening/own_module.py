"""A module of the person's own made ready: lazy layers get their weights, half and double precision become single."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import nn

from analysis.network.own_code import let_interrupt_pass
from analysis.opening import input_guess
from analysis.opening.input_guess import Overrule
from analysis.opening.seeding import seeded
from analysis.opening.steadiness import Steadiness, steadiness
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem


@dataclass(frozen=True)
class Ready:
    """`notes` say what was done, or is odd."""

    preprocessing: Preprocessing
    steadiness: Steadiness
    notes: tuple[str, ...]

    @property
    def together(self) -> bool:
        return self.steadiness.together


def readied(module: nn.Module, said: Preprocessing | None, seed: int, overrule: Overrule | None = None) -> Ready:
    """The first passes through the module, in which lazy layers draw their weights by the seed.

    `overrule` puts what the person said of its pictures in place of what is guessed where nothing is `said`.
    """
    refuse_more_inputs(_needed_inputs(module))
    if any(value.device.type not in ("cpu", "meta") for value in chain(module.parameters(), module.buffers())):
        module.cpu()  # where it is tried and measured, wherever it was made
    precision = _other_precision(module)
    notes: list[str] = []
    try:
        preprocessing = seeded(lambda: _passed(module, said, overrule), seed)
    except Problem:
        if precision is None:
            raise
        module.float()
        preprocessing = seeded(lambda: _passed(module, said, overrule), seed)
        notes.append(f"The network's numbers are {precision}; it is computed in single precision (float32) here.")
    if said is None:
        notes.append(input_guess.words(preprocessing))
    steady = seeded(lambda: steadiness(module, preprocessing), seed)
    return Ready(preprocessing, steady, (*notes, *steady.notes))


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


def _passed(module: nn.Module, said: Preprocessing | None, overrule: Overrule | None) -> Preprocessing:
    if said is None:
        return input_guess.guessed(module, overrule)
    example = torch.zeros(1, said.channels, said.height, said.width)
    try:
        with torch.no_grad():
            module.eval()(example)
    except BaseException as error:  # the module is the person's own and can fail in any way
        let_interrupt_pass(error)
        raise input_guess.refusal(example, error) from error
    return said
