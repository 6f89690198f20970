"""Derivatives and what is made of them, by the definitions."""

from __future__ import annotations

import numpy as np
import torch

from analysis.methods.derivatives.deconvolution import Deconvolution
from analysis.methods.derivatives.gradient import Gradient
from analysis.methods.derivatives.guided import Guided
from analysis.methods.derivatives.input_x_gradient import InputXGradient
from analysis.methods.derivatives.integrated_gradients import IntegratedGradients
from analysis.methods.derivatives.local_irregularity import LocalIrregularity
from analysis.methods.derivatives.smoothgrad import SmoothGrad
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.geometry import blurred, gaussian
from tests.truth.plain import Numbers, Plain


def gradient(plain: Plain, case: Case, found: Arrays) -> Pairs:
    question = plain.definite(case.question, case.picture)
    return {"result": Pair(found["result"], plain.slope(question, case.picture))}


def guided(plain: Plain, case: Case, found: Arrays) -> Pairs:
    return gradient(plain.ruled("guided"), case, found)


def deconvolution(plain: Plain, case: Case, found: Arrays) -> Pairs:
    return gradient(plain.ruled("deconvolution"), case, found)


def input_x_gradient(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, InputXGradient)
    question = plain.definite(case.question, case.picture)
    product = case.picture.double().numpy() * plain.slope(question, case.picture)
    total, side = product.sum(0), technique.patch
    sums = {
        (top, left): total[top : top + side, left : left + side].sum()
        for top in range(0, total.shape[0], side)
        for left in range(0, total.shape[1], side)
    }
    strongest = sorted((abs(one) for one in sums.values()), reverse=True)[: technique.top]
    listed = found["top"]
    size = float(np.abs(product).sum())
    value = np.array([plain.value(question, case.picture), product.sum()])
    return {
        "result": Pair(found["result"], product),
        "top": Pair(listed[:, 2], np.array([sums[int(row), int(column)] for row, column, _ in listed]), size),
        "order of top": Pair(np.abs(listed[:, 2]), np.array(strongest), size),
        "value": Pair(found["value"][:1], value[:1]),
        "sum": Pair(found["value"][1:], value[1:], size),
    }


def smoothgrad(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, SmoothGrad)
    question = plain.definite(case.question, case.picture)
    sigma = technique.noise * float(case.picture.max() - case.picture.min())
    generator = torch.Generator().manual_seed(case.seed)
    slopes = []
    for _ in range(technique.samples):
        noise = torch.randn(case.picture.shape, generator=generator)
        slopes.append(plain.slope(question, case.picture + sigma * noise))
    all_ = np.stack(slopes)
    expected = {"mean": all_.mean(0), "squared": (all_**2).mean(0), "variance": all_.var(0)}[technique.variant]
    squares = float((all_**2).mean(0).max()) if technique.variant == "variance" else 0.0
    return {"result": Pair(found["result"], expected, squares)}


def integrated_gradients(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, IntegratedGradients)
    question = plain.definite(case.question, case.picture)
    picture = case.picture.double().numpy()
    empty = _empty(case, technique.baseline)
    points, weights = np.polynomial.legendre.leggauss(technique.steps)
    total = np.zeros_like(picture)
    for point, weight in zip(points, weights, strict=True):
        between = torch.from_numpy(empty + (point + 1) / 2 * (picture - empty)).float()
        total += weight / 2 * plain.slope(question, between)
    shares = (picture - empty) * total
    change = plain.value(question, case.picture) - plain.value(question, torch.from_numpy(empty).float())
    size = float(np.abs(shares).sum()) + abs(plain.value(question, case.picture))
    return {
        "result": Pair(found["result"], shares),
        "completeness": Pair(found["completeness"], np.array([shares.sum(), change]), size),
    }


def _empty(case: Case, kind: str) -> Numbers:
    shape = tuple(case.picture.shape)
    if kind == "mean":
        return np.zeros(shape)
    if kind == "blur":
        return blurred(case.picture.double().numpy(), gaussian(15, 10.0))
    if kind == "noise":
        levels = torch.rand(shape, generator=torch.Generator().manual_seed(case.seed)).double().numpy() * 255
        said = case.network.preprocessing
        mean, std = (np.array(numbers)[:, None, None] for numbers in (said.mean, said.std))
        return np.asarray((levels / 255 - mean) / std)
    return np.asarray(np.broadcast_to(case.level(0.0 if kind == "black" else 127.5), shape))


def local_irregularity(plain: Plain, case: Case, found: Arrays) -> Pairs:
    technique = case.technique
    assert isinstance(technique, LocalIrregularity)
    question = plain.definite(case.question, case.picture)
    generator = torch.Generator().manual_seed(case.seed)
    noise = technique.noise * torch.randn((1, *case.picture.shape), generator=generator)[0]
    row, column = (int(one) for one in found["place"])
    steep = np.abs(plain.slope(question, case.picture)).max(0)
    lines, t = [], np.linspace(0, 1, technique.steps)
    for far in t:
        slope = plain.slope(question, case.picture + float(far) * noise)
        lines.append(slope[:, row, column] / max(slope.max(), 1e-30))
    place = np.array([steep[row, column]])
    steepest = place if technique.row >= 0 or technique.column >= 0 else np.array([steep.max()])
    return {
        "result": Pair(found["result"], np.stack(lines)),
        "t": Pair(found["t"], t),
        "place": Pair(place, steepest),
    }


DERIVATIVES: dict[str, Reference] = {
    Gradient.name: gradient,
    Guided.name: guided,
    Deconvolution.name: deconvolution,
    InputXGradient.name: input_x_gradient,
    SmoothGrad.name: smoothgrad,
    IntegratedGradients.name: integrated_gradients,
    LocalIrregularity.name: local_irregularity,
}
