"""Planes as decoders give them: RGB by the plain formula, upright, at any size, and the same whenever it is asked."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from analysis.pictures.images import fitted, sha256_of
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.raw_picture import BT601, BT709, BT2020, Luma, RawPicture, cut, rough, small

RANGES = [Luma(*BT601), Luma(*BT709), Luma(*BT2020), Luma(*BT601, full=True), Luma(*BT709, full=True)]


def from_rgb(rgb: NDArray[np.uint8], luma: Luma) -> tuple[NDArray[np.uint8], ...]:
    """The standards' own definition, the other way round and in double precision; all planes of full size."""
    red, green, blue = (rgb[..., channel].astype(float) / 255 for channel in range(3))
    bright = luma.red * red + (1 - luma.red - luma.blue) * green + luma.blue * blue
    of_blue, of_red = (blue - bright) / (2 - 2 * luma.blue), (red - bright) / (2 - 2 * luma.red)
    low, white, swing = (0, 255, 255) if luma.full else (16, 219, 224)
    planes = low + white * bright, 128 + swing * of_blue, 128 + swing * of_red
    return tuple(np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in planes)


def scene(height: int = 90, width: int = 160) -> NDArray[np.uint8]:
    """Soft shapes, edges and a little grain, as pictures have them."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(40, 216, (9, 16, 3), dtype=np.uint8))
    base = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    base[height // 4 : height // 2, width // 4 : width // 2] = (200, 60, 50)
    return np.clip(base + rng.integers(-4, 5, base.shape), 0, 255).astype(np.uint8)


def halved(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(plane).reduce(2))


def film(height: int = 90, width: int = 160, luma: Luma = RANGES[1]) -> RawPicture:
    bright, blue, red = from_rgb(scene(height, width), luma)
    return RawPicture((bright, halved(blue), halved(red)), luma)


def screen(height: int = 90, width: int = 160) -> RawPicture:
    pixels = np.dstack([scene(height, width)[..., ::-1], np.full((height, width), 7, np.uint8)])
    return RawPicture((np.ascontiguousarray(pixels),), order=(2, 1, 0))


@pytest.mark.parametrize("luma", RANGES, ids=str)
def test_that_planes_become_the_colours_that_they_were_made_of(luma: Luma) -> None:
    picture = RawPicture(from_rgb(scene(), luma), luma)
    difference = np.abs(picture.pixels.astype(int) - scene())
    assert difference.max() <= 3  # what rounding to video's levels costs
    assert difference.mean() < 0.8


def test_that_black_white_and_what_is_beyond_them_stay_within_the_levels() -> None:
    bright = np.array([[0, 16, 235, 255]], np.uint8)
    grey = np.full((1, 4), 128, np.uint8)
    picture = RawPicture((bright, grey, grey), RANGES[0])
    assert picture.pixels[0, :, 0].tolist() == [0, 0, 255, 255]
    assert picture.pixels[0, :, 1].tolist() == picture.pixels[0, :, 2].tolist() == [0, 0, 255, 255]


def test_that_a_screens_colours_are_in_their_order() -> None:
    np.testing.assert_array_equal(screen().pixels, scene())


def test_that_grey_is_grey() -> None:
    levels = scene()[..., 0]
    picture = RawPicture((levels,), Luma(*BT601, full=True))
    np.testing.assert_array_equal(picture.pixels, np.repeat(levels[..., None], 3, 2))


@pytest.mark.parametrize("picture", [film(), screen()], ids=["film", "screen"])
@pytest.mark.parametrize("turns", range(4))
def test_that_it_is_turned_and_mirrored_at_every_size(picture: RawPicture, turns: int) -> None:
    upright = np.rot90(picture.pixels, -turns)
    turned = replace(picture, turns=turns)
    np.testing.assert_array_equal(turned.pixels, upright)
    np.testing.assert_array_equal(turned.turned_round().pixels, upright[:, ::-1])
    np.testing.assert_array_equal(turned.turned_round().turned_round().pixels, upright)
    assert (turned.height, turned.width) == upright.shape[:2]
    little = small(turned.turned_round(), 40)
    assert max(little.shape) == 40
    expected = np.rot90(small(picture, 40), -turns)[:, ::-1]
    np.testing.assert_array_equal(little, expected)


@pytest.mark.parametrize("picture", [film(), screen()], ids=["film", "screen"])
def test_that_a_rough_look_shows_the_same_picture(picture: RawPicture) -> None:
    turned = replace(picture, turns=1).turned_round()
    little, finely = rough(turned, 20), small(turned, 20)
    assert little.shape == finely.shape
    likeness = [np.corrcoef(little.ravel(), other.ravel())[0, 1] for other in (finely, finely[::-1], finely[:, ::-1])]
    assert likeness[0] > 0.5 > 0.2 > max(likeness[1:])


@pytest.mark.parametrize(
    "picture", [film(540, 960), film(1080, 1920), screen(540, 960)], ids=["film", "large film", "screen"]
)
@pytest.mark.parametrize(
    "preprocessing",
    [
        Preprocessing(),
        Preprocessing(fit="stretch"),
        Preprocessing(interpolation="bicubic"),
        Preprocessing(28, 28, 28, channels=1, mean=(0.5,), std=(0.5,)),
        Preprocessing(600, 600, 640),
    ],
    ids=lambda each: f"{each.fit} {each.height} {each.interpolation}",
)
def test_that_a_stream_is_seen_nearly_as_a_still(picture: RawPicture, preprocessing: Preprocessing) -> None:
    quick, exact = fitted(picture, preprocessing, quick=True), fitted(picture, preprocessing)
    np.testing.assert_array_equal(exact, fitted(picture.pixels, preprocessing))
    difference = np.abs(quick.astype(int) - exact)
    assert difference.mean() < 1
    assert np.percentile(difference, 99.9) <= 6


def test_that_a_strip_is_seen_as_ever() -> None:
    strip = film(8, 400)
    np.testing.assert_array_equal(fitted(strip, Preprocessing(), quick=True), fitted(strip.pixels, Preprocessing()))


def test_that_a_region_is_exact() -> None:
    for picture in (film(), screen()):
        region = cut(picture, 10, 20, 50, 90)
        pixels = Frame(region, 1, "screen", 0.0).pixels
        np.testing.assert_array_equal(pixels, picture.pixels[10:50, 20:90])
        assert Frame(region, 1, "screen", 0.0).size == (40, 70)


def test_that_the_same_planes_always_have_the_same_fingerprint() -> None:
    one, other = film(), film()
    fitted(one, Preprocessing(), quick=True)
    assert sha256_of(one.pixels) == sha256_of(other.pixels) == sha256_of(one.pixels)
    for planes in (one.planes, screen().planes):
        before = [plane.copy() for plane in planes]
        cast(RawPicture, replace(one, planes=planes) if len(planes) == 3 else screen()).pixels.copy()
        assert all((plane == was).all() for plane, was in zip(planes, before, strict=True))
