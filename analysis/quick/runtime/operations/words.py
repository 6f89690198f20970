"""What words for operations are made of."""

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

    def add_several(self, count: int, operation: str, *inputs: str, **attributes: Attribute) -> list[str]:
        """The same of a node of so many outputs."""
        ...

    def is_known(self, tensor: object) -> bool:
        """Whether it comes from the picture."""
        ...

    def may_be_none(self, name: str) -> bool:
        """Whether NaN may be in it though there is none in the picture."""
        ...

    def made_by(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The operation whose output it is, and what that takes; nothing for constants and the picture."""
        ...


# The name of the operation's result, or of each of them; "" where one is left out.
Words = Callable[[Writer, Sequence[Any], Any], "str | list[str]"]


def needs(condition: object) -> None:
    if not condition:
        raise NoWordsError("in this way")


def whole(write: Writer, *numbers: int) -> str:
    return write.constant(np.array(numbers, np.int64))


def single(write: Writer, number: float) -> str:
    return write.constant(np.array(number, np.float32))


_FLOAT, _BOOL, _DOUBLE = 1, 9, 11


def value(write: Writer, one: Any) -> str:
    """A tensor of single precision, or a number."""
    if isinstance(one, Tensor):
        if one.dtype in (torch.int64, torch.int32) and not write.is_known(one):
            return write.add("Cast", write.name(one), to=_FLOAT)
        needs(one.dtype == torch.float32)
        return write.name(one)
    needs(isinstance(one, (int, float)))
    return single(write, float(one))


def one(operation: str, **attributes: Attribute) -> Words:
    return lambda write, args, _result: write.add(operation, value(write, args[0]), **attributes)


def two(operation: str) -> Callable[[Writer, Sequence[Any], Any], str]:
    def words(write: Writer, args: Sequence[Any], result: Any) -> str:
        needs(result.dtype == torch.float32)
        return write.add(operation, value(write, args[0]), value(write, args[1]))

    return words


def shaped(write: Writer, name: str, shape: Sequence[int]) -> str:
    needs(all(shape))
    return write.add("Reshape", name, whole(write, *shape))


def cut(write: Writer, name: str, axis: int, first: int, last: int, step: int = 1) -> str:
    parts = (whole(write, first), whole(write, last), whole(write, axis), whole(write, step))
    return write.add("Slice", name, *parts)


def turned(write: Writer, name: str, axes: Sequence[int]) -> str:
    return name if tuple(axes) == tuple(range(len(axes))) else write.add("Transpose", name, perm=tuple(axes))


def with_none(write: Writer, name: str, largest: str, of_all: Callable[[str], str]) -> str:
    """A largest number is NaN where there is one; the runtime's operations pass over it. `of_all` finds the largest.

    Where all are minus infinity, its poolings give the lowest number that is one.
    """
    if not write.may_be_none(name):
        return largest
    lowest = write.add("Less", largest, single(write, -3.4e38))
    largest = write.add("Where", lowest, single(write, -math.inf), largest)
    there = of_all(write.add("Cast", write.add("IsNaN", name), to=_FLOAT))
    return write.add("Where", write.add("Cast", there, to=_BOOL), single(write, math.nan), largest)


def exact_mean(write: Writer, name: str, axes: Sequence[int], keep: bool = True) -> str:
    """In double precision: of numbers that are all alike it is that number, so that nothing is left of them."""
    wide = write.add("ReduceMean", write.add("Cast", name, to=_DOUBLE), axes=tuple(axes), keepdims=int(keep))
    return write.add("Cast", wide, to=_FLOAT)
