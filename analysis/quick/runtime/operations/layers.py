"""Convolutions and normalisations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.quick.runtime.onnx_file import Attribute
from analysis.quick.runtime.operations.words import Words, Writer, exact_mean, needs, shaped, single, value


def _convolution(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, weight, bias, stride, padding, dilation, transposed, spare, groups = args
    needs(x.dim() == weight.dim())
    sides = x.dim() - 2
    attributes: dict[str, Attribute] = {
        "strides": _each(stride, sides),
        "pads": 2 * _each(padding, sides),
        "dilations": _each(dilation, sides),
        "group": int(groups),
    }
    if transposed:
        attributes["output_padding"] = _each(spare, sides)
    inputs = [value(write, x), value(write, weight), *([] if bias is None else [value(write, bias)])]
    return write.add("ConvTranspose" if transposed else "Conv", *inputs, **attributes)


def _each(given: Sequence[int], sides: int) -> tuple[int, ...]:
    """Of every side; one number is that of all, as the one that torch makes of "valid"."""
    return (*given,) * sides if len(given) == 1 else tuple(given)


def _batch_norm(ways: int) -> Words:
    """`ways` is where it says whether it learns; below 0 it never does."""

    def words(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
        x, weight, bias, mean, variance = args[:5]
        if mean is None and variance is None and ways >= 0 and args[ways]:
            return [_by_its_own(write, x, weight, bias, float(args[7])), *[""] * (len(result) - 1)]
        needs(mean is not None and variance is not None and (ways < 0 or not args[ways]))
        ones = write.constant(np.ones(len(mean), np.float32)) if weight is None else value(write, weight)
        zeros = write.constant(np.zeros(len(mean), np.float32)) if bias is None else value(write, bias)
        inputs = (value(write, x), ones, zeros, value(write, mean), value(write, variance))
        name = write.add("BatchNormalization", *inputs, epsilon=float(args[-1 if ways < 0 else 7]))
        return [name, *[""] * (len(result) - 1)]

    return words


def _by_its_own(write: Writer, x: Any, weight: Any, bias: Any, epsilon: float) -> str:
    """By the mean and the variance of the picture's own channels."""
    channels, axes = x.shape[1], (0, *range(2, x.dim()))
    needs(x.numel() > channels)
    name = value(write, x)
    far = write.add("Sub", name, exact_mean(write, name, axes))
    variance = write.add("ReduceMean", write.add("Mul", far, far), axes=axes, keepdims=1)
    spread = write.add("Sqrt", write.add("Add", variance, single(write, epsilon)))
    name = write.add("Div", far, spread)
    sizes = (1, channels, *[1] * (x.dim() - 2))
    if weight is not None:
        name = write.add("Mul", name, shaped(write, value(write, weight), sizes))
    return name if bias is None else write.add("Add", name, shaped(write, value(write, bias), sizes))


def _layer_norm(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x, shape, weight, bias, epsilon = args
    ones = write.constant(np.ones(tuple(shape), np.float32)) if weight is None else value(write, weight)
    inputs = [value(write, x), ones, *([] if bias is None else [value(write, bias)])]
    name = write.add("LayerNormalization", *inputs, axis=-len(shape), epsilon=float(epsilon))
    return [name, *[""] * (len(result) - 1)]


def _group_norm(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    x, weight, bias, pictures, channels, places, groups, epsilon = args
    ones, zeros = (write.constant(np.full(groups, of, np.float32)) for of in (1, 0))
    parts = shaped(write, value(write, x), (pictures, groups, channels // groups * places))
    name = write.add("InstanceNormalization", parts, ones, zeros, epsilon=float(epsilon))
    name = shaped(write, name, x.shape)
    sizes = (1, channels, *[1] * (x.dim() - 2))
    if weight is not None:
        name = write.add("Mul", name, shaped(write, value(write, weight), sizes))
    if bias is not None:
        name = write.add("Add", name, shaped(write, value(write, bias), sizes))
    return [name, *[""] * (len(result) - 1)]


WORDS: dict[str, Words] = {
    "convolution": _convolution,
    "native_batch_norm": _batch_norm(5),
    "_native_batch_norm_legit_no_training": _batch_norm(-1),
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
}
