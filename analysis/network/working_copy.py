"""A copy of a network to work with: what is done to it does not reach the network that is shown."""

import copy
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, TypeVar

from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


def working_copy(module: Module, instead: Mapping[Any, object] | None = None, sharing: Iterable[Tensor] = ()) -> Module:
    """Wherever the copy would have one of the parts or tensors of `instead`, it has what stands for it.

    It has those tensors in common with the original that are `sharing`. Whatever a module of someone's own raises while
    it is copied comes out of here.
    """
    stand_ins: dict[int, object] = {id(tensor): tensor for tensor in sharing}
    stand_ins |= {id(part): other for part, other in (instead or {}).items()}
    return copy.deepcopy(module, stand_ins)


def tensors_of(module: nn.Module) -> Iterable[Tensor]:
    """Its weights and buffers."""
    return chain(module.parameters(), module.buffers())
