"""What each operation of torch does to the places that its inputs stand for: one short rule per kind of operation.

A rule gives one result per output tensor: its places, or None where it does not depend on the picture. `a` holds the
operation's arguments by name, `out` its outputs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from analysis.tracing.places import (
    Places,
    along,
    collapsed,
    other,
    reshaped,
    sliced,
    together,
    unknown,
    windowed,
)

Arguments = Mapping[str, Any]


class Known(Protocol):
    """What is known of the inputs."""

    def of(self, tensor: object) -> Places | None: ...


Rule = Callable[[Known, Arguments, tuple[Tensor, ...]], Sequence[Places | None]]


def rule_of(func: Any) -> Rule:
    """By the operation's name; arithmetic on single values is known by its tag, all else may do anything."""
    name = func._schema.name.removeprefix("aten::").rstrip("_")
    if name in RULES:
        return RULES[name]
    return pointwise if torch.Tag.pointwise in func.tags else opaque


def opaque(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """Anything may depend on anything; a result of the same shape still has the same places."""
    inputs = [leaf for leaf in tree_leaves(list(a.values())) if isinstance(leaf, Tensor)]
    known = [(tensor.shape, places) for tensor in inputs if (places := f.of(tensor)) is not None]
    if not known:
        return [None] * len(out)
    results = []
    for tensor in out:
        alike = [places for shape, places in known if shape == tensor.shape]
        results.append(alike[0].blinded() if alike else unknown(known[0][1], tensor.shape))
    return results


def pointwise(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    operands = [leaf for leaf in tree_leaves(list(a.values())) if isinstance(leaf, Tensor)]
    return [together([(f.of(tensor), tensor.shape) for tensor in operands], one.shape) for one in out]


def _same(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    return [f.of(_first(a))] * len(out)


def _first(a: Arguments) -> Tensor:
    return next(value for value in a.values() if isinstance(value, Tensor))


def _of_first(f: Known, a: Arguments) -> Places | None:
    return f.of(_first(a))


def _copied(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    return [together([(f.of(a["src"]), a["src"].shape)], out[0].shape)]


def _constant(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    return [None] * len(out)


def _convolution(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = f.of(a["input"])
    if places is None:
        return opaque(f, a, out)
    kernel = a["weight"].shape[2:]
    count = len(kernel)
    strides, pads, dilations = (_each(a[name], count) for name in ("stride", "padding", "dilation"))
    places = collapsed(places, 1).with_axis(1, other(out[0].shape[1]))
    for index in range(count):
        k, s, p, d = kernel[index], strides[index], pads[index], dilations[index]
        size = out[0].shape[2 + index]
        reach = Fraction((k - 1) * d)
        if a.get("transposed"):
            # Output o gathers inputs i with o = i·s − p + t·d, t < k: from (o + p − reach)/s to (o + p)/s.
            places = windowed(places, 2 + index, (p - reach) / s, Fraction(1, s), reach / s, size)
        else:
            places = windowed(places, 2 + index, Fraction(-p), Fraction(s), reach, size)
    return [places]


def _pooling(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None] * len(out)
    rank = len(places.axes)
    kernel = list(a["kernel_size"])
    count = rank - 2 if rank > 3 or len(kernel) == 1 else 2
    kernel = _each(kernel, count)
    strides = _each(a["stride"] or kernel, count)
    pads = _each(a["padding"], count)
    dilations = _each(a.get("dilation") or 1, count)
    for index in range(count):
        axis = rank - count + index
        reach = Fraction((kernel[index] - 1) * dilations[index])
        size = out[0].shape[axis]
        places = windowed(places, axis, Fraction(-pads[index]), Fraction(strides[index]), reach, size)
    return [places] * len(out)


def _adaptive_pooling(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None] * len(out)
    count = len(a["output_size"])
    rank = len(places.axes)
    for axis in range(rank - count, rank):
        before, after = places.axes[axis].size, out[0].shape[axis]
        if after == 1 and before > 1:
            places = collapsed(places, axis)
        elif before % after == 0:
            step = Fraction(before // after)
            places = windowed(places, axis, Fraction(0), step, step - 1, after)
        else:  # place j sees floor(j·r) … ceil((j+1)·r) − 1 of the old ones, r = before/after
            step = Fraction(before, after)
            slack = 1 - Fraction(1, after)
            places = windowed(places, axis, -slack, step, step - 1 + 2 * slack, after)
    return [places] * len(out)


def _padding(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None]
    pads = a["pad"] if "pad" in a else a["padding"]
    for index in range(len(pads) // 2):
        axis = len(places.axes) - 1 - index
        if pads[2 * index] or pads[2 * index + 1]:
            before = Fraction(-pads[2 * index])
            places = windowed(places, axis, before, Fraction(1), Fraction(0), out[0].shape[axis])
    return [places]


def _resizing(reach: Fraction) -> Rule:
    """Interpolation between `reach` old places on either side of the new place's centre."""

    def rule(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
        places = _of_first(f, a)
        if places is None:
            return [None]
        for axis in range(2, len(places.axes)):
            before, after = places.axes[axis].size, out[0].shape[axis]
            if before == after:
                continue
            if before == 1:
                side = axis - 2 if len(places.axes) == 4 else None
                if side is not None:
                    places = places.blinded((side,)).with_axis(axis, along(side, after))
                continue
            ratio = Fraction(before, after)
            wide = reach * max(ratio, Fraction(1))
            if a.get("align_corners"):
                step, centre = Fraction(before - 1, max(after - 1, 1)), Fraction(0)
            else:
                step, centre = ratio, ratio / 2 - Fraction(1, 2)
            places = windowed(places, axis, centre - wide, step, 2 * wide, after)
        return [places]

    return rule


def _nearest(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """New place j is the old place floor(j·r)."""
    places = _of_first(f, a)
    if places is None:
        return [None]
    for axis in range(2, len(places.axes)):
        before, after = places.axes[axis].size, out[0].shape[axis]
        if before == 1 and after > 1 and len(places.axes) == 4:
            places = places.blinded((axis - 2,)).with_axis(axis, along(axis - 2, after))
        elif before != after:
            step = Fraction(before, after)
            slack = Fraction(0) if step.denominator == 1 else 1 - Fraction(1, step.denominator)
            places = windowed(places, axis, -slack, step, slack, after)
    return [places]


def _statistics_kept(axes: Callable[[Arguments, Places], Iterable[int]]) -> Rule:
    """A normalisation by statistics over these axes: local, but for two numbers that come from everywhere."""

    def rule(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
        places = _of_first(f, a)
        if places is None:
            return [None] * len(out)
        if any(
            factor.count > 1 for axis in axes(a, places) for factor in places.axes[axis].factors if factor.side >= 0
        ):
            places = replace(places, global_context=True)
        return [places, *(unknown(places, tensor.shape) for tensor in out[1:])]

    return rule


def _mixed_along(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """Every entry along `dim` may depend on all the others (softmax, cumulative sum, sorting, roll, flip)."""
    places = _of_first(f, a)
    if places is None:
        return [None] * len(out)
    given = a.get("dim", a.get("dims", -1))
    for index in _axes(given, len(places.axes)):
        places = places.blinded(places.axes[index].sides())
    return [_resized(places, tensor.shape) for tensor in out]


def _resized(places: Places, shape: Sequence[int]) -> Places:
    for index, size in enumerate(shape):
        if places.axes[index].size != size:
            places = places.with_axis(index, other(size))
    return places


def _reduction(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None] * len(out)
    given = a.get("dim")
    indices = _axes(given if given not in (None, []) else range(len(places.axes)), len(places.axes))
    for index in indices:
        places = collapsed(places, index)
    if len(out[0].shape) < len(places.axes):
        for index in sorted(indices, reverse=True):
            places = places.without_axis(index)
    return [places] * len(out)


def _product(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """Matrix products: the inner axes are summed over, the outer ones stay."""
    left, right = a.get("mat1", a.get("batch1", a.get("self"))), a.get("mat2", a.get("batch2"))
    right = right if right is not None else a.get("vec", a.get("tensor"))
    if left is None or right is None or left.dim() < 2 or right.dim() < 2:
        return opaque(f, a, out)
    of_left, of_right = f.of(left), f.of(right)
    parts: list[tuple[Places | None, Sequence[int]]] = []
    if of_left is not None:
        rank = len(of_left.axes)
        kept = collapsed(of_left, rank - 1)
        parts.append((kept, [*left.shape[:-1], 1]))
    if of_right is not None:
        rank = len(of_right.axes)
        kept = collapsed(of_right, rank - 2)
        parts.append((kept, [*right.shape[:-2], 1, right.shape[-1]]))
    if "mat1" in a or "batch1" in a:
        parts.append((f.of(a["self"]), a["self"].shape))
    return [_product_of(parts, out[0].shape)]


def _product_of(parts: Sequence[tuple[Places | None, Sequence[int]]], shape: Sequence[int]) -> Places | None:
    result = together(parts, shape)
    known = [places for places, _shape in parts if places is not None]
    if result is None or len(known) < 2:
        return result
    # Two factors that both depend on the picture: neither is a mere gate, so what one cannot tell, none can.
    blind = [side for side in (0, 1) if any(places.spans[side] is None for places in known)]
    twice = [side for side in (0, 1) if sum(side in axis.sides() for axis in result.axes) > 1]
    return result.blinded([*blind, *twice])


def _reshaping(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    return [None if places is None else reshaped(places, out[0].shape)]


def _permuting(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None]
    rank = len(places.axes)
    if "dims" in a:
        order = [d % rank for d in a["dims"]]
    else:
        order = list(range(rank))
        first, second = (a["dim0"] % rank, a["dim1"] % rank) if "dim0" in a else (0, rank - 1)
        order[first], order[second] = order[second], order[first]
    return [replace(places, axes=tuple(places.axes[d] for d in order))]


def _unsqueezing(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None]
    index = a["dim"] % (len(places.axes) + 1)
    return [replace(places, axes=(*places.axes[:index], other(1), *places.axes[index:]))]


def _squeezing(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None]
    rank = len(places.axes)
    for index in reversed(_axes(a["dim"] if a.get("dim") is not None else range(rank), rank)):
        if places.axes[index].size == 1:
            places = places.without_axis(index)
    return [places]


def _expanding(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    return [together([(_of_first(f, a), _first(a).shape)], out[0].shape)]


def _selecting(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None]
    dim = a["dim"] % len(places.axes)
    size = places.axes[dim].size
    return [sliced(places, dim, a["index"] % size, 1, 1).without_axis(dim)]


def _unbinding(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None] * len(out)
    dim = a["dim"] % len(places.axes)
    return [sliced(places, dim, index, 1, 1).without_axis(dim) for index in range(len(out))]


def _slicing(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None]
    dim = a["dim"] % len(places.axes)
    size = places.axes[dim].size
    start = a["start"] or 0
    start = max(start + size, 0) if start < 0 else min(start, size)
    return [sliced(places, dim, start, a["step"] or 1, out[0].shape[dim])]


def _splitting(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    places = _of_first(f, a)
    if places is None:
        return [None] * len(out)
    dim = a["dim"] % len(places.axes)
    results, start = [], 0
    for tensor in out:
        results.append(sliced(places, dim, start, 1, tensor.shape[dim]))
        start += tensor.shape[dim]
    return results


def _concatenating(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    tensors = [tensor for tensor in a["tensors"] if tensor.numel() > 0]
    dim = a["dim"] % out[0].dim()
    parts = [f.of(tensor) for tensor in tensors]
    known = [places for places in parts if places is not None]
    if not known:
        return [None]
    tagged = [index for index, places in enumerate(parts) if places is not None and places.axes[dim].sides()]
    if not tagged:
        loose = [
            (None if p is None else p.with_axis(dim, other(1)), t.shape) for p, t in zip(parts, tensors, strict=True)
        ]
        joined = together(loose, [*out[0].shape[:dim], 1, *out[0].shape[dim + 1 :]])
        return [None if joined is None else joined.with_axis(dim, other(out[0].shape[dim]))]
    last = parts[-1]
    if tagged == [len(parts) - 1] and last is not None:  # a class token before the tokens of the places
        axis = last.axes[dim]
        prefix = axis.prefix + sum(tensor.shape[dim] for tensor in tensors[:-1])
        result = last.with_axis(dim, replace(axis, prefix=prefix))
        blind = [side for side in (0, 1) if any(p.spans[side] is None for p in known)]
        return [result.blinded(blind)]
    return [unknown(known[0], out[0].shape)]


def _stacking(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    joined = together([(f.of(tensor), tensor.shape) for tensor in a["tensors"]], a["tensors"][0].shape)
    if joined is None:
        return [None]
    dim = a["dim"] % out[0].dim()
    return [replace(joined, axes=(*joined.axes[:dim], other(len(a["tensors"])), *joined.axes[dim:]))]


def _shuffling_out(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """pixel_shuffle: channels become r×r finer places."""
    places = _of_first(f, a)
    if places is None:
        return [None]
    factor = a["upscale_factor"]
    slack = 1 - Fraction(1, factor)
    for axis in (2, 3):
        places = windowed(places, axis, -slack, Fraction(1, factor), slack, out[0].shape[axis])
    return [places.with_axis(1, other(out[0].shape[1]))]


def _shuffling_in(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """pixel_unshuffle: r×r places become channels of one."""
    places = _of_first(f, a)
    if places is None:
        return [None]
    factor = a["downscale_factor"]
    for axis in (2, 3):
        places = windowed(places, axis, Fraction(0), Fraction(factor), Fraction(factor - 1), out[0].shape[axis])
    return [places.with_axis(1, other(out[0].shape[1]))]


def _restriding(f: Known, a: Arguments, out: tuple[Tensor, ...]) -> Sequence[Places | None]:
    """torch rewrites strides in place where an axis has one entry; any other use can pick values from anywhere."""
    places = _of_first(f, a)
    if places is None or (out[0] is _first(a) and tuple(a["size"]) == tuple(axis.size for axis in places.axes)):
        return [places]
    return [unknown(places, out[0].shape)]


def _each(value: Any, count: int) -> list[int]:
    numbers = [value] if isinstance(value, int) else list(value)
    return numbers * count if len(numbers) == 1 else numbers


def _axes(given: Any, rank: int) -> list[int]:
    return sorted({d % rank for d in ([given] if isinstance(given, int) else given)})


def _over_space(_a: Arguments, places: Places) -> Iterable[int]:
    return range(1, len(places.axes))


def _over_last(a: Arguments, places: Places) -> Iterable[int]:
    return range(len(places.axes) - len(a["normalized_shape"]), len(places.axes))


def _over_batch_if_training(a: Arguments, places: Places) -> Iterable[int]:
    return range(2, len(places.axes)) if a.get("training") or a.get("train") else ()


# fmt: off
_NAMES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (_same, ("clone", "_to_copy", "alias", "detach", "lift_fresh", "lift", "native_dropout", "dropout", "hardswish",
             "_prelu_kernel", "rrelu_with_noise", "log_sigmoid_forward", "native_channel_shuffle", "positive")),
    (_copied, ("copy",)),
    (_constant, ("fill", "zero", "zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones",
                 "new_full", "new_empty", "rand_like", "randn_like", "new_empty_strided")),
    (_convolution, ("convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution")),
    (_pooling, ("max_pool1d", "max_pool2d", "max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool1d",
                "avg_pool2d", "avg_pool3d", "mkldnn_max_pool2d")),
    (_adaptive_pooling, ("_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
                         "mkldnn_adaptive_avg_pool2d", "adaptive_max_pool2d", "adaptive_max_pool3d")),
    (_padding, ("constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d",
                "replication_pad2d", "replication_pad3d")),
    (_nearest, ("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact2d")),
    (_resizing(Fraction(1)), ("upsample_linear1d", "upsample_bilinear2d", "_upsample_bilinear2d_aa",
                              "upsample_trilinear3d")),
    (_resizing(Fraction(2)), ("upsample_bicubic2d", "_upsample_bicubic2d_aa")),
    (_statistics_kept(_over_last), ("native_layer_norm", "_fused_rms_norm", "rms_norm")),
    (_statistics_kept(_over_space), ("native_group_norm",)),
    (_statistics_kept(_over_batch_if_training), ("native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm",
                                                 "_native_batch_norm_legit_no_training", "_batch_norm_no_update",
                                                 "_batch_norm_with_update", "miopen_batch_norm")),
    (_mixed_along, ("_softmax", "_log_softmax", "cumsum", "cumprod", "sort", "topk", "roll", "flip", "logcumsumexp",
                    "glu")),
    (_reduction, ("mean", "sum", "amax", "amin", "max", "min", "std", "var", "var_mean", "std_mean", "logsumexp",
                  "prod", "any", "all", "argmax", "argmin", "median", "linalg_vector_norm", "norm", "nansum",
                  "count_nonzero")),
    (_product, ("mm", "bmm", "addmm", "baddbmm")),
    (_reshaping, ("view", "_unsafe_view", "reshape", "_reshape_alias")),
    (_permuting, ("permute", "transpose", "t", "numpy_T")),
    (_unsqueezing, ("unsqueeze",)),
    (_squeezing, ("squeeze",)),
    (_expanding, ("expand",)),
    (_selecting, ("select",)),
    (_unbinding, ("unbind",)),
    (_slicing, ("slice",)),
    (_splitting, ("split", "split_with_sizes", "chunk", "unsafe_split")),
    (_concatenating, ("cat",)),
    (_stacking, ("stack",)),
    (_shuffling_out, ("pixel_shuffle",)),
    (_shuffling_in, ("pixel_unshuffle",)),
    (_restriding, ("as_strided",)),
)
# fmt: on
RULES: dict[str, Rule] = {name: rule for rule, names in _NAMES for name in names}
