"""Edges that are added, and maps of another size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from analysis.quick.runtime.onnx_file import Attribute
from analysis.quick.runtime.operations.words import Words, Writer, needs, shaped, single, value, whole


def _padded(write: Writer, args: Sequence[Any], _result: Any, mode: str = "constant") -> str:
    x, edges = args[:2]
    axes = x.dim()
    before, after = [0] * axes, [0] * axes
    for place in range(0, len(edges), 2):
        before[axes - 1 - place // 2], after[axes - 1 - place // 2] = edges[place : place + 2]
    inputs = [value(write, x), whole(write, *before, *after)]
    if mode == "constant":
        inputs.append(single(write, float(args[2])))
    return write.add("Pad", *inputs, mode=mode)


def _padded_by(mode: str) -> Words:
    return lambda write, args, result: _padded(write, args, result, mode)


def _resized(mode: str, manner: str = "") -> Words:
    """A scale that was asked for is what torch goes by, also where sizes are rounded; here it is the sizes'."""

    def words(write: Writer, args: Sequence[Any], result: Tensor) -> str:
        x, sizes, scales = args[0], result.shape, args[2 if mode == "nearest" else 3 :]
        needs(x.dim() in (3, 4) and x.is_floating_point())
        corners = mode != "nearest" and args[2]
        for size, made, scale in zip(x.shape[2:], sizes[2:], scales, strict=True):
            needs(corners or scale is None or size * scale == made)
        smooth = "align_corners" if corners else "half_pixel"
        attributes: dict[str, Attribute] = {
            "mode": mode,
            "coordinate_transformation_mode": manner or (smooth if mode != "nearest" else "asymmetric"),
        }
        if mode == "nearest":
            attributes["nearest_mode"] = "round_prefer_ceil" if manner else "floor"
        if mode == "cubic":
            attributes["cubic_coeff_a"] = -0.75
        name = value(write, x)
        if x.dim() == 3:
            name = shaped(write, name, (*x.shape[:2], 1, x.shape[2]))
        name = write.add(
            "Resize", name, "", "", whole(write, *sizes[:2], *[1] * (4 - x.dim()), *sizes[2:]), **attributes
        )
        return shaped(write, name, sizes) if x.dim() == 3 else name

    return words


_MODES, _EDGES = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def _sampled(write: Writer, args: Sequence[Any], _result: Any) -> str:
    x, grid, mode, edges, corners = args
    needs(x.dim() == 4 and not (_MODES[mode] == "nearest" and write.is_known(grid)))  # which would jump
    return write.add(
        "GridSample",
        value(write, x),
        value(write, grid),
        mode=_MODES[mode],
        padding_mode=_EDGES[edges],
        align_corners=int(corners),
    )


def _grid(write: Writer, args: Sequence[Any], result: Tensor) -> str:
    """Where each place comes from: its own place, moved by a matrix."""
    theta, size, corners = args
    needs(len(size) == 4)
    ways = []
    for places in size[2:]:
        way = np.linspace(-1, 1, places, dtype=np.float32) if places > 1 else np.zeros(1, np.float32)
        ways.append(way if corners else way * np.float32((places - 1) / places))
    down, across = np.meshgrid(*ways, indexing="ij")
    base = np.stack([across, down, np.ones_like(down)], -1).reshape(1, -1, 3)
    moved = write.add("MatMul", write.constant(base), write.add("Transpose", value(write, theta), perm=(0, 2, 1)))
    return shaped(write, moved, result.shape)


WORDS: dict[str, Words] = {
    "constant_pad_nd": _padded,
    **dict.fromkeys(("reflection_pad1d", "reflection_pad2d", "reflection_pad3d"), _padded_by("reflect")),
    **dict.fromkeys(("replication_pad1d", "replication_pad2d", "replication_pad3d"), _padded_by("edge")),
    "upsample_linear1d": _resized("linear"),
    "upsample_bilinear2d": _resized("linear"),
    "upsample_bicubic2d": _resized("cubic"),
    "upsample_nearest1d": _resized("nearest"),
    "upsample_nearest2d": _resized("nearest"),
    "_upsample_nearest_exact1d": _resized("nearest", "half_pixel"),
    "_upsample_nearest_exact2d": _resized("nearest", "half_pixel"),
    "grid_sampler_2d": _sampled,
    "affine_grid_generator": _grid,
}
