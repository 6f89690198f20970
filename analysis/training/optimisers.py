"""What moves the weights of a training that is watched: plain steps, momentum and Adam, to the bit as torch's own.

Those of torch bring its whole compiler with their first step, a thousand modules that nothing here asks for: seconds,
and a minute where other programs are busy, in which a person who pressed Run sees nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

MOMENTUM, BETAS, TINY = 0.9, (0.9, 0.999), 1e-8
State = dict[str, Tensor]  # of one weight, by torch's names


@dataclass(eq=False)
class Optimiser:
    """`decaying` are drawn to zero by their size, `others` are not; both count on in `state`."""

    kind: str
    decaying: Sequence[Tensor]
    others: Sequence[Tensor]
    rate: float
    decay: float
    state: dict[int, State] = field(default_factory=dict)

    @property
    def _weights(self) -> Iterator[tuple[int, Tensor, float]]:
        for number, weight in enumerate((*self.decaying, *self.others)):
            yield number, weight, self.decay if number < len(self.decaying) else 0.0

    def forget_slopes(self) -> None:
        for _, weight, _ in self._weights:
            weight.grad = None

    def go_on(self, state: Mapping[int, Mapping[str, Tensor]]) -> None:
        self.state = {
            number: {name: value.clone() for name, value in of_weight.items()} for number, of_weight in state.items()
        }

    @torch.no_grad()
    def step(self) -> None:
        for number, weight, decay in self._weights:
            slope = weight.grad
            if slope is None:
                continue
            if slope.is_sparse:
                slope = slope.to_dense()
            if decay:
                slope = slope.add(weight, alpha=decay)
            state = self.state.setdefault(number, {})
            if self.kind == "adam":
                self._adam(weight, slope, state)
            else:
                weight.add_(self._pushed(slope, state), alpha=-self.rate)

    def _pushed(self, slope: Tensor, state: State) -> Tensor:
        if self.kind != "momentum":
            return slope
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = slope.clone()
        else:
            state["momentum_buffer"].mul_(MOMENTUM).add_(slope)
        return state["momentum_buffer"]

    def _adam(self, weight: Tensor, slope: Tensor, state: State) -> None:
        if weight.is_complex():
            weight, slope = torch.view_as_real(weight), torch.view_as_real(slope)
        if not state:
            state |= {
                "step": torch.zeros(()),
                "exp_avg": torch.zeros_like(slope),
                "exp_avg_sq": torch.zeros_like(slope),
            }
        state["step"] += 1
        steps, first, second = state["step"].item(), state["exp_avg"], state["exp_avg_sq"]
        first.lerp_(slope, 1 - BETAS[0])
        second.mul_(BETAS[1]).addcmul_(slope, slope, value=1 - BETAS[1])
        length = self.rate / (1 - BETAS[0] ** steps)
        root = (second.sqrt() / (1 - BETAS[1] ** steps) ** 0.5).add_(TINY)
        weight.addcdiv_(first, root, value=-length)
