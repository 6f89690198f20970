"""What a network sees of a picture equals torchvision's own Resize and CenterCrop."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis.pictures.images import fitted, planes
from analysis.protocol.frame import Pixels
from analysis.protocol.preprocessing import Interpolation, Preprocessing


def picture(height: int, width: int, seed: int = 0) -> Pixels:
    """Edges, a slope and noise: what interpolation can get wrong."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    checks = ((rows // 3 + columns // 5) % 2 * 200).astype(np.uint8)
    return np.stack(
        [checks, (columns * 255 // width).astype(np.uint8), generator.integers(0, 256, (height, width))], 2
    ).astype(np.uint8)


def torchvision_fitted(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    from torchvision.transforms import CenterCrop, InterpolationMode, Resize

    mode = InterpolationMode(preprocessing.interpolation)
    image = Image.fromarray(pixels)
    if preprocessing.fit == "stretch":
        return np.asarray(Resize([preprocessing.height, preprocessing.width], mode)(image))
    size = (preprocessing.height, preprocessing.width)
    return np.asarray(CenterCrop(size)(Resize(preprocessing.resize, mode)(image)))


def assert_equal_to_torchvision(pixels: Pixels, preprocessing: Preprocessing) -> None:
    theirs = torchvision_fitted(pixels, preprocessing)
    strip = max(pixels.shape[:2]) > 16 * min(pixels.shape[:2])
    for quick in (False, True):
        ours = fitted(pixels, preprocessing, quick=quick)
        assert ours.shape == theirs.shape
        off = np.abs(ours.astype(int) - theirs.astype(int))
        assert off.max() <= (2 if quick else 1 if strip else 0)
        assert (off > 1).mean() < 1e-3


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    ("height", "width", "resize"),
    [(224, 224, 256), (299, 299, 342), (384, 384, 384), (28, 28, 28), (32, 32, 32), (96, 160, 100), (33, 31, 35)],
)
@pytest.mark.parametrize(
    "size", [(480, 640), (641, 479), (256, 256), (1, 1), (28, 28), (37, 411), (1000, 13), (257, 255), (1080, 1920)]
)
def test_that_the_crop_equals_torchvision(
    size: tuple[int, int], height: int, width: int, resize: int, interpolation: Interpolation
) -> None:
    preprocessing = Preprocessing(height, width, resize, interpolation=interpolation)
    assert_equal_to_torchvision(picture(*size), preprocessing)


@settings(max_examples=200, deadline=None)
@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    seen=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    resize=st.integers(1, 300),
    fit=st.sampled_from(["crop", "stretch"]),
    interpolation=st.sampled_from(["bilinear", "bicubic"]),
)
def test_that_any_size_equals_torchvision(size, seen, resize, fit, interpolation) -> None:  # type: ignore[no-untyped-def]
    assert_equal_to_torchvision(picture(*size), Preprocessing(*seen, resize, fit=fit, interpolation=interpolation))


def test_that_pixels_may_lie_in_memory_in_any_way_and_stay_as_they_are() -> None:
    whole = picture(60, 81)
    for view in (whole[:, ::-1], whole[::-1], whole[::2, 3:50]):
        before = view.copy()
        before.flags.writeable = False
        ours = fitted(view, Preprocessing(32, 32, 40), quick=True)
        np.testing.assert_array_equal(ours, fitted(before, Preprocessing(32, 32, 40), quick=True))
        np.testing.assert_array_equal(view, before)


def test_that_a_very_long_picture_is_not_scaled_as_a_whole() -> None:
    # As a whole it would have 256 × 15,360,000 pixels.
    seen = fitted(np.full((1, 60_000, 3), 77, np.uint8), Preprocessing(299, 299, 256))
    assert seen.shape == (299, 299, 3)
    assert set(np.unique(seen)) == {0, 77}


def test_that_grey_networks_see_the_luminance_that_torchvision_computes() -> None:
    from torchvision.transforms import Grayscale

    pixels = picture(28, 28)
    grey = planes(pixels, Preprocessing(28, 28, 28, channels=1, mean=(0.5,), std=(0.5,)))
    assert grey.shape == (1, 28, 28)
    np.testing.assert_array_equal(grey[0], np.asarray(Grayscale()(Image.fromarray(pixels))))


def test_that_planes_are_contiguous_and_in_the_order_red_green_blue() -> None:
    pixels = picture(24, 20)
    for channels in (2, 3):
        half = (0.5,) * channels
        levels = planes(pixels, Preprocessing(24, 20, 24, channels=channels, mean=half, std=half))
        assert levels.flags.c_contiguous
        assert torch.equal(torch.from_numpy(levels), torch.from_numpy(pixels).permute(2, 0, 1)[:channels])
