"""What comes back to a batch norm is laid out as its input was, which torch needs for it and does not see to itself.

On the processor that pass takes one layout for both, told by the input alone: a slope whose channels lie last in memory
is read as if they did not wherever torch thinks the two alike, as with a single picture or a map one pixel wide. What
comes out is another gradient, without a word (seen in torch 2.14). An instance norm is a batch norm in there, and its
slope lies so behind every convolution whose channels lie last.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from analysis.question.way_back import BackwardNode

Slopes = tuple[Tensor | None, ...]


def lay_out_slopes(way: Sequence[BackwardNode]) -> None:
    """Of the backward pass that goes this way."""
    for node, _below in way:
        if node.name().startswith("NativeBatchNorm") and __name__ not in node.metadata:
            node.metadata[__name__] = True
            given = node._saved_input
            if given is not None and given.device.type == "cpu":
                node.register_prehook(_laid_out(torch.empty_like(given, device="meta").stride()))


def _laid_out(strides: tuple[int, ...]) -> Callable[[Slopes], Slopes]:
    def lay_out(slopes: Slopes) -> Slopes:
        slope = slopes[0]
        if slope is None or slope.stride() == strides:
            return slopes
        return torch.empty_strided(slope.shape, strides, dtype=slope.dtype).copy_(slope), *slopes[1:]

    return lay_out
