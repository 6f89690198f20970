"""A mountain lake from sums of noise, and a Julia set."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.artwork.canvas import Pixels

WIDTH, HEIGHT = 400, 300

Floats = NDArray[np.float64]


def lake() -> Pixels:
    random = np.random.default_rng(7)
    share = np.linspace(0, 1, HEIGHT)[:, None, None]
    picture = np.array([92.0, 148, 214]) * (1 - share) + np.array([236.0, 228, 214]) * share
    picture = np.repeat(picture, WIDTH, axis=1)
    clouds = np.clip(_noise(random, 5, stretch=3) - 0.45, 0, 1)[..., None] * 1.6
    picture = picture * (1 - clouds) + 250 * clouds
    rows = np.arange(HEIGHT)[:, None]
    shore = 205
    layers = (
        (60.0, 95.0, (112, 128, 156), True),
        (120.0, 55.0, (66, 88, 84), False),
        (165.0, 30.0, (34, 58, 40), False),
    )
    for height, rough, colour, snow in layers:
        ridge = height + rough * (0.5 - _profile(random))[None] * 2
        relief = _noise(random, 6)
        slope = np.gradient(relief, axis=1) * 30 + np.gradient(relief, axis=0) * 12
        shade = np.array(colour) * (1 + np.clip(slope, -0.45, 0.45))[..., None]
        if snow:
            line = ridge + 42 + 40 * (relief - 0.5)
            shade = np.where((rows < line)[..., None], 232 * (1 + np.clip(slope, -0.35, 0.1))[..., None], shade)
        cover = np.clip(rows - ridge, 0, 1)[..., None]
        picture = picture * (1 - cover) + shade * cover
    water = picture[shore - (np.arange(HEIGHT - shore) * 1.6).astype(int) - 1]
    ripple = np.clip(_noise(random, 6, stretch=14)[shore:], 0, 1)[..., None]
    picture[shore:] = water * 0.72 + np.array([30.0, 52, 70]) * 0.2 + 26 * (ripple - 0.5)
    return np.clip(picture, 0, 255).round().astype(np.uint8)


def julia() -> Pixels:
    """z ← z² + c, coloured by how soon z grows large, averaged over 2×2 places a pixel."""
    y, x = np.mgrid[0 : HEIGHT * 2, 0 : WIDTH * 2]
    z = (x - WIDTH) / 260 + 1j * (y - HEIGHT) / 260
    speed = np.zeros(z.shape)
    inside = np.ones(z.shape, dtype=bool)
    for step in range(160):
        z[inside] = z[inside] ** 2 + (-0.79 + 0.15j)
        left = inside & (np.abs(z) > 64)
        speed[left] = step + 1 - np.log2(np.log(np.abs(z[left])))
        inside &= ~left
    tone = np.sqrt(speed / 160)
    waves = np.stack([0.5 - 0.5 * np.cos(tone * pace + start) for pace, start in ((9, 0.2), (7, 0.0), (5, -0.4))], -1)
    waves[inside] = 0.04
    fine = waves.reshape(HEIGHT, 2, WIDTH, 2, 3).mean(axis=(1, 3))
    picture: Pixels = (fine * 255).round().astype(np.uint8)
    return picture


def _noise(random: np.random.Generator, octaves: int, stretch: int = 1) -> Floats:
    """Smooth noise from 0 to 1, each octave twice as fine and half as strong."""
    total = np.zeros((HEIGHT, WIDTH))
    for octave in range(octaves):
        grid = random.uniform(0, 1, (3 * 2**octave, max(2, 4 * 2**octave // stretch))).astype(np.float32)
        wide = Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        total += np.asarray(wide, dtype=np.float64) / 2**octave
    return np.asarray((total - total.min()) / np.ptp(total))


def _profile(random: np.random.Generator) -> Floats:
    """A ridge: noise along a line, 0 to 1."""
    total = np.zeros(WIDTH)
    for octave in range(7):
        knots = random.uniform(0, 1, 4 * 2**octave)
        total += np.interp(np.linspace(0, len(knots) - 1, WIDTH), np.arange(len(knots)), knots) / 1.9**octave
    return np.asarray((total - total.min()) / np.ptp(total))
