"""Weights as the modules hold them, fields by derivatives, and pooling and filters by torch's own."""

from __future__ import annotations

import numpy as np
import torch

from analysis.methods.fields.effective_field import EffectiveField
from analysis.methods.fields.sliding_filter import SlidingFilter
from analysis.methods.populations.distribution import Distribution
from analysis.methods.populations.top_nine import TopNine
from analysis.network.maps import maps_of
from analysis.protocol.target import UnitTarget
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.plain import Plain, Question


def _weight(plain: Plain, path: str) -> torch.Tensor:
    weight = plain.module.get_submodule(path).weight
    assert isinstance(weight, torch.Tensor)
    return weight.detach()


def _layer(case: Case) -> str:
    assert case.question.layer is not None
    return case.question.layer.path


def filters(plain: Plain, case: Case, found: Arrays) -> Pairs:
    weight = _weight(plain, _layer(case))
    if getattr(plain.module.get_submodule(_layer(case)), "transposed", False) or weight.dim() == 2:
        if found["result"].size != weight.numel():  # a page of them
            return {}
        size, all_ = float(weight.abs().sum()), float(weight.double().sum())
        return {"sum": Pair(found["result"].astype(np.float64).sum(), all_, size)}
    part = weight[torch.from_numpy(found["filters"])][:, torch.from_numpy(found["channels"])]
    return {"result": Pair(found["result"], part.reshape(found["result"].shape).numpy())}


def statistics(plain: Plain, case: Case, found: Arrays) -> Pairs:
    weight = _weight(plain, _layer(case)).double()
    return {"norm": Pair(np.linalg.norm(found["norm"].astype(np.float64)), float(weight.norm()))}


def histogram(plain: Plain, case: Case, found: Arrays) -> Pairs:
    return {"sum": Pair(found["result"].sum(1), np.ones(len(found["result"])), 1.0)}


def singular_values(plain: Plain, case: Case, found: Arrays) -> Pairs:
    norm = float(_weight(plain, _layer(case)).double().norm())
    return {"norm": Pair(np.linalg.norm(found["result"].astype(np.float64)), norm)}


def of_layers(plain: Plain, case: Case, found: Arrays) -> Pairs:
    norms = [float(plain.module.get_submodule(path).weight.double().norm()) for path in found["layer"].tolist()]  # type: ignore[union-attr, operator]
    return {"norm": Pair(found["norm"], np.array(norms))}


def receptive_field(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """The derivative of any place lies inside of what is said of it."""
    node = case.question.layer
    assert node is not None
    said = found["field"][-1]
    if node.grid is None or node.global_context or "all" in said or "×" in said:
        return {}
    place = node.grid[0] // 2, node.grid[1] // 2
    slope = np.abs(plain.slope(Question(UnitTarget(place), node, 0), case.picture)).sum(0)
    rows, columns = (np.flatnonzero(slope.any(axis)) for axis in (1, 0))
    widest = max((int(np.ptp(one)) + 1 for one in (rows, columns) if len(one)), default=0)
    assert widest <= int(float(said.split("/")[0])), "it sees more"
    return {}


def effective_field(plain: Plain, case: Case, found: Arrays) -> Pairs:
    assert isinstance(case.technique, EffectiveField)
    place = int(found["place"][0]), int(found["place"][1])
    question = Question(UnitTarget(place), case.question.layer, case.question.unit)
    generator = torch.Generator().manual_seed(case.seed)
    total = np.zeros(case.picture.shape[1:])
    for _ in range(case.technique.pictures):
        noise = torch.randn((1, *case.picture.shape), generator=generator)[0]
        total = total + np.abs(plain.slope(question, noise)).sum(0)
    return {"result": Pair(found["result"], total / case.technique.pictures, float(total.max()))}


def pool_routing(plain: Plain, case: Case, found: Arrays) -> Pairs:
    top, left = found["corner"][0]
    rows, columns = found["winners"][..., 0] - top, found["winners"][..., 1] - left
    won = found["input"][rows, columns]
    return {
        "output": Pair(found["output"], won),
        "sum": Pair(found["result"].sum(), float(found["flowing"].sum()), 1.0),
    }


def sliding_filter(plain: Plain, case: Case, found: Arrays) -> Pairs:
    asked = case.technique
    assert isinstance(asked, SlidingFilter)
    leaf = torch.zeros(1, 1, asked.rows, asked.columns, requires_grad=True)
    kernel = torch.ones(1, 1, asked.kernel, asked.kernel)
    given = torch.nn.functional.conv2d(leaf, kernel, None, asked.stride, asked.padding, asked.dilation)
    (slope,) = torch.autograd.grad(given.sum(), leaf)
    return {"result": Pair(found["result"], slope[0, 0].numpy()), "output": Pair(found["output"], given.shape[2:])}


def _noises(plain: Plain, case: Case) -> torch.Tensor:
    """The unit's values on the noise that both methods draw, plainly: pictures × places."""
    asked, layer, unit = case.technique, case.question.layer, case.question.unit
    assert isinstance(asked, (TopNine, Distribution))
    assert layer is not None
    assert unit is not None
    random = np.random.default_rng(case.seed)
    found = []
    for _ in range(asked.pictures):
        levels = random.integers(0, 256, tuple(case.picture.shape)).astype(np.uint8)
        given = case.network.normalised(torch.from_numpy(levels))[0].cpu()
        found.append(maps_of(layer, plain.output(layer.path, given).detach())[0, unit].flatten())
    return torch.stack(found)


def top_nine(plain: Plain, case: Case, found: Arrays) -> Pairs:
    best = _noises(plain, case).amax(1).sort(descending=True).values[:9]
    return {"values": Pair(found["values"], best.numpy())}


def distribution(plain: Plain, case: Case, found: Arrays) -> Pairs:
    values = _noises(plain, case).double().numpy()
    size = float(np.abs(values).max())
    return {
        "mean": Pair(found["mean"], values.mean(), size),
        "deviation": Pair(found["deviation"], values.std(), size),
        "sum": Pair(found["result"].sum(1), np.ones(2), 1.0),
    }


LOOKING: dict[str, Reference] = {
    "top-9": top_nine,
    "distribution": distribution,
    "filters": filters,
    "weight-statistics": statistics,
    "weight-histogram": histogram,
    "singular-values": singular_values,
    "weights-of-layers": of_layers,
    "receptive-field": receptive_field,
    "effective-field": effective_field,
    "pool-routing": pool_routing,
    "sliding-filter": sliding_filter,
}
