"""What a block of a random network is made with: its dice, and the ReLU of this network."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor, nn

from tests.truth.rectifiers import Rule, rectifier

T = TypeVar("T")


@dataclass
class Making:
    """One network in the making, whose ReLUs take turns in the flavours.

    The same dice make the same network, whichever `rule` its ReLUs follow.
    """

    dice: random.Random
    flavours: tuple[str, ...]
    rule: Rule | None = None
    made: int = 0

    def one_of(self, choices: Sequence[T]) -> T:
        return self.dice.choice(choices)

    def relu(self) -> Callable[[Tensor], Tensor]:
        self.made += 1
        return rectifier(self.flavours[self.made % len(self.flavours)], self.rule)

    def relu_module(self) -> nn.Module:
        """For networks of modules alone, whose flavour has to be one."""
        relu = self.relu()
        assert isinstance(relu, nn.Module)
        return relu

    def conv(self, inputs: int, outputs: int, size: int = 3, **more: object) -> nn.Conv2d:
        return nn.Conv2d(inputs, outputs, size, padding=size // 2, **more)  # type: ignore[arg-type]

    def norm(self, channels: int) -> nn.BatchNorm2d:
        """Batch norm as it is after training: nothing of it is neutral."""
        norm = nn.BatchNorm2d(channels)
        nn.init.normal_(norm.weight, 1.0, 0.4)
        nn.init.normal_(norm.bias, 0.0, 0.3)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.normal_(0, 0.3)
        norm.running_var.uniform_(0.3, 2.0)
        return norm
