"""What only places numbers anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from analysis.quick.runtime.operations.words import (
    Words,
    Writer,
    cut,
    needs,
    shaped,
    turned,
    value,
    whole,
)


def _same(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    needs(result.dtype == args[0].dtype)
    return write.name(args[0])


def _reshape(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    needs(result.numel() == args[0].numel())
    return shaped(write, write.name(args[0]), result.shape)


def _permuted(write: Writer, args: Sequence[Any], _result: Any) -> str:
    axes = [axis % args[0].dim() for axis in args[1]]
    return write.add("Transpose", write.name(args[0]), perm=tuple(axes))


def _swapped(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x = args[0]
    one, other = (args[1] % x.dim(), args[2] % x.dim()) if len(args) > 1 else (0, x.dim() - 1)
    axes = list(range(x.dim()))
    axes[one], axes[other] = axes[other], axes[one]
    return write.add("Transpose", write.name(x), perm=tuple(axes))


def _expanded(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    name = write.name(args[0])
    return name if result.shape == args[0].shape else write.add("Expand", name, whole(write, *result.shape))


def _slice(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, first, last, step = args
    size = x.shape[axis]
    first, last, step = slice(first, last, step).indices(size)
    if (first, last, step) == (0, size, 1):
        return write.name(x)
    return cut(write, write.name(x), axis % x.dim(), first, last, step)


def _selected(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, place = args
    place %= x.shape[axis]
    return shaped(write, cut(write, write.name(x), axis % x.dim(), place, place + 1), result.shape)


def _split(write: Writer, args: Sequence[Any], result: Sequence[Tensor]) -> list[str]:
    x, axis = args[0], args[2] % args[0].dim()
    names, first, whole = [], 0, write.name(x)
    for part in result:
        names.append(cut(write, whole, axis, first, first + part.shape[axis]))
        first += part.shape[axis]
    return names


def _unbound(write: Writer, args: Sequence[Any], result: Sequence[Tensor]) -> list[str]:
    x, axis = args[0], args[1] % args[0].dim()
    name = write.name(x)
    parts = [cut(write, name, axis, place, place + 1) for place in range(x.shape[axis])]
    return [shaped(write, one, part.shape) for one, part in zip(parts, result, strict=True)]


def _joined(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    parts = [part for part in args[0] if part.dim() == result.dim()]
    needs(len(parts) == len(args[0]) and all(part.dtype == result.dtype for part in parts))
    return write.add("Concat", *map(write.name, parts), axis=int(args[1]))


def _stacked(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    axis = args[1] % result.dim()
    shape = (*result.shape[:axis], 1, *result.shape[axis + 1 :])
    return write.add("Concat", *(shaped(write, write.name(part), shape) for part in args[0]), axis=axis)


def _rolled(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, shifts, axes = args
    needs(len(shifts) == len(axes) and axes)
    name = write.name(x)
    for shift, axis in zip(shifts, axes, strict=True):
        size, axis = x.shape[axis], axis % x.dim()
        if shift % size:
            first = size - shift % size
            parts = (cut(write, name, axis, first, size), cut(write, name, axis, 0, first))
            name = write.add("Concat", *parts, axis=axis)
    return name


def _flipped(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, axes = args
    name = write.name(x)
    for axis in axes:
        name = cut(write, name, axis % x.dim(), -1, -x.shape[axis] - 1, -1)
    return name


def _repeated(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, times = args
    name = shaped(write, write.name(x), (*[1] * (len(times) - x.dim()), *x.shape))
    return write.add("Tile", name, whole(write, *times))


def _windows(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, size, step = args
    axis %= x.dim()
    places = np.arange(result.shape[axis])[:, None] * step + np.arange(size)
    name = write.add("Gather", write.name(x), write.constant(places), axis=axis)
    return turned(write, name, (*range(axis + 1), *range(axis + 2, x.dim() + 1), axis + 1))


def _places(write: Writer, places: Tensor) -> Any:
    """Numbers of places, which nothing in the picture chooses."""
    needs(places.dtype in (torch.int64, torch.int32) and not write.is_known(places))
    write.name(places)  # and which nobody writes to afterwards
    return places.numpy().astype(np.int64)


def _indexed(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """By places along axes that lie side by side, which are counted as one."""
    x, lists = args
    axes = [axis for axis, places in enumerate(lists) if places is not None]
    needs(axes and axes == list(range(axes[0], axes[-1] + 1)))
    first, last = axes[0], axes[-1] + 1
    sizes = x.shape[first:last]
    each = [_places(write, lists[axis]) + np.where(_places(write, lists[axis]) < 0, x.shape[axis], 0) for axis in axes]
    places = np.ravel_multi_index(np.broadcast_arrays(*each), tuple(sizes)) if len(axes) > 1 else each[0]
    name = write.name(x)
    if len(axes) > 1:
        name = shaped(write, name, (*x.shape[:first], math.prod(sizes), *x.shape[last:]))
    return shaped(
        write, write.add("Gather", name, write.constant(np.asarray(places, np.int64)), axis=first), result.shape
    )


def _taken(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, places = args
    needs(x.dim())
    return write.add("Gather", write.name(x), write.constant(_places(write, places).reshape(-1)), axis=axis % x.dim())


def _gathered(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, axis, places = args[:3]
    needs(x.dim() and x.dim() == places.dim())
    return write.add("GatherElements", write.name(x), write.constant(_places(write, places)), axis=axis % x.dim())


def _triangle(upper: int) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        x, diagonal = args
        return write.add("Trilu", value(write, x), shaped(write, whole(write, diagonal), ()), upper=upper)

    return words


def _shuffled(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, groups = args
    name = shaped(write, write.name(x), (x.shape[0], groups, x.shape[1] // groups, math.prod(x.shape[2:])))
    return shaped(write, turned(write, name, (0, 2, 1, 3)), result.shape)


def _finer(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, by = args
    *_, channels, height, width = x.shape
    name = shaped(write, write.name(x), (-1, channels // by**2, by, by, height, width))
    return shaped(write, turned(write, name, (0, 1, 4, 2, 5, 3)), result.shape)


def _coarser(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, by = args
    *_, channels, height, width = x.shape
    name = shaped(write, write.name(x), (-1, channels, height // by, by, width // by, by))
    return shaped(write, turned(write, name, (0, 1, 3, 5, 2, 4)), result.shape)


def _columns(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """A slice for each place of the kernel."""
    x, kernel, dilation, padding, stride = args
    needs(x.dim() == 4)
    name = value(write, x)
    if any(padding):
        name = write.add("Pad", name, whole(write, 0, 0, *padding, 0, 0, *padding))
    size = [size + 2 * edge for size, edge in zip(x.shape[2:], padding, strict=True)]
    counts = [
        (all_ - far * (side - 1) - 1) // step + 1
        for all_, far, side, step in zip(size, dilation, kernel, stride, strict=True)
    ]
    parts = []
    for row in range(kernel[0]):
        line = _every(write, name, 2, row * dilation[0], counts[0], stride[0])
        for column in range(kernel[1]):
            part = _every(write, line, 3, column * dilation[1], counts[1], stride[1])
            parts.append(shaped(write, part, (*x.shape[:2], 1, math.prod(counts))))
    return shaped(write, write.add("Concat", *parts, axis=2), result.shape)


def _counts(size: Sequence[int], kernel: Sequence[int], dilation: Sequence[int], stride: Sequence[int]) -> list[int]:
    """How many places a kernel has along each axis."""
    axes = zip(size, kernel, dilation, stride, strict=True)
    return [(all_ - far * (side - 1) - 1) // step + 1 for all_, side, far, step in axes]


def _every(write: Writer, name: str, axis: int, first: int, count: int, step: int) -> str:
    return cut(write, name, axis, first, first + (count - 1) * step + 1, step)


def _from_columns(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """Each number goes where it came from, and what meets is added: so does a convolution that goes back."""
    x, size, kernel, dilation, padding, stride = args
    needs(x.dim() == 3)
    counts = _counts([all_ + 2 * edge for all_, edge in zip(size, padding, strict=True)], kernel, dilation, stride)
    places, channels = math.prod(kernel), result.shape[1]
    weight = np.tile(np.eye(places, dtype=np.float32).reshape(places, 1, *kernel), (channels, 1, 1, 1))
    spare = [
        all_ - ((count - 1) * step - 2 * edge + far * (side - 1) + 1)
        for all_, count, step, edge, far, side in zip(size, counts, stride, padding, dilation, kernel, strict=True)
    ]
    return write.add(
        "ConvTranspose",
        shaped(write, value(write, x), (x.shape[0], x.shape[1], *counts)),
        write.constant(weight),
        strides=tuple(stride),
        pads=(*padding, *padding),
        dilations=tuple(dilation),
        output_padding=tuple(spare),
        group=channels,
    )


WORDS: dict[str, Words] = {
    "permute": _permuted,
    "transpose": _swapped,
    "t": _swapped,
    "expand": _expanded,
    "slice": _slice,
    "select": _selected,
    **dict.fromkeys(("split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes"), _split),
    "unbind": _unbound,
    "cat": _joined,
    "stack": _stacked,
    "roll": _rolled,
    "flip": _flipped,
    "repeat": _repeated,
    "unfold": _windows,
    "index": _indexed,
    "index_select": _taken,
    "gather": _gathered,
    "tril": _triangle(0),
    "triu": _triangle(1),
    "channel_shuffle": _shuffled,
    "native_channel_shuffle": _shuffled,
    "pixel_shuffle": _finer,
    "pixel_unshuffle": _coarser,
    "im2col": _columns,
    "col2im": _from_columns,
    **dict.fromkeys(("clone", "alias", "detach", "contiguous", "_to_copy", "lift_fresh"), _same),
    **dict.fromkeys(("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "_reshape_alias"), _reshape),
}
