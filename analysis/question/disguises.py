"""Whether the ReLUs that autograd names are all that there are: what a pass computed is searched for others.

Masks, maxima, roots and absolute values make a ReLU as well, and one that is put on a part of a tensor in place has no
node of its own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from analysis.question.kinks import is_smooth, kink
from analysis.tracing.computation import Computation, Executed


def disguised(computation: Computation, outputs: list[Tensor]) -> str | None:
    """What the network does before `outputs` in which a rule for ReLUs would not be followed: "has …", or None."""
    end = _end(computation, outputs)
    if computation.unseen is not None:
        return f"has a part that cannot be looked into ({computation.unseen})"
    for step in computation.steps[:end]:
        if step.differentiated and _changes_a_part(step) and not is_smooth(step) and step.name not in _ASSIGNMENTS:
            return f"has {step.name} on a part of a tensor, in place{_at(step.where)}, where a rule cannot be put"
    found = kink(computation, is_relu, end)
    if found is None:
        return None
    written = ", ".join(found.written_with)
    if found.kind == "relu":
        return f"has one written by hand{_at(found.where)} ({written})"
    if found.kind == "kink":
        return f"has something else that bends at zero{_at(found.where)} ({written})"
    return f"has a part that cannot be tried alone{_at(found.where)} ({written})"


def is_relu(step: Executed) -> bool:
    """Whether autograd names it as one, to which a rule can be put."""
    return step.name in _RELUS and step.differentiated and not _changes_a_part(step) and _RELUS[step.name](step.args)


def _is_zero(bound: Any) -> bool:
    return bound is not None and not bool(torch.as_tensor(bound).any())


_RELUS: dict[str, Callable[[Sequence[Any]], bool]] = {
    "relu": lambda args: True,
    "threshold": lambda args: _is_zero(args[1]) and _is_zero(args[2]),
    "hardtanh": lambda args: len(args) > 1 and _is_zero(args[1]),
    "clamp_min": lambda args: _is_zero(args[1]),
    "clamp": lambda args: len(args) > 1 and _is_zero(args[1]),
}

# What may be put on a part of a tensor: it is only written there, and where it is written is tried.
_ASSIGNMENTS = frozenset(("masked_fill", "masked_scatter", "index_put", "_index_put_impl", "scatter", "index_fill"))


def _changes_a_part(step: Executed) -> bool:
    return any(place.memory in step.changed and place.is_view for place in step.taken)


def _end(computation: Computation, outputs: list[Tensor]) -> int:
    """The number of steps to the network's own output."""
    memories = {output.untyped_storage()._cdata for output in outputs}
    last = (i for i, step in reversed(list(enumerate(computation.steps))) if step.written & memories)
    return next(last, len(computation.steps) - 1) + 1


def _at(where: str) -> str:
    return f" in {where}" if where else ""
