"""The words of the grammar: blocks that take `inputs` channels and say in `outputs` how many they give.

Each is registered under the oddity that it brings; those in `PLAIN` bring none.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune
from torch.utils.checkpoint import checkpoint

from tests.truth.making import Making


class Block(nn.Module):
    outputs: int

    def __init__(self, making: Making, inputs: int) -> None:
        super().__init__()
        self.outputs = inputs
        self.make(making, inputs)

    def make(self, making: Making, inputs: int) -> None: ...


PLAIN: dict[str, type[Block]] = {}
ODD: dict[str, type[Block]] = {}


def _plain(name: str) -> Callable[[type[Block]], type[Block]]:
    return lambda block: PLAIN.setdefault(name, block)


def _odd(name: str) -> Callable[[type[Block]], type[Block]]:
    return lambda block: ODD.setdefault(name, block)


@_plain("conv")
class Convolution(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.outputs = making.one_of((3, 4, 5, 6, 8))
        self.conv = making.conv(inputs, self.outputs, making.one_of((1, 3, 5)), stride=making.one_of((1, 1, 2)))
        self.relu = making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(x))


@_plain("conv-norm")
class ConvolutionNorm(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.outputs = making.one_of((4, 6, 7, 8))
        self.conv = making.conv(inputs, self.outputs, 3, bias=making.one_of((True, False)))
        self.norm = making.norm(self.outputs)
        self.relu = making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


@_plain("residual")
class Residual(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.norm1 = making.conv(inputs, inputs, bias=False), making.norm(inputs)
        self.conv2, self.norm2 = making.conv(inputs, inputs, bias=False), making.norm(inputs)
        self.relu1, self.relu2 = making.relu(), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.norm1(self.conv1(x)))
        return self.relu2(self.norm2(self.conv2(y)) + x)


@_plain("max-pool")
class MaxPool(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.pool = nn.MaxPool2d(2, ceil_mode=making.one_of((False, True)))

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(x) if min(x.shape[2:]) >= 4 else x


@_plain("avg-pool")
class AvgPool(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.pool = nn.AvgPool2d(3, 2, 1, count_include_pad=making.one_of((False, True)))

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(x) if min(x.shape[2:]) >= 4 else x


@_odd("pre-activation")
class PreActivation(Block):
    """The shortcut leaves before the norm: the convolution's output goes to the norm and past it."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.norm1 = making.conv(inputs, inputs), making.norm(inputs)
        self.conv2, self.norm2 = making.conv(inputs, inputs), making.norm(inputs)
        self.relu1, self.relu2 = making.relu(), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(x)
        z = self.conv2(self.relu1(self.norm1(y)))
        return y + self.relu2(self.norm2(z)) + z


@_odd("norm before")
class NormFirst(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.norm, self.relu, self.conv = making.norm(inputs), making.relu(), making.conv(inputs, inputs)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(self.relu(self.norm(x + 0)))


@_odd("norm called twice")
class NormTwice(Block):
    """One norm behind two convolutions."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.conv2, self.norm = (
            making.conv(inputs, inputs),
            making.conv(inputs, inputs),
            making.norm(inputs),
        )
        self.relu = making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv2(self.relu(self.norm(self.conv1(x)))))


@_odd("norm sees values")
class NormAndLook(Block):
    """The convolution's output decides beside its norm: its mean becomes a gate."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        gate = torch.sigmoid(4 * y.mean((2, 3), keepdim=True))
        return self.relu(self.norm(y)) * gate


@_odd("shared module")
class Shared(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(self.relu(self.conv(x))))


@_odd("tied weights")
class Tied(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.conv2 = making.conv(inputs, inputs), making.conv(inputs, inputs)
        self.conv2.weight = self.conv1.weight
        self.norm1, self.norm2 = making.norm(inputs), making.norm(inputs)
        self.relu = making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))


