"""Activations and class activation maps, by the formulas of their papers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from analysis.methods.activations import Activations
from analysis.methods.class_maps.ablation_cam import AblationCam
from analysis.methods.class_maps.cam import Cam
from analysis.methods.class_maps.eigen_cam import EigenCam
from analysis.methods.class_maps.grad_cam import GradCam
from analysis.methods.class_maps.grad_cam_plus_plus import GradCamPlusPlus
from analysis.methods.class_maps.guided_grad_cam import GuidedGradCam
from analysis.methods.class_maps.hires_cam import HiResCam
from analysis.methods.class_maps.layer_cam import LayerCam
from analysis.methods.class_maps.score_cam import ScoreCam
from analysis.protocol.layers import LayerNode
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.geometry import enlarged
from tests.truth.plain import Numbers, Plain, as_maps, numbers


def activations(plain: Plain, case: Case, found: Arrays) -> Pairs:
    assert case.question.layer is not None
    with torch.no_grad():
        output = plain.output(case.question.layer.path, case.picture)
    return {"result": Pair(found["result"], numbers(output[0] if output.dim() > 1 else output))}


def grad_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    _node, maps, slopes = _maps(plain, case, found)
    weights = slopes.mean((1, 2), keepdims=True)
    return _drawn(case, found, (weights * maps).sum(0), np.abs(weights * maps).sum(0))


def grad_cam_plus_plus(plain: Plain, case: Case, found: Arrays) -> Pairs:
    _node, maps, slopes = _maps(plain, case, found)
    powers = slopes / (np.abs(slopes).max() or 1.0)  # any factor of g, for powers that leave the range of numbers
    unit = np.abs(slopes).max() or 1.0
    below = 2 * powers**2 + maps.sum((1, 2), keepdims=True) * powers**3 * unit
    alpha = np.where(below == 0, slopes**2, powers**2 / np.where(below == 0, 1, below))
    weights = (alpha * np.maximum(slopes, 0)).sum((1, 2), keepdims=True)
    cancelled = (2 + np.abs(maps * slopes).sum((1, 2), keepdims=True)) / np.abs(
        below / np.where(powers == 0, 1, powers**2)
    )
    sizes = np.abs(weights * maps) * np.where(below == 0, 1, cancelled).max((1, 2), keepdims=True)
    return _drawn(case, found, (weights * maps).sum(0), sizes.sum(0))


def layer_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    _node, maps, slopes = _maps(plain, case, found)
    parts = np.maximum(slopes, 0) * maps
    return _drawn(case, found, parts.sum(0), np.abs(parts).sum(0))


def hires_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    _node, maps, slopes = _maps(plain, case, found)
    parts = slopes * maps
    return _drawn(case, found, parts.sum(0), np.abs(parts).sum(0))


def eigen_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """The first eigenvector of what the maps have in common, by their products with each other."""
    technique = case.technique
    assert isinstance(technique, EigenCam)
    node = _layer(case, found)
    with torch.no_grad():
        maps = numbers(as_maps(node, plain.output(node.path, case.picture)))
    flat = maps.reshape(len(maps), -1)
    rest = flat - flat.mean(1, keepdims=True) if technique.centred else flat
    if np.abs(rest).max(initial=0) <= 1e-6 * np.abs(flat).max(initial=0):
        rest = np.zeros_like(rest)
    sizes, directions = np.linalg.eigh(rest @ rest.T)
    map_ = (directions[:, -1] @ rest).reshape(maps.shape[1:])
    is_turned = (map_ * maps.sum(0)).sum() < 0 if technique.centred else map_.sum() < 0
    map_ = -map_ if is_turned else map_
    share = np.array([sizes[-1] / sizes.sum() if rest.any() else 0.0])
    size = np.full(map_.shape, np.abs(flat).sum(0).max())
    return _drawn(case, found, map_, size) | {"share": Pair(found["share"].reshape(1), share, 1.0)}


def ablation_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    question = plain.definite(case.question, case.picture)
    node = _layer(case, found)
    with torch.no_grad():
        maps = numbers(as_maps(node, plain.output(node.path, case.picture)))
        whole = plain.value(question, case.picture)
        without = np.array([plain.value_without(question, node, unit, case.picture) for unit in range(len(maps))])
    losses = whole - without
    unit = max(abs(whole), 1e-9 * float(np.abs(losses).max())) or 1.0
    weights = (losses / unit)[:, None, None]
    size = plain.answer_size(question, case.picture)
    doubt = (size / unit) * np.abs(maps).sum(0)
    drawn = _drawn(case, found, (weights * maps).sum(0), doubt)
    return drawn | {"losses": Pair(found["losses"], losses, size)}


def score_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    question = plain.definite(case.question, case.picture)
    node = _layer(case, found)
    with torch.no_grad():
        maps = numbers(as_maps(node, plain.output(node.path, case.picture)))
    empty = plain.value(question, torch.zeros_like(case.picture))
    scores = []
    for map_ in maps:
        large = enlarged(map_, _size(case))
        low, high = large.min(), large.max()
        mask = (large - low) / max(high - low, 1e-12)
        scores.append(plain.value(question, (case.picture.double() * torch.from_numpy(mask)).float()) - empty)
    alpha = np.exp(np.array(scores) - max(scores))
    alpha = (alpha / alpha.sum())[:, None, None]
    return _drawn(case, found, (alpha * maps).sum(0), np.abs(alpha * maps).sum(0))


def guided_grad_cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    question = plain.definite(case.question, case.picture)
    fine = plain.ruled("guided").slope(question, case.picture)
    _node, maps, slopes = _maps(plain, case, found)
    parts = slopes.mean((1, 2), keepdims=True) * maps
    coarse = enlarged(np.maximum(parts.sum(0), 0), _size(case))
    size = float(np.abs(parts).sum(0).max())
    return {
        "result": Pair(found["result"], fine * coarse, size * float(np.abs(fine).max())),
        "upsampled": Pair(found["upsampled"], coarse, size),
    }


def cam(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Of the bench's own heads: Σ w_ck·mean(A_k) + b is the logit, or every class has a map of its own."""
    question = plain.definite(case.question, case.picture)
    index = getattr(question.target, "index", None)
    assert index is not None
    end = plain.module.end
    node = _layer(case, found)
    with torch.no_grad():
        maps = numbers(as_maps(node, plain.output(node.path, case.picture)))
        before = numbers(as_maps(node, plain.output("features", case.picture)))
        logits = numbers(plain.logits(case.picture))
    weights = numbers(_weight(end)).reshape(plain.plan.classes, -1)
    bias = numbers(end.bias)  # type: ignore[arg-type]
    for some, weighting in (
        (maps, weights),
        (np.maximum(maps, 0), weights),
        (maps, np.eye(len(maps))),
        (before, weights),
    ):
        if weighting.shape != (len(logits), len(some)):
            continue
        made = weighting @ some.mean((1, 2))
        for constant in (bias, 0.0):
            if np.abs(made + constant - logits).max() < 1e-6 * np.abs(logits).max() + 1e-3 * np.ptp(logits):
                parts = weighting[index][:, None, None] * some
                return _drawn(case, found, parts.sum(0), np.abs(parts).sum(0))
    raise AssertionError("this network does not end in weighted means, and CAM gave a map all the same")


