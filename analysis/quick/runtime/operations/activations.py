"""What bends numbers between layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analysis.quick.runtime.operations.words import Words, Writer, cut, needs, one, single, value


def _silu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    name = value(write, args[0])
    return write.add("Mul", name, write.add("Sigmoid", name))


def _gelu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    name = value(write, args[0])
    if args[1] == "none":
        bent = write.add("Erf", write.add("Div", name, single(write, math.sqrt(2))))
    else:
        cubed = write.add("Mul", write.add("Mul", name, name), name)
        within = write.add("Add", name, write.add("Mul", cubed, single(write, 0.044715)))
        bent = write.add("Tanh", write.add("Mul", within, single(write, math.sqrt(2 / math.pi))))
    whole = write.add("Mul", name, write.add("Add", bent, single(write, 1.0)))
    return write.add("Mul", whole, single(write, 0.5))


def _elu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, alpha, scale, inner = args
    return _of_exponent(write, value(write, x), float(alpha), float(scale), float(inner))


def _of_exponent(write: Writer, name: str, alpha: float, scale: float, inner: float) -> str:
    """scale · (x, or α·(exp(inner·x) - 1) where x is below 0)."""
    needs(inner > 0)
    if inner != 1:
        name = write.add("Mul", name, single(write, inner))
    name = write.add("Elu", name, alpha=alpha * inner)
    return name if scale == inner else write.add("Mul", name, single(write, scale / inner))


def _celu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return _of_exponent(write, value(write, args[0]), float(args[1]), 1.0, 1 / args[1])


def _selu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return _of_exponent(write, value(write, args[0]), 1.6732632423543772, 1.0507009873554805, 1.0)


def _mish(write: Writer, args: Sequence[Any], _result: Any) -> str:
    name = value(write, args[0])
    return write.add("Mul", name, write.add("Tanh", write.add("Softplus", name)))


def _leaky(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return write.add("LeakyRelu", value(write, args[0]), alpha=float(args[1]))


def _softmax(operation: str) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        return write.add(operation, value(write, args[0]), axis=int(args[1]))

    return words


def _softplus(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, beta, threshold = args
    needs(threshold >= 20 and beta > 0)  # from where on it is x itself, but for rounding
    name = value(write, x)
    if beta == 1:
        return write.add("Softplus", name)
    bent = write.add("Softplus", write.add("Mul", name, single(write, float(beta))))
    return write.add("Div", bent, single(write, float(beta)))


def _log_of_sigmoid(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    """As it is said here it has no limit where the sigmoid is 0."""
    return [write.add("Neg", write.add("Softplus", write.add("Neg", value(write, args[0])))), ""]


def _prelu(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, weight = args
    needs(weight.numel() == 1 or weight.dim() == x.dim())
    return write.add("PRelu", value(write, x), value(write, weight))


def _soft_shrink(write: Writer, args: Sequence[Any], _result: Any) -> str:
    """In this way NaN stays NaN."""
    x, limit = args
    name = value(write, x)
    return write.add("Sub", name, write.add("Clip", name, single(write, -float(limit)), single(write, float(limit))))


def _threshold(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, limit, instead = args
    needs(limit == instead)  # or it jumps
    return write.add("Max", value(write, x), single(write, float(limit)))


def _gated(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, axis = args[0], args[1] % args[0].dim()
    name, half = value(write, x), x.shape[axis] // 2
    first, second = cut(write, name, axis, 0, half), cut(write, name, axis, half, 2 * half)
    return write.add("Mul", first, write.add("Sigmoid", second))


def _limited(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, low, high = args
    return write.add("Clip", value(write, x), single(write, float(low)), single(write, float(high)))


WORDS: dict[str, Words] = {
    "relu": one("Relu"),
    "sigmoid": one("Sigmoid"),
    "tanh": one("Tanh"),
    "hardswish": one("HardSwish"),
    "hardsigmoid": one("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hardtanh": _limited,
    "silu": _silu,
    "gelu": _gelu,
    "elu": _elu,
    "celu": _celu,
    "selu": _selu,
    "mish": _mish,
    "leaky_relu": _leaky,
    "_softmax": _softmax("Softmax"),
    "_log_softmax": _softmax("LogSoftmax"),
    "softplus": _softplus,
    "log_sigmoid_forward": _log_of_sigmoid,
    "_prelu_kernel": _prelu,
    "softshrink": _soft_shrink,
    "threshold": _threshold,
    "glu": _gated,
}
