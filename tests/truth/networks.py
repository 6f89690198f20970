"""Random odd networks: network I of seed S is always the same one, with its answer in one of many forms.

`plan(seed, number)` says what it is in words; `built(plan)` makes it, and with a rule makes its twin whose ReLUs follow
that rule. Everything of a network comes from its own dice, so any of them can be made alone.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tests.truth import torch_only
from tests.truth.blocks import ODD, PLAIN
from tests.truth.making import Making
from tests.truth.rectifiers import FUNCTIONS, MODULES, OTHER_FUNCTIONS, OTHERS, PLAIN_MODULES, Rule
from tests.truth.rectifiers import PLAIN as PLAIN_RELUS

HEADS = ("mean", "flatten", "two layers", "conv and mean", "strongest")
FORMS = ("tensor", "dict", "tuple", "1×1 maps", "no batch axis", "log-softmax")
PRECISIONS = ("double", "half", "bfloat16", "computes in double", "dynamic quantised", "static quantised")


@dataclass(frozen=True)
class Plan:
    """`oddities` is what is not plain about it; empty for a plain network."""

    seed: int
    number: int
    channels: int
    height: int
    width: int
    classes: int
    words: tuple[str, ...]
    relus: tuple[str, ...]
    head: str
    form: str
    precision: str
    saturated: bool
    oddities: tuple[str, ...]

    def __str__(self) -> str:
        size = f"{self.channels}×{self.height}×{self.width}"
        rest = [" and ".join(self.relus), self.head, self.form, self.precision, "saturated" if self.saturated else ""]
        odd = ", ".join(self.oddities) or "plain"
        words = " → ".join(self.words)
        return f"#{self.number} ({odd}): {size} → {words} → {self.classes} [{', '.join(filter(None, rest))}]"


def plan(seed: int, number: int) -> Plan:
    dice = random.Random(f"{seed}:{number}")
    if number % 6 == 1:
        return _of_torch_only(dice, seed, number)
    plain = number % 5 == 0
    height = dice.choice((8, 12, 13, 16, 16, 20, 24))
    width = height if dice.random() < 0.6 else dice.choice((8, 11, 16, 20, 28))
    words = ["conv", *(dice.choice(list(PLAIN)) for _ in range(dice.randint(1, 3)))]
    oddities: list[str] = []
    if not plain:
        chosen = list(dict.fromkeys(dice.choice(_WEIGHTED) for _ in range(dice.choice((1, 1, 2, 3)))))
        for word in chosen:
            words.insert(dice.randint(0 if word in _FIRST else 1, len(words)), word)
        oddities += chosen
    relu = dice.choice(PLAIN_RELUS)
    if not plain and dice.random() < 0.4:
        others = [*OTHERS, *OTHER_FUNCTIONS]
        relu = dice.choice([*MODULES, *FUNCTIONS, *(dice.choice(others) for _ in range(6))])
        oddities += [f"ReLU: {relu}"] if relu not in PLAIN_RELUS else []
    relus = (relu, "F.relu") if relu not in PLAIN_RELUS and dice.random() < 0.3 else (relu,)
    form, precision, saturated, classes = "tensor", "single", False, dice.choice((2, 3, 5, 10))
    if not plain and dice.random() < 0.3:
        form = dice.choice(FORMS[1:])
        oddities.append(form)
    if not plain and dice.random() < 0.25:
        precision = dice.choice(PRECISIONS)
        oddities.append(precision)
    if not plain and dice.random() < 0.25:
        saturated = True
        oddities.append("saturated")
    if not plain and dice.random() < 0.08:
        classes = 1
        oddities.append("one class")
    channels = dice.choice((3, 3, 3, 1, 2))
    head = dice.choice(HEADS[:4] if plain else HEADS)
    return Plan(
        seed, number, channels, height, width, classes, tuple(words), relus, head, form, precision, saturated,
        tuple(oddities),
    )  # fmt: skip


def _of_torch_only(dice: random.Random, seed: int, number: int) -> Plan:
    height, width = dice.choice((8, 12, 16, 20)), dice.choice((8, 12, 15, 16))
    words = tuple(dice.choice(list(torch_only.WORDS)) for _ in range(dice.randint(2, 4)))
    relu = dice.choice([*PLAIN_MODULES, *PLAIN_MODULES, *MODULES, *OTHERS] if dice.random() < 0.4 else PLAIN_MODULES)
    oddities = ["torch's modules only", *(f"in a row: {word}" for word in sorted(set(words)))]
    oddities += [f"ReLU: {relu}"] if relu not in PLAIN_MODULES else []
    saturated = dice.random() < 0.3
    oddities += ["saturated"] if saturated else []
    channels, classes = dice.choice((3, 3, 1)), dice.choice((2, 5))
    return Plan(
        seed, number, channels, height, width, classes, words, (relu,), "in a row", "tensor", "single", saturated,
        tuple(oddities),
    )  # fmt: skip


# What goes wrong most easily, the way of one tensor to several, is there three times as often.
_WEIGHTED = sorted(ODD) + 2 * [
    word
    for word in sorted(ODD)
    if "norm" in word or word in ("pre-activation", "branches", "dense", "kept and used", "silent units")
]
_FIRST = frozenset(("unusual convolution", "padding mode", "functional pad", "group norm", "early exit"))


class Truth(nn.Module):
    """The network itself. `end` is the last linear map, `features` what stands before the head."""

    def __init__(self, plan: Plan, making: Making) -> None:
        super().__init__()
        blocks = []
        channels = plan.channels
        for word in plan.words:
            block = (PLAIN.get(word) or ODD[word])(making, channels)
            blocks.append(block)
            channels = block.outputs
        self.features = nn.Sequential(*blocks)
        self.head, self.form, self.classes = plan.head, plan.form, plan.classes
        if plan.head == "flatten":
            self.pool: nn.Module = nn.AdaptiveAvgPool2d((2, 2))
            self.end: nn.Module = nn.Linear(4 * channels, plan.classes)
        elif plan.head == "two layers":
            self.pool = nn.AdaptiveMaxPool2d((2, 1))
            self.middle, self.relu = nn.Linear(2 * channels, 7), making.relu()
            self.end = nn.Linear(7, plan.classes)
        elif plan.head == "conv and mean":
            self.end = nn.Conv2d(channels, plan.classes, 1)
            self.pool = nn.AdaptiveAvgPool2d(1)
        else:
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.end = nn.Linear(channels, plan.classes)

    def forward(self, x: Tensor) -> object:
        x = x.to(self._kind(x))
        y = self.features(x)
        if self.head == "conv and mean":
            logits = self.pool(self.end(y)).flatten(1)
        elif self.head == "two layers":
            logits = self.end(self.relu(self.middle(self.pool(y).flatten(1))))
        elif self.head == "strongest":
            logits = self.end(y.amax((2, 3)))
        else:
            logits = self.end(self.pool(y).flatten(1))
        return self._formed(logits, y)

    casts: torch.dtype | None = None

    def _kind(self, x: Tensor) -> torch.dtype:
        return x.dtype if self.casts is None else self.casts

    def _formed(self, logits: Tensor, maps: Tensor) -> object:
        if self.form == "dict":
            return {"features": maps, "logits": logits, "loss": logits.mean()}
        if self.form == "tuple":
            return logits, maps
        if self.form == "1×1 maps":
            return logits[:, :, None, None]
        if self.form == "no batch axis":
            return logits.squeeze(0)
        if self.form == "log-softmax":
            return logits.log_softmax(1)
        return logits


def scores(answer: object) -> Tensor:
    """The class scores in what a network of the bench answers to one picture, as a vector."""
    if isinstance(answer, dict):
        answer = answer["logits"]
    if isinstance(answer, tuple):
        answer = answer[0]
    assert isinstance(answer, Tensor)
    return answer.reshape(-1)


Module = Truth | nn.Sequential


def built(plan: Plan, rule: Rule | None = None) -> Module:
    """In eval mode and frozen, in the precision of the plan."""
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(plan.seed * 100_003 + plan.number)
        dice = random.Random(f"{plan.seed}:{plan.number}:blocks")
        making = Making(dice, plan.relus, rule)
        module: Module
        if plan.head == "in a row":
            module = torch_only.in_a_row(making, plan.words, plan.channels, plan.classes)
        else:
            module = Truth(plan, making)
        if plan.saturated:
            with torch.no_grad():
                for parameter in module.end.parameters():
                    parameter.mul_(60)
        module = module.eval().requires_grad_(False)
        return _PRECISE[plan.precision](module, plan) if isinstance(module, Truth) else module


def exact(plan: Plan, rule: Rule | None = None) -> Module | None:
    """The same network in double precision; None for one whose numbers are whole."""
    if "quantised" in plan.precision:
        return None
    module = built(plan, rule).double()
    if isinstance(module, Truth) and module.casts is not None:
        module.casts = torch.float64
    return module


def _as(dtype: torch.dtype) -> Callable[[Truth, Plan], Truth]:
    return lambda module, _plan: module.to(dtype)


def _casting(module: Truth, _plan: Plan) -> Truth:
    module = module.double()
    module.casts = torch.float64
    return module


def _dynamic(module: Truth, _plan: Plan) -> Truth:
    quantised: Truth = torch.ao.quantization.quantize_dynamic(module, {nn.Linear}, torch.qint8)
    return quantised


class _Between(nn.Module):
    """A quantised convolution and its ReLU between conversions, in front of the rest of the network."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.quantise, self.dequantise = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()
        self.qconfig = torch.ao.quantization.get_default_qconfig("fbgemm")

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.dequantise(self.relu(self.conv(self.quantise(x))))
        return y


def _static(module: Truth, plan: Plan) -> Truth:
    front = _Between(plan.channels).eval()
    torch.ao.quantization.prepare(front, inplace=True)
    front(torch.randn(4, plan.channels, plan.height, plan.width) * 1.5)
    torch.ao.quantization.convert(front, inplace=True)
    module.features.insert(0, front)
    return module


_PRECISE: dict[str, Callable[[Truth, Plan], Truth]] = {
    "single": lambda module, _plan: module,
    "double": _as(torch.float64),
    "half": _as(torch.float16),
    "bfloat16": _as(torch.bfloat16),
    "computes in double": _casting,
    "dynamic quantised": _dynamic,
    "static quantised": _static,
}
