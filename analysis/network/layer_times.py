"""How long each layer takes, with all that it holds: measured in a pass of its own, in which nothing else is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from analysis.network.listening import listening


def layer_times(module: nn.Module, paths: Iterable[str], given: Tensor) -> dict[str, float]:
    """Milliseconds by path, of all calls together; layers that were not called are left out."""
    took: dict[str, float] = {}
    begun: dict[str, list[float]] = {}

    def now() -> float:
        if given.device.type == "cuda":
            torch.cuda.synchronize(given.device)
        return perf_counter()

    def begins(path: str) -> Callable[..., None]:
        def begin(*_: Any) -> None:
            begun.setdefault(path, []).append(now())

        return begin

    def ends(path: str) -> Callable[..., None]:
        def end(*_: Any) -> None:
            since = begun.get(path)
            if since:
                took[path] = took.get(path, 0.0) + (now() - since.pop()) * 1000

        return end

    listed = list(paths)
    with listening(module, {path: ends(path) for path in listed}, {path: begins(path) for path in listed}):
        module(given)
    return took
