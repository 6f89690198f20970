"""Networks of torch's own modules in a row, with no code of anybody's: what the program records, packs and folds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import nn

from tests.truth.making import Making

Modules = list[nn.Module]
Word = Callable[[Making, int], tuple[Modules, int]]


def _conv_norm(making: Making, inputs: int) -> tuple[Modules, int]:
    outputs = making.one_of((4, 6, 8))
    conv = making.conv(inputs, outputs, making.one_of((1, 3)), bias=False, stride=making.one_of((1, 2)))
    return [conv, making.norm(outputs), making.relu_module()], outputs


def _unusual(making: Making, inputs: int) -> tuple[Modules, int]:
    outputs = 2 * inputs
    conv = making.one_of(
        (
            nn.Conv2d(inputs, outputs, 3, padding=1, groups=inputs),
            nn.Conv2d(inputs, outputs, 3, padding=2, dilation=2),
            nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="circular"),
            nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"),
            nn.Conv2d(inputs, outputs, (1, 3), padding="same"),
            nn.ConvTranspose2d(inputs, outputs, 2, stride=2),
        )
    )
    return [conv, making.norm(outputs), making.relu_module()], outputs


def _norm(making: Making, inputs: int) -> tuple[Modules, int]:
    norms = (nn.GroupNorm(1, inputs), nn.GroupNorm(inputs, inputs), making.norm(inputs), nn.LocalResponseNorm(3))
    return [making.conv(inputs, inputs), making.one_of(norms), making.relu_module()], inputs


def _pool(making: Making, inputs: int) -> tuple[Modules, int]:
    pools = (
        nn.MaxPool2d(3, 1, 1),
        nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        nn.AdaptiveMaxPool2d((5, 4)),
        nn.AdaptiveAvgPool2d((4, 5)),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Upsample((9, 7)),
        nn.LPPool2d(2, 2, 1),
        nn.ReplicationPad2d(1),
        nn.ZeroPad2d((1, 0, 2, 0)),
    )
    return [making.conv(inputs, inputs), making.relu_module(), making.one_of(pools)], inputs


def _twice(making: Making, inputs: int) -> tuple[Modules, int]:
    """The same modules again: one convolution and one norm are called twice."""
    conv, norm = making.conv(inputs, inputs), making.norm(inputs)
    kind = making.one_of(("all", "conv", "norm"))
    again: Modules = [nn.Tanh(), conv if kind != "norm" else making.conv(inputs, inputs)]
    return [conv, norm, *again, norm if kind != "conv" else making.norm(inputs)], inputs


def _between(making: Making, inputs: int) -> tuple[Modules, int]:
    """Something stands between the convolution and its norm."""
    between = making.one_of((nn.Dropout(0.5), nn.Identity(), nn.Tanh(), nn.ReflectionPad2d(1), nn.MaxPool2d(2, 1)))
    return [making.conv(inputs, inputs), between, making.norm(inputs)], inputs


def _act(making: Making, inputs: int) -> tuple[Modules, int]:
    acts = (nn.Tanh(), nn.Sigmoid(), nn.Softmax2d(), nn.Hardsigmoid(), nn.Dropout2d(), nn.ChannelShuffle(1))
    return [making.conv(inputs, inputs), making.norm(inputs), making.one_of(acts)], inputs


WORDS: dict[str, Word] = {
    "conv-norm": _conv_norm,
    "unusual": _unusual,
    "norm": _norm,
    "pool": _pool,
    "twice": _twice,
    "between": _between,
    "act": _act,
}


def in_a_row(making: Making, words: tuple[str, ...], channels: int, classes: int) -> nn.Sequential:
    """With the names of the other networks: `features`, `pool`, `end`."""
    rows = []
    for word in words:
        modules, channels = WORDS[word](making, channels)
        rows.append(nn.Sequential(*modules))
    if making.dice.random() < 0.5:
        head = [("pool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten()), ("end", nn.Linear(channels, classes))]
    else:
        last = nn.Conv2d(channels, classes, 1)
        head = [("end", last), ("pool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten())]
    return nn.Sequential(OrderedDict([("features", nn.Sequential(*rows)), *head]))
