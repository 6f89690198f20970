"""Trainings that go well, and each failure on purpose; then one that overfits, and what helps against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.settings.declared import Setting

_DEEP: Mapping[str, Setting] = {"network": "dense", "depth": 10, "width": 100, "iterations": 200}
_PLAIN: Mapping[str, Setting] = {"network": "dense", "depth": 3, "width": 100, "iterations": 200}
_FEW: Mapping[str, Setting] = {
    "network": "dense",
    "depth": 2,
    "width": 300,
    "activation": "leaky relu",  # of which none dies, at a rate that learns by heart for every seed
    "examples": 50,
    "rate": 0.003,
    "iterations": 300,
}


@dataclass(frozen=True)
class Preset:
    name: str
    words: str
    settings: Mapping[str, Setting] = field(default_factory=dict)


PRESETS: tuple[Preset, ...] = (
    Preset("healthy", "LeNet with ReLUs, He's initialisation and Adam: nothing is told."),
    Preset(
        "vanishing",
        "Ten layers of sigmoids: what flows back is a quarter at most behind each.",
        {**_DEEP, "activation": "sigmoid", "initialisation": "xavier", "optimiser": "sgd", "rate": 0.1},
    ),
    Preset(
        "exploding",
        "Four layers with weights four times too large: loss and gradient go beyond all bounds.",
        {**_DEEP, "depth": 4, "initialisation": "large", "optimiser": "momentum", "rate": 0.0001, "measure": 1},
    ),
    Preset(
        "dead ReLUs",
        "Biases that begin at −2: whole layers answer nothing, and nothing flows back through them.",
        {**_PLAIN, "bias": -2.0, "optimiser": "momentum", "rate": 0.03},
    ),
    Preset(
        "sparse",
        "Batch norm whose biases begin at −2.2: each unit answers a few pictures in a hundred at most.",
        {**_PLAIN, "batch_norm": True, "bias": -2.2, "batch": 200, "rate": 0.001},
    ),
    Preset(
        "saturated",
        "Weights four times too large before tanh: answers lie at −1 and 1, where it is flat.",
        {**_PLAIN, "activation": "tanh", "initialisation": "large"},
    ),
    Preset("overfitting", "Fifty digits, and far more weights: it learns them by heart.", _FEW),
    Preset(
        "L1", "The same, and weights are drawn to zero whatever their size: many become zero.", {**_FEW, "l1": 0.0003}
    ),
    Preset("L2", "The same, and weights are drawn to zero by their size: none grows.", {**_FEW, "weight_decay": 0.01}),
    Preset("early stopping", "The same, until ten looks at the tests were no better.", {**_FEW, "patience": 10}),
    Preset(
        "augmentation", "The same, and every digit is turned, moved and stretched each time.", {**_FEW, "vary": True}
    ),
    Preset("dropout", "The same, and half of what a layer answers is left out each time.", {**_FEW, "dropout": 0.5}),
)
