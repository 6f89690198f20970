"""torchvision's residual blocks, with the sum and the activation at their end done by the last convolution.

A block adds its input in its own code, between its modules, so that no chain of modules sees it; and it calls one
activation at every end. Without these passes over memory ResNet-18's live frame takes a fiftieth less time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analysis.quick.chains import Chain

Forward = Callable[[Tensor], Tensor]
Ending = Callable[[Tensor, Tensor], Tensor]
_OF_TORCHVISION = {"BasicBlock": 2, "Bottleneck": 3}  # convolutions, each with its normalisation


@dataclass(frozen=True)
class Residual:
    """A block whose parts are as torchvision makes them."""

    block: nn.Module
    steps: tuple[Chain, ...]
    downsample: nn.Module | None
    hidden: frozenset[str]  # the paths of the modules that are passed over

    def forward(self, packed: Callable[[nn.Conv2d, str], Forward], ending: Callable[[nn.Conv2d], Ending]) -> Forward:
        first = [packed(step.folded(), "relu") for step in self.steps[:-1]]
        last = ending(self.steps[-1].folded())

        def forward(x: Tensor) -> Tensor:
            identity = x if self.downsample is None else self.downsample(x)
            for step in first:
                x = step(x)
            return last(x, identity)

        return forward


def residuals_in(module: nn.Module, can_be_packed: Callable[[nn.Module], bool]) -> list[Residual]:
    found = (_residual(path, part, can_be_packed) for path, part in module.named_modules())
    return [residual for residual in found if residual is not None]


def _residual(path: str, block: nn.Module, can_be_packed: Callable[[nn.Module], bool]) -> Residual | None:
    kind = type(block)
    number = _OF_TORCHVISION.get(kind.__name__) if kind.__module__ == "torchvision.models.resnet" else None
    if number is None or "forward" in block.__dict__ or type(getattr(block, "relu", None)) is not nn.ReLU:
        return None
    steps = []
    for place in range(1, number + 1):
        convolution, norm = getattr(block, f"conv{place}", None), getattr(block, f"bn{place}", None)
        if not isinstance(convolution, nn.Conv2d) or not can_be_packed(convolution):
            return None
        if type(norm) is not nn.BatchNorm2d or norm.training or norm.running_mean is None or norm.running_var is None:
            return None
        steps.append(Chain(convolution, norm))
    hidden = [f"{name}{place}" for name in ("conv", "bn") for place in range(1, number + 1)] + ["relu"]
    if any(_is_heard(block.get_submodule(name)) for name in hidden):
        return None
    downsample = getattr(block, "downsample", None)
    return Residual(block, tuple(steps), downsample, frozenset(f"{path}.{name}" if path else name for name in hidden))


def _is_heard(part: nn.Module) -> bool:
    """Whether someone listens to it, who would not be called."""
    return bool(part._forward_hooks or part._forward_pre_hooks or "forward" in part.__dict__)


def added(x: Tensor, identity: Tensor, weight: Tensor, layer: nn.Conv2d, geometry: list[list[int]]) -> Tensor:
    """relu(layer(x) + identity) by weights that are laid out already."""
    y: Tensor = torch.ops.mkldnn._convolution_pointwise.binary(
        x, identity, weight, layer.bias, *geometry, layer.groups, "add", 1.0, "relu", [], ""
    )
    return y
