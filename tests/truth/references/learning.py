"""What learns, by its first step written down once more in double precision; dropout by torch's own convolution."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from analysis.methods.dropout.masks import DropoutMasks
from analysis.methods.training.monitor import Monitor
from analysis.opening.loading import finished
from analysis.opening.seeding import seeded
from analysis.shipped.designed import Design, begin, build
from analysis.training.lesson import lesson
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.plain import Plain


def lines(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """A unit is dead where its own line has no point before it."""
    before = found["points"] @ found["result"][:, :2].T + found["result"][:, 2]
    length = np.hypot(found["result"][:, 0], found["result"][:, 1])
    return {
        "dead": Pair(found["dead"].astype(float), (~(before > 0).any(0)).astype(float), 1.0),
        "snapshots": Pair(found["snapshots"].astype(float), np.array([1.0, 4.0])),
        "film": Pair(np.hypot(*found["film"][-1, :, :2].T) > 0, length > 0),
    }


def monitor(plain: Plain, case: Case, found: Arrays) -> Pairs:
    asked, seed = case.technique, case.seed
    assert isinstance(asked, Monitor)
    design = Design("dense", asked.depth, asked.width, asked.activation, side=asked.side)
    given = finished(lesson("digits", "", asked.examples, design.preprocessing, seed), lambda step: None)

    def made() -> torch.nn.Module:
        network = build(design)
        begin(network, asked.initialisation, asked.bias)
        return network

    network = seeded(made, seed).double().requires_grad_(True)
    order = torch.randperm(asked.examples, generator=torch.Generator().manual_seed(seed * 100_003 + 17))
    chosen = order[: asked.batch]
    pictures = (given.examples.inputs[chosen].double() / 255 - 0.1307) / 0.3081
    loss = functional.cross_entropy(network(pictures), given.examples.targets[chosen])
    loss.backward()
    slopes = [part.weight.grad.square().mean().sqrt() for part in network if isinstance(part, torch.nn.Linear)]
    return {
        "loss": Pair(found["result"][0], float(loss)),
        "gradient": Pair(found["gradient"][:, 0], torch.stack(slopes).numpy()),
    }


def nothing_more(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Its numbers are those of its first step, which `monitor` has; of files, those that its own tests write."""
    return {}


def masks(plain: Plain, case: Case, found: Arrays) -> Pairs:
    asked = case.technique
    assert isinstance(asked, DropoutMasks)
    whole, elements, maps = found["result"]
    stays = 1 / (1 - asked.probability)
    return {
        "elements": Pair(elements, whole.astype(np.float64) * found["elements"] * stays),
        "maps": Pair(maps, whole.astype(np.float64) * found["maps"][:, None, None] * stays),
    }


def matrix(plain: Plain, case: Case, found: Arrays) -> Pairs:
    weights = torch.from_numpy(found["filter"]).reshape(1, 1, 3, 3)
    x = torch.from_numpy(found["input"]).reshape(1, 1, 3, 3)
    answer = functional.conv2d(x, weights, padding=1).flatten().numpy() * found["diagonal"]
    return {"output": Pair(found["output"], answer)}


LEARNING: dict[str, Reference] = {
    "lines": lines,
    "monitor": monitor,
    "monitor-own": nothing_more,
    "checkpoints": nothing_more,
    "dropout-masks": masks,
    "dropout-matrix": matrix,
    "dropout-effect": nothing_more,
}
