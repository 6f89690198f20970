"""The answer without single units of a layer: their maps are zero, and everything behind them is computed again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.exchanged import exchanged
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.scalar import together, values


def values_without(question: Question, node: LayerNode, units: Sequence[int]) -> Tensor:
    """The scalar without each of these units of the layer, one at a time.

    A layer that is called several times for a picture lacks them in its last call, whose maps are those that are shown.
    """
    pictures = question.input.expand(len(units), *question.input.shape[1:])
    if len(units) == 1 or together(question.network, pictures):
        try:
            with _without(question.network.module, node, units):
                return values(question, pictures)
        except Problem:
            if len(units) == 1:
                raise
    return torch.cat([values_without(question, node, [unit]) for unit in units])


@contextmanager
def _without(module: nn.Module, node: LayerNode, units: Sequence[int]) -> Iterator[None]:
    """Takes the unit of its own from each picture of a batch of as many."""
    with listening(module, {node.path: _taker(node, units)}):
        yield


def _taker(node: LayerNode, units: Sequence[int]) -> Callable[[nn.Module, object, object], object]:
    call = 0

    def take(_module: nn.Module, _inputs: object, output: object) -> object:
        nonlocal call
        call += 1
        if call < node.calls:
            return output
        tensor = output if isinstance(output, Tensor) else tensor_in(output)
        if tensor is None or len(tensor) != len(units):
            raise Problem(f"{node.path} does not answer picture by picture.")
        whole = tensor.dequantize() if tensor.is_quantized else tensor.clone()
        maps = maps_of(node, whole)
        for row, unit in enumerate(units):
            maps[row, unit] = 0
        if tensor.is_quantized:
            whole = torch.quantize_per_tensor(whole, tensor.q_scale(), tensor.q_zero_point(), tensor.dtype)
        return exchanged(output, tensor, whole)

    return take
