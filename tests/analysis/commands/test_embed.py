"""`embed`: one command from a data set to maps of layers, as a figure, numbers or a table."""

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis.files.recipe_inside import read_recipe
from main import main

ASKED = ("embed", "--model", "lenet", "--data", "written-digits", "--layer", "input", "fc2")
SMALL = ("--set", "pictures=24", "iterations=4", "neighbours=3", "clusters=3")


def test_that_maps_become_a_figure_numbers_and_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ending in ("png", "npz", "csv"):
        assert main([*ASKED, *SMALL, "--seed", "2", "-o", str(tmp_path / f"maps.{ending}")]) == 0
    assert "fc2: k-NN" in capsys.readouterr().out
    recipe = read_recipe(tmp_path / "maps.png")
    assert (recipe.method, recipe.data, recipe.layers, recipe.seed) == ("tsne", "written-digits", ("input", "fc2"), 2)
    numbers = np.load(tmp_path / "maps.npz")
    assert numbers["result"].shape == (2, 24, 2)
    assert numbers["layers"].tolist() == ["input", "fc2"]
    with (tmp_path / "maps.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["place_x"]) for row in rows[24:]] == pytest.approx(numbers["result"][1, :, 0].tolist(), rel=1e-4)
    assert rows[0]["picture"].startswith("data:written-digits#")


def test_that_a_figure_is_drawn_again_from_its_recipe(tmp_path: Path) -> None:
    first, again = tmp_path / "first.npz", tmp_path / "again.npz"
    assert main([*ASKED, "--method", "pca", "--set", "pictures=24", "-o", str(first)]) == 0
    assert main(["render", "--recipe", str(first), "-o", str(again)]) == 0
    assert np.array_equal(np.load(first)["result"], np.load(again)["result"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--data", "nowhere"), "no data set “nowhere”"),
        (("--method", "gradient"), "there are tsne, pca, k-means"),
        (("--layer", "fc9"), "no layer “fc9”"),
        (("--set", "pictures=30", "perplexity=40"), "say 9 or less"),
        (("--set", "pictures=many"), "cannot be “many”"),
        (("-o", "maps.txt"), "has to end in"),
    ],
)
def test_that_what_cannot_be_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], words: str
) -> None:
    assert main([*ASKED, "-o", str(tmp_path / "maps.png"), *more]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
