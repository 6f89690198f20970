"""Convolutions with the batch normalisation and the activation that follow them, and how they become one operation."""

import copy
from collections import Counter
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.Hardswish: "hardswish"}  # as oneDNN names them


@dataclass
class Chain:
    convolution: nn.Conv2d
    norm: nn.BatchNorm2d | None = None
    activation: nn.Module | None = None
    raw: set[str] = field(default_factory=set)  # the paths of the modules that give out what the convolution gives
    normal: set[str] = field(default_factory=set)  # and of those that give out what the normalisation gives

    @property
    def hidden(self) -> set[str]:
        """The modules whose outputs are not computed any more when the chain is one operation."""
        return self.raw | self.normal if self.norm is not None and self.activation is not None else self.raw

    @property
    def followers(self) -> list[nn.Module]:
        return [layer for layer in (self.norm, self.activation) if layer is not None]

    @property
    def activation_name(self) -> str:
        return "none" if self.activation is None else ACTIVATIONS[type(self.activation)]

    @torch.no_grad()
    def folded(self) -> nn.Conv2d:
        """A convolution whose output is the normalised one: the normalisation is a factor and a shift per channel."""
        if self.norm is None:
            return self.convolution
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


def chains_in(module: nn.Module, given: Tensor) -> tuple[list[Chain], object]:
    """The chains of this pass, and its answer. That nothing else takes what is in between cannot be seen here."""
    watch = _Watch(module)
    handles = [layer.register_forward_pre_hook(watch.arrives) for layer in module.modules()]
    handles += [layer.register_forward_hook(watch.leaves) for layer in module.modules()]
    try:
        with torch.inference_mode(False), torch.no_grad():  # where tensors know whether they were changed in place
            answer = module(given.clone())
    finally:
        for handle in handles:
            handle.remove()
    return watch.complete(), answer


class _Watch:
    """Follows one pass, module by module."""

    def __init__(self, module: nn.Module) -> None:
        self._paths = {layer: path for path, layer in module.named_modules()}
        self._calls: Counter[nn.Module] = Counter()
        self._chains: list[Chain] = []
        self._arrived: dict[nn.Module, Chain | None] = {}
        # By the id of a tensor: the chain that it is the end of so far, itself (so that no later tensor gets its id),
        # and its version, which tells whether it was changed in place since.
        self._ends: dict[int, tuple[Chain, Tensor, int]] = {}

    def arrives(self, layer: nn.Module, inputs: tuple[object, ...]) -> None:
        self._arrived[layer] = self._chain_of(inputs[0]) if inputs else None

    def leaves(self, layer: nn.Module, _inputs: tuple[object, ...], output: object) -> None:
        self._calls[layer] += 1
        chain = self._arrived.pop(layer, None)
        if not isinstance(output, Tensor):
            return
        if type(layer) is nn.Conv2d:
            chain = Chain(layer, raw={self._paths[layer]})
            self._chains.append(chain)
            self._ends[id(output)] = (chain, output, output._version)
        elif chain is not None and type(layer) is nn.BatchNorm2d and chain.norm is None and _is_fixed(layer):
            chain.norm, chain.normal = layer, {self._paths[layer]}
            self._ends[id(output)] = (chain, output, output._version)
        elif chain is not None and type(layer) in ACTIVATIONS and chain.activation is None:
            chain.activation = layer
        elif (chain := self._chain_of(output)) is not None:  # a container, or a layer that does nothing now
            (chain.raw if chain.norm is None else chain.normal).add(self._paths[layer])

    def complete(self) -> list[Chain]:
        """Those with more than a convolution, whose every part ran just once."""
        for chain in self._chains:
            if chain.activation is not None and self._calls[chain.activation] > 1:
                chain.activation = None
        chains = [chain for chain in self._chains if chain.followers]
        return [
            chain for chain in chains if all(self._calls[one] == 1 for one in (chain.convolution, *chain.followers))
        ]

    def _chain_of(self, tensor: object) -> Chain | None:
        if not isinstance(tensor, Tensor) or id(tensor) not in self._ends:
            return None
        chain, _, version = self._ends[id(tensor)]
        return chain if tensor._version == version else None


def _is_fixed(norm: nn.BatchNorm2d) -> bool:
    return not norm.training and norm.running_mean is not None and norm.running_var is not None
