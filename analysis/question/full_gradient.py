"""An answer as the sum of what the picture and what each bias adds to it (Srinivas & Fleuret 2019).

For a network that is linear between its kinks, f(x) = x·∂f/∂x + Σ_l b_l·∂f/∂z_l exactly, z_l what layer l returns and
b_l its bias. A batch norm at rest has one that nobody wrote down, β − γμ/√(σ² + ε), and so has any other nonlinearity
than a ReLU: η(z) − η′(z)·z. What else a network computes has no part in it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from analysis.network.listening import listening
from analysis.protocol.problems import Problem
from analysis.question.derivative import derivatives_of_calls
from analysis.question.question import Question
from analysis.question.scalar import answer

# Each computes its values one by one, and is not through 0 with a straight line on either side, as a ReLU is.
_CURVED = (
    nn.ReLU6, nn.Hardtanh, nn.Hardswish, nn.Hardsigmoid, nn.GELU, nn.SiLU, nn.Mish, nn.ELU, nn.CELU, nn.SELU,
    nn.Sigmoid, nn.LogSigmoid, nn.Tanh, nn.Softplus, nn.Softsign, nn.Tanhshrink, nn.Hardshrink, nn.Softshrink,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class FullGradient:
    """`to_picture` is x·∂f/∂x; `biases` has what each call of each layer adds, in the shape of what it returned."""

    to_picture: Tensor
    biases: tuple[tuple[str, Tensor], ...]

    def total(self) -> float:
        return float(sum(part.double().sum() for part in (self.to_picture, *(one for _, one in self.biases))))

    def terms(self) -> float:
        return float(sum(part.double().abs().sum() for part in (self.to_picture, *(one for _, one in self.biases))))


def full_gradient(question: Question) -> FullGradient:
    module = question.network.module
    with_bias = {path: bias for path, part in module.named_modules() if (bias := _bias_of(part)) is not None}
    curved = {path: part for path, part in module.named_modules() if type(part) in _CURVED}
    to_picture, slopes = derivatives_of_calls(question, [*with_bias, *curved])
    given = _given(question, list(curved)) if curved else {}
    biases: list[tuple[str, Tensor]] = []
    for path, of_calls in slopes.items():
        for number, slope in enumerate(of_calls):
            if path in with_bias:
                part = slope * _laid(with_bias[path], slope, module.get_submodule(path))
            elif number < len(given.get(path, ())):
                part = slope * _offset(curved[path], given[path][number]).to(slope)
            else:
                continue
            biases.append((path, part.detach()))
    return FullGradient((question.input * to_picture).detach(), tuple(biases))


def _bias_of(part: nn.Module) -> Tensor | None:
    """What it adds to a number that is linear in what it is given; None where there is nothing, or no such number."""
    if isinstance(part, _BatchNorm):
        mean, variance = part.running_mean, part.running_var
        if mean is None or variance is None or part.training:
            return None  # it goes by the picture's own numbers
        scale = (variance + part.eps).rsqrt()
        scale = scale if part.weight is None else scale * part.weight
        return (-mean * scale if part.bias is None else part.bias - mean * scale).detach()
    if isinstance(part, (_ConvNd, nn.Linear)) and isinstance(part.bias, Tensor):
        return part.bias.detach()
    return None


def _laid(bias: Tensor, slope: Tensor, part: nn.Module) -> Tensor:
    """As it is added to each place: along the last axis of a linear layer, and along the channels of the others."""
    if isinstance(part, nn.Linear):
        return bias.to(slope)
    places = len(part.kernel_size) if isinstance(part, _ConvNd) else max(0, slope.dim() - 2)
    return bias.to(slope).view(-1, *[1] * places)


def _offset(part: nn.Module, given: Tensor) -> Tensor:
    """η(z) − η′(z)·z."""
    with torch.inference_mode(False), torch.enable_grad():
        leaf = given.detach().clone().requires_grad_()
        made = part(leaf.clone())  # which may be overwritten in place
        (slope,) = torch.autograd.grad(made.sum(), leaf)
        offset: Tensor = made - slope * leaf
    return offset.detach()


@contextmanager
def _listening_before(module: nn.Module, paths: list[str]) -> Iterator[dict[str, list[Tensor]]]:
    given: dict[str, list[Tensor]] = {}

    def hearer(path: str) -> Callable[[nn.Module, tuple[object, ...]], None]:
        def hear(_module: nn.Module, inputs: tuple[object, ...]) -> None:
            if inputs and isinstance(inputs[0], Tensor):
                given.setdefault(path, []).append(inputs[0].detach().clone())

        return hear

    with listening(module, {}, {path: hearer(path) for path in paths}):
        yield given


def _given(question: Question, paths: list[str]) -> dict[str, list[Tensor]]:
    with torch.no_grad(), _listening_before(question.network.module, paths) as given:
        answer(question.network, question.input)
    if any(not one.is_floating_point() for calls in given.values() for one in calls):
        raise Problem(f"{question.network.title} computes with whole numbers, which have no derivative.")
    return given
