"""What is asked of a network, drawn by the dice of one case: settings, picture, target, layer, unit."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor

from analysis.methods.method import Method, needs_layer
from analysis.methods.registry import method
from analysis.methods.settings import configured
from analysis.network.network import Network
from analysis.protocol.layers import LayerNode
from analysis.protocol.target import ClassTarget, UnitTarget
from tests.truth.case import Case
from tests.truth.networks import Plan
from tests.truth.pictures import LOOKS, picture
from tests.truth.plain import Question

_DERIVATIVES = ("gradient", "input-x-gradient", "guided", "deconvolution", "smoothgrad", "integrated-gradients")
_WITH_LAYER = ("grad-cam", "layer-cam")  # whose layer is then named, since a trust check does not tell which it took
_MEASURED = ("priors", "reality-check")
_SYNTHESIS = ("edge-energy", "ascent", "fourier", "yosinski", "maco", "deepdream")
_LEARNING: dict[str, dict[str, Any]] = {
    "lines": {"iterations": 5, "count": 20, "width": 6},
    "monitor": {
        "network": "dense",
        "depth": 2,
        "width": 8,
        "side": 20,
        "activation": "tanh",
        "examples": 20,
        "batch": 10,
        "tests": 5,
        "iterations": 2,
        "measure": 1,
    },
    "monitor-own": {"iterations": 2, "examples": 20, "batch": 4, "tests": 5},
    "dropout-effect": {"iterations": 2, "examples": 20, "batch": 4, "runs": 1, "looks": 1, "tests": 5},
}
_CHECKS = ("randomisation", "sensitivity", "insertion-deletion")


def case(network: Network, plan: Plan, name: str) -> Case:
    dice = random.Random(f"{plan.seed}:{plan.number}:{name}")
    settings = _settings(dice, name, plan)
    technique = configured(method(name), settings, network.preprocessing.side)
    look = dice.choice(LOOKS)
    pixels = picture(look, plan.height, plan.width, dice.randrange(10**6))
    return Case(
        network=network,
        technique=technique,
        question=_question(dice, network, plan, technique),
        picture=network.input_of_fitted(pixels)[0],
        look=look,
        seed=dice.randrange(1000),
        hurried=dice.random() < 0.3,
    )


def shaken(case_: Case, number: int) -> Case:
    """The same on a picture that differs a little, where no ReLU stands at the same switch."""
    from dataclasses import replace

    noise = torch.randn(case_.picture.shape, generator=torch.Generator().manual_seed(number))
    return replace(case_, picture=case_.picture + 0.003 * noise)


def rounded(picture_: Tensor, number: int) -> Tensor:
    """The picture, off by a rounding of single precision everywhere."""
    generator = torch.Generator().manual_seed(number)
    return picture_.double() * (1 + 1e-7 * torch.randn(picture_.shape, generator=generator, dtype=torch.float64))


def words(case_: Case) -> str:
    """The case in words, to be read beside what went wrong."""
    from analysis.methods.settings import written
    from analysis.protocol.target import text_of

    layer = case_.question.layer
    of = f" of {layer.path}[{case_.question.unit}]" if layer is not None else ""
    settings = ", ".join(f"{key} {value}" for key, value in written(case_.technique).items())
    hurried = ", in a hurry" if case_.hurried else ""
    return f"{text_of(case_.question.target)}{of}, {case_.look}{hurried}; {settings}"


def _settings(dice: random.Random, name: str, plan: Plan) -> dict[str, Any]:
    side = min(plan.height, plan.width)
    batch = dice.choice((0, 1, 3))
    if name == "smoothgrad":
        variant = dice.choice(("mean", "mean", "squared", "variance"))
        return {"samples": dice.choice((1, 4, 9)), "batch": batch, "variant": variant}
    if name == "integrated-gradients":
        return {
            "steps": dice.choice((3, 9)),
            "baseline": dice.choice(("mean", "black", "grey", "blur", "noise")),
            "batch": batch,
        }
    if name == "local-irregularity":
        return {"steps": 5, "batch": batch}
    if name == "input-x-gradient":
        return {"patch": dice.choice((3, 5)), "top": 4}
    if name == "rise":
        return {"masks": dice.choice((5, 12)), "cells": dice.choice((3, 7)), "batch": batch}
    if name in ("score-cam", "ablation-cam"):
        return {"batch": batch}
    if name == "eigen-cam":
        return {"centred": dice.random() < 0.5}
    if name in ("occlusion", "occlusion-loss"):
        return {
            "mask": dice.choice((2, side // 3, side // 2)),
            "stride": dice.choice((2, 3, 4)),
            "fill": dice.choice(("grey", "mean", "black", "blur")),
        }
    if name in _MEASURED:
        return {"steps": 4} if name == "priors" else {"steps": 2, "sample": 6, "best": 2}
    if name in _SYNTHESIS:
        return {"steps": dice.choice((1, 3))}
    if name in ("tsne", "pca", "k-means", "umap", "pacmap"):
        small = {"pictures": 14, "neighbours": 3, "clusters": 2, "pool": dice.choice(("automatic", "mean", "max"))}
        return {**small, **({"perplexity": 3.0, "iterations": 3} if name == "tsne" else {})}
    if name == "swiss-roll":
        return {"points": 40, "perplexity": 5.0, "iterations": 3, "neighbours": 4}
    if name == "effective-field":
        return {"pictures": dice.choice((1, 3))}
    if name in ("top-9", "distribution"):
        return {"noise": True, "pictures": dice.choice((2, 12))}
    if name == "sliding-filter":
        return {"stride": dice.choice((1, 2)), "dilation": dice.choice((1, 4)), "padding": dice.choice((0, 3))}
    if name in _CHECKS:
        return _check(dice, name, plan)
    if name == "loss-ascent":
        return {"steps": 3, "form": dice.choice(("plain", "signed", "normalised"))}
    if name == "fgsm":
        return {"levels": dice.choice((1, 8, 40))}
    if name == "pgd":
        return {"steps": 3, "restarts": 0, "levels": dice.choice((2, 8)), "norm": dice.choice(("linf", "l2"))}
    if name in ("ddn", "deepfool"):
        return {"steps": 4}
    if name == "sphere":
        return {"samples": 5, "batch": batch, "growth": 8.0, "attack": dice.choice(("fgsm", "ddn"))}
    if name in _LEARNING:
        return dict(_LEARNING[name])
    if name.startswith("fooling"):
        return {"population": 4, "generations": 2, "resume": False}
    return {}


def _check(dice: random.Random, name: str, plan: Plan) -> dict[str, Any]:
    inner = dice.choice((*_DERIVATIVES, *_WITH_LAYER, "rise", "occlusion"))
    settings: dict[str, Any] = {"map": inner, "view": dice.choice(("raw", "norm", "grey"))}
    own = _settings(dice, inner, plan)
    if inner == "smoothgrad":
        own = {"samples": 3, "batch": own["batch"]}
    settings |= {f"map.{key}": value for key, value in own.items()}
    if name == "sensitivity":
        return settings | {"draws": 2}
    if name == "insertion-deletion":
        return settings | {"pixels": dice.choice((20, 37)), "batch": dice.choice((0, 1, 3))}
    return settings


def _question(dice: random.Random, network: Network, plan: Plan, technique: Method) -> Question:
    nodes = [node for node in network.root.walk() if node.path and node.kind in ("map", "vector", "tokens")]
    places = [node for node in nodes if node.grid is not None and node.grid[0] * node.grid[1] > 1]
    if "unit" in technique.asks and places:
        node = dice.choice(places)
        return Question(_unit(dice, node), node, dice.randrange(node.units))
    if needs_layer(technique):
        return Question(ClassTarget(), dice.choice(nodes if technique.name == "activations" else places or nodes))
    tested = getattr(technique, "map", None)
    if tested in _WITH_LAYER:
        return Question(_class(dice, plan), dice.choice(places) if places else None)
    is_class_map = "upsampled" in technique.declares
    if dice.random() < (0.15 if is_class_map else 0.4) and nodes and technique.name != "occlusion-loss":
        node = dice.choice(nodes)
        return Question(_unit(dice, node), node, dice.randrange(node.units))
    if is_class_map and places and dice.random() < 0.5:
        return Question(_class(dice, plan), dice.choice(places))
    return Question(_class(dice, plan))


def _class(dice: random.Random, plan: Plan) -> ClassTarget:
    index = dice.choice((None, None, dice.randrange(plan.classes)))
    if plan.classes == 1:
        return ClassTarget("class", index)
    return ClassTarget(dice.choice(("class", "class", "probability", "logprob")), index)


def _unit(dice: random.Random, node: LayerNode) -> UnitTarget:
    if node.grid is None:
        return UnitTarget("mean")
    place = dice.randrange(node.grid[0]), dice.randrange(node.grid[1])
    return UnitTarget(dice.choice(("mean", "max", "center", "map", place)))
