"""Random rotations, scales, shifts, mirrorings and gaps of a batch of pictures, each picture its own."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Distortion:
    """`scale` is the range of the side of the cut-out as a share of the picture's: below 1 the thing looks larger."""

    scale: tuple[float, float]
    degrees: float
    shift: float  # as a share of the picture's side
    aspect: float  # 0.1: width and height differ by up to ±10 %
    mirror: bool
    outside: str  # "zeros" or "reflection"


def distort(pictures: Tensor, side: int, how: Distortion, random: Generator) -> Tensor:
    """Float pictures N×C×H×W in, N×C×side×side out, by bilinear sampling."""
    count = len(pictures)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=random) * (high - low) + low

    scale = uniform(math.log(how.scale[0]), math.log(how.scale[1])).exp()
    aspect = uniform(-how.aspect, how.aspect).exp().sqrt()
    angle = uniform(-how.degrees, how.degrees) * (math.pi / 180)
    flip = torch.ones(count)
    if how.mirror:
        flip = (torch.rand(count, generator=random) < 0.5).float() * 2 - 1
    # A small cut-out may come from anywhere in the picture: its free play is 1 − scale each way.
    play = how.shift * 2 + (1 - scale).clamp(min=0)
    places = torch.empty(count, 2, 3)
    places[:, 0, 0] = angle.cos() * scale * aspect * flip
    places[:, 0, 1] = -angle.sin() * scale * aspect
    places[:, 0, 2] = uniform(-1, 1) * play
    places[:, 1, 0] = angle.sin() * scale / aspect * flip
    places[:, 1, 1] = angle.cos() * scale / aspect
    places[:, 1, 2] = uniform(-1, 1) * play
    grid = functional.affine_grid(places.to(pictures.device), [count, pictures.shape[1], side, side], False)
    return functional.grid_sample(pictures, grid, "bilinear", how.outside, align_corners=False)


def shifted(pictures: Tensor, most: int, random: Generator) -> Tensor:
    """Moved by up to `most` whole pixels each way, reflected at the borders, half of them mirrored: nothing blurs."""
    count, _, height, width = pictures.shape
    rows, columns = torch.randint(-most, most + 1, (2, count, 1), generator=random)
    mirrored = torch.rand(count, 1, generator=random) < 0.5
    down = _reflected(torch.arange(height) + rows, height)
    across = _reflected(torch.where(mirrored, torch.arange(width).flip(0), torch.arange(width)) + columns, width)
    one = torch.arange(count).view(-1, 1, 1)
    return pictures.movedim(1, -1)[one, down[:, :, None], across[:, None]].movedim(-1, 1)


def with_gaps(pictures: Tensor, side: int, random: Generator) -> Tensor:
    """A square of zeros in each, partly outside where it falls so, so that no part alone decides (DeVries 2017)."""
    height, width = pictures.shape[-2:]
    rows = torch.randint(height, (len(pictures), 1), generator=random) - side // 2
    columns = torch.randint(width, (len(pictures), 1), generator=random) - side // 2
    down, across = torch.arange(height) - rows, torch.arange(width) - columns
    inside = ((down >= 0) & (down < side))[:, :, None] & ((across >= 0) & (across < side))[:, None]
    return pictures.masked_fill(inside[:, None], 0)


def _reflected(places: Tensor, count: int) -> Tensor:
    """Places beyond either end come back from it: −1 is 1, `count` is `count` − 2."""
    return count - 1 - (count - 1 - places.abs()).abs()
