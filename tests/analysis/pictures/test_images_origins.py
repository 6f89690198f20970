"""Pictures that a recipe names, their fingerprints, noise, and digits centred as MNIST's are."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis.pictures.centring import centred_digit
from analysis.pictures.images import open_origin, sha256_of
from analysis.pictures.noise import KINDS, noise, origin_of_noise
from analysis.protocol.problems import Problem


def test_that_a_path_opens_the_file(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    for name in ("a.png", "b#frame=1", "camera"):
        Image.fromarray(levels).save(tmp_path / name, "PNG")
        np.testing.assert_array_equal(open_origin(str(tmp_path / name)), levels)


def test_that_a_later_frame_of_an_animation_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "two.gif"
    Image.new("RGB", (4, 4), "red").save(path, save_all=True, append_images=[Image.new("RGB", (4, 4), "blue")])
    assert open_origin(f"{path}#frame=1")[0, 0].tolist() == [0, 0, 255]
    assert open_origin(f"{path}#frame=0")[0, 0].tolist() == [255, 0, 0]
    with pytest.raises(Problem, match="does not exist"):
        open_origin(f"{tmp_path / 'three.gif'}#frame=1")


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("camera", "came from the camera"),
        ("screen", "came from the screen"),
        ("sketch", "came from the sketch pad"),
        ("clipboard", "came from the clipboard"),
        ("video", "came from the video"),
        ("samples", "no sample picture"),
        ("scenes", "is no scene"),
        ("scene:x", "is no scene"),
        ("data:/nowhere#3", "There is no data set “/nowhere”"),
        ("data:samples#99", "no picture 99 in “samples”"),
        ("film.mp4#t=1.25", "is a video"),
        ("noise:much", "is no noise"),
        ("noise:3:pink", "is no noise"),
        ("noise:-3", "is no noise"),
        ("", "does not exist"),
        ("sample:there is none of this name", "no sample picture"),
    ],
)
def test_that_an_origin_that_cannot_be_opened_is_said(origin: str, said: str) -> None:
    if origin.startswith("sample:"):
        pytest.importorskip("analysis.pictures.samples")
    with pytest.raises(Problem, match=said):
        open_origin(origin)


def test_that_every_sample_opens_by_its_name() -> None:
    samples = pytest.importorskip("analysis.pictures.samples").samples()
    assert samples
    for sample in samples[:3]:
        np.testing.assert_array_equal(open_origin(f"sample:{sample.name}"), sample.open())


def test_that_the_fingerprint_tells_pictures_apart_and_is_not_of_the_memory_layout() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)
    other = levels.copy()
    other[5, 5, 2] ^= 1
    prints = {sha256_of(levels), sha256_of(other), sha256_of(levels.reshape(4, 9, 3)), sha256_of(levels[:, ::-1])}
    assert len(prints) == 4
    assert sha256_of(np.asfortranarray(levels)) == sha256_of(levels)


@pytest.mark.parametrize("kind", KINDS)
def test_that_noise_is_the_same_for_the_same_seed_only(kind: str) -> None:
    named = open_origin(f"noise:7:{kind}")
    np.testing.assert_array_equal(named, open_origin(f"noise:7:{kind}"))
    assert (named != open_origin(f"noise:8:{kind}")).mean() > 0.5
    assert named.std() > 20
    assert 100 < named.mean() < 155


def test_that_kinds_of_noise_are_what_they_are_called() -> None:
    uniform, gaussian, smooth = (noise(1, kind).astype(float) for kind in KINDS)
    assert uniform.std() == pytest.approx(255 / 12**0.5, rel=0.02)
    assert gaussian.std() == pytest.approx(48, rel=0.03)
    assert np.abs(np.diff(smooth, axis=1)).mean() < 0.1 * np.abs(np.diff(gaussian, axis=1)).mean()
    np.testing.assert_array_equal(open_origin("noise:5"), noise(5, "uniform"))
    assert origin_of_noise(3, "smooth") == "noise:3:smooth"


def test_that_mnist_digits_are_already_centred(shared: Path) -> None:
    digits = np.load(shared / "data" / "mnist.npz")["x_test"][:300]
    for digit in digits:
        np.testing.assert_array_equal(centred_digit(digit), digit)
        tenfold = digit.repeat(10, axis=0).repeat(10, axis=1)
        shifted = np.zeros((500, 500), np.uint8)
        shifted[13:293, 201:481] = tenfold
        np.testing.assert_array_equal(centred_digit(shifted), digit)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 60), st.integers(0, 60), st.integers(1, 255))
def test_that_a_bar_is_scaled_into_the_box_and_centred(height: int, width: int, y: int, x: int, level: int) -> None:
    drawing = np.zeros((150, 150), np.uint8)
    drawing[y : y + height, x : x + width] = level
    centred = centred_digit(drawing)
    rows, columns = np.nonzero(centred.any(axis=1))[0], np.nonzero(centred.any(axis=0))[0]
    assert max(rows.size, columns.size) == 20
    assert centred.max() == level
    for places in (rows, columns):
        assert abs(places.mean() - 14) <= 0.5


def test_that_an_empty_drawing_stays_empty() -> None:
    assert not centred_digit(np.zeros((280, 280), np.uint8)).any()


def test_that_images_come_without_torch() -> None:
    code = "import sys, analysis.pictures.images; sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
