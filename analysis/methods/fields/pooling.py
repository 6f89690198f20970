"""The max-pooling that a layer does, found by what runs: a module of its own, or a function inside of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.scalar import answer, asked_layer
from analysis.tracing.field_path import Window, window_of
from analysis.tracing.receptive_field import named_arguments
from analysis.tracing.trace import traced, whereabouts


def max_pooling(question: Question) -> tuple[Tensor, Window, bool]:
    """What it pools, N×C×H×W, its window, and whether it rounds up the number of windows."""
    layer, network = asked_layer(question), question.network
    with torch.inference_mode(False), torch.no_grad(), whereabouts(network.module) as inside:
        reader = _Reader(layer.path, inside)
        with traced(reader):
            answer(network, question.input)
    if len(reader.found) == 1:
        return reader.found[0]
    if reader.found:
        raise Problem(f"{layer.path} pools {len(reader.found)} times: choose a layer that does it once.")
    where = (
        f": choose {' or '.join(reader.elsewhere[:3])}" if reader.elsewhere else ", and nothing in this network does"
    )
    raise Problem(f"{layer.path} takes no maximum over windows{where}.")


class _Reader:
    def __init__(self, path: str, inside: Sequence[str]) -> None:
        self._path, self._inside = path, inside
        self.found: list[tuple[Tensor, Window, bool]] = []
        self.elsewhere: list[str] = []

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        name = operation._schema.name.partition("::")[2]
        if not name.startswith(("max_pool2d", "mkldnn_max_pool2d")):
            return
        said = named_arguments(operation, args, kwargs)
        window = window_of(name, said)
        given = next(value for value in said.values() if isinstance(value, Tensor))
        if window is None or given.dim() != 4:
            return
        if self._path in self._inside:
            self.found.append((given.detach().clone(), window, bool(said.get("ceil_mode"))))
        elif self._inside and self._inside[-1] not in self.elsewhere:
            self.elsewhere.append(self._inside[-1])

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: Any, result: Any) -> None:
        """Nothing is kept of what it gives."""
