"""Occlusion and RISE, one picture at a time."""

from __future__ import annotations

import numpy as np
import torch

from analysis.methods.occlusion.occlusion import Occlusion
from analysis.methods.occlusion.occlusion_loss import OcclusionLoss
from analysis.methods.perturbation.rise import Rise
from analysis.protocol.target import ClassTarget
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.geometry import blurred, enlarged, gaussian
from tests.truth.plain import Numbers, Plain, Question


def occlusion(plain: Plain, case: Case, found: Arrays) -> Pairs:
    assert isinstance(case.technique, Occlusion)
    question = plain.definite(case.question, case.picture)
    clean, masked = _swept(plain, case, case.technique, question, found)
    return {
        "result": Pair(found["result"], clean - masked, abs(clean)),
        "baseline": Pair(found["baseline"], np.array(clean)),
    }


def occlusion_loss(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, OcclusionLoss)
    chosen = None if technique.predicted < 0 else technique.predicted
    question = plain.definite(Question(ClassTarget("logprob", chosen)), case.picture)
    clean, masked = _swept(plain, case, technique, question, found)
    return {
        "result": Pair(found["result"], masked - clean, abs(clean) + 1),  # a logarithm of about 1
        "baseline": Pair(found["baseline"], np.array(-clean), 1.0),
    }


def _swept(
    plain: Plain, case: Case, technique: Occlusion | OcclusionLoss, question: Question, found: Arrays
) -> tuple[float, Numbers]:
    """The clean score, and that with the mask at every place."""
    side, stride = technique.mask, technique.stride
    height, width = case.picture.shape[1:]
    tops, lefts = range(0, height - side + 1, stride), range(0, width - side + 1, stride)
    corners = np.array([[(top, left) for left in lefts] for top in tops])
    assert np.array_equal(found["positions"], corners), "the masks lie elsewhere"
    filled = torch.from_numpy(np.ascontiguousarray(_filled(case, side, technique.fill))).float()
    masked = np.zeros((len(tops), len(lefts)))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            hidden = case.picture.clone()
            part = (slice(None), slice(top, top + side), slice(left, left + side))
            hidden[part] = filled[part]
            masked[i, j] = plain.value(question, hidden)
    return plain.value(question, case.picture), masked


def _filled(case: Case, side: int, fill: str) -> Numbers:
    picture = case.picture.double().numpy()
    if fill == "mean":
        return np.broadcast_to(picture.mean((1, 2), keepdims=True), picture.shape)
    if fill == "blur":
        return blurred(picture, gaussian(max(1, round(3 * side / 4)), side / 4))
    return np.broadcast_to(case.level(127.5 if fill == "grey" else 0.0), picture.shape)


def rise(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, Rise)
    question = plain.definite(case.question, case.picture)
    total = np.zeros(case.picture.shape[1:])
    for mask in rise_masks(case, technique):
        value = plain.value(question, (case.picture.double() * torch.from_numpy(mask)).float())
        total += value * mask
    return {"result": Pair(found["result"], total / (technique.masks * technique.p))}


def rise_masks(case: Case, technique: Rise) -> list[Numbers]:
    height, width = case.picture.shape[1:]
    cells = technique.cells
    down, across = -(-height // cells), -(-width // cells)
    generator = torch.Generator().manual_seed(case.seed)
    masks = []
    for _ in range(technique.masks):
        seen = torch.rand(cells, cells, generator=generator) < technique.p
        top = int(torch.randint(down, (), generator=generator))
        left = int(torch.randint(across, (), generator=generator))
        large = enlarged(seen.double().numpy(), ((cells + 1) * down, (cells + 1) * across))
        masks.append(large[top : top + height, left : left + width])
    return masks


PERTURBATION: dict[str, Reference] = {Occlusion.name: occlusion, OcclusionLoss.name: occlusion_loss, Rise.name: rise}
