"""The trust checks: the map that is tested is the plain one, computed anew for every picture and every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from analysis.methods.registry import method
from analysis.methods.settings import configured
from analysis.methods.trust.insertion_deletion import InsertionDeletion
from analysis.methods.trust.randomisation import Randomisation
from analysis.methods.trust.sensitivity import Sensitivity
from analysis.protocol.target import ClassTarget
from analysis.results.kinds import Derivative, Heat
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.compare import NEGLIGIBLE, NOTHING
from tests.truth.geometry import blurred, gaussian, rank_correlation
from tests.truth.plain import Numbers, Plain, Question
from tests.truth.references.class_maps import CLASS_MAPS
from tests.truth.references.derivatives import DERIVATIVES
from tests.truth.references.perturbation import PERTURBATION

_EXCHANGED = 400  # roundings of the answer: what two pixels are worth whose places in the order a rounding exchanges
_MAPS: dict[str, Reference] = {**DERIVATIVES, **CLASS_MAPS, **PERTURBATION}


def _importance(plain: Plain, case: Case, name: str, view: str, settings: Mapping[str, Any]) -> Numbers:
    """One number per pixel of how much it matters."""
    return _importance_and_size(plain, case, name, view, settings)[0]


def _importance_and_size(
    plain: Plain, case: Case, name: str, view: str, settings: Mapping[str, Any]
) -> tuple[Numbers, float]:
    """Also the size of the numbers that were added up to each."""
    size = case.picture.shape[1], case.picture.shape[2]
    technique = configured(method(name), settings, min(size))
    inner = replace(case, technique=technique)
    blank = _Blank(case, technique)
    pairs = _MAPS[name](plain, inner, blank)  # type: ignore[arg-type]
    result = np.asarray(pairs["result"].expected)
    if np.abs(result).max() <= max(NOTHING * pairs["result"].size, NEGLIGIBLE):
        result = np.zeros_like(result)
    size_of = pairs["result"].size
    if technique.gives is Derivative:
        if view == "raw":
            return np.abs(result).sum(0), size_of
        return (np.sqrt((result**2).sum(0)) if view == "norm" else np.abs(result.sum(0))), size_of
    if "upsampled" in pairs:
        return _enlarged(result, size), size_of
    if name == "rise":
        return result, size_of
    return _by_places(result, blank["positions"], technique.mask, size), size_of  # type: ignore[attr-defined]


class _Blank(dict[str, Any]):
    """Stands for what was found, where only what should be is wanted."""

    def __init__(self, case: Case, technique: Any) -> None:
        super().__init__()
        if case.question.layer is not None:
            self["layer"] = case.question.layer.path
        if hasattr(technique, "stride"):
            height, width = case.picture.shape[1:]
            side, stride = technique.mask, technique.stride
            tops, lefts = range(0, height - side + 1, stride), range(0, width - side + 1, stride)
            self["positions"] = np.array([[(top, left) for left in lefts] for top in tops])

    def __missing__(self, name: str) -> Numbers:
        return np.zeros((1, 3))


def _by_places(drops: Numbers, positions: Numbers, mask: int, size: tuple[int, int]) -> Numbers:
    """A pixel counts as the mask whose middle is nearest; where none is near, as the least."""
    tops, lefts = positions[:, 0, 0], positions[0, :, 1]
    over = np.full(size, drops.min())
    for row in range(size[0]):
        for column in range(size[1]):
            i, j = _nearest(tops, mask, row), _nearest(lefts, mask, column)
            if i is not None and j is not None:
                over[row, column] = drops[i, j]
    return over


def _nearest(starts: Numbers, mask: int, pixel: int) -> int | None:
    far = pixel + 0.5 - (starts + mask / 2)
    step = starts[1] - starts[0] if len(starts) > 1 else mask
    within = [k for k, one in enumerate(far) if -step / 2 <= one < step / 2]
    return within[0] if within else None


def sensitivity(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, Sensitivity)
    case = replace(case, question=plain.definite(case.question, case.picture))
    clean, size = _importance_and_size(plain, case, technique.map, technique.view, technique.map_settings)
    generator = torch.Generator().manual_seed(case.seed)
    changes = []
    for _ in range(technique.draws):
        noise = (torch.rand((1, *case.picture.shape), generator=generator)[0] * 2 - 1) * technique.radius
        shaken = replace(case, picture=case.picture + noise)
        noisy = _importance(plain, shaken, technique.map, technique.view, technique.map_settings)
        length = float(np.linalg.norm(clean))
        changes.append(np.linalg.norm(noisy - clean) / length if length else float(noisy.any()))
    if not clean.any() and np.asarray(found["spread"]).max() < NEGLIGIBLE:  # empty, or as good as that
        changes, clean = list(np.asarray(found["result"], np.float64)), np.asarray(found["spread"])[:, None] * [0, 1]
    rounding = 1.0 + size * clean.size**0.5 / max(float(np.linalg.norm(clean)), 1e-30) if clean.any() else 0.0
    return {
        "result": Pair(found["result"], np.array(changes), rounding),
        "worst": Pair(found["worst"], np.array([max(changes)]), rounding),
        "spread": Pair(found["spread"], np.array([np.ptp(clean)]), max(size, float(np.abs(clean).max()))),
    }


def insertion_deletion(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, InsertionDeletion)
    question = plain.definite(case.question, case.picture)
    case = replace(case, question=question)
    picture = case.picture.double().numpy()
    height, width = picture.shape[1:]
    steps = -(-height * width // technique.pixels) + 1
    grid = _grid(case, technique)
    by_chance = _random_map(case, grid)
    if technique.map == "random":
        importance = by_chance
    else:
        importance = _importance(plain, case, technique.map, technique.view, technique.map_settings)
    asked = question
    if isinstance(question.target, ClassTarget) and plain.plan.classes > 1:
        asked = Question(ClassTarget("probability", question.target.index), question.layer, question.unit)
    blur = blurred(picture, gaussian(5, 5.0))
    curves = np.zeros((4, steps))
    for row, map_ in enumerate((importance, by_chance)):
        order = np.argsort(-map_.ravel().astype(np.float32), kind="stable")
        for step in range(steps):
            moved = np.zeros(height * width, bool)
            moved[order[: step * technique.pixels]] = True
            moved = moved.reshape(height, width)
            for kind, shown in enumerate((np.where(moved, 0.0, picture), np.where(moved, picture, blur))):
                curves[2 * row + kind, step] = plain.value(asked, torch.from_numpy(shown).float())
    areas = np.trapezoid(curves, axis=1) / (steps - 1)
    exchanged = _EXCHANGED * float(np.abs(curves[:2]).max())
    fraction = np.minimum(np.arange(steps) * technique.pixels / (height * width), 1)
    return {
        "result": Pair(found["result"], curves[:2], exchanged),
        "random": Pair(found["random"], curves[2:]),
        "auc": Pair(found["auc"], areas[:2], exchanged),
        "random_auc": Pair(found["random_auc"], areas[2:], float(np.abs(curves[2:]).max())),
        "fraction": Pair(found["fraction"], fraction),
    }


def _grid(case: Case, technique: InsertionDeletion) -> tuple[int, int]:
    """How many rows and columns the tested map tells apart."""
    if technique.map == "random":
        return 7, 7
    inner: Any = configured(method(technique.map), technique.map_settings, min(case.picture.shape[1:]))
    if hasattr(inner, "stride"):
        last = _Blank(case, inner)["positions"][-1, -1]
        return round(last[0] / inner.mask) + 1, round(last[1] / inner.mask) + 1
    if hasattr(inner, "cells"):
        return inner.cells, inner.cells
    if "upsampled" in inner.declares and inner.gives is Heat:
        assert case.question.layer is not None
        assert case.question.layer.grid is not None
        return case.question.layer.grid
    return case.picture.shape[1], case.picture.shape[2]


def _random_map(case: Case, grid: tuple[int, int]) -> Numbers:
    coarse = torch.rand(1, 1, *grid, generator=torch.Generator().manual_seed(case.seed))[0, 0]
    return _enlarged(coarse.numpy(), (case.picture.shape[1], case.picture.shape[2]))


def _enlarged(map_: Numbers, size: tuple[int, int]) -> Numbers:
    """By torch's own enlarging: among equals the last bit would decide which pixel comes first."""
    coarse = torch.from_numpy(map_)[None, None].float()
    return np.asarray(functional.interpolate(coarse, size, mode="bilinear", align_corners=False)[0, 0].double().numpy())


