"""The sample pictures open, are small, and can be drawn again."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from analysis.artwork.__main__ import PICTURES
from analysis.artwork.digits import digit
from analysis.pictures.samples import DRAWN, FOLDER, PHOTOGRAPHS, SCIKIT_LEARN, SHIPPED, samples


def test_that_at_least_twelve_pictures_are_offered_and_open() -> None:
    found = samples()
    assert len(found) >= 12
    assert len({sample.name for sample in found}) == len(found)
    for sample in found:
        pixels = sample.open()
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert pixels.std() > 5


def test_that_every_shipped_picture_is_small_and_has_an_origin() -> None:
    origins = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = {file.name for file in FOLDER.iterdir()} - {"README.md"}
    assert files == set(SHIPPED)
    assert set(DRAWN) == set(PICTURES)
    for name in files:
        assert (FOLDER / name).stat().st_size <= 60_000
        assert f"`{name}`" in origins


def test_that_photographs_come_first_and_each_says_who_made_it() -> None:
    found = samples()
    names = [*(name.split(".")[0] for name in PHOTOGRAPHS), *SCIKIT_LEARN]
    assert [sample.name for sample in found[: len(names)]] == names
    assert 6 <= len(names) <= 10
    assert all("photograph by " in sample.title for sample in found[: len(names)])


@pytest.mark.parametrize("name", ["digit-5.png", "shapes.png", "gratings.png", "truck.jpg", "pushed-rectangles.png"])
def test_that_a_shipped_picture_is_what_the_code_draws(name: str) -> None:
    shipped = next(sample for sample in samples() if sample.name == name.split(".")[0]).open()
    drawn = PICTURES[name]()
    assert shipped.shape == drawn.shape
    assert np.abs(shipped.astype(int) - drawn.astype(int)).mean() < 4  # grain and JPEG


def test_that_digits_differ_and_follow_pen_and_height() -> None:
    drawn = [digit(number) for number in range(10)]
    assert all(np.abs(a.astype(int) - b.astype(int)).mean() > 5 for a, b in itertools.pairwise(drawn))
    assert digit(1, pen=0.16).sum() > 1.4 * digit(1, pen=0.08).sum()


def test_that_listing_samples_imports_nothing_heavy() -> None:
    code = (
        "import sys; from analysis.pictures.samples import samples; samples()[0].open();"
        "print([name for name in ('torch', 'sklearn', 'matplotlib') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
