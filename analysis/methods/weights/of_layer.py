"""The weights of a layer as its filters: filters × input channels × rows × columns, or units × inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from analysis.network.listening import listening
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass, told
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.tracing.graph import graph_of
from analysis.tracing.places import COLUMNS, ROWS
from analysis.tracing.receptive_field import Following
from analysis.tracing.trace import traced

if TYPE_CHECKING:
    from analysis.question.question import Question

WHOLE = "the whole network"  # that has weights of its own beside those of its parts
DEAD = 1e-3  # of the layer's median norm
ALIKE = 0.95  # cosine
_AT_ONCE = 1 << 23  # weights
_COMPARED = 4e10  # multiplications to compare all filters with all


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """`values` has four axes where it `slides` or its input is a map, else two: units × inputs."""

    node: LayerNode
    values: Tensor
    form: Literal["slides", "map", "matrix"]
    groups: int = 1
    slices: int = 1  # side by side in the columns of what slides in three dimensions
    name: str = "weight"

    @property
    def called(self) -> str:
        """What a person calls the layer."""
        return self.node.path or WHOLE

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def has_units(self) -> bool:
        """Whether a filter is a unit of its layer."""
        return self.node.units == self.count

    @property
    def flat(self) -> Tensor:
        return self.values.flatten(1)

    def largest(self) -> Tensor:
        """Of each filter its largest weight, by absolute value."""
        low, high = self.flat.aminmax(dim=1)
        most: Tensor = torch.maximum(-low, high)
        return most

    def input_channel(self, of_filter: int, channel: int) -> int:
        """A filter of a group sees only the channels of its group."""
        group = of_filter // max(self.count // self.groups, 1)
        return group * self.values.shape[1] + channel


def weights_of(question: Question) -> LayerWeights:
    """Those of the question's layer, as they are."""
    from analysis.question.scalar import asked_layer

    node, network = asked_layer(question), question.network
    part = network.module.get_submodule(node.path)
    with torch.inference_mode(False), torch.no_grad():
        found = _tensor(part)
        if found is None:
            raise Problem(_none(network, node))
        name, weight = found
        weight = weight.detach().to("cpu")
        if weight.is_complex():
            raise Problem(f"The weights of {node.path or WHOLE} are complex numbers, which have no place on a scale.")
        weight = (weight.dequantize() if weight.is_quantized else weight).to(torch.float32)
        if not all_finite(weight):
            raise Problem(f"Among the weights of {node.path or WHOLE} is NaN or infinity: no scale can show them.")
        groups = int(getattr(part, "groups", 1) or 1)
        if weight.dim() == 2:
            return _of_matrix(question, node, weight, name)
        if getattr(part, "transposed", False):
            weight = _turned(weight, groups)
        slices = weight.shape[2] if weight.dim() == 5 else 1
        if weight.dim() == 3:
            weight = weight.unsqueeze(2)
        elif weight.dim() == 5:
            weight = weight.permute(0, 1, 3, 2, 4).flatten(3)
        elif weight.dim() != 4:
            raise Problem(f"The weights of {node.path or WHOLE} have {weight.dim()} axes, which are no filters.")
    return LayerWeights(node, weight.contiguous(), "slides", groups, slices, name)


def all_weights(network: Network) -> list[tuple[str, nn.Module, Tensor]]:
    """Of every layer that has weights with at least two axes: its path, itself and they; none of complex numbers."""
    found, seen = [], set()
    for path, part in network.module.named_modules():
        if "parametrizations" in path.split("."):  # from which a layer's own weight is computed
            continue
        tensor = _tensor(part)
        if tensor is not None and not tensor[1].is_complex() and id(part) not in seen:
            seen.add(id(part))
            weight = tensor[1].detach()
            found.append(
                (path, part, (weight.dequantize() if weight.is_quantized else weight).to("cpu", torch.float32))
            )
    return found


def complex_weights(network: Network) -> list[str]:
    """The layers whose weights are complex numbers."""
    found = ((path, _tensor(part)) for path, part in network.module.named_modules())
    return [path or WHOLE for path, one in found if one is not None and one[1].is_complex()]


def rows_of_filters(part: nn.Module, weight: Tensor) -> Tensor:
    """A flat row for each filter, which in a transposed convolution stand second."""
    if getattr(part, "transposed", False) and weight.dim() > 2:
        weight = _turned(weight, int(getattr(part, "groups", 1) or 1))
    return weight.flatten(1)


def all_finite(weights: Tensor) -> bool:
    """Without a copy of them."""
    return weights.numel() == 0 or all(bool(end.isfinite()) for end in weights.aminmax())


