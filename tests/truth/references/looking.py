"""Weights as the modules hold them, fields by derivatives, and pooling and filters by torch's own."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.modules.conv import _ConvNd as _Conv

from analysis.methods.fields.designer import FieldDesigner
from analysis.methods.fields.effective_field import EffectiveField
from analysis.methods.fields.sliding_filter import SlidingFilter
from analysis.methods.populations.distribution import Distribution
from analysis.methods.populations.top_nine import TopNine
from analysis.methods.weights.histogram import WeightHistogram
from analysis.network.maps import maps_of
from analysis.pictures.scene_choice import scene_choice
from analysis.protocol.target import UnitTarget
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.plain import Numbers, Plain, Question


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


def _filters(part: torch.nn.Module, weight: torch.Tensor) -> Numbers:
    """A row for each filter, taken out one by one where they stand second, as in a transposed convolution."""
    values = weight.detach().double().numpy()
    if not getattr(part, "transposed", False):
        return values.reshape(len(values), -1)
    groups, inputs = part.groups, len(values) // part.groups  # type: ignore[union-attr, operator]
    rows = [
        values[group * inputs : (group + 1) * inputs, number].ravel()
        for group in range(groups)  # type: ignore[arg-type]
        for number in range(values.shape[1])
    ]
    return np.stack(rows)


def _rows(plain: Plain, case: Case) -> Numbers:
    path = _layer(case)
    return _filters(plain.module.get_submodule(path), _weight(plain, path))


def _lower_median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[(len(numbers) - 1) // 2]


def _dead(rows: Numbers) -> list[bool]:
    lengths = [math.sqrt(sum(value * value for value in row)) for row in rows.tolist()]
    return [length <= 1e-3 * _lower_median(lengths) for length in lengths]


def statistics(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Number by number, and every filter beside every other one."""
    rows = _rows(plain, case)
    lengths = np.array([math.sqrt(sum(value * value for value in row)) for row in rows.tolist()])
    means = np.array([math.fsum(row) / len(row) for row in rows.tolist()])
    spreads = [math.sqrt(math.fsum((v - m) ** 2 for v in row) / len(row)) for row, m in zip(rows, means, strict=True)]
    largest = [max(map(abs, row)) for row in rows.tolist()]
    zeros = [sum(abs(value) <= 1e-6 * max(largest) for value in row) / len(row) for row in rows.tolist()]
    likeness, at_nearest = np.zeros(len(rows)), np.zeros(len(rows))
    for one in range(len(rows) if len(rows) > 1 else 0):
        cosines = [
            float(rows[one] @ other) / max(lengths[one] * lengths[number], 1e-30) if number != one else -2.0
            for number, other in enumerate(rows)
        ]
        likeness[one], at_nearest[one] = max(cosines), cosines[int(found["nearest"][one])]
    said = [
        "dead" if gone else "alike" if like >= 0.95 else "" for gone, like in zip(_dead(rows), likeness, strict=True)
    ]
    sure = [abs(like - 0.95) > 1e-5 for like in likeness]
    assert all(
        remark == word for remark, word, plainly in zip(found["remark"].tolist(), said, sure, strict=True) if plainly
    ), "a remark is wrong"
    assert found["filter"].tolist() == list(range(len(rows)))
    size = float(np.abs(rows).max(initial=0))
    return {
        "norm": Pair(found["norm"], lengths),
        "mean": Pair(found["mean"], means, size),
        "deviation": Pair(found["deviation"], np.array(spreads), size),
        "largest": Pair(found["largest"], np.array(largest)),
        "zeros": Pair(found["zeros"], np.array(zeros)),
        "likeness": Pair(found["likeness"], likeness, 1.0),
        "nearest": Pair(found["likeness"], at_nearest, 1.0),
    }


