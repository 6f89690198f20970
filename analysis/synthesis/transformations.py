"""Small changes of a picture before the network sees it, so that only what survives them is worth making.

Each takes one picture, 1×C×H×W, and a generator; rows and columns are never mixed up, and what is beyond the border is
`fill`, one number for each channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

from analysis.synthesis.crop import Size

Transformation = Callable[[Tensor, Generator], Tensor]


def padded(by: int, fill: Tensor) -> Transformation:
    def pad(picture: Tensor, _generator: Generator) -> Tensor:
        return functional.pad(picture - fill, (by, by, by, by)) + fill

    return pad


def jittered(by: int) -> Transformation:
    """A random cut that is `by` pixels smaller each way, at one of (by + 1)² places."""

    def jitter(picture: Tensor, generator: Generator) -> Tensor:
        height, width = picture.shape[2] - by, picture.shape[3] - by
        if min(height, width) < 1:
            return picture
        top, left = (int(one) for one in torch.randint(by + 1, (2,), generator=generator))
        return picture[:, :, top : top + height, left : left + width]

    return jitter


def scaled(by: Sequence[float]) -> Transformation:
    def scale(picture: Tensor, generator: Generator) -> Tensor:
        times = by[int(torch.randint(len(by), (), generator=generator))]
        size = tuple(max(1, round(side * times)) for side in picture.shape[2:])
        return functional.interpolate(picture, size, mode="bilinear", align_corners=False)

    return scale


def rotated(degrees: Sequence[float], fill: Tensor) -> Transformation:
    """About the middle, in pixels that are as high as they are wide, whatever the shape of the picture."""

    def rotate(picture: Tensor, generator: Generator) -> Tensor:
        angle = math.radians(degrees[int(torch.randint(len(degrees), (), generator=generator))])
        if not angle:
            return picture
        height, width = picture.shape[2:]
        cos, sin = math.cos(angle), math.sin(angle)
        turn = picture.new_tensor([[[cos, -sin * height / width, 0.0], [sin * width / height, cos, 0.0]]])
        grid = functional.affine_grid(turn, list(picture.shape), align_corners=False)
        return functional.grid_sample(picture - fill, grid, mode="bilinear", align_corners=False) + fill

    return rotate


def noised(sd: float) -> Transformation:
    def noise(picture: Tensor, generator: Generator) -> Tensor:
        return picture + sd * torch.randn(picture.shape, generator=generator).to(picture)

    return noise


def seen_in_parts(levels: Tensor, share: float, noise: float, generators: Sequence[Generator]) -> Tensor:
    """A random part of each picture, with sides of about this share, enlarged to the whole size and seen through noise.

    The side varies by a tenth of the share, as MACO's does.
    """
    size = (levels.shape[2], levels.shape[3])
    made = []
    for number, generator in enumerate(generators):
        times = share * (1 + 0.1 * float(torch.randn((), generator=generator)))
        height, width = (max(1, min(side, round(side * times))) for side in size)
        top = int(torch.randint(size[0] - height + 1, (), generator=generator))
        left = int(torch.randint(size[1] - width + 1, (), generator=generator))
        part = levels[number : number + 1, :, top : top + height, left : left + width]
        large = functional.interpolate(part, size, mode="bilinear", align_corners=False)
        drawn = torch.randn(large.shape, generator=generator) + 2 * torch.rand(large.shape, generator=generator) - 1
        made.append(large + noise * drawn.to(large))
    return torch.cat(made)


def in_the_middle(picture: Tensor, size: Size, fill: Tensor) -> Tensor:
    """Cut to the size, or filled up to it, about the middle."""
    down, across = size[0] - picture.shape[2], size[1] - picture.shape[3]
    sides = (across // 2, across - across // 2, down // 2, down - down // 2)
    return functional.pad(picture - fill, sides) + fill if any(sides) else picture


def transformed(
    pictures: Tensor, ways: Sequence[Transformation], generators: Sequence[Generator], fill: Tensor
) -> Tensor:
    """Each picture by its own generator, and at the size that it had."""
    size = (pictures.shape[2], pictures.shape[3])
    made = []
    for number, generator in enumerate(generators):
        picture = pictures[number : number + 1]
        for way in ways:
            picture = way(picture, generator)
        made.append(in_the_middle(picture, size, fill))
    return torch.cat(made)


def lucid(fill: Tensor) -> tuple[Transformation, ...]:
    """Lucid's standard: pad 12, jitter 8, scale .9 to 1.1, rotate up to 10° (and often not at all), jitter 4."""
    return (
        padded(12, fill),
        jittered(8),
        scaled([1 + (i - 5) / 50 for i in range(11)]),
        rotated([*range(-10, 11), *[0] * 5], fill),
        jittered(4),
    )
