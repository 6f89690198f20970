"""Convolutions with the batch normalisation and the activation that follow them, and how they become one operation."""

from collections import Counter
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from analysis.network.listening import listening
from analysis.network.working_copy import tensors_of, working_copy
from analysis.tracing.watch import Taken, Watch, form_of, watched

ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.ReLU6: "relu6", nn.Hardswish: "hardswish"}


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

    def folded(self) -> nn.Conv2d:
        """A convolution whose output is the normalised one."""
        return self.convolution if self.norm is None else normalising(self.convolution, self.norm)


@torch.no_grad()
def normalising(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """γ·(w∗x + b − μ)/√(σ² + ε) + β as one convolution: a factor and a shift for each of its channels."""
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    factor = (variance + norm.eps).rsqrt()
    if norm.weight is not None:
        factor = factor * norm.weight
    shift = -mean * factor
    if norm.bias is not None:
        shift = shift + norm.bias
    if convolution.bias is not None:
        shift = shift + convolution.bias * factor
    result = working_copy(convolution, sharing=tensors_of(convolution))
    result.weight = nn.Parameter(convolution.weight * factor[:, None, None, None], requires_grad=False)
    result.bias = nn.Parameter(shift, requires_grad=False)
    return result


def is_its_own(part: nn.Module) -> bool:
    """Whether nothing makes its weights anew at every call (weight norm, pruning), listens to it or replaces it."""
    made_anew = any(getattr(part, name) is not None and name not in part._parameters for name in ("weight", "bias"))
    heard = (part._forward_hooks, part._forward_pre_hooks, part._backward_hooks, part._backward_pre_hooks)
    return not made_anew and not any(heard) and "forward" not in part.__dict__


@dataclass
class Found:
    """Of one pass: its chains, between whose parts nobody else takes or keeps anything, and its answer.

    There are none where values `decide` what is computed. `changing` are layers whose weights the pass writes to.
    """

    chains: list[Chain]
    answer: object
    decides: bool
    changing: set[nn.Module]


def chains_in(module: nn.Module, given: Tensor) -> Found:
    paths = [path for path, _ in module.named_modules()]
    with watched(given) as watch:
        search = _Search(module, watch)
        with listening(module, dict.fromkeys(paths, search.leaves), dict.fromkeys(paths, search.arrives)):
            answer = module(watch.picture)
        changing = {layer for layer in module.modules() if any(map(watch.changed, _own_values(layer)))}
        chains = [] if watch.decides else search.complete()
        chains = [chain for chain in chains if changing.isdisjoint((chain.convolution, *chain.followers))]
        return Found(chains, answer, watch.decides, changing)


@dataclass
class _End:
    """What a chain has come to so far, and who took it."""

    chain: Chain
    taken: Taken
    form: tuple[object, ...]


class _Search:
    """Follows one pass, module by module."""

    def __init__(self, module: nn.Module, watch: Watch) -> None:
        self._watch = watch
        self._paths = {layer: path for path, layer in module.named_modules()}
        self._calls: Counter[nn.Module] = Counter()
        self._chains: list[Chain] = []
        self._arrived: dict[nn.Module, _End | None] = {}
        self._ends: dict[int, _End] = {}  # by the address of the memory
        self._own = {layer for layer in module.modules() if not _is_heard(layer)}  # before this listens to them
        # Of every chain the memories between its parts, each with the part that may take it.
        self._between: dict[int, list[tuple[nn.Module, Taken]]] = {}

    def arrives(self, layer: nn.Module, inputs: tuple[object, ...]) -> None:
        self._watch.running.append(self._paths[layer])
        self._arrived[layer] = self._end_of(inputs[0]) if inputs else None

    def leaves(self, layer: nn.Module, _inputs: tuple[object, ...], output: object) -> None:
        self._watch.running.pop()
        self._calls[layer] += 1
        end = self._arrived.pop(layer, None)
        if not isinstance(output, Tensor):
            return
        chain = end.chain if end is not None else None
        if type(layer) is nn.Conv2d and layer in self._own:
            chain = Chain(layer, raw={self._paths[layer]})
            self._chains.append(chain)
            self._ends_now(chain, output)
        elif end is not None and chain is not None and layer in self._own and _normalises(layer, chain):
            chain.norm, chain.normal = layer, {self._paths[layer]}  # type: ignore[assignment]
            self._passed(end, layer)
            self._ends_now(chain, output)
        elif end is not None and chain is not None and layer in self._own and _activates(layer, chain):
            chain.activation = layer
            self._passed(end, layer)
            if self._watch.address(output) == end.taken.memory.cdata:  # in place: from here on it is what that gives
                self._watch.leave(output)
        elif (now := self._end_of(output)) is not None:  # a container, or a layer that does nothing now
            (now.chain.raw if now.chain.norm is None else now.chain.normal).add(self._paths[layer])

    def complete(self) -> list[Chain]:
        """Those with more than a convolution, whose every part ran just once and alone takes what was made for it."""
        for chain in self._chains:
            if chain.activation is not None and self._calls[chain.activation] > 1:
                chain.activation = None
            between = self._between.get(id(chain), [])
            if chain.activation is not None and not self._alone(between, chain.activation):
                chain.activation = None
            if chain.norm is not None and not self._alone(between, chain.norm):
                chain.norm = chain.activation = None
        chains = [chain for chain in self._chains if chain.followers]
        return [
            chain for chain in chains if all(self._calls[one] == 1 for one in (chain.convolution, *chain.followers))
        ]

    def _alone(self, between: list[tuple[nn.Module, Taken]], part: nn.Module) -> bool:
        taken = [one for by, one in between if by is part]
        return all(set(one.by) <= {self._paths[part]} and not one.is_kept for one in taken)

    def _passed(self, end: _End, layer: nn.Module) -> None:
        self._between.setdefault(id(end.chain), []).append((layer, end.taken))

    def _ends_now(self, chain: Chain, output: Tensor) -> None:
        if (taken := self._watch.follow(output)) is not None:
            self._ends[taken.memory.cdata] = _End(chain, taken, form_of(output))

    def _end_of(self, tensor: object) -> _End | None:
        """The chain that the tensor is the end of so far, as long as nothing was done with it."""
        address = self._watch.address(tensor) if isinstance(tensor, Tensor) else None
        end = None if address is None else self._ends.get(address)
        is_end = end is not None and not end.taken.by and isinstance(tensor, Tensor) and form_of(tensor) == end.form
        return end if is_end else None


def _normalises(layer: nn.Module, chain: Chain) -> bool:
    return type(layer) is nn.BatchNorm2d and chain.norm is None and _is_fixed(layer)


def _activates(layer: nn.Module, chain: Chain) -> bool:
    return type(layer) in ACTIVATIONS and chain.activation is None


def _is_heard(layer: nn.Module) -> bool:
    if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d)):
        return not is_its_own(layer)
    return bool(layer._forward_hooks or layer._forward_pre_hooks or "forward" in layer.__dict__)


def _own_values(layer: nn.Module) -> list[Tensor]:
    return [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]


def _is_fixed(norm: nn.BatchNorm2d) -> bool:
    return not norm.training and norm.running_mean is not None and norm.running_var is not None