def row_by_row(weights: Tensor) -> Iterator[Tensor]:
    """As many rows at once as can be copied without harm: all of them but for a huge matrix."""
    step = max(_AT_ONCE // max(weights[0].numel(), 1), 1)
    for first in range(0, len(weights), step):
        yield weights[first : first + step]


def alike(weights: Tensor) -> tuple[Tensor, Tensor] | None:
    """Of each filter (flat rows) the one that points most nearly in its direction, and the cosine; None if too many."""
    count, length = weights.shape
    if count < 2:
        return torch.full((count,), -1), torch.zeros(count)
    if float(count) * count * length > _COMPARED:
        return None
    directions = weights / weights.norm(dim=1, keepdim=True).clamp_min(1e-30)
    cosines = directions @ directions.T
    cosines.fill_diagonal_(-2)
    best, index = cosines.max(1)
    return index, best


def dead(weights: Tensor) -> Tensor:
    """Which filters (flat rows) have next to no weights."""
    norms = weights.norm(dim=1)
    lifeless: Tensor = norms <= DEAD * norms.median()
    return lifeless


def norm_factors(question: Question, layer: LayerWeights) -> tuple[Tensor, str] | None:
    """By what the batch norm that alone takes the layer's output multiplies each filter, and its path; None if none."""
    network = question.network
    try:
        graph = graph_of(network.module, question.input)
    except Problem:
        raise
    except BaseException as error:  # the network may be the person's own and can fail in any way
        let_interrupt_pass(error)
        raise Problem(f"{network.title} failed on an empty picture: {told(error)}.") from error
    own = names_of_weight(layer)
    made = [number for number, node in enumerate(graph.nodes) if any(own(name) for name in node.parameters)]
    takers = [graph.nodes[end] for start, end in graph.edges if start in made]
    if len(made) != 1 or len(takers) != 1 or "batch_norm" not in takers[0].operation:
        return None
    norm: Any = network.module.get_submodule(takers[0].module)
    if getattr(norm, "running_var", None) is None:
        return None
    with torch.no_grad():
        factors = (norm.running_var.double() + norm.eps).rsqrt()
        if norm.weight is not None:
            factors = factors * norm.weight.double()
    return (factors.float().cpu(), takers[0].module) if len(factors) == layer.count else None


def names_of_weight(layer: LayerWeights) -> Callable[[str], bool]:
    """Which parameters and buffers it is made of: itself, or those that a norm or a mask of it was taken apart into."""
    prefix = f"{layer.node.path}." if layer.node.path else ""
    own = f"{prefix}{layer.name}"
    apart = {own, *(f"{own}_{end}" for end in ("orig", "mask", "g", "v"))}
    return lambda name: name in apart or name.startswith(f"{prefix}parametrizations.{layer.name}.")


def _tensor(part: nn.Module) -> tuple[str, Tensor] | None:
    """What is called `weight` or, without one, the only parameter with rows and columns of its own."""
    weight = getattr(part, "weight", None)
    if callable(weight) and not isinstance(weight, Tensor):  # of a quantised layer
        try:
            weight = weight()
        except (TypeError, RuntimeError):
            weight = None
    if isinstance(weight, Tensor):
        return ("weight", weight) if weight.dim() >= 2 else None
    others = [(name, one) for name, one in part.named_parameters(recurse=False) if one.dim() >= 2]
    return others[0] if len(others) == 1 else None


def _turned(weight: Tensor, groups: int) -> Tensor:
    """A transposed convolution keeps its input channels first."""
    inputs, outputs = weight.shape[:2]
    parts = weight.reshape(groups, inputs // groups, outputs, *weight.shape[2:])
    turned: Tensor = parts.transpose(1, 2).reshape(groups * outputs, inputs // groups, *weight.shape[2:])
    return turned


def _of_matrix(question: Question, node: LayerNode, weight: Tensor, name: str) -> LayerWeights:
    grid = _input_grid(question, node.path, weight.shape[1])
    if grid is None:
        return LayerWeights(node, weight.contiguous(), "matrix", name=name)
    rows, columns, last = grid
    if last:
        maps = weight.reshape(len(weight), rows, columns, -1).permute(0, 3, 1, 2)
    else:
        maps = weight.reshape(len(weight), -1, rows, columns)
    return LayerWeights(node, maps.contiguous(), "map", name=name)


def _input_grid(question: Question, path: str, inputs: int) -> tuple[int, int, bool] | None:
    """Rows and columns of the map that was made flat for a fully connected layer, and whether channels came last."""
    found: list[tuple[int, int, bool]] = []
    picture = question.input.detach().clone()
    following = Following(picture)

    def look(_part: nn.Module, given: tuple[object, ...]) -> None:
        places = following.of(given[0]) if given else None
        if places is None or not places.axes or places.axes[-1].prefix or places.axes[-1].size != inputs:
            return
        factors = places.axes[-1].factors
        for last in (False, True):
            pair = (factors[:2] if last else factors[-2:]) if len(factors) <= 3 else ()
            if len(pair) == 2 and (pair[0].side, pair[1].side) == (ROWS, COLUMNS) and len(factors) > (2 if last else 1):
                found.append((pair[0].count, pair[1].count, last))
                return

    with torch.inference_mode(False), torch.no_grad():
        try:
            with listening(question.network.module, {}, {path: look}), traced(following):
                question.network.module(picture)
        except Problem:
            raise
        except BaseException as error:  # the network may be the person's own and can fail in any way
            let_interrupt_pass(error)
            raise Problem(f"{question.network.title} failed on an empty picture: {told(error)}.") from error
    return found[0] if found else None


def _none(network: Network, node: LayerNode) -> str:
    """Which layers to choose instead: those inside, or the nearest in the order of the network."""
    paths = [path for path, _, _ in all_weights(network)]
    inside = [path for path in paths if path.startswith(f"{node.path}.")]
    order = [one.path for one in network.root.walk()]
    if not inside and node.path in order:
        at = order.index(node.path)
        known = [path for path in paths if path in order]
        before = [path for path in known if order.index(path) < at]
        after = [path for path in known if order.index(path) > at]
        inside = [*before[-1:], *after[:1]]
    where = f"choose {' or '.join(inside[:2])}" if inside else "no layer of this network has any"
    return f"{node.path or WHOLE} has no filters of its own ({node.type}): {where}."
