"""Many at once on the command line: every picture of a folder, every unit of a layer, answers as a table."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import main as program
from analysis.files.recipe_inside import read_recipe


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "digits, mine"
    folder.mkdir()
    for number in range(3):
        levels = np.zeros((28, 28, 3), np.uint8)
        levels[4:24, 6 + 6 * number : 10 + 6 * number] = 255
        Image.fromarray(levels).save(folder / f"stroke {number}.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(*typed: str) -> int:
    return program.main(typed)


def sentence(capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    assert run(*typed) == 2
    return capsys.readouterr().err


def table(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_that_every_picture_of_a_folder_is_explained_as_it_is_alone(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ("render", "gradient", "--model", "lenet", "--target", "class:1")
    assert run(*typed, "--image", str(pictures), "-o", "out") == 0
    rows = table("out/study.csv")
    assert [Path(row["picture"]).name for row in rows] == [f"stroke {number}.png" for number in range(3)]
    assert all(not row["problem"] for row in rows)
    assert Path("out/cells/0002-gradient-lenet-stroke-1.png").is_file()
    assert run(*typed, "--image", str(pictures / "stroke 1.png"), "-o", "alone.npz") == 0
    with np.load("alone.npz") as alone, np.load(Path("out") / rows[1]["file"]) as cell:
        assert np.array_equal(alone["result"], cell["result"])
        assert np.array_equal(alone["input"], cell["input"])
    capsys.readouterr()
    assert run(*typed, "--image", str(pictures), "-o", "out") == 0
    assert "3 of 3 cells are there already" in capsys.readouterr().err
    assert "asks something else" in sentence(
        capsys, "render", "gradient", "--model", "lenet", "--target", "class:2", "--image", str(pictures), "-o", "out"
    )


def test_that_what_was_stopped_goes_on(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ("render", "gradient", "--model", "lenet", "--image", str(pictures), "-o", "out")
    assert run(*typed) == 0
    record = Path("out/cells/0003-gradient-lenet-stroke-2.json")
    before = Path("out/cells/0001-gradient-lenet-stroke-0.png").stat().st_mtime_ns
    record.unlink()
    assert run(*typed) == 0
    assert record.is_file()
    assert Path("out/cells/0001-gradient-lenet-stroke-0.png").stat().st_mtime_ns == before
    assert "2 of 3 cells are there already" in capsys.readouterr().err


def test_that_a_size_and_a_named_class_are_part_of_the_folder(pictures: Path) -> None:
    typed = ("--image", str(pictures), "--target", "class:ship", "--size", "40", "--fit", "stretch")
    assert run("render", "grad-cam", "--model", "resnet-cifar", *typed, "-o", "out") == 0
    told = json.loads(Path("out/study.json").read_text())
    assert told["target"] == "class:8"
    assert told["model"]["preprocessing"]["height"] == 40
    recipe = read_recipe(Path("out") / table("out/study.csv")[0]["file"])
    assert (recipe.target, recipe.model.preprocessing.fit) == ("class:8", "stretch")
    assert run("study", "-o", "out") == 0  # the folder alone says all of it


def test_that_every_unit_of_a_layer_has_a_file_of_its_own(pictures: Path) -> None:
    typed = ("render", "activations", "--model", "lenet", "--image", str(pictures / "stroke 0.png"), "--layer", "conv1")
    assert run(*typed, "--unit", "all", "-o", "units") == 0
    rows = table("units/study.csv")
    assert [int(row["unit"]) for row in rows] == list(range(32))
    figures = [Path("units", row["file"]).with_suffix(".png") for row in rows]
    assert len({figure.read_bytes() for figure in figures}) == 32
    assert figures[7].name == "0008-activations-lenet-unit-7.png"
    assert run(*typed, "--unit", "7", "-o", "alone.png") == 0
    assert figures[7].read_bytes() == Path("alone.png").read_bytes()


def test_that_all_units_can_be_explained(pictures: Path) -> None:
    picture = str(pictures / "stroke 0.png")
    typed = ("--model", "lenet", "--image", picture, "--layer", "conv1", "--unit", "all", "--target", "unit:max")
    assert run("render", "gradient", *typed, "-o", "units") == 0
    rows = table("units/study.csv")
    assert {row["target"] for row in rows} == {"unit:max"}
    results = []
    for row in rows[:3]:
        with np.load(Path("units", row["file"])) as arrays:
            results.append(arrays["result"])
    assert not np.array_equal(results[0], results[1])


def test_that_what_cannot_be_is_said(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    render = ("render", "activations", "--model", "lenet")
    for typed, words in (
        ((*render, "--layer", "conv1", "--image", str(pictures), "-o", "maps.png"), "say a folder for them"),
        ((*render, "--layer", "conv1", "--image", "empty", "-o", "out"), "There is no picture in the folder"),
        ((*render, "--unit", "all", "--image", "sample:cat", "-o", "out"), "A unit belongs to a layer"),
        ((*render, "--layer", "conv1", "--unit", "some", "--image", "sample:cat", "-o", "out"), "neither a number"),
        (("predict", "--model", "lenet", "--image", "empty", "-o", "a.csv"), "There is no picture in the folder"),
        (("predict", "--model", "lenet", "--image", str(pictures), "-o", "a.txt"), "has to end in .csv"),
        (("predict", "--model", "lenet", "--image", "sample:cat", "--top", "0", "-o", "a.csv"), "At least one class"),
        (("predict", "--model", "dynamics", "--image", "scene:1", "-o", "a.csv"), "does not answer with classes"),
    ):
        assert words in sentence(capsys, *typed), typed


def test_that_answers_are_a_table(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    typed = ("predict", "--model", "lenet", "--image", str(pictures), "sample:digit-5", "--top", "2", "-o", "a.csv")
    assert run(*typed) == 0
    rows = table("a.csv")
    assert [Path(row["picture"]).name for row in rows[:3]] == [f"stroke {number}.png" for number in range(3)]
    assert rows[1]["label_1"] == "1"
    assert rows[-1]["class_1"] == "5"
    assert "torn.png" in rows[3]["problem"]
    assert rows[3]["class_1"] == ""
    assert "1 of 5 pictures have no answer" in capsys.readouterr().err
    assert run("render", "gradient", "--model", "lenet", "--image", "sample:digit-5", "-o", "five.json") == 0
    for row in rows[:3]:
        assert 0 < float(row["probability_2"]) <= float(row["probability_1"]) <= 1
        assert float(row["logit_2"]) <= float(row["logit_1"])
    assert run("predict", "--model", "lenet", "--image", "sample:digit-5", "--top", "99", "-o", "all.csv") == 0
    (whole,) = table("all.csv")
    assert sum(float(whole[f"probability_{place}"]) for place in range(1, 11)) == pytest.approx(1)


def test_that_a_whole_data_set_is_answered(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=np.zeros((4, 28, 28), np.uint8), labels=np.arange(4))
    assert run("predict", "--model", "lenet", "--image", f"data:{tmp_path / 'some.npz'}", "-o", "a.csv") == 0
    assert [row["picture"].rpartition("#")[2] for row in table("a.csv")] == ["0", "1", "2", "3"]


def test_that_a_recipe_may_be_written_out_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    recipe = {"model": {"name": "lenet"}, "picture": {"origin": "sample:digit-5", "mirrored": True}, "method": "guided"}
    assert run("render", "--recipe", json.dumps(recipe), "-o", "again.png") == 0
    assert read_recipe("again.png").picture.mirrored
    assert "not JSON" in sentence(capsys, "render", "--recipe", "{nothing", "-o", "again.png")