def _weight(end: nn.Module) -> torch.Tensor:
    weight = end.weight
    return weight() if callable(weight) else weight  # type: ignore[return-value]


def _maps(plain: Plain, case: Case, found: Arrays) -> tuple[LayerNode, Numbers, Numbers]:
    question = plain.definite(case.question, case.picture)
    node = _layer(case, found)
    return node, *plain.maps_and_slopes(question, node, case.picture)


def _layer(case: Case, found: Arrays) -> LayerNode:
    return case.network.node(str(found["layer"]))


def _size(case: Case) -> tuple[int, int]:
    return case.picture.shape[1], case.picture.shape[2]


def _drawn(case: Case, found: Arrays, sums: Numbers, sizes: Numbers) -> Pairs:
    """Positive sums, right by the size of what was added up: a map of rounding is no map."""
    size = float(sizes.max())
    map_ = np.maximum(sums, 0)
    return {
        "result": Pair(found["result"], map_, size),
        "upsampled": Pair(found["upsampled"], enlarged(map_, _size(case)), size),
    }


CLASS_MAPS: dict[str, Reference] = {
    Activations.name: activations,
    Cam.name: cam,
    GradCam.name: grad_cam,
    GradCamPlusPlus.name: grad_cam_plus_plus,
    LayerCam.name: layer_cam,
    HiResCam.name: hires_cam,
    EigenCam.name: eigen_cam,
    AblationCam.name: ablation_cam,
    ScoreCam.name: score_cam,
    GuidedGradCam.name: guided_grad_cam,
}
