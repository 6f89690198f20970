"""A change that is laid on another picture: what is seen is what the network gets."""

import numpy as np
import pytest
from PIL import Image

from analysis.drawing.adversary_pictures import laid_on
from analysis.protocol.planes import Planes, Range
from analysis.protocol.preprocessing import Preprocessing


def preprocessing(channels: int) -> Preprocessing:
    return Preprocessing(6, 8, 6, channels=channels, mean=(0.5,) * channels, std=(0.5,) * channels)


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)


def levels_of_change(channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(-40, 41, (6, 8, channels))


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_that_a_picture_is_seen_in_the_planes_that_the_network_gets(channels: int) -> None:
    levels, pixels = levels_of_change(channels), picture()
    seen = laid_on(pixels, (levels / 255).astype(np.float32), pixels, preprocessing(channels))
    expected = np.zeros((6, 8, 3), np.int64)
    if channels == 1:
        expected += np.clip(np.asarray(Image.fromarray(pixels).convert("L"), np.int64)[..., None] + levels, 0, 255)
    else:
        expected[..., :channels] = np.clip(pixels[..., :channels] + levels, 0, 255)
    assert np.array_equal(seen, expected)


@pytest.mark.parametrize("shown", [(3,), (4, 1, 0)])
def test_that_of_many_planes_those_are_seen_that_were_looked_at(shown: tuple[int, ...]) -> None:
    numbers = tuple(np.random.default_rng(2).random((5, 6, 8), dtype=np.float32))
    given = Planes(planes=numbers, shown=shown, ranges=(Range(0.0, 1.0, 0.0, 1.0),) * 5)
    levels = levels_of_change(5)
    seen = laid_on(given.pixels, (levels / 255).astype(np.float32), given, preprocessing(5))
    expected = np.clip(given.pixels + levels[..., list(shown)], 0, 255)
    assert np.array_equal(seen, expected)
