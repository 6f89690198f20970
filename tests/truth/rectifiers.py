"""ReLUs as people write them, from the plain module to deep disguises, and what the backward rules make of a ReLU.

`Rule` None leaves each as it was written, so that autograd differentiates that; with a rule each is replaced by a
ReLU that follows it. The bench knows where the ReLUs are because it put them there.
"""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Rule = Literal["guided", "deconvolution"]
Function = Callable[[Tensor], Tensor]


def _assigned(x: Tensor) -> Tensor:
    y = x.clone()
    y[y < 0] = 0
    return y


def _pooled_with_zero(x: Tensor) -> Tensor:
    both = torch.stack([x, torch.zeros_like(x)], -1)
    return functional.max_pool1d(both.flatten(1, -2), 2).view_as(x)


class _Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return slopes[0] * (x > 0)


# Modules of torch's that are ReLUs. Each name says what is written in the network.
MODULES: dict[str, Callable[[], nn.Module]] = {
    "nn.ReLU": nn.ReLU,
    "nn.ReLU(inplace)": lambda: nn.ReLU(inplace=True),
    "nn.Threshold(0, 0)": lambda: nn.Threshold(0, 0),
    "nn.LeakyReLU(0)": lambda: nn.LeakyReLU(0.0),
}

PLAIN = ("nn.ReLU", "nn.ReLU(inplace)", "F.relu")
PLAIN_MODULES = PLAIN[:2]

FUNCTIONS: dict[str, Function] = {
    "F.relu": functional.relu,
    "torch.relu": torch.relu,
    "x.relu_()": lambda x: x.relu_(),
    "F.relu(inplace)": lambda x: functional.relu(x, inplace=True),
    "clamp(min=0)": lambda x: x.clamp(min=0),
    "clamp_(0)": lambda x: x.clamp_(0),
    "clamp(0, 1e9)": lambda x: x.clamp(0, 1e9),
    "F.threshold": lambda x: functional.threshold(x, 0, 0),
    "F.hardtanh(0, 1e9)": lambda x: functional.hardtanh(x, 0.0, 1e9),
    "F.elu(alpha=0)": lambda x: functional.elu(x, alpha=0.0),
    "maximum(x, 0)": lambda x: torch.maximum(x, torch.zeros_like(x)),
    "max(x, 0)": lambda x: torch.max(x, x.new_zeros(())),
    "fmax(x, 0)": lambda x: torch.fmax(x, torch.zeros_like(x)),
    "where(x > 0)": lambda x: torch.where(x > 0, x, torch.zeros_like(x)),
    "where(x > 0, x, 0.)": lambda x: torch.where(x > 0, x, 0.0),
    "x·(x > 0)": lambda x: x * (x > 0),
    "x·(x > 0).float()": lambda x: x * (x > 0).to(x.dtype),
    "(x + |x|)/2": lambda x: (x + x.abs()) / 2,
    "x − clamp(max=0)": lambda x: x - x.clamp(max=0),
    "−(−x).clamp(max=0)": lambda x: -(-x).clamp(max=0),
    "−minimum(−x, 0)": lambda x: -torch.minimum(-x, torch.zeros_like(x)),
    "x − minimum(x, 0)": lambda x: x - torch.minimum(x, torch.zeros_like(x)),
    "stack amax": lambda x: torch.stack([x, torch.zeros_like(x)]).amax(0),
    "stack max": lambda x: torch.stack([x, torch.zeros_like(x)]).max(0).values,
    "stack sort": lambda x: torch.stack([x, torch.zeros_like(x)]).sort(0).values[1],
    "max_pool1d with 0": _pooled_with_zero,
    "masked_fill": lambda x: x.masked_fill(x < 0, 0),
    "y[y < 0] = 0": _assigned,
    "x·(sign + 1)/2": lambda x: x * ((x.sign() + 1) / 2),
    "x·heaviside": lambda x: x * torch.heaviside(x, x.new_zeros(())),
    "(x + √x²)/2": lambda x: (x + (x.square() + 1e-30).sqrt()) / 2,
    "lerp by a mask": lambda x: torch.lerp(torch.zeros_like(x), x, (x > 0).to(x.dtype)),
    "addcmul by a mask": lambda x: torch.addcmul(torch.zeros_like(x), x, (x > 0).to(x.dtype)),
    "x / mask": lambda x: x / torch.where(x > 0, 1.0, torch.inf),
    "x·detached (x > 0)·2/2": lambda x: x * (2.0 * (x.detach() > 0)) / 2,
    "x + relu(−x)": lambda x: x + functional.relu(-x),
    "exp(log) of a mask": lambda x: x * torch.exp(torch.log((x > 0).to(x.dtype))),
    "einsum with a mask": lambda x: torch.einsum("...,...->...", x, (x > 0).to(x.dtype)),
    "sigmoid of 1e9·x": lambda x: x * torch.sigmoid(1e30 * x.detach()),
    "own autograd.Function": lambda x: _Own.apply(x),
}

# Activations that are none: the backward rules are not defined for them.
OTHERS: dict[str, Callable[[], nn.Module]] = {
    "nn.LeakyReLU": lambda: nn.LeakyReLU(0.1),
    "nn.GELU": nn.GELU,
    "nn.SiLU": nn.SiLU,
    "nn.ELU": nn.ELU,
    "nn.PReLU": nn.PReLU,
    "nn.Hardswish": nn.Hardswish,
    "nn.Softplus": nn.Softplus,
    "nn.Mish": nn.Mish,
}

# The same, as functions: all have a kink at zero, and none is a ReLU.
OTHER_FUNCTIONS: dict[str, Function] = {
    "F.leaky_relu": lambda x: functional.leaky_relu(x, 0.1),
    "where leaky": lambda x: torch.where(x > 0, x, 0.1 * x),
    "max(x, 0.1·x)": lambda x: torch.maximum(x, 0.1 * x),
    "|x|": torch.abs,
    "0.6·x + 0.4·|x|": lambda x: 0.6 * x + 0.4 * x.abs(),
    "√x²": lambda x: (x.square() + 1e-30).sqrt(),
}


class _Ruled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, rule: Rule) -> Tensor:
        ctx.rule, ctx.open = rule, x > 0
        return torch.where(ctx.open, x, torch.zeros_like(x))

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        passing = slopes[0] > 0
        if ctx.rule == "guided":
            passing = passing & ctx.open
        return torch.where(passing, slopes[0], torch.zeros_like(slopes[0])), None


class _RuledModule(nn.Module):
    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule: Rule = rule

    def forward(self, x: Tensor) -> Tensor:
        return _ruled(self.rule)(x)


def _ruled(rule: Rule) -> Function:
    return lambda x: _Ruled.apply(x, rule)


class _Undefined(torch.autograd.Function):
    """On the way back of a rule, which is defined for ReLUs alone."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(_ctx: Any, *_slopes: Tensor) -> Tensor:
        raise AssertionError("the rule is not defined for this activation function")


def rectifier(flavour: str, rule: Rule | None) -> Function:
    """A module where the flavour is one, so that the network has the same layers with and without a rule."""
    if flavour in OTHERS:
        module = OTHERS[flavour]()
        if rule is not None:
            module.register_forward_hook(lambda _module, _inputs, output: _Undefined.apply(output))
        return module
    if flavour in OTHER_FUNCTIONS:
        other = OTHER_FUNCTIONS[flavour]
        return other if rule is None else lambda x: _Undefined.apply(other(x))
    if flavour in MODULES:
        return MODULES[flavour]() if rule is None else _RuledModule(rule)
    return FUNCTIONS[flavour] if rule is None else _ruled(rule)
