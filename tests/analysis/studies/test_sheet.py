"""A contact sheet: what was made for many units, bare in the folder, close together on the page and as one picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.protocol.recipe import ComparisonChoice, MethodChoice, Recipe, UnitChoice
from analysis.results.over_picture import as_levels
from analysis.studies.sheet import CELL, GAP, SAID, sheet_of
from analysis.studies.study import Study
from tests.analysis.studies.test_study import LENET, drawing, opening

SETTINGS = {"steps": 2}


def grid(units: int) -> Recipe:
    row = MethodChoice("ascent", SETTINGS, seed=3)
    chosen = ComparisonChoice(
        (row,), (LENET,), units=tuple(UnitChoice("unit:mean", "conv1", unit) for unit in range(units))
    )
    return Recipe(LENET, method="ascent", settings=SETTINGS, layer="conv1", target="unit:mean", comparison=chosen)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stopped after two of three units, and gone on with."""
    made = tmp_path_factory.mktemp("sheet")
    study = Study(made, grid(3))
    steps = study.steps(opening, drawing)
    while len(study.records) < 2:
        next(steps)
    steps.close()
    study.close()
    again = Study(made)
    assert len(again.done()) == 2
    list(again.steps(opening, drawing))
    again.close()
    return made


def test_that_every_picture_stands_bare_beside_its_numbers(folder: Path) -> None:
    bare = sorted((folder / "cells").glob("*.picture.png"))
    assert len(bare) == 3
    for path in bare:
        numbers = np.load(path.with_name(path.name.replace(".picture.png", ".npz")))
        assert np.array_equal(np.asarray(Image.open(path).convert("RGB")), as_levels(numbers["result"]))


def test_that_the_page_shows_them_close_together(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count(".picture.png") == 3
    assert "<table>" not in page
    assert "unit 2" in page


def test_that_all_of_them_are_one_picture(folder: Path) -> None:
    with Image.open(folder / "sheet.png") as sheet:
        rows = -(-3 // 2)
        assert sheet.size == (2 * (CELL + GAP) + GAP, rows * (CELL + GAP + SAID) + GAP)
        first = np.asarray(sheet.convert("RGB"))[GAP : GAP + CELL, GAP : GAP + CELL]
    path = sorted((folder / "cells").glob("*.picture.png"))[0]
    with Image.open(path) as picture:
        expected = np.asarray(picture.convert("RGB").resize((CELL, CELL), Image.Resampling.BICUBIC))
    assert np.array_equal(first, expected)


def test_that_what_cannot_be_read_is_left_blank(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    content = sheet_of([(broken, "unit 0"), (tmp_path / "missing.png", "unit 1")])
    assert content.startswith(b"\x89PNG")
