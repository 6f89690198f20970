"""The provider of modules that are in memory already: a script or a notebook made them, and nothing of them is a file.

A module that is offered stays the person's: what is opened is a copy, so that neither its modes, hooks and flags nor
the device that it is on change. Hooks of their own are a part of what the network computes, and go along.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import IN_MEMORY, ModelChoice

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class _Offered:
    """`copy` is of the moment at which it was offered, or renewed, and on the processor."""

    module: nn.Module
    copy: nn.Module
    labels: tuple[str, ...] | None
    stamp: tuple[tuple[int, int], ...]


_offered: dict[str, _Offered] = {}
_lock = threading.Lock()


def offer(module: nn.Module, labels: tuple[str, ...] | None = None) -> str:
    """The name under which it can be opened until it is withdrawn; that of its class, counted where it is taken."""
    made = _Offered(module, copy_of(module), labels, stamp_of(module))
    with _lock:
        plain = f"{IN_MEMORY}{type(made.copy).__name__}"
        name, number = plain, 1
        while name in _offered:
            number += 1
            name = f"{plain}-{number}"
        _offered[name] = made
    return name


def withdraw(name: str) -> None:
    with _lock:
        _offered.pop(name, None)


@contextmanager
def offered(module: nn.Module, labels: tuple[str, ...] | None = None) -> Iterator[str]:
    name = offer(module, labels)
    try:
        yield name
    finally:
        withdraw(name)


def is_changed(name: str) -> bool:
    """Whether weights were written to since it was offered, or renewed; what goes past torch's counters is not seen."""
    known = _offered.get(name)
    return known is not None and known.stamp != stamp_of(known.module)


def renew(name: str) -> None:
    """What is opened under this name from now on is the module as it is now."""
    known = _known(name)
    stamp = stamp_of(known.module)  # before the copy: what is written meanwhile counts as changed
    made = replace(known, copy=copy_of(known.module), stamp=stamp)
    with _lock:
        if name in _offered:
            _offered[name] = made


def copied(name: str) -> nn.Module:
    """A copy that nobody else has."""
    from analysis.network.working_copy import working_copy

    return working_copy(_known(name).copy)


def opened(choice: ModelChoice) -> Steps[Opened]:
    from analysis.opening import torchscript
    from analysis.opening.uncompiled import uncompiled

    known = _known(choice.name)
    title = type(known.copy).__name__  # its name here may have a number behind that, which nobody gave it
    if choice.weights != "default":
        raise Problem(f"{title} is in memory with its weights: leave the choice of weights at “default”.")
    yield Loading(0, 1, "copying the network")
    module, notes = torchscript.unfolded(uncompiled(copied(choice.name)))
    return Opened(module, title, labels=known.labels, notes=notes)


def _known(name: str) -> _Offered:
    known = _offered.get(name)
    if known is None:
        title = name.removeprefix(IN_MEMORY)
        raise Problem(
            f"The network {title} was in the memory of another program and is in no file: ask again in that one, or "
            "save it there by torch.export.save and open that."
        )
    return known


def stamp_of(module: nn.Module) -> tuple[tuple[int, int], ...]:
    """Which tensors are its weights and buffers, and how often each was written to."""
    return tuple((id(value), _version(value)) for value in chain(module.parameters(), module.buffers()))


def _version(value: Tensor) -> int:
    try:
        return value._version
    except RuntimeError:  # tensors made in inference mode count nothing
        return 0


def copy_of(module: nn.Module) -> nn.Module:
    """A copy on the processor, also of one that keeps what flowed through it, which torch would not copy."""
    import torch
    from torch import nn

    from analysis.network.working_copy import working_copy

    while isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
        module = module.module
    with torch.inference_mode(False), torch.no_grad():
        instead: dict[object, object] = {}
        for value in chain(module.parameters(), module.buffers()):
            if value.device.type not in ("cpu", "meta") and type(value) in (torch.Tensor, nn.Parameter):
                here = value.detach().to("cpu", copy=True)
                instead[value] = nn.Parameter(here, value.requires_grad) if isinstance(value, nn.Parameter) else here
        for kept in _kept_tensors(module):
            instead.setdefault(kept, kept.detach().to("cpu", copy=True))
        try:
            return working_copy(module, instead)
        except Exception as error:  # whatever a module of someone's own holds
            from analysis.network.own_code import told

            raise Problem(
                f"{type(module).__name__} cannot be copied, which is how it is looked at without being changed: "
                f"{told(error)}. Take out of it what is no part of the network."
            ) from error


def _kept_tensors(module: nn.Module) -> Iterator[Tensor]:
    """Tensors that came out of a computation and are kept in attributes, or by the objects behind hooks."""
    from functools import partial
    from types import FunctionType, MethodType, ModuleType

    import torch
    from torch import nn

    seen: set[int] = set()
    waiting: list[object] = [part.__dict__ for part in module.modules()]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, torch.Tensor):
            if thing.grad_fn is not None:
                yield thing
        elif isinstance(thing, dict):
            waiting += thing.values()
        elif isinstance(thing, list | tuple | set | frozenset):
            waiting += thing
        elif isinstance(thing, nn.Module):
            waiting.append(thing.__dict__)
        elif isinstance(thing, partial):
            waiting += (thing.func, thing.args, thing.keywords)
        elif isinstance(thing, MethodType):
            waiting.append(thing.__self__)
        elif not isinstance(thing, type | ModuleType | FunctionType) and hasattr(thing, "__dict__"):
            waiting.append(vars(thing))