def histogram(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Each weight is put into its bin by hand."""
    assert isinstance(case.technique, WeightHistogram)
    rows, bins = _rows(plain, case), case.technique.bins
    end = float(np.abs(rows).max(initial=0)) or 1.0
    edges = [-end + 2 * end * number / bins for number in range(bins + 1)]
    said = found["edges"].tolist()
    parts = [rows.ravel().tolist()]
    if case.question.unit is not None:
        parts.append(rows[case.question.unit].tolist())
    shares = []
    for values in parts:
        counts = [0] * bins
        for value in values:
            counts[min(bisect_right(said, value) - 1, bins - 1) if value > said[0] else 0] += 1
        shares.append([count / len(values) for count in counts])
    return {"result": Pair(found["result"], np.array(shares)), "edges": Pair(found["edges"], np.array(edges))}


def singular_values(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """By the decomposition itself, where the method goes by the products of rows."""
    values = np.linalg.svd(_rows(plain, case), compute_uv=False)
    if not np.any(np.abs(values / (values[0] or 1.0) - 0.01) < 1e-4):
        assert int(found["rank"][0]) == sum(value >= 0.01 * values[0] for value in values), "the rank is wrong"
    return {"result": Pair(found["result"], values)}


def of_layers(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Of every part that has a weight with rows and columns, and of no other."""
    expected: dict[str, list[float]] = {name: [] for name in ("norm", "mean", "deviation", "largest", "zeros", "dead")}
    size = 0.0
    for path, shape, count in zip(*(found[name].tolist() for name in ("layer", "shape", "weights")), strict=True):
        part = plain.module.get_submodule(path)
        weight = getattr(part, "weight", None)
        if callable(weight):  # of a quantised layer
            weight = weight().dequantize()
        elif not isinstance(weight, torch.Tensor):
            (weight,) = (one for one in part.parameters(recurse=False) if one.dim() >= 2)
        values = weight.detach().double().ravel().tolist()
        assert (shape, count) == ("×".join(map(str, weight.shape)), len(values)), "it is of another shape"
        mean, largest = math.fsum(values) / len(values), max(map(abs, values))
        size = max(size, largest)
        told = {
            "norm": math.sqrt(math.fsum(value * value for value in values)),
            "mean": mean,
            "deviation": math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)),
            "largest": largest,
            "zeros": sum(abs(value) <= 1e-6 * largest for value in values) / len(values),
            "dead": float(sum(_dead(_filters(part, weight)))),
        }
        for name, value in told.items():
            expected[name].append(value)
    owners = {path for path, part in plain.module.named_modules() if isinstance(part, (_Conv, torch.nn.Linear))}
    assert owners <= set(found["layer"].tolist()), "a layer is missing"
    return {name: Pair(found[name], np.array(values), size) for name, values in expected.items()}


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
    """Every window is looked through place by place; of equals any may have won."""
    top, left = found["corner"][0]
    rows, columns = found["winners"][..., 0] - top, found["winners"][..., 1] - left
    won = found["input"][rows, columns]
    back = np.zeros(found["input"].shape)
    for row, column, flows in zip(rows.ravel(), columns.ravel(), found["flowing"].ravel(), strict=True):
        back[row, column] += flows
    pairs = {"output": Pair(found["output"], won), "result": Pair(found["result"], back, 1.0)}
    path = _layer(case)
    pools = [part for part in plain.module.get_submodule(path).modules() if isinstance(part, torch.nn.MaxPool2d)]
    if len(pools) != 1 or case.question.unit is None:
        return pairs
    given = _given_to(plain, pools[0], case)[0, case.question.unit].double().numpy()
    best = np.zeros(won.shape)
    for here in np.ndindex(*won.shape):
        window = found["corner"][1] + np.array(here)
        places = [place for place in _places(pools[0], window) if _is_in(place, given.shape)]
        best[here] = max(given[place] for place in places)
        assert tuple(found["winners"][here]) in places, "what won is not in the window"
    part = given[top : top + found["input"].shape[0], left : left + found["input"].shape[1]]
    return {**pairs, "input": Pair(found["input"], part), "best": Pair(found["output"], best)}


