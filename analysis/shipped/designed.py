"""A small network that a person designs by a few choices: what the learning lab trains. Its name says all of it.

`designed:lenet,depth=1,width=200,…`: the convolutions of LeNet or none, and `depth` fully connected layers of `width`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from torch import nn

PREFIX = "designed:"
BODIES = ("lenet", "dense")
ACTIVATIONS = ("relu", "leaky relu", "tanh", "sigmoid", "gelu")
BEGINNINGS = ("he", "xavier", "torch", "small", "large")
DROPPED = ("elements", "maps")
SIDES = (20, 128)
_LIMITS = {"depth": (0, 50), "width": (1, 2000), "side": SIDES, "channels": (1, 3), "classes": (1, 1000)}


@dataclass(frozen=True)
class Design:
    body: str = "lenet"
    depth: int = 1
    width: int = 200
    activation: str = "relu"
    batch_norm: bool = False
    dropout: float = 0.0
    dropped: str = "elements"
    side: int = 28
    channels: int = 1
    classes: int = 10

    @property
    def name(self) -> str:
        """By which the catalogue opens it."""
        said = ",".join(f"{f.name}={getattr(self, f.name)!s}" for f in fields(self) if f.name != "body")
        return f"{PREFIX}{self.body},{said}".replace(" ", "-")

    @property
    def preprocessing(self) -> Preprocessing:
        grey = self.channels == 1
        mean, std = ((0.1307,), (0.3081,)) if grey else ((0.5,) * self.channels, (0.25,) * self.channels)
        return Preprocessing(self.side, self.side, resize=self.side, channels=self.channels, mean=mean, std=std)

    @property
    def title(self) -> str:
        body = "LeNet" if self.body == "lenet" else "Fully connected network"
        return f"{body} with {self.depth} hidden layer{'s'[: self.depth != 1]} of {self.width}, {self.activation}"


def read(name: str) -> Design:
    body, _, said = name.removeprefix(PREFIX).partition(",")
    wrong = Problem(f"“{name[:120]}” is no design: it is {Design().name}, with other values.")
    values: dict[str, object] = {"body": body}
    kinds = {f.name: f.type for f in fields(Design)}
    for pair in filter(None, said.split(",")):
        key, equals, value = pair.partition("=")
        if not equals or key not in kinds:
            raise wrong
        try:
            made: object = value.replace("-", " ")
            if kinds[key] == "int":
                made = int(value)
            elif kinds[key] == "float":
                made = float(value)
            elif kinds[key] == "bool":
                made = {"True": True, "False": False}[value]
        except (ValueError, KeyError) as error:
            raise wrong from error
        values[key] = made
    design = Design(**values)  # type: ignore[arg-type]
    fits = all(low <= getattr(design, key) <= high for key, (low, high) in _LIMITS.items())
    known = design.body in BODIES and design.activation in ACTIVATIONS and design.dropped in DROPPED
    if not (fits and known and 0 <= design.dropout < 1):
        raise wrong
    return design


def build(design: Design) -> nn.Module:
    """In eval mode, with torch's own initial weights."""
    from torch import nn

    parts: OrderedDict[str, nn.Module] = OrderedDict()
    size = design.channels * design.side**2
    if design.body == "lenet":
        side, channels = design.side, design.channels
        for number, (units, pool) in enumerate(((32, 3), (64, 2)), start=1):
            parts[f"conv{number}"] = nn.Conv2d(channels, units, 5)
            if design.batch_norm:
                parts[f"norm{number}"] = nn.BatchNorm2d(units)
            parts[f"pool{number}"] = nn.MaxPool2d(pool)
            parts[f"act{number}"] = _activation(design.activation)
            if design.dropout:
                kind = nn.Dropout2d if design.dropped == "maps" else nn.Dropout
                parts[f"drop{number}"] = kind(design.dropout)
            side, channels = (side - 4) // pool, units
        size = channels * side**2
    parts["flatten"] = nn.Flatten()
    for number in range(1, design.depth + 1):
        parts[f"fc{number}"] = nn.Linear(size, design.width)
        if design.batch_norm:
            parts[f"norm_fc{number}"] = nn.BatchNorm1d(design.width)
        parts[f"act_fc{number}"] = _activation(design.activation)
        if design.dropout and design.body == "dense":
            parts[f"drop_fc{number}"] = nn.Dropout(design.dropout)
        size = design.width
    parts["out"] = nn.Linear(size, design.classes)
    return nn.Sequential(parts).eval()


def _activation(name: str) -> nn.Module:
    from torch import nn

    kinds: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "leaky relu": nn.LeakyReLU,
        "tanh": nn.Tanh,
        "sigmoid": nn.Sigmoid,
        "gelu": nn.GELU,
    }
    return kinds[name]()


def begin(network: nn.Module, how: str, bias: float) -> None:
    """Weights as they are drawn at the beginning, by torch's generator; `torch` leaves them as they are.

    A normalisation takes the bias of what it normalises away again, so what the answers are moved by is its own.
    """
    import torch
    from torch import nn

    norms = nn.BatchNorm1d | nn.BatchNorm2d
    parts = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.Linear | norms)]
    weighted = [part for part in parts if not isinstance(part, norms)]
    for part in weighted:
        inputs = part.weight[0].numel()
        units = part.weight.shape[0] * (part.weight[0, 0].numel() if part.weight.dim() > 2 else 1)
        spread = {
            "he": sqrt(2 / inputs),
            "xavier": sqrt(2 / (inputs + units)),
            "small": 0.01,
            "large": 4 * sqrt(2 / inputs),
        }.get(how)
        with torch.no_grad():
            if spread is not None:
                part.weight.normal_(0, spread)
                if part.bias is not None:
                    part.bias.zero_()
    for one, behind in pairwise(parts):
        moving = behind if isinstance(behind, norms) else one
        if bias and one in weighted and moving.bias is not None:
            with torch.no_grad():
                moving.bias += bias
