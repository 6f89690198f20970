"""Derivatives and what is made of them, by the definitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from analysis.methods.derivatives.deconvolution import Deconvolution
from analysis.methods.derivatives.full_grad import FullGrad
from analysis.methods.derivatives.gradient import Gradient
from analysis.methods.derivatives.guided import Guided
from analysis.methods.derivatives.input_x_gradient import InputXGradient
from analysis.methods.derivatives.integrated_gradients import IntegratedGradients
from analysis.methods.derivatives.local_irregularity import LocalIrregularity
from analysis.methods.derivatives.smoothgrad import SmoothGrad
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.geometry import blurred, enlarged, gaussian
from tests.truth.plain import Numbers, Plain, as_maps, numbers


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


def full_grad(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """By numbers that are added to what each layer with a bias returns; curved layers by their own slopes."""
    question = plain.definite(case.question, case.picture)
    biases = {path: _bias(part) for path, part in plain.module.named_modules()}
    curved = [path for path, part in plain.module.named_modules() if type(part) in CURVED]
    paths = [path for path, bias in biases.items() if bias is not None]
    given = _given(plain, case, curved)
    slope, slopes = plain.calls(question, [*paths, *curved], case.picture)
    parts = [("picture", case.picture.double().numpy() * slope)]
    turns: dict[str, int] = {}
    for path, of_call in slopes:
        turn = turns[path] = turns.get(path, -1) + 1
        bias = biases[path]
        part = plain.module.get_submodule(path)
        if bias is not None:
            shape = (-1,) if isinstance(part, torch.nn.Linear) else (-1, *[1] * (of_call.ndim - 2))
            parts.append((path, of_call * bias.reshape(shape)))
        else:
            parts.append((path, of_call * _offset(part, given[path][turn])))
    map_ = _scaled(parts[0][1]).sum(0)
    for path, part in parts[1:]:
        node = case.network.node(path)
        if node.kind not in ("map", "tokens") or node.grid is None or node.grid[0] * node.grid[1] < 2:
            continue
        maps = numbers(as_maps(node, torch.from_numpy(part)))
        map_ = map_ + enlarged(_scaled(maps).sum(0), (case.picture.shape[1], case.picture.shape[2]))
    by_layer: dict[str, float] = {}
    told: dict[str, float] = {}
    for path, part in parts:
        by_layer[path] = by_layer.get(path, 0.0) + float(part.sum())
    for path, number in zip(found["layers"], found["parts"], strict=True):
        told[str(path)] = told.get(str(path), 0.0) + float(number)
    size = sum(float(np.abs(part).sum()) for _, part in parts)
    total = sum(by_layer.values())
    value = plain.value(question, case.picture)
    answer = plain.answer_size(question, case.picture)
    sums = np.array(found["completeness"], np.float64)
    if max(abs(value), abs(sums[1])) <= 3e-6 * answer:
        value, sums[1] = 0.0, 0.0  # an answer that is nothing but rounding, which the method only repeats
    if size <= 1e-13 * abs(value):
        map_ = np.zeros_like(map_)  # nothing moves the answer
    return {
        "result": Pair(found["result"], map_),
        "completeness": Pair(sums, np.array([total, value]), answer + size),
        "parts": Pair(np.array([told.get(path, np.inf) for path in by_layer]), np.array(list(by_layer.values())), size),
    }


_CURVED_NAMES = (
    "ReLU6 Hardtanh Hardswish Hardsigmoid GELU SiLU Mish ELU CELU SELU Sigmoid LogSigmoid Tanh Softplus Softsign "
    "Tanhshrink Hardshrink Softshrink"
)
CURVED = tuple(getattr(torch.nn, name) for name in _CURVED_NAMES.split())


def _bias(part: torch.nn.Module) -> Numbers | None:
    if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
        if part.running_mean is None or part.running_var is None:
            return None
        mean, variance = numbers(part.running_mean), numbers(part.running_var)
        scale, shift = (1.0 if one is None else numbers(one) for one in (part.weight, part.bias))
        return np.asarray((0.0 if part.bias is None else shift) - scale * mean / np.sqrt(variance + part.eps))
    if isinstance(part, (torch.nn.modules.conv._ConvNd, torch.nn.Linear)):
        return None if not isinstance(part.bias, torch.Tensor) else numbers(part.bias)
    return None


def _given(plain: Plain, case: Case, paths: list[str]) -> dict[str, list[torch.Tensor]]:
    given: dict[str, list[torch.Tensor]] = {path: [] for path in paths}

    def keeper(path: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
        def keep(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            given[path].append(inputs[0].detach().clone())

        return keep

    handles = [plain.module.get_submodule(path).register_forward_pre_hook(keeper(path)) for path in paths]
    with torch.no_grad():
        plain.logits(case.picture)
    for handle in handles:
        handle.remove()
    return given


def _offset(part: torch.nn.Module, given: torch.Tensor) -> Numbers:
    leaf = given.clone().requires_grad_()
    made = part(leaf.clone())
    made.sum().backward()
    assert leaf.grad is not None
    return numbers(made) - numbers(leaf.grad) * numbers(given)


def _scaled(part: Numbers) -> Numbers:
    sizes = np.abs(part)
    return (sizes - sizes.min()) / (sizes.max() - sizes.min()) if sizes.max() > sizes.min() else np.zeros_like(sizes)


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
    FullGrad.name: full_grad,
    LocalIrregularity.name: local_irregularity,
}
