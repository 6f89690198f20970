"""What makes fewer numbers of many: sums, extremes, products of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from analysis.quick.runtime.operations.words import (
    Words,
    Writer,
    cut,
    exact_mean,
    needs,
    shaped,
    single,
    value,
    whole,
    with_none,
)


def _added_product(write: Writer, args: Sequence[Any], _result: Any) -> str:
    bias, one, other, beta, alpha = args
    needs(beta == 1 and alpha == 1)
    if one.dim() == 2:
        matrix, turned = _matrix(write, other)
        return write.add("Gemm", value(write, one), matrix, value(write, bias), transB=turned)
    product = write.add("MatMul", value(write, one), value(write, other))
    return write.add("Add", product, value(write, bias))


def _product(write: Writer, args: Sequence[Any], _result: Any) -> str:
    if args[0].dim() == args[1].dim() == 2:
        matrix, turned = _matrix(write, args[1])
        return write.add("Gemm", value(write, args[0]), matrix, transB=turned)
    return write.add("MatMul", value(write, args[0]), value(write, args[1]))


def _matrix(write: Writer, matrix: Tensor) -> tuple[str, int]:
    """Weights that are turned for the product are named as they lie, so that their memory can be lent."""
    turned = not write.is_known(matrix) and not matrix.is_contiguous() and matrix.t().is_contiguous()
    return value(write, matrix.t() if turned else matrix), int(turned)


def _axes(x: Tensor, axes: int | Sequence[int] | None) -> tuple[int, ...]:
    needs(not isinstance(axes, Tensor))
    return (axes,) if isinstance(axes, int) else tuple(axes or range(x.dim()))


def _reduced(operation: str) -> Words:
    def words(write: Writer, args: Sequence[Any], _result: Any) -> str:
        x, axes, keep, kind = (args[0], None, False, args[-1]) if len(args) < 3 else (*args, None)[:4]
        needs(kind is None and x.dim())
        name, axes = value(write, x), _axes(x, axes)
        if operation == "ReduceSum":
            return write.add(operation, name, whole(write, *axes), keepdims=int(keep))
        return write.add(operation, name, axes=axes, keepdims=int(keep))

    return words


def _extreme(operation: str) -> Words:
    """Which place it has is not written down: of two that are nearly alike it may be the other one."""

    def words(write: Writer, args: Sequence[Any], result: Any) -> str | list[str]:
        x, axes, keep = (*args, None, False)[:3]
        needs(x.dim())
        name = _extreme_of(write, operation, value(write, x), _axes(x, axes), bool(keep))
        return name if isinstance(result, Tensor) else [name, ""]

    return words


def _extreme_of(write: Writer, operation: str, name: str, axes: tuple[int, ...], keep: bool) -> str:
    def found(by: str, what: str) -> str:
        return write.add(by, what, axes=axes, keepdims=int(keep))

    return with_none(write, name, found(operation, name), lambda there: found("ReduceMax", there))


def _both_extremes(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    x, axis, keep = args
    axes, name = _axes(x, axis), value(write, x)
    return [_extreme_of(write, operation, name, axes, bool(keep)) for operation in ("ReduceMin", "ReduceMax")]


def _log_of_sum(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, axes, keep = args
    needs(x.dim())
    return write.add("ReduceLogSumExp", value(write, x), axes=_axes(x, axes), keepdims=int(keep))


def _spread(write: Writer, args: Sequence[Any]) -> tuple[str, str]:
    """Mean and variance."""
    x, axes, less, keep = args
    less, axes = 1 if less is None else less, _axes(x, axes)
    count = math.prod(x.shape[axis] for axis in axes)
    needs(count > less)
    name = value(write, x)
    far = write.add("Sub", name, exact_mean(write, name, axes))
    mean = exact_mean(write, name, axes, keep)
    variance = write.add("ReduceMean", write.add("Mul", far, far), axes=axes, keepdims=int(keep))
    return mean, variance if less == 0 else write.add("Mul", variance, single(write, count / (count - less)))


def _variance(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return _spread(write, args)[1]


def _deviation(write: Writer, args: Sequence[Any], _result: Any) -> str:
    return write.add("Sqrt", _spread(write, args)[1])


def _variance_and_mean(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    return list(_spread(write, args)[::-1])


def _deviation_and_mean(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    mean, variance = _spread(write, args)
    return [write.add("Sqrt", variance), mean]


def _norm(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, order, axes, keep, kind = args
    needs(kind is None and order > 0 and x.dim())
    name, axes = value(write, x), _axes(x, axes)
    if order == math.inf:
        return _extreme_of(write, "ReduceMax", write.add("Abs", name), axes, bool(keep))
    if order in (1, 2):
        return write.add(f"ReduceL{int(order)}", name, axes=axes, keepdims=int(keep))
    raised = write.add("Pow", write.add("Abs", name), single(write, float(order)))
    added = write.add("ReduceSum", raised, whole(write, *axes), keepdims=int(keep))
    return write.add("Pow", added, single(write, 1 / order))


def _older_norm(write: Writer, args: Sequence[Any], result: Any) -> str:
    x, order, axes, keep = (*args, None, False)[:4]
    return _norm(write, (x, 2 if order is None else order, axes, keep, None), result)


def _distances(write: Writer, args: Sequence[Any], _result: Any) -> str:
    one, other, order = args[:3]
    needs(order in (1, 2))
    first = shaped(write, value(write, one), (*one.shape[:-1], 1, one.shape[-1]))
    second = shaped(write, value(write, other), (*other.shape[:-2], 1, *other.shape[-2:]))
    return write.add(f"ReduceL{int(order)}", write.add("Sub", first, second), axes=(-1,), keepdims=0)


def _running_sum(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    x, axis, kind = args
    needs(kind is None and x.dim())
    return write.add("CumSum", value(write, x), shaped(write, whole(write, axis % x.dim()), ()))


def _sorted(write: Writer, x: Tensor, axis: int, count: int, largest: bool) -> str:
    """Numbers only: which places they had is another one where two are nearly alike."""
    name = value(write, x)
    needs(count and not write.may_be_none(name))
    return write.add_several(2, "TopK", name, whole(write, count), axis=axis % x.dim(), largest=int(largest), sorted=1)[
        0
    ]


def _top(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    x, count, axis, largest, in_order = args
    needs(in_order)
    return [_sorted(write, x, axis, count, largest), ""]


def _in_order(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    x, axis, falling = args[0], *args[-2:]
    return [_sorted(write, x, axis, x.shape[axis], falling), ""]


def _at_rank(write: Writer, x: Tensor, rank: int, axis: int, keep: bool) -> list[str]:
    axis %= x.dim()
    name = cut(write, _sorted(write, x, axis, rank, False), axis, rank - 1, rank)
    shape = [1 if place == axis else size for place, size in enumerate(x.shape) if keep or place != axis]
    return [shaped(write, name, shape), ""]


def _median(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    x, axis, keep = args
    return _at_rank(write, x, (x.shape[axis] + 1) // 2, axis, keep)


def _ranked(write: Writer, args: Sequence[Any], _result: Any) -> list[str]:
    x, rank, axis, keep = args
    return _at_rank(write, x, rank, axis, keep)


WORDS: dict[str, Words] = {
    "mean": _reduced("ReduceMean"),
    "sum": _reduced("ReduceSum"),
    "prod": _reduced("ReduceProd"),
    "amax": _extreme("ReduceMax"),
    "amin": _extreme("ReduceMin"),
    "max": _extreme("ReduceMax"),
    "min": _extreme("ReduceMin"),
    "aminmax": _both_extremes,
    "logsumexp": _log_of_sum,
    "var": _variance,
    "std": _deviation,
    "var_mean": _variance_and_mean,
    "std_mean": _deviation_and_mean,
    "linalg_vector_norm": _norm,
    "norm": _older_norm,
    "_cdist_forward": _distances,
    "cumsum": _running_sum,
    "topk": _top,
    "sort": _in_order,
    "median": _median,
    "kthvalue": _ranked,
    "addmm": _added_product,
    "baddbmm": _added_product,
    "addmv": _added_product,
    "mm": _product,
    "bmm": _product,
    "mv": _product,
    "dot": _product,
    "matmul": _product,
}
