"""Of each number alone, or of two of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from analysis.quick.runtime.operations.words import (
    Words,
    Writer,
    needs,
    one,
    single,
    two,
    value,
    whole,
)


def _sum(operation: str) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        one, other, times = args
        added = value(write, other)
        if times != 1:
            added = write.add("Mul", added, single(write, float(times)))
        return write.add(operation, value(write, one), added)

    return words


def _divided(write: Writer, args: Sequence[Any], _result: Any) -> str:
    needs(len(args) < 3 or args[2] is None)
    return write.add("Div", value(write, args[0]), value(write, args[1]))


def _from_other(write: Writer, args: Sequence[Any], _result: Any) -> str:
    needs(args[2] == 1)
    return write.add("Sub", value(write, args[1]), value(write, args[0]))


def _copied(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    needs(args[1].dtype == result.dtype)
    return write.add("Expand", write.name(args[1]), whole(write, *result.shape))


def _clip(low: int, high: int) -> Words:
    """A limit may be a tensor that comes from the picture, and is another number for the next one."""

    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        limits = [None if place < 0 else args[place] for place in (low, high)]
        name = value(write, args[0])
        if any(isinstance(limit, Tensor) for limit in limits):
            for operation, limit in zip(("Max", "Min"), limits, strict=True):
                name = name if limit is None else write.add(operation, name, value(write, limit))
            return name
        return write.add("Clip", name, *("" if limit is None else value(write, float(limit)) for limit in limits))

    return words


def _filled(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    return write.add("Expand", value(write, args[1] if len(args) > 1 else 0.0), whole(write, *result.shape))


def _root_below(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return write.add("Reciprocal", write.add("Sqrt", value(write, args[0])))


def _log_of_more(write: Writer, args: Sequence[Any], _result: Any) -> str:
    """log(1 + x), exact for small x: log(u)·x / (u - 1) of u = 1 + x, and x itself where u is 1."""
    x, none = value(write, args[0]), single(write, 1.0)
    more = write.add("Add", x, none)
    same = write.add("Equal", more, none)
    below = write.add("Where", same, none, write.add("Sub", more, none))
    near = write.add("Div", write.add("Mul", write.add("Log", more), x), below)
    endless = write.add("Equal", more, single(write, math.inf))
    return write.add("Where", same, x, write.add("Where", endless, more, near))


def _log_of_base(base: float) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        return write.add("Mul", write.add("Log", value(write, args[0])), single(write, 1 / math.log(base)))

    return words


def _two_to_the(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return write.add("Pow", single(write, 2.0), value(write, args[0]))


def _power(write: Writer, args: Sequence[Any], result: Any) -> str:
    if args[1] == 2 and not isinstance(args[1], Tensor):
        name = value(write, args[0])
        return write.add("Mul", name, name)
    return two("Pow")(write, args, result)


def _product(write: Writer, args: Sequence[Any], result: Any) -> str:
    """The sign of a number times its size is that number; a sign alone jumps, and is not written down."""
    names = [value(write, one) for one in args[:2]]
    for sign, size in (names, names[::-1]):
        if write.made_by(sign)[0] == "Sign":
            operation, given = write.made_by(size)
            if operation == "Relu":
                operation, given = write.made_by(given[0])
            needs(operation == "Abs" and given == write.made_by(sign)[1])
            return given[0]
    return two("Mul")(write, args, result)


def _between(write: Writer, args: Sequence[Any], _result: Any) -> str:
    start, end, weight = args
    first = value(write, start)
    way = write.add("Sub", value(write, end), first)
    return write.add("Add", first, write.add("Mul", value(write, weight), way))


def _added(operation: str) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        x, first, second, times = args
        more = write.add(operation, value(write, first), value(write, second))
        if times != 1:
            more = write.add("Mul", more, single(write, float(times)))
        return write.add("Add", value(write, x), more)

    return words


def _chosen(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """By what does not come from the picture: a choice by its numbers jumps."""
    where, first, second = args
    needs(where.dtype == torch.bool and not write.is_known(where) and result.dtype == torch.float32)
    return write.add("Where", write.name(where), value(write, first), value(write, second))


def _masked(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, mask, number = args
    needs(mask.dtype == torch.bool and not write.is_known(mask) and result.shape == x.shape)
    return write.add("Where", write.name(mask), value(write, number), value(write, x))


WORDS: dict[str, Words] = {
    **{
        name: one(operation)
        for name, operation in {
            "exp": "Exp",
            "log": "Log",
            "sqrt": "Sqrt",
            "abs": "Abs",
            "neg": "Neg",
            "sin": "Sin",
            "cos": "Cos",
            "tan": "Tan",
            "asin": "Asin",
            "acos": "Acos",
            "atan": "Atan",
            "sinh": "Sinh",
            "cosh": "Cosh",
            "asinh": "Asinh",
            "erf": "Erf",
            "sign": "Sign",
            "reciprocal": "Reciprocal",
        }.items()
    },
    "add": _sum("Add"),
    "sub": _sum("Sub"),
    "rsub": _from_other,
    "mul": _product,
    "div": _divided,
    "maximum": two("Max"),
    "minimum": two("Min"),
    "pow": _power,
    "copy": _copied,
    "fill": _filled,
    "zero": _filled,
    "clamp": _clip(1, 2),
    "clamp_min": _clip(1, -1),
    "clamp_max": _clip(-1, 1),
    "rsqrt": _root_below,
    "log1p": _log_of_more,
    "log2": _log_of_base(2),
    "log10": _log_of_base(10),
    "exp2": _two_to_the,
    "lerp": _between,
    "addcmul": _added("Mul"),
    "addcdiv": _added("Div"),
    "where": _chosen,
    "masked_fill": _masked,
}
