"""What torch's operations are called in ONNX: those that known networks use. Where one lacks, nothing is written.

Each is written for the sizes of the pass that was seen, so that whatever only arranges numbers anew is one `Reshape`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from analysis.quick.runtime.onnx_file import Array, Attribute


class NoWordsError(Exception):
    """The operation cannot be written down."""


class Writer(Protocol):
    """What is written so far: `name` is of a tensor, `add` writes a node and names its output."""

    def name(self, tensor: Tensor) -> str: ...

    def constant(self, value: Array) -> str: ...

    def add(self, operation: str, *inputs: str, **attributes: Attribute) -> str: ...

    def is_known(self, tensor: object) -> bool:
        """Whether it comes from the picture."""
        ...


# The name of the operation's result, or of each of them; "" where one is left out.
Words = Callable[[Writer, Sequence[Any], Any], "str | list[str]"]


def words_for(operation: str) -> Words:
    try:
        return _TABLE[operation]
    except KeyError:
        raise NoWordsError(operation) from None


def _needs(condition: object) -> None:
    if not condition:
        raise NoWordsError("in this way")


def _whole(write: Writer, *numbers: int) -> str:
    return write.constant(np.array(numbers, np.int64))


def _single(write: Writer, number: float) -> str:
    return write.constant(np.array(number, np.float32))


def _value(write: Writer, one: Any) -> str:
    """A tensor of single precision, or a number."""
    if isinstance(one, Tensor):
        _needs(one.dtype == torch.float32)
        return write.name(one)
    _needs(isinstance(one, (int, float)))
    return _single(write, float(one))


def _one(operation: str, **attributes: Attribute) -> Words:
    return lambda write, args, _result: write.add(operation, _value(write, args[0]), **attributes)


def _two(operation: str) -> Words:
    return lambda write, args, _result: write.add(operation, _value(write, args[0]), _value(write, args[1]))


def _same(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    _needs(result.dtype == args[0].dtype)
    return write.name(args[0])


def _reshape(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    _needs(result.numel() == args[0].numel())
    return _shaped(write, write.name(args[0]), result.shape)


def _shaped(write: Writer, name: str, shape: Sequence[int]) -> str:
    _needs(all(shape))
    return write.add("Reshape", name, _whole(write, *shape))


def _sum(operation: str) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        one, other, times = args
        added = _value(write, other)
        if times != 1:
            added = write.add("Mul", added, _single(write, float(times)))
        return write.add(operation, _value(write, one), added)

    return words


def _divided(write: Writer, args: Sequence[Any], _result: Any) -> str:
    _needs(len(args) < 3 or args[2] is None)
    return write.add("Div", _value(write, args[0]), _value(write, args[1]))


def _from_other(write: Writer, args: Sequence[Any], _result: Any) -> str:
    _needs(args[2] == 1)
    return write.add("Sub", _value(write, args[1]), _value(write, args[0]))


def _copied(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    _needs(args[1].dtype == result.dtype)
    return write.add("Expand", write.name(args[1]), _whole(write, *result.shape))


def _clip(low: int, high: int) -> Words:
    """A limit may be a tensor that comes from the picture, and is another number for the next one."""

    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        limits = [None if place < 0 else args[place] for place in (low, high)]
        name = _value(write, args[0])
        if any(isinstance(limit, Tensor) for limit in limits):
            for operation, limit in zip(("Max", "Min"), limits, strict=True):
                name = name if limit is None else write.add(operation, name, _value(write, limit))
            return name
        return write.add("Clip", name, *("" if limit is None else _value(write, float(limit)) for limit in limits))

    return words


def _silu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    name = _value(write, args[0])
    return write.add("Mul", name, write.add("Sigmoid", name))


def _gelu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    name = _value(write, args[0])
    if args[1] == "none":
        bent = write.add("Erf", write.add("Div", name, _single(write, math.sqrt(2))))
    else:
        cubed = write.add("Mul", write.add("Mul", name, name), name)
        within = write.add("Add", name, write.add("Mul", cubed, _single(write, 0.044715)))
        bent = write.add("Tanh", write.add("Mul", within, _single(write, math.sqrt(2 / math.pi))))
    whole = write.add("Mul", name, write.add("Add", bent, _single(write, 1.0)))
    return write.add("Mul", whole, _single(write, 0.5))


def _elu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, alpha, scale, inner = args
    _needs(inner == 1)
    name = write.add("Elu", _value(write, x), alpha=float(alpha))
    return name if scale == 1 else write.add("Mul", name, _single(write, float(scale)))


def _mish(write: Writer, args: Sequence[Any], _result: Any) -> str:
    name = _value(write, args[0])
    return write.add("Mul", name, write.add("Tanh", write.add("Softplus", name)))


def _leaky(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return write.add("LeakyRelu", _value(write, args[0]), alpha=float(args[1]))


def _softmax(operation: str) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        return write.add(operation, _value(write, args[0]), axis=int(args[1]))

    return words


def _convolution(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, weight, bias, stride, padding, dilation, transposed, spare, groups = args
    _needs(x.dim() == weight.dim())
    attributes: dict[str, Attribute] = {
        "strides": tuple(stride),
        "pads": (*padding, *padding),
        "dilations": tuple(dilation),
        "group": int(groups),
    }
    if transposed:
        attributes["output_padding"] = tuple(spare)
    inputs = [_value(write, x), _value(write, weight), *([] if bias is None else [_value(write, bias)])]
    return write.add("ConvTranspose" if transposed else "Conv", *inputs, **attributes)


def _batch_norm(ways: int) -> Words:
    """`ways` is where it says whether it learns; below 0 it never does."""

    def words(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
        x, weight, bias, mean, variance = args[:5]
        _needs(mean is not None and variance is not None and (ways < 0 or not args[ways]))
        ones = write.constant(np.ones(len(mean), np.float32)) if weight is None else _value(write, weight)
        zeros = write.constant(np.zeros(len(mean), np.float32)) if bias is None else _value(write, bias)
        inputs = (_value(write, x), ones, zeros, _value(write, mean), _value(write, variance))
        name = write.add("BatchNormalization", *inputs, epsilon=float(args[-1 if ways < 0 else 7]))
        return [name, *[""] * (len(result) - 1)]

    return words


def _layer_norm(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x, shape, weight, bias, epsilon = args
    ones = write.constant(np.ones(tuple(shape), np.float32)) if weight is None else _value(write, weight)
    inputs = [_value(write, x), ones, *([] if bias is None else [_value(write, bias)])]
    name = write.add("LayerNormalization", *inputs, axis=-len(shape), epsilon=float(epsilon))
    return [name, *[""] * (len(result) - 1)]


def _group_norm(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x, weight, bias, pictures, channels, places, groups, epsilon = args
    ones, zeros = (write.constant(np.full(groups, of, np.float32)) for of in (1, 0))
    parts = _shaped(write, _value(write, x), (pictures, groups, channels // groups * places))
    name = write.add("InstanceNormalization", parts, ones, zeros, epsilon=float(epsilon))
    name = _shaped(write, name, x.shape)
    sizes = (1, channels, *[1] * (x.dim() - 2))
    if weight is not None:
        name = write.add("Mul", name, _shaped(write, _value(write, weight), sizes))
    if bias is not None:
        name = write.add("Add", name, _shaped(write, _value(write, bias), sizes))
    return [name, *[""] * (len(result) - 1)]


def _pads(padding: Sequence[int], axes: int) -> tuple[int, ...]:
    both = tuple(padding) * (axes if len(padding) == 1 else 1)
    return (*both, *both)


def _each(numbers: Sequence[int], axes: int) -> tuple[int, ...]:
    return tuple(numbers) * (axes if len(numbers) == 1 else 1)


def _max_pool(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x, kernel, stride, padding, dilation, up = args
    axes = x.dim() - 2
    _needs(axes == 2)
    name = write.add(
        "MaxPool",
        _value(write, x),
        kernel_shape=_each(kernel, axes),
        strides=_each(stride or kernel, axes),
        pads=_pads(padding, axes),
        dilations=_each(dilation, axes),
        ceil_mode=int(up),
    )
    return [name, ""]


def _average_pool(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, kernel, stride, padding, up, with_padding, divisor = args
    _needs(x.dim() == 4 and divisor is None and not (up and any(padding)))
    return write.add(
        "AveragePool",
        _value(write, x),
        kernel_shape=_each(kernel, 2),
        strides=_each(stride or kernel, 2),
        pads=_pads(padding, 2),
        ceil_mode=int(up),
        count_include_pad=int(with_padding and any(padding)),
    )


def _adaptive_pool(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """A mean over spans of each axis, whose lengths may differ by one: a product with their shares from both sides."""
    x = args[0]
    name = _value(write, x)
    if x.shape[-2:] == result.shape[-2:]:
        return name
    if all(size % cells == 0 for size, cells in zip(x.shape[-2:], result.shape[-2:], strict=True)):
        spans = tuple(size // cells for size, cells in zip(x.shape[-2:], result.shape[-2:], strict=True))
        _needs(x.dim() == 4)
        return write.add("AveragePool", name, kernel_shape=spans, strides=spans)
    down, across = (_shares(size, cells) for size, cells in zip(x.shape[-2:], result.shape[-2:], strict=True))
    return write.add("MatMul", write.add("MatMul", write.constant(down), name), write.constant(across.T))


def _shares(size: int, cells: int) -> Array:
    shares = np.zeros((cells, size), np.float32)
    for cell in range(cells):
        first, last = cell * size // cells, -(-(cell + 1) * size // cells)
        shares[cell, first:last] = 1 / (last - first)
    return shares


def _reduced(operation: str, **attributes: Attribute) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        x, axes, keep = args[:3] if len(args) > 2 else (args[0], None, False)
        _needs(args[-1] is None or len(args) == 3)
        axes = [axes] if isinstance(axes, int) else list(axes or range(x.dim()))
        name = _value(write, x)
        if operation == "ReduceSum":
            return write.add(operation, name, _whole(write, *axes), keepdims=int(keep))
        return write.add(operation, name, axes=tuple(axes), keepdims=int(keep), **attributes)

    return words


def _norm(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, order, axes, keep, kind = args
    _needs(order in (1, 2) and axes and kind is None)
    operation = "ReduceL1" if order == 1 else "ReduceL2"
    return write.add(operation, _value(write, x), axes=tuple(axes), keepdims=int(keep))


def _added_product(write: Writer, args: Sequence[Any], _result: Any) -> str:
    bias, one, other, beta, alpha = args
    _needs(beta == 1 and alpha == 1)
    if one.dim() == 2:
        matrix, turned = _matrix(write, other)
        return write.add("Gemm", _value(write, one), matrix, _value(write, bias), transB=turned)
    product = write.add("MatMul", _value(write, one), _value(write, other))
    return write.add("Add", product, _value(write, bias))


def _product(write: Writer, args: Sequence[Any], _result: Any) -> str:
    if args[0].dim() == args[1].dim() == 2:
        matrix, turned = _matrix(write, args[1])
        return write.add("Gemm", _value(write, args[0]), matrix, transB=turned)
    return write.add("MatMul", _value(write, args[0]), _value(write, args[1]))


def _matrix(write: Writer, matrix: Tensor) -> tuple[str, int]:
    """Weights that are turned for the product are named as they lie, so that their memory can be lent."""
    turned = not write.is_known(matrix) and not matrix.is_contiguous() and matrix.t().is_contiguous()
    return _value(write, matrix.t() if turned else matrix), int(turned)


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
    return name if result.shape == args[0].shape else write.add("Expand", name, _whole(write, *result.shape))


def _cut(write: Writer, name: str, axis: int, first: int, last: int, step: int = 1) -> str:
    parts = (_whole(write, first), _whole(write, last), _whole(write, axis), _whole(write, step))
    return write.add("Slice", name, *parts)


def _slice(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, first, last, step = args
    size = x.shape[axis]
    first, last, step = slice(first, last, step).indices(size)
    if (first, last, step) == (0, size, 1):
        return write.name(x)
    return _cut(write, write.name(x), axis % x.dim(), first, last, step)


def _selected(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, place = args
    place %= x.shape[axis]
    return _shaped(write, _cut(write, write.name(x), axis % x.dim(), place, place + 1), result.shape)


def _split(write: Writer, args: Sequence[Any], result: Sequence[Tensor]) -> list[str]:
    x, axis = args[0], args[2] % args[0].dim()
    names, first, whole = [], 0, write.name(x)
    for part in result:
        names.append(_cut(write, whole, axis, first, first + part.shape[axis]))
        first += part.shape[axis]
    return names


def _unbound(write: Writer, args: Sequence[Any], result: Sequence[Tensor]) -> list[str]:
    x, axis = args[0], args[1] % args[0].dim()
    whole = write.name(x)
    cut = [_cut(write, whole, axis, place, place + 1) for place in range(x.shape[axis])]
    return [_shaped(write, name, part.shape) for name, part in zip(cut, result, strict=True)]


def _joined(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    parts = [part for part in args[0] if part.dim() == result.dim()]
    _needs(len(parts) == len(args[0]) and all(part.dtype == result.dtype for part in parts))
    return write.add("Concat", *map(write.name, parts), axis=int(args[1]))


def _stacked(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    axis = args[1] % result.dim()
    shape = (*result.shape[:axis], 1, *result.shape[axis + 1 :])
    return write.add("Concat", *(_shaped(write, write.name(part), shape) for part in args[0]), axis=axis)


def _rolled(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, shifts, axes = args
    _needs(len(shifts) == len(axes) and axes)
    name = write.name(x)
    for shift, axis in zip(shifts, axes, strict=True):
        size, axis = x.shape[axis], axis % x.dim()
        if shift % size:
            cut = size - shift % size
            name = write.add("Concat", _cut(write, name, axis, cut, size), _cut(write, name, axis, 0, cut), axis=axis)
    return name


def _padded(write: Writer, args: Sequence[Any], _result: Any, mode: str = "constant") -> str:
    x, edges = args[:2]
    axes = x.dim()
    before, after = [0] * axes, [0] * axes
    for place in range(0, len(edges), 2):
        before[axes - 1 - place // 2], after[axes - 1 - place // 2] = edges[place : place + 2]
    inputs = [_value(write, x), _whole(write, *before, *after)]
    if mode == "constant":
        inputs.append(_single(write, float(args[2])))
    return write.add("Pad", *inputs, mode=mode)


def _mirrored(write: Writer, args: Sequence[Any], result: Any) -> str:
    return _padded(write, args, result, "reflect")


def _resized(mode: str) -> Words:
    def words(write: Writer, args: Sequence[Any], result: Tensor) -> str:
        x = args[0]
        corners = mode == "linear" and args[2]
        smooth = "align_corners" if corners else "half_pixel"
        attributes: dict[str, Attribute] = {
            "mode": mode,
            "coordinate_transformation_mode": smooth if mode == "linear" else "asymmetric",
        }
        if mode == "nearest":
            attributes["nearest_mode"] = "floor"
        _needs(x.dim() == 4 and result.is_floating_point())
        return write.add("Resize", _value(write, x), "", "", _whole(write, *result.shape), **attributes)

    return words


def _attended(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    """softmax(q·kᵀ/√d + mask)·v."""
    q, k, v, dropout, causal = args[:5]
    mask, scale = args[5:7]
    _needs(not dropout and not causal)
    turned = write.add("Transpose", _value(write, k), perm=(*range(k.dim() - 2), k.dim() - 1, k.dim() - 2))
    by = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    weights = write.add("MatMul", write.add("Mul", _value(write, q), _single(write, by)), turned)
    if mask is not None:
        weights = write.add("Add", weights, _value(write, mask))
    name = write.add("MatMul", write.add("Softmax", weights, axis=-1), _value(write, v))
    return [name, *[""] * (len(result) - 1)]


def _heads(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    """Torch's attention of a sequence to itself in one operation, which it takes where nobody derives."""
    query, key, value, size, heads, inner, bias, outer, last, mask, wants_weights = args[:11]
    _needs(query is key and key is value and mask is None and not wants_weights and query.dim() == 3)
    count, length = query.shape[:2]
    each = size // heads
    product = write.add("MatMul", _value(write, query), write.add("Transpose", _value(write, inner), perm=(1, 0)))
    parts = _shaped(write, write.add("Add", product, _value(write, bias)), (count, length, 3, heads, each))
    parts = write.add("Transpose", parts, perm=(2, 0, 3, 1, 4))
    q, k, v = (
        _shaped(write, _cut(write, parts, 0, place, place + 1), (count, heads, length, each)) for place in range(3)
    )
    turned = write.add("Transpose", k, perm=(0, 1, 3, 2))
    weights = write.add("MatMul", write.add("Mul", q, _single(write, 1 / math.sqrt(each))), turned)
    seen = write.add("MatMul", write.add("Softmax", weights, axis=-1), v)
    seen = _shaped(write, write.add("Transpose", seen, perm=(0, 2, 1, 3)), (count, length, size))
    name = write.add("MatMul", seen, write.add("Transpose", _value(write, outer), perm=(1, 0)))
    return [write.add("Add", name, _value(write, last)), ""]


