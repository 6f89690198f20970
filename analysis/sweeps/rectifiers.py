"""What came into a rectifier whose answer is a layer's: a unit that is silent may have been near, or far from it.

The value before the ReLU is told of units that never answer, with the pictures that came nearest. It is read where the
operation happens, whether a module, a function or a method asked for it, and before anything overwrites it in place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from analysis.network.capture import tensor_in
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.protocol.layers import LayerNode
from analysis.tracing.trace import traced

_NAMES = ("relu", "relu_", "hardtanh", "hardtanh_", "clamp_min", "clamp_min_", "clamp", "clamp_")


def is_relu(operation: Any, args: Sequence[Any]) -> bool:
    """Whether it makes everything below zero zero, and leaves the order of the rest."""
    called = str(getattr(getattr(operation, "overloadpacket", None), "__name__", ""))
    if called not in _NAMES or not args or not isinstance(args[0], Tensor):
        return False
    name = called.rstrip("_")
    if name == "relu":
        return True
    low = args[1] if len(args) > 1 else (-1 if name == "hardtanh" else None)
    return isinstance(low, (int, float)) and low == 0


def _ceiling(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> float:
    """Of a rectifier: such as 6 of a ReLU6."""
    name = str(operation.overloadpacket.__name__).rstrip("_")
    if name not in ("hardtanh", "clamp"):
        return math.inf
    high = kwargs.get("max_val" if name == "hardtanh" else "max", args[2] if len(args) > 2 else None)
    return float(high) if high is not None else (1.0 if name == "hardtanh" else math.inf)


@dataclass(frozen=True, eq=False)
class Seen:
    """A layer's answer to one picture: its shape as maps, and which rectifier of the pass gave it, -1 for none."""

    shape: torch.Size
    ordinal: int

    @property
    def from_relu(self) -> bool:
        return self.ordinal >= 0


class _Counting:
    """Which tensor came out of which rectifier, in the order of the pass."""

    def __init__(self) -> None:
        self.count = 0
        self.last: dict[int, tuple[Tensor, int]] = {}

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        return is_relu(operation, args)

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: bool, result: Any) -> None:
        if isinstance(result, Tensor):
            if seen:
                self.last[id(result)] = (result, self.count)
                self.count += 1
            elif id(result) in self.last and result is self.last[id(result)][0]:
                del self.last[id(result)]  # something else wrote into it since

    def of(self, tensor: Tensor) -> int:
        found = self.last.get(id(tensor))
        return found[1] if found is not None and found[0] is tensor else -1


def rectified(network: Network, layers: Sequence[LayerNode], given: Tensor) -> tuple[dict[str, Seen], Tensor | None]:
    """A trial pass: what each of the layers that are reached answers, and what the network does."""
    counting = _Counting()
    found: dict[str, Seen] = {}

    def hear(node: LayerNode) -> Callable[[Any, Any, Any], None]:
        def note(_module: Any, _inputs: Any, output: Any) -> None:
            tensor = tensor_in(output)
            if tensor is not None and tensor.is_floating_point():
                maps = maps_of(node, tensor)
                found[node.path] = Seen(maps.shape, counting.of(tensor) if maps.shape[0] == len(given) else -1)

        return note

    with traced(counting), listening(network.module, {node.path: hear(node) for node in layers}):
        answer = tensor_in(network.module(given))
    return found, None if answer is None else network.answered(answer, len(given))


class Watching:
    """Tells of what comes into those rectifiers of a pass whose answers are swept.

    `tell` gets number and tensor, and above what nothing comes out.
    """

    def __init__(self, wanted: Sequence[int], tell: Callable[[int, Tensor, float], None]) -> None:
        self._wanted = frozenset(wanted)
        self._tell = tell
        self._count = 0

    @contextmanager
    def used(self) -> Iterator[None]:
        """Around one pass."""
        self._count = 0
        if not self._wanted:
            yield
            return
        with traced(self):
            yield

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        if not is_relu(operation, args):
            return False
        number, self._count = self._count, self._count + 1
        if number in self._wanted:
            self._tell(number, args[0], _ceiling(operation, args, kwargs))
        return True

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: bool, result: Any) -> None:
        """Nothing more is to be known."""