@_odd("fixed mask")
class Masked(Block):
    """A mask that does not depend on the picture, as pruned channels have."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        mask = (torch.rand(1, inputs, 1, 1) > 0.4).float()
        mask[:, 0], mask[:, -1] = 1, 0
        self.register_buffer("mask", mask)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.relu(self.conv(x) * self.mask)


@_odd("mask by values")
class MaskedByValues(Block):
    """What lies below the map's mean is hidden: the answer jumps there."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        level = y.detach().mean((2, 3), keepdim=True)
        return self.relu(y.masked_fill(y < level, 0.25))


@_odd("group norm")
class GroupNorm(Block):
    def make(self, making: Making, inputs: int) -> None:
        groups = making.one_of([g for g in (1, 2, inputs) if inputs % g == 0])
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), nn.GroupNorm(groups, inputs), making.relu()
        nn.init.normal_(self.norm.weight, 1, 0.4)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


@_odd("instance norm")
class InstanceNorm(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.norm = nn.InstanceNorm2d(inputs, affine=making.one_of((True, False)))

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return self.relu(self.norm(y) if y.shape[2:].numel() > 1 else y)


@_odd("layer norm")
class LayerNorm(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), nn.LayerNorm(inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2))


@_odd("padding mode")
class PaddingMode(Block):
    def make(self, making: Making, inputs: int) -> None:
        mode = making.one_of(("circular", "reflect", "replicate"))
        self.outputs = making.one_of((4, 6))
        self.conv = nn.Conv2d(inputs, self.outputs, 3, padding=1, padding_mode=mode)
        self.norm, self.relu = making.norm(self.outputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return (
            self.relu(self.norm(self.conv(x)))
            if min(x.shape[2:]) > 1
            else self.relu(self.norm(self.conv(x.repeat(1, 1, 2, 2))))
        )


@_odd("functional pad")
class FunctionalPad(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = nn.Conv2d(inputs, inputs, 3), making.relu()
        self.mode = making.one_of(("circular", "replicate", "constant"))

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(functional.pad(x, (1, 1, 1, 1), mode=self.mode)))


@_odd("slice writes")
class SliceWrites(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.kind = making.one_of(("channels", "frame", "empty"))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.conv(x))
        if self.kind == "empty":
            whole = torch.empty_like(y)
            half = y.shape[1] // 2
            whole[:, :half], whole[:, half:] = (
                y[:, half : 2 * half] if y.shape[1] == 2 * half else y[:, :half],
                y[:, half:],
            )
            return whole
        y = y.clone()
        if self.kind == "channels":
            y[:, :1] = x[:, -1:]
        else:
            y[:, :, 0] = 0.5
        return y


@_odd("shift of channels")
class Shift(Block):
    """As the temporal shift does: a part of the channels moves by a row."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        moved = torch.zeros_like(x)
        moved[:, :1, 1:] = x[:, :1, :-1]
        moved[:, 1:] = x[:, 1:]
        return self.relu(self.conv(torch.roll(moved, 1, 3)))


@_odd("squeeze-excitation")
class SqueezeExcitation(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.down, self.up = nn.Conv2d(inputs, 3, 1), nn.Conv2d(3, inputs, 1)
        self.hard = making.one_of((False, True))

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        gate = self.up(self.relu(self.down(functional.adaptive_avg_pool2d(y, 1))))
        return self.relu(y * (functional.hardsigmoid(gate) if self.hard else torch.sigmoid(gate)))


@_odd("GLU")
class Glu(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, 2 * inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(functional.glu(self.conv(x), 1) - 0.1)


@_odd("kept tensor")
class Kept(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.conv(x)
        self.after = self.relu(self.norm(self.last))
        return self.after


@_odd("kept and used")
class KeptAndUsed(Block):
    """The shortcut goes by way of an attribute."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.conv(x)
        return self._more(self.relu(self.norm(self.last)))

    def _more(self, y: Tensor) -> Tensor:
        return y - 0.7 * self.last


@_odd("batch decides")
class BatchDecides(Block):
    """One picture alone has an answer of its own; among others it gets another one."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.kind = making.one_of(("largest", "mean", "strong only", "first", "norm left on", "bright", "how many"))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.conv(x))
        if self.kind == "largest":
            return y / (y.abs().max() + 0.1)
        if self.kind == "mean":
            return y - y.mean()
        if self.kind == "first":
            return y - 0.5 * y[:1]
        if self.kind == "norm left on":
            return functional.batch_norm(y, None, None, training=True)
        if self.kind == "bright":
            return y if float(x.detach().mean()) < 0.8 else 0.3 * y
        if self.kind == "how many":
            return y / len(y)
        return y.clamp(max=4 * float(y.detach().mean()) + 1.0)


@_odd("early exit")
class EarlyExit(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.conv2, self.relu = making.conv(inputs, inputs), making.conv(inputs, inputs), making.relu()
        self.level = making.one_of((0.0, 0.3, 1.0))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.conv1(x))
        if float(x.detach().mean()) > self.level:
            return y
        return self.relu(self.conv2(y))


@_odd("in place")
class InPlace(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.conv2, self.relu = making.conv(inputs, inputs), making.conv(inputs, inputs), making.relu()
        self.norm = making.norm(inputs)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv1(x))
        y += x
        y.mul_(0.8).add_(0.05)
        z = self.relu(self.conv2(y))
        z = z + 0
        z.sub_(0.1)
        return z


@_odd("in place behind a convolution")
class InPlaceBehind(Block):
    """The norm sees the convolution's output only after something was added to it in place."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        y.add_(0.5)
        return self.relu(self.norm(y))


@_odd("functional layers")
class Functional(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.weight = nn.Parameter(torch.randn(inputs, inputs, 3, 3) / (3 * inputs**0.5))
        self.relu, self.norm = making.relu(), making.norm(inputs)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.conv2d(x, self.weight - self.weight.mean(), padding=1)
        n = self.norm
        return self.relu(functional.batch_norm(y, n.running_mean, n.running_var, n.weight, n.bias))


@_odd("author's hooks")
class Hooked(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()
        self.heard: list[float] = []
        kind = making.one_of(("output", "input", "backward", "listens"))
        if kind == "output":
            self.conv.register_forward_hook(_halves)
        elif kind == "input":
            self.norm.register_forward_pre_hook(_adds)
        elif kind == "backward":
            self.norm.register_full_backward_hook(_hears)
        else:
            self.conv.register_forward_hook(_hears)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


def _halves(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    return output / 2 + 0.1


def _adds(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (inputs[0] + 0.2,)


def _hears(_module: nn.Module, _inputs: object, _output: object) -> None:
    return None


@_odd("checkpoint")
class Checkpointed(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()
        self.reentrant = making.one_of((False, True))

    def _inner(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))

    def forward(self, x: Tensor) -> Tensor:
        if self.reentrant and not x.requires_grad:
            return self._inner(x)
        y: Tensor = checkpoint(self._inner, x, use_reentrant=self.reentrant)
        return y


@_odd("parametrised")
class Parametrised(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()
        kind = making.one_of(("weight norm", "spectral norm", "pruning", "old weight norm"))
        if kind == "weight norm":
            parametrizations.weight_norm(self.conv)
        elif kind == "spectral norm":
            parametrizations.spectral_norm(self.conv)
        elif kind == "pruning":
            prune.random_unstructured(self.conv, "weight", 0.4)
        else:
            _old_weight_norm(self.conv)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


def _old_weight_norm(layer: nn.Conv2d) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.nn.utils.weight_norm(layer)


@_odd("unusual convolution")
class UnusualConvolution(Block):
    def make(self, making: Making, inputs: int) -> None:
        kind = making.one_of(("dilated", "grouped", "depthwise", "oblong", "strided 3", "same", "transposed", "even"))
        self.outputs = inputs if kind != "grouped" else 2 * inputs
        if kind == "dilated":
            self.conv: nn.Module = nn.Conv2d(inputs, inputs, 3, padding=2, dilation=2)
        elif kind == "grouped":
            self.conv = nn.Conv2d(inputs, 2 * inputs, 3, padding=1, groups=inputs)
        elif kind == "depthwise":
            self.conv = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        elif kind == "oblong":
            self.conv = nn.Conv2d(inputs, inputs, (3, 5), padding=(1, 2), stride=(1, 2))
        elif kind == "strided 3":
            self.conv = nn.Conv2d(inputs, inputs, 3, padding=1, stride=3)
        elif kind == "same":
            self.conv = nn.Conv2d(inputs, inputs, 4, padding="same")
        elif kind == "even":
            self.conv = nn.Conv2d(inputs, inputs, 2, padding=1)
        else:
            self.conv = nn.ConvTranspose2d(inputs, inputs, 3, stride=2, padding=1, output_padding=1)
        self.norm, self.relu = making.norm(self.outputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


@_odd("attention")
class Attention(Block):
    def make(self, making: Making, inputs: int) -> None:
        heads = 2 if inputs % 2 == 0 else 1
        self.norm = nn.LayerNorm(inputs)
        self.attention = nn.MultiheadAttention(inputs, heads, batch_first=True)
        self.relu, self.down = making.relu(), nn.AdaptiveAvgPool2d(4)
        self.linear = nn.Linear(inputs, inputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        tokens = x.flatten(2).transpose(1, 2)
        y = self.norm(tokens)
        tokens = tokens + self.attention(y, y, y, need_weights=False)[0]
        tokens = self.relu(self.linear(tokens)) + tokens
        return tokens.transpose(1, 2).reshape(x.shape)


@_odd("pooling")
class Pooling(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.kind = making.one_of(
            ("lp", "adaptive avg", "adaptive max", "max overlapping", "unpool", "avg ceil", "amax")
        )
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.indices = nn.MaxPool2d(2, return_indices=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv(x))
        if min(x.shape[2:]) < 4:
            return x
        if self.kind == "lp":
            return functional.lp_pool2d(x + 0.1, 2.0, 2)
        if self.kind == "adaptive avg":
            return functional.adaptive_avg_pool2d(x, (3, 4))
        if self.kind == "adaptive max":
            return functional.adaptive_max_pool2d(x, (4, 3))
        if self.kind == "max overlapping":
            return functional.max_pool2d(x, 3, 2, 1)
        if self.kind == "unpool":
            y, places = self.indices(x)
            return functional.max_unpool2d(y, places, 2, output_size=x.shape[2:])
        if self.kind == "avg ceil":
            return functional.avg_pool2d(x, 3, 2, ceil_mode=True)
        return x.amax((2, 3), keepdim=True) + x


@_odd("upsampling")
class Upsampling(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.kind = making.one_of(("nearest", "bilinear", "aligned", "pixel shuffle"))
        self.conv, self.relu = (
            making.conv(inputs, 4 * inputs if self.kind == "pixel shuffle" else inputs),
            making.relu(),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv(x))
        if self.kind == "pixel shuffle":
            return functional.pixel_shuffle(x, 2)
        if self.kind == "nearest":
            return functional.interpolate(x, scale_factor=2)
        return functional.interpolate(x, (10, 9), mode="bilinear", align_corners=self.kind == "aligned")


@_odd("dense")
class Dense(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.norm1 = making.conv(inputs, 3), making.norm(3)
        self.norm2, self.conv2 = making.norm(inputs + 3), making.conv(inputs + 3, 2)
        self.relu1, self.relu2 = making.relu(), making.relu()
        self.outputs = inputs + 5

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(x)
        x = torch.cat([x, y], 1)
        z = self.conv2(self.relu2(self.norm2(x)))
        return torch.cat([x, self.relu1(self.norm1(y[:, :3]))[:, :0], z], 1)


@_odd("branches")
class Branches(Block):
    """One convolution's output goes to two norms."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.norm1, self.norm2 = making.norm(inputs), making.norm(inputs)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return self.relu(self.norm1(y)) - self.norm2(y)


@_odd("dropout left on")
class DropoutOn(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout(self.relu(self.conv(x)), 0.5, training=True)


@_odd("silent units")
class Silent(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.norm, self.relu = making.conv(inputs, inputs), making.norm(inputs), making.relu()
        with torch.no_grad():
            self.norm.bias[: inputs // 2 + 1] = -100

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return self.relu(self.norm(y)) + 0.3 * y


@_odd("gates")
class Gates(Block):
    def make(self, making: Making, inputs: int) -> None:
        self.conv1, self.conv2, self.relu = making.conv(inputs, inputs), making.conv(inputs, inputs), making.relu()
        self.kind = making.one_of(("tanh", "sigmoid", "square", "softmax"))

    def forward(self, x: Tensor) -> Tensor:
        y, gate = self.relu(self.conv1(x)), self.conv2(x)
        if self.kind == "tanh":
            return y * torch.tanh(gate)
        if self.kind == "sigmoid":
            return y * torch.sigmoid(gate)
        if self.kind == "square":
            return y + 0.1 * gate**2
        return y * gate.softmax(1)


@_odd("wide")
class Wide(Block):
    """So many channels that large convolutions go by tiles."""

    def make(self, making: Making, inputs: int) -> None:
        self.up, self.conv, self.down = nn.Conv2d(inputs, 128, 1), making.conv(128, 132), nn.Conv2d(132, inputs, 1)
        self.norm, self.relu = making.norm(132), making.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.down(self.relu(self.norm(self.conv(self.up(x)))))


@_odd("recurrent")
class Recurrent(Block):
    """The rows of the map as a sequence."""

    def make(self, making: Making, inputs: int) -> None:
        self.conv, self.relu = making.conv(inputs, 3), making.relu()
        self.down, self.lstm = nn.AdaptiveAvgPool2d((5, 4)), nn.LSTM(12, 12, batch_first=True)
        self.outputs = 3

    def forward(self, x: Tensor) -> Tensor:
        y = self.down(self.relu(self.conv(x)))
        rows, _ = self.lstm(y.transpose(1, 2).flatten(2))
        return y + rows.view(len(x), 5, 3, 4).transpose(1, 2)


@_odd("unusual operations")
class UnusualOperations(Block):
    def make(self, making: Making, inputs: int) -> None:
        kinds = ("spectrum", "grid sample", "cumulative", "sorted", "strongest four", "einsum", "unfolded", "maxout")
        self.kind = making.one_of(kinds)
        self.conv, self.relu = making.conv(inputs, inputs), making.relu()
        self.register_buffer("mix", torch.randn(inputs, inputs) / inputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv(x))
        if self.kind == "spectrum":
            return torch.fft.irfft2(torch.fft.rfft2(x) * 0.5, s=x.shape[2:]) + 0.1 * x
        if self.kind == "grid sample":
            turn = torch.tensor([[[0.9, 0.1, 0.0], [-0.1, 0.9, 0.05]]], dtype=x.dtype).expand(len(x), -1, -1)
            places = functional.affine_grid(turn, list(x.shape), align_corners=False)
            return functional.grid_sample(x, places, align_corners=False)
        if self.kind == "cumulative":
            return x.cumsum(3) / x.shape[3]
        if self.kind == "sorted":
            return x.sort(1).values
        if self.kind == "strongest four":
            return x + x.flatten(2).topk(4).values.mean(2)[:, :, None, None]
        if self.kind == "einsum":
            return torch.einsum("nchw,dc->ndhw", x, self.mix)
        if self.kind == "unfolded":
            columns = functional.unfold(x, 3, padding=1).view(len(x), x.shape[1], 9, *x.shape[2:])
            return columns[:, :, ::2].mean(2)
        return torch.maximum(x, x.flip(1))


@_odd("lazy odd things")
class OddThings(Block):
    """Layers that the answer does not need, and one that answers with a tuple."""

    class Pair(nn.Module):
        def __init__(self, conv: nn.Conv2d) -> None:
            super().__init__()
            self.conv = conv

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return self.conv(x), x.mean()

    def make(self, making: Making, inputs: int) -> None:
        self.pair, self.norm, self.relu = self.Pair(making.conv(inputs, inputs)), making.norm(inputs), making.relu()
        self.unused = making.conv(inputs, inputs)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.pair(x)
        self.unused(x)
        return self.relu(self.norm(y))