_PLAIN: dict[str, Words] = {
    **{
        name: _one(operation)
        for name, operation in {
            "relu": "Relu",
            "sigmoid": "Sigmoid",
            "tanh": "Tanh",
            "exp": "Exp",
            "log": "Log",
            "sqrt": "Sqrt",
            "abs": "Abs",
            "neg": "Neg",
            "hardswish": "HardSwish",
            "sin": "Sin",
            "cos": "Cos",
            "erf": "Erf",
            "reciprocal": "Reciprocal",
        }.items()
    },
    "hardsigmoid": _one("HardSigmoid", alpha=1 / 6, beta=0.5),
    "add": _sum("Add"),
    "sub": _sum("Sub"),
    "rsub": _from_other,
    "mul": _two("Mul"),
    "div": _divided,
    "maximum": _two("Max"),
    "minimum": _two("Min"),
    "pow": _two("Pow"),
    "copy": _copied,
    "hardtanh": _clip(1, 2),
    "clamp": _clip(1, 2),
    "clamp_min": _clip(1, -1),
    "clamp_max": _clip(-1, 1),
    "silu": _silu,
    "gelu": _gelu,
    "elu": _elu,
    "mish": _mish,
    "leaky_relu": _leaky,
    "_softmax": _softmax("Softmax"),
    "_log_softmax": _softmax("LogSoftmax"),
    "convolution": _convolution,
    "native_batch_norm": _batch_norm(5),
    "_native_batch_norm_legit_no_training": _batch_norm(-1),
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _average_pool,
    "_adaptive_avg_pool2d": _adaptive_pool,
    "mean": _reduced("ReduceMean"),
    "sum": _reduced("ReduceSum"),
    "amax": _reduced("ReduceMax"),
    "amin": _reduced("ReduceMin"),
    "linalg_vector_norm": _norm,
    "addmm": _added_product,
    "mm": _product,
    "bmm": _product,
    "matmul": _product,
    "permute": _permuted,
    "transpose": _swapped,
    "t": _swapped,
    "expand": _expanded,
    "slice": _slice,
    "select": _selected,
    "split": _split,
    "split_with_sizes": _split,
    "unbind": _unbound,
    "cat": _joined,
    "stack": _stacked,
    "roll": _rolled,
    "constant_pad_nd": _padded,
    "reflection_pad2d": _mirrored,
    "upsample_bilinear2d": _resized("linear"),
    "upsample_nearest2d": _resized("nearest"),
    "_scaled_dot_product_flash_attention_for_cpu": _attended,
    "_native_multi_head_attention": _heads,
    **dict.fromkeys(("clone", "alias", "detach", "contiguous", "_to_copy", "lift_fresh"), _same),
    **dict.fromkeys(("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "_reshape_alias"), _reshape),
}
# What ends with an underscore writes into what it is given, and answers the same.
_TABLE = {f"aten::{name}": words for name, words in _PLAIN.items()}
_TABLE |= {f"aten::{name}_": words for name, words in _PLAIN.items() if not name.startswith("_")}
