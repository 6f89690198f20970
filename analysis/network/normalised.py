"""Convolutions that are followed by a batch normalisation, and one convolution that does what both do."""

import copy
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Normalised:
    """`paths` are those of the convolution and of the modules that give its output out as theirs."""

    paths: frozenset[str]
    convolution: nn.Conv2d
    norm: nn.BatchNorm2d

    @torch.no_grad()
    def folded(self) -> nn.Conv2d:
        """A convolution whose output is the normalised one: the normalisation is a factor and a shift per channel."""
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert mean is not None
        assert variance is not None
        factor = (variance + self.norm.eps).rsqrt()
        if self.norm.weight is not None:
            factor = factor * self.norm.weight
        shift = -mean * factor
        if self.norm.bias is not None:
            shift = shift + self.norm.bias
        if self.convolution.bias is not None:
            shift = shift + self.convolution.bias * factor
        result = copy.deepcopy(self.convolution)
        result.weight = nn.Parameter(self.convolution.weight * factor[:, None, None, None], requires_grad=False)
        result.bias = nn.Parameter(shift, requires_grad=False)
        return result


def normalised_in(module: nn.Module, given: Tensor) -> tuple[list[Normalised], object]:
    """The convolutions that run once in this pass and whose output a normalisation takes, and the pass's answer.

    That nothing else takes the output cannot be seen here.
    """
    paths = {layer: path for path, layer in module.named_modules()}
    calls: Counter[nn.Module] = Counter()
    outputs: dict[int, tuple[nn.Conv2d, Tensor]] = {}  # holds the tensors, so that no later one has the same id
    givers: dict[nn.Conv2d, set[str]] = {}
    takers: dict[nn.Conv2d, nn.BatchNorm2d] = {}

    def note(layer: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        calls[layer] += 1
        if type(layer) is nn.Conv2d and isinstance(output, Tensor):
            outputs[id(output)] = (layer, output)
        if id(output) in outputs:
            givers.setdefault(outputs[id(output)][0], set()).add(paths[layer])
        if type(layer) is nn.BatchNorm2d and inputs and id(inputs[0]) in outputs:
            takers[outputs[id(inputs[0])][0]] = layer

    handles = [layer.register_forward_hook(note) for layer in paths]
    try:
        answer = module(given)
    finally:
        for handle in handles:
            handle.remove()
    pairs = [
        Normalised(frozenset(givers[layer]), layer, norm)
        for layer, norm in takers.items()
        if calls[layer] == calls[norm] == 1 and _is_fixed(norm)
    ]
    return pairs, answer


def _is_fixed(norm: nn.BatchNorm2d) -> bool:
    return not norm.training and norm.running_mean is not None and norm.running_var is not None