def _given_to(plain: Plain, part: torch.nn.Module, case: Case) -> torch.Tensor:
    kept: list[torch.Tensor] = []
    handle = part.register_forward_pre_hook(lambda _part, given: kept.append(given[0].detach().clone()))
    try:
        plain.logits(case.picture)
    finally:
        handle.remove()
    return kept[-1]


def _places(pool: torch.nn.MaxPool2d, window: Sequence[int]) -> list[tuple[int, int]]:
    sides = []
    for side in (0, 1):
        k, s, p, d = (
            int(one if isinstance(one, int) else one[side])
            for one in (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        )
        sides.append([int(window[side]) * s - p + tap * d for tap in range(k)])
    return [(row, column) for row in sides[0] for column in sides[1]]


def _is_in(place: tuple[int, int], shape: tuple[int, ...]) -> bool:
    return all(0 <= at < size for at, size in zip(place, shape, strict=True))


def prediction(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """What the network says of each scene, asked by itself; random networks see no scenes and refuse."""
    said = []
    for seed in found["scene"]:
        planes = torch.from_numpy(scene_choice(f"scene:{int(seed)}").picture[..., :2].copy()).permute(2, 0, 1)
        said.append(plain.module(planes[None].to(plain.dtype) / 255)[0, 0].detach().numpy())
    return {"result": Pair(found["result"], np.stack(said))}


def sliding_filter(plain: Plain, case: Case, found: Arrays) -> Pairs:
    asked = case.technique
    assert isinstance(asked, SlidingFilter)
    leaf = torch.zeros(1, 1, asked.rows, asked.columns, requires_grad=True)
    kernel = torch.ones(1, 1, asked.kernel, asked.kernel)
    given = torch.nn.functional.conv2d(leaf, kernel, None, asked.stride, asked.padding, asked.dilation)
    (slope,) = torch.autograd.grad(given.sum(), leaf)
    return {"result": Pair(found["result"], slope[0, 0].numpy()), "output": Pair(found["output"], given.shape[2:])}


def field_designer(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Filters of ones, one behind the other, and autograd back from the output that is asked about."""
    asked = case.technique
    assert isinstance(asked, FieldDesigner)
    leaf = torch.zeros(1, 1, asked.rows, asked.columns, dtype=torch.float64, requires_grad=True)
    maps = [leaf]
    for layer in asked.layers.split(","):
        said = {word[0]: int(word[1:]) for word in layer.split()}
        kernel = torch.ones(1, 1, said["k"], said["k"], dtype=torch.float64)
        stride, padding, dilation = said.get("s", 1), said.get("p", 0), said.get("d", 1)
        maps.append(torch.nn.functional.conv2d(maps[-1], kernel, None, stride, padding, dilation))
    row, column = found["place"].tolist()
    (slope,) = torch.autograd.grad(maps[-1][0, 0, row, column], leaf)
    sizes = np.array([one.shape[2:] for one in maps])
    return {"result": Pair(found["result"], slope[0, 0].numpy()), "sizes": Pair(found["sizes"], sizes)}


def network_graph(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Every call of a filter or of a matrix is an operation, with as many weights as the module holds."""
    calls: dict[str, int] = {}
    parts = {path: part for path, part in plain.module.named_modules() if isinstance(part, _Conv)}
    handles = [
        part.register_forward_hook(lambda *_, path=path: calls.update({path: calls.get(path, 0) + 1}))
        for path, part in parts.items()
    ]
    try:
        plain.logits(case.picture)
    finally:
        for handle in handles:
            handle.remove()
    layers = [str(layer).partition("@")[0] for layer in found["layers"]]
    filters = [layer for layer, name in zip(layers, found["operations"], strict=True) if name == "convolution"]
    assert all(filters.count(path) == count for path, count in calls.items()), "a call is missing"
    assert all(start < end for start, end in found["result"].tolist()), "an edge goes back"
    return {}


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
    "field-designer": field_designer,
    "network-graph": network_graph,
    "prediction": prediction,
}
