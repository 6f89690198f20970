"""A copy of a network to work with: what is done to it does not reach the network that is shown."""

import copy
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, TypeVar

from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


def working_copy(module: Module, instead: Mapping[Any, object] | None = None, sharing: Iterable[Tensor] = ()) -> Module:
    """Wherever the copy would have one of the parts or tensors of `instead`, it has what stands for it.

    It has those tensors in common with the original that are `sharing`, and what in its attributes cannot be copied and
    is no part of what it computes: a lock, an open file, a generator. Whatever else a module of someone's own raises
    while it is copied comes out of here.
    """
    stand_ins: dict[int, object] = {id(tensor): tensor for tensor in sharing}
    stand_ins |= {id(part): other for part, other in (instead or {}).items()}
    try:
        return copy.deepcopy(module, dict(stand_ins))
    except Exception:
        in_common = _uncopiable(module, stand_ins)
        if not in_common:
            raise
        return copy.deepcopy(module, in_common | stand_ins)


def _uncopiable(module: nn.Module, stand_ins: Mapping[int, object]) -> dict[int, object]:
    known = {id(part): part for part in module.modules()} | dict(stand_ins)
    found: dict[int, object] = {}
    for thing in [thing for part in module.modules() for thing in part.__dict__.values()]:
        try:
            copy.deepcopy(thing, dict(known))
        except Exception:
            found[id(thing)] = thing
    return found


def tensors_of(module: nn.Module) -> Iterable[Tensor]:
    """Its weights and buffers."""
    return chain(module.parameters(), module.buffers())
