"""Poolings, even and adaptive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from analysis.quick.runtime.onnx_file import Array
from analysis.quick.runtime.operations.words import Words, Writer, cut, needs, value, with_none


def _each(numbers: Sequence[int], axes: int) -> tuple[int, ...]:
    return tuple(numbers) * (axes if len(numbers) == 1 else 1)


def _largest(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x, kernel, stride, padding, dilation, up = args
    axes = x.dim() - 2
    needs(axes == result[0].dim() - 2 and len(_each(kernel, axes)) == axes)
    padding = _each(padding, axes)

    def pool(name: str) -> str:
        return write.add(
            "MaxPool",
            name,
            kernel_shape=_each(kernel, axes),
            strides=_each(stride or kernel, axes),
            pads=(*padding, *padding),
            dilations=_each(dilation, axes),
            ceil_mode=int(up),
        )

    name = value(write, x)
    return [with_none(write, name, pool(name), pool), ""]


def _mean(write: Writer, args: Sequence[Any], result: Any) -> str:
    x, kernel, stride, padding, up, with_padding, divisor = args
    axes = x.dim() - 2
    padding = _each(padding, axes)
    needs(len(_each(kernel, axes)) == axes and divisor is None and not (up and any(padding)))
    return write.add(
        "AveragePool",
        value(write, x),
        kernel_shape=_each(kernel, axes),
        strides=_each(stride or kernel, axes),
        pads=(*padding, *padding),
        ceil_mode=int(up),
        count_include_pad=int(with_padding and any(padding)),
    )


def _spans(x: Tensor, result: Tensor) -> tuple[int, ...] | None:
    """The places of each cell along each axis, where they are as many for all cells."""
    sizes = list(zip(x.shape[2:], result.shape[2:], strict=True))
    needs(result.numel())
    return tuple(size // cells for size, cells in sizes) if all(size % cells == 0 for size, cells in sizes) else None


def _adaptive_mean(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """A mean over spans of each axis, whose lengths may differ by one: a product with their shares from both sides."""
    x = args[0]
    name = value(write, x)
    if x.shape == result.shape:
        return name
    needs(x.dim() == result.dim() and x.dim() in (4, 5))
    if (spans := _spans(x, result)) is not None:
        return write.add("AveragePool", name, kernel_shape=spans, strides=spans)
    needs(x.dim() == 4)
    down, across = (_shares(size, cells) for size, cells in zip(x.shape[-2:], result.shape[-2:], strict=True))
    return write.add("MatMul", write.add("MatMul", write.constant(down), name), write.constant(across.T))


def _shares(size: int, cells: int) -> Array:
    shares = np.zeros((cells, size), np.float32)
    for cell in range(cells):
        first, last = _span(size, cells, cell)
        shares[cell, first:last] = 1 / (last - first)
    return shares


def _span(size: int, cells: int, cell: int) -> tuple[int, int]:
    return cell * size // cells, -(-(cell + 1) * size // cells)


def _adaptive_largest(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x = args[0]
    needs(x.dim() in (4, 5))
    spans = _spans(x, result[0])

    def pool(name: str) -> str:
        if spans is not None:
            return write.add("MaxPool", name, kernel_shape=spans, strides=spans)
        for axis in range(2, x.dim()):
            size, cells = x.shape[axis], result[0].shape[axis]
            parts = [cut(write, name, axis, *_span(size, cells, cell)) for cell in range(cells)]
            name = write.add(
                "Concat", *(write.add("ReduceMax", part, axes=(axis,), keepdims=1) for part in parts), axis=axis
            )
        return name

    name = value(write, x)
    return [with_none(write, name, pool(name), pool), ""]


WORDS: dict[str, Words] = {
    "max_pool2d_with_indices": _largest,
    "max_pool3d_with_indices": _largest,
    "avg_pool2d": _mean,
    "avg_pool3d": _mean,
    "_adaptive_avg_pool2d": _adaptive_mean,
    "_adaptive_avg_pool3d": _adaptive_mean,
    "adaptive_max_pool2d": _adaptive_largest,
    "adaptive_max_pool3d": _adaptive_largest,
}