def randomisation(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """The blocks are those that were found, which together must be all that has weights and was used."""
    technique = case.technique
    assert isinstance(technique, Randomisation)
    case = replace(case, question=plain.definite(case.question, case.picture))
    forgetful = plain.anew()
    generator = torch.Generator().manual_seed(case.seed)
    maps = []
    for block in found["blocks"]:
        if block:
            _forget(forgetful.module.get_submodule(str(block)), generator)
        maps.append(_importance(forgetful, case, technique.map, technique.view, technique.map_settings))
    own = found["maps"].astype(np.float64)
    correlations = np.array([rank_correlation(own[0], one) for one in own])
    pairs: Pairs = {f"map {stage}": Pair(own[stage], map_) for stage, map_ in enumerate(maps)}
    return pairs | {"result": Pair(found["result"], correlations, 1.0)}


def _forget(block: torch.nn.Module, generator: torch.Generator) -> None:
    with torch.no_grad():
        for name, parameter in block.named_parameters():
            if parameter.dim() > 1:
                inputs = parameter.numel() // len(parameter)
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * (2 / inputs) ** 0.5)
            else:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
        for name, buffer in block.named_buffers():
            if name.endswith("running_mean"):
                buffer.fill_(0.0)
            elif name.endswith("running_var"):
                buffer.fill_(1.0)


TRUST: dict[str, Reference] = {
    Sensitivity.name: sensitivity,
    InsertionDeletion.name: insertion_deletion,
    Randomisation.name: randomisation,
}
