"""The way back through the first convolution to the picture, which is slow as it is usually computed.

To three channels a convolution's own backward pass leaves most of the processor's lanes empty: in AlexNet it takes
longer than any other layer. The same numbers come out of an ordinary convolution with a channel per colour and phase of
the stride, whose results are then sorted into the picture: 2 to 3 times as quick.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.nn import functional

from analysis.question.way_back import BackwardNode


def quick_gradient(value: Tensor, leaf: Tensor, way: Sequence[BackwardNode]) -> Tensor | None:
    """∂value/∂leaf by way of the first layer's output; None unless `leaf` goes into one plain convolution only."""
    first = _first_convolution(leaf, way)
    if first is None:
        return None
    (arriving,) = torch.autograd.grad(value, [GradientEdge(first, 0)])
    return _to_the_picture(arriving, first._saved_weight, first._saved_stride, first._saved_padding, leaf.shape)


def _first_convolution(leaf: Tensor, way: Sequence[BackwardNode]) -> Any | None:
    """The node of a plain convolution of (a copy of) `leaf`, if nothing else is made of it."""
    node = get_gradient_edge(leaf).node
    while True:
        users = [user for user, below in way for one in below if one is node]
        if len(users) != 1:
            return None
        (node,) = users
        if node.name() == "ConvolutionBackward0":
            plain = (
                len(node._saved_stride) == 2
                and set(node._saved_dilation) == {1}
                and node._saved_groups == 1
                and not node._saved_transposed
            )
            return node if plain else None
        if node.name() != "CloneBackward0":
            return None


def _to_the_picture(
    arriving: Tensor, weight: Tensor, stride: Sequence[int], padding: Sequence[int], shape: Sequence[int]
) -> Tensor:
    """x[s·i + r − p] gets Σ_a g[i − a]·w[s·a + r]: a convolution of g for each phase r of the stride s."""
    units, colours, rows, columns = weight.shape
    (down, right), (height, width) = stride, shape[2:]
    taps = -(-rows // down), -(-columns // right)
    padded = functional.pad(weight, (0, taps[1] * right - columns, 0, taps[0] * down - rows))
    phases = padded.view(units, colours, taps[0], down, taps[1], right).flip(2, 4).permute(1, 3, 5, 0, 2, 4)
    kernel = phases.reshape(colours * down * right, units, *taps).contiguous(memory_format=torch.channels_last)
    found = functional.conv2d(arriving, kernel, padding=(taps[0] - 1, taps[1] - 1))
    count, _, high, wide = found.shape
    found = found.view(count, colours, down, right, high, wide).permute(0, 1, 4, 2, 5, 3)
    found = found.reshape(count, colours, high * down, wide * right)
    # pixels behind the last step of the stride were not looked at: nothing comes back to them
    missing = padding[0] + height - found.shape[2], padding[1] + width - found.shape[3]
    found = functional.pad(found, (0, max(missing[1], 0), 0, max(missing[0], 0)))
    return found[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width]
