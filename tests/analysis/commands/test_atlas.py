"""A sweep and its atlas on the command line: what is printed, and that a second start goes on."""

import csv
import json
from pathlib import Path

import pytest

from main import main
from tests.analysis.sweeps.swept import folder_of_bars


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("atlas")
    data = folder_of_bars(place / "bars", 20)
    (data / "class-0" / "broken.png").write_bytes(b"no")
    assert main(["sweep", "--model", "lenet", "--data", str(data), "--shard", "8", "-o", str(place / "atlas")]) == 0
    return place / "atlas"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    capsys.readouterr()
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


def test_that_the_state_and_a_unit_are_printed_for_programs(atlas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = printed(capsys, "atlas", str(atlas), "--json")
    assert isinstance(state, dict)
    assert (state["pictures"], state["done"], len(state["bad"])) == (21, 20, 1)
    assert state["shards"] == {"done": 3, "total": 3}
    assert len(state["digest"]) == 64
    unit = printed(capsys, "unit", str(atlas), "--layer", "conv1", "--unit", "3", "--json")
    assert isinstance(unit, dict)
    assert {"count", "mean", "std", "min", "max", "zeros", "histogram", "top", "classes"} <= unit.keys()
    assert unit["count"] == 20 * 24 * 24 == sum(unit["histogram"]["counts"])
    assert len(unit["histogram"]["edges"]) == len(unit["histogram"]["counts"]) + 1
    assert len(unit["top"]) == 9
    assert {"picture", "value", "row", "column", "box"} <= unit["top"][0].keys()
    assert unit["top"][0]["value"] == unit["max"]
    assert {"name", "mean", "ap", "lift", "pearson", "p"} <= unit["classes"][0].keys()


def test_that_units_are_asked_for_saved_and_exported(
    atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = "layer='conv1' and not dead order by max desc limit 5"
    rows = printed(capsys, "units", str(atlas), query, "--save", "best", "--json")
    assert isinstance(rows, list)
    assert [row["max"] for row in rows] == sorted((row["max"] for row in rows), reverse=True)
    assert printed(capsys, "units", str(atlas), "best", "--json") == rows
    assert main(["export", str(atlas), "--csv", str(tmp_path / "units.csv")]) == 0
    with (tmp_path / "units.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert len(table) == 402
    assert table[3]["layer"] == "conv1"
    assert main(["units", str(atlas), "nothing > 1"]) == 2
    assert "There is no column" in capsys.readouterr().err
    assert main(["export", str(atlas)]) == 2


def test_that_the_same_command_goes_on_and_another_layout_is_told(
    atlas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = atlas.parent / "bars"
    digest = json.loads((atlas / "atlas.json").read_text())["digest"]
    assert main(["sweep", "--model", "lenet", "--data", str(data), "--resume", "-o", str(atlas)]) == 0
    assert json.loads((atlas / "atlas.json").read_text())["digest"] == digest
    assert main(["sweep", "--model", "lenet", "--data", str(data), "--shard", "16", "-o", str(atlas)]) == 2
    assert "begun with --shard 8" in capsys.readouterr().err
    assert main(["sweep", "-o", str(atlas.parent / "nowhere")]) == 2
    assert main(["unit", str(atlas), "--layer", "conv9", "--unit", "0"]) == 2
    assert "did you mean" in capsys.readouterr().err
