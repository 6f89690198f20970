"""The layers of a network that learns, in their order, and what is measured of each in one step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.own_code import failures_told
from analysis.protocol.problems import Problem
from analysis.results.kinds import Array, Floats
from analysis.training.findings import Measured
from analysis.training.seen import HIGHEST, LOWEST

BINS = 40
ENDS = {nn.Tanh: (-0.97, 0.97), nn.Sigmoid: (0.03, 0.97)}
RELUS = (nn.ReLU, nn.ReLU6)
BENT = (*RELUS, *ENDS, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.ELU, nn.Hardswish, nn.Mish, nn.SELU, nn.Softplus, nn.PReLU)
WEIGHTED = (nn.Conv2d, nn.Linear, nn.Conv1d)

# How what a layer answers lies, from where to where, how its gradients lie, and the rest in numbers.
Row = tuple[Floats, float, float, Floats, Measured]


@dataclass(eq=False)
class Layer:
    name: str
    part: nn.Module
    bend: nn.Module | None = None  # the nonlinearity behind it
    rows: list[Row] = field(default_factory=list)

    @property
    def weight(self) -> Tensor:
        weight = self.part.weight
        assert isinstance(weight, Tensor)
        return weight


def layers_of(network: nn.Module, inputs: Tensor, classes: int) -> list[Layer]:
    """Those with weights in the order in which a picture goes through them, each with what bends its answer.

    The network is left training.
    """
    called: list[tuple[str, nn.Module]] = []
    names = {id(part): name for name, part in network.named_modules()}
    kinds = [part for part in network.modules() if isinstance(part, (*WEIGHTED, *BENT))]
    hooks = [part.register_forward_hook(lambda one, _a, _b: called.append((names[id(one)], one))) for part in kinds]
    network.eval()
    try:
        with torch.no_grad(), failures_told("The network could not be tried on a picture"):
            answer = tensor_in(network(inputs))
    finally:
        for hook in hooks:
            hook.remove()
        network.train()
    if answer is None or logits_of(answer).dim() != 2 or logits_of(answer).shape[1] < classes:
        outputs = 0 if answer is None or answer.dim() < 2 else answer.shape[1]
        raise Problem(
            f"The network has {outputs} answers, and there are {classes} classes to tell apart: choose a network "
            "with as many, or another data set."
        )
    layers: list[Layer] = []
    for name, part in called:
        if isinstance(part, BENT):
            if layers and layers[-1].bend is None:
                layers[-1].bend = part
        elif all(part is not known.part for known in layers):
            layers.append(Layer(name, part))
    if not layers:
        raise Problem("The network has no convolution and no fully connected layer, so there is nothing to watch.")
    return layers


def logits_of(answer: Tensor) -> Tensor:
    return answer.flatten(1) if answer.dim() > 2 and answer[0].numel() == answer.shape[1] else answer


@contextmanager
def watched(layers: Sequence[Layer], seen: dict[int, Tensor]) -> Iterator[None]:
    """Each part's answer, the last one of a part that is asked several times."""

    def take(part: nn.Module, _given: object, answer: object) -> None:
        found = tensor_in(answer)
        if found is not None:
            seen[id(part)] = found.detach().clone()

    parts = [part for one in layers for part in (one.part, one.bend) if part is not None]
    hooks = [part.register_forward_hook(take) for part in {id(part): part for part in parts}.values()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def measurement(layer: Layer, seen: dict[int, Tensor], was: Tensor) -> Row:
    """Behind its nonlinearity, where it has one; `was` are its weights before the step."""
    answer = seen.get(id(layer.bend)) if layer.bend is not None else None
    answer = answer if answer is not None else seen.get(id(layer.part))
    moved = float((layer.weight.detach() - was).norm() / was.norm().clamp(min=1e-12))
    values = answer.detach().float().flatten() if answer is not None else torch.zeros(1)
    values = values[values.isfinite()]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    high = high if high > low else low + 1e-6 + abs(low) * 1e-6
    counts = torch.histc(values, BINS, low, high) if len(values) else torch.zeros(BINS)
    zeros = float((values == 0).float().mean()) if len(values) else 0.0
    dead = saturated = 0.0
    if answer is not None and isinstance(layer.bend, RELUS) and answer.dim() > 1:
        units = 2 if answer.dim() == 3 else 1  # of tokens, or of maps and numbers
        over = [axis for axis in range(answer.dim()) if axis != units]
        dead = float((answer.detach().amax(over) <= 0).float().mean())
    ends = next((ends for kind, ends in ENDS.items() if isinstance(layer.bend, kind)), None)
    if ends is not None:
        saturated = float(((values < ends[0]) | (values > ends[1])).float().mean())
    size, rms, slopes, slope = 0.0, 0.0, torch.zeros(BINS), layer.weight.grad
    if slope is not None:
        steep = slope.detach().float().flatten()
        size, rms = float(steep.norm()), float(steep.square().mean().sqrt())
        known = steep[steep.isfinite() & (steep != 0)].abs().log10().clamp(LOWEST, HIGHEST)
        slopes = torch.histc(known, BINS, LOWEST, HIGHEST) if len(known) else slopes
    ratio = moved if np.isfinite(moved) else np.inf
    found = Measured(layer.name, rms, size, ratio, zeros, dead, saturated)
    return counts.cpu().numpy(), low, high, slopes.cpu().numpy(), found


def numbers_of_layers(layers: Sequence[Layer], times: int) -> dict[str, Array]:
    """All that was measured, as arrays: layers × measurements."""
    counts = np.stack([_stacked([row[0] for row in one.rows], times) for one in layers])
    low, high = (np.array([[row[at] for row in one.rows] for one in layers], np.float32) for at in (1, 2))
    slopes = np.stack([_stacked([row[3] for row in one.rows], times) for one in layers])
    of = {
        name: np.array([[_plain(getattr(row[4], name)) for row in one.rows] for one in layers], np.float32)
        for name in ("gradient", "ratio", "zeros", "dead", "saturated")
    }
    return {
        "layers": np.array([one.name for one in layers], dtype=np.str_),
        "activations": counts,
        "activation_ranges": np.stack([low, high], -1),
        "gradients": slopes,
        "gradient": of["gradient"],
        "ratios": of["ratio"],
        "zeros": of["zeros"],
        "dead": of["dead"],
        "saturated": of["saturated"],
    }


def _stacked(rows: list[Floats], times: int) -> Floats:
    return np.stack(rows).astype(np.float32) if rows else np.zeros((times, BINS), np.float32)


def _plain(value: float) -> float:
    """A number that a file may hold: what is beyond all bounds is at one."""
    return min(value, 1e30) if value == value else 1e30
