"""Noise as a picture: every seed always gives the same one, so a recipe can name it (`noise:SEED:KIND`)."""

from __future__ import annotations

import re
from typing import Literal, get_args

import numpy as np
from PIL import Image

from analysis.protocol.frame import Pixels
from analysis.protocol.problems import Problem

NoiseKind = Literal["uniform", "gaussian", "smooth"]
KINDS: tuple[NoiseKind, ...] = get_args(NoiseKind)
SIDE = 256


def noise(seed: int, kind: NoiseKind = "uniform") -> Pixels:
    """SIDE×SIDE×3 levels: every level as likely; normal around mid-grey; or clouds of several sizes."""
    generator = np.random.default_rng(seed)
    if kind == "uniform":
        return np.asarray(generator.integers(0, 256, (SIDE, SIDE, 3), np.uint8), np.uint8)
    if kind == "gaussian":
        values = generator.standard_normal((SIDE, SIDE, 3), np.float32) * 48 + 127.5
    else:
        values = _clouds(generator)
    return np.asarray(np.rint(values).clip(0, 255), np.uint8)


def origin_of_noise(seed: int, kind: NoiseKind) -> str:
    return f"noise:{seed}:{kind}"


def noise_choice(origin: str) -> tuple[int, NoiseKind]:
    """Seed and kind in `noise:SEED` or `noise:SEED:KIND`."""
    match = re.fullmatch(r"noise:(\d{1,18})(?::(\w+))?", origin)
    kind = match[2] or "uniform" if match else ""
    for known in KINDS:
        if match and kind == known:
            return int(match[1]), known
    raise Problem(
        f"“{origin}” is no noise: write noise:SEED or noise:SEED:KIND, where KIND is one of {', '.join(KINDS)}."
    )


def noise_of_origin(origin: str) -> Pixels:
    return noise(*noise_choice(origin))


def _clouds(generator: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A sum of grids of random values, each twice as fine and half as strong as the one before, drawn smooth."""
    total = np.zeros((SIDE, SIDE, 3), np.float32)
    for cells, weight in ((4, 1.0), (8, 0.5), (16, 0.25), (32, 0.125)):
        for channel in range(3):
            grid = Image.fromarray(generator.standard_normal((cells, cells), np.float32))
            total[..., channel] += weight * np.asarray(grid.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return total * 64 + 127.5
