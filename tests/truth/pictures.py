"""Small pictures that are unlike each other: like a photograph, noise, dark, bright, strong, and of one colour."""

import numpy as np
from numpy.typing import NDArray

LOOKS = ("photo", "noise", "dark", "bright", "black and white", "constant")


def picture(look: str, height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Rows × columns × RGB levels."""
    dice = np.random.default_rng(seed)
    shape = (height, width, 3)
    if look == "noise":
        levels = dice.uniform(0, 255, shape)
    elif look == "black and white":
        levels = 255.0 * (dice.uniform(0, 1, shape) > 0.5)
    elif look == "constant":
        levels = np.broadcast_to(dice.uniform(20, 235, 3), shape)
    else:
        levels = _scene(dice, height, width)
        levels = {"dark": levels * 0.08, "bright": 230 + levels * 0.1}.get(look, levels)
    return np.asarray(np.rint(levels).clip(0, 255), np.uint8)


def _scene(dice: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    """A sky that changes slowly, things with edges before it, and a little grain."""
    rows, columns = np.mgrid[0:height, 0:width] / max(height, width)
    sky = np.stack([np.sin(3 * (rows * a + columns * b + c)) for a, b, c in dice.uniform(0, 2, (3, 3))], -1)
    levels = 127 + 90 * sky
    for _ in range(3):
        middle, reach = dice.uniform(0, 1, 2), dice.uniform(0.1, 0.35)
        inside = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < reach**2
        levels[inside] = dice.uniform(0, 255, 3)
    return np.asarray(levels + dice.normal(0, 6, levels.shape))
