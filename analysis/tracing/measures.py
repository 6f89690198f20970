"""What can be measured of each operation while a pass runs: how long, how strong, how sparse, how far it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from time import perf_counter
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from analysis.tracing.receptive_field import Following, named_arguments


class Measure(Protocol):
    """A reader of the pass. `values` are by the number of the operation, all of the pass counted from 0."""

    values: dict[int, float]

    def begins(self, picture: Tensor) -> None: ...

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any: ...

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: Any, result: Any) -> None: ...


class _Counting:
    def __init__(self) -> None:
        self.values: dict[int, float] = {}
        self._number = -1

    def begins(self, picture: Tensor) -> None:
        self._number = -1

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        self._number += 1
        return self._number


class Strength(_Counting):
    """The mean of the absolute values of what it gives."""

    def after(self, operation: Any, args: Any, kwargs: Any, seen: int, result: Any) -> None:
        if (given := _numbers(result)) is not None:
            self.values[seen] = float(given.abs().mean())


class Zeros(_Counting):
    """The share of zeros in what it gives."""

    def after(self, operation: Any, args: Any, kwargs: Any, seen: int, result: Any) -> None:
        if (given := _numbers(result)) is not None:
            self.values[seen] = float((given == 0).double().mean())


class Milliseconds(_Counting):
    """The least of several passes; in each of them the operations are the same, or only the last pass counts."""

    def begins(self, picture: Tensor) -> None:
        super().begins(picture)
        self._device = picture.device
        self._before, self.values = self.values, {}

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return super().before(operation, args, kwargs), self._now()

    def after(self, operation: Any, args: Any, kwargs: Any, seen: tuple[int, float], result: Any) -> None:
        number, since = seen
        took = (self._now() - since) * 1000
        self.values[number] = min(took, self._before.get(number, took))

    def _now(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return perf_counter()


class FieldSize(_Counting):
    """The longer side of what one place of it sees; infinite where that is the whole picture or cannot be told."""

    def begins(self, picture: Tensor) -> None:
        super().begins(picture)
        self._following = Following(picture)

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return super().before(operation, args, kwargs), self._following.before(operation, args, kwargs)

    def after(self, operation: Any, args: Any, kwargs: Any, seen: Any, result: Any) -> None:
        number, followed = seen
        self._following.after(operation, args, kwargs, followed, result)
        given = next((leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)), None)
        places = self._following.of(given) if given is not None else None
        spans = places.spans if places is not None else (None, None)
        self.values[number] = max(float(span.size) if span is not None else float("inf") for span in spans)


def multiplications(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], given: Sequence[Tensor]) -> int:
    """How many it takes, of what is done by matrices and filters; 0 for the rest, where they are few."""
    name = operation._schema.name.partition("::")[2]
    said = named_arguments(operation, args, kwargs)
    tensors = [value for value in said.values() if isinstance(value, Tensor)]
    if not given or not tensors:
        return 0
    if "convolution" in name and isinstance(weight := said.get("weight"), Tensor):
        slides = tensors[0] if said.get("transposed") else given[0]
        return int(slides.shape[0] * prod(slides.shape[2:]) * weight.numel())
    if name in ("mm", "bmm", "addmm", "baddbmm", "mv", "addmv"):
        across = tensors[1] if name.startswith(("add", "badd")) else tensors[0]
        return int(given[0].numel() * across.shape[-1])
    if name == "linear":
        return int(given[0].numel() * tensors[0].shape[-1])
    if "scaled_dot_product" in name and len(tensors) >= 3:
        query, key, value = tensors[:3]
        pairs = prod(query.shape[:-1]) * key.shape[-2]
        return int(pairs * (query.shape[-1] + value.shape[-1]))
    if name == "_native_multi_head_attention" and len(tensors) >= 3:
        query, key = tensors[:2]
        wide, batch = query.shape[-1], query.shape[0]
        projections = (2 * query.shape[-2] + 2 * key.shape[-2]) * wide * wide
        return int(batch * (projections + 2 * query.shape[-2] * key.shape[-2] * wide))
    return 0


def _numbers(result: Any) -> Tensor | None:
    """The first that it gives, as numbers; what is an index, a truth or empty is none."""
    given = next((leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)), None)
    if given is None or given.is_sparse or not given.numel():
        return None
    given = given.dequantize() if given.is_quantized else given
    return given.float() if given.is_floating_point() else None
