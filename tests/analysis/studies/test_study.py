"""Studies: many questions with their answers in a folder, which can be stopped at any moment and go on."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.files.recipe_inside import read_recipe
from analysis.files.whole_file import write_whole
from analysis.methods.run import Ran
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import Steps
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import (
    ComparisonChoice,
    MethodChoice,
    ModelChoice,
    PictureChoice,
    Recipe,
    UnitChoice,
    from_json,
    to_json,
)
from analysis.studies import study as study_module
from analysis.studies.cells import cells
from analysis.studies.study import Kept, Study

ROOT = Path(__file__).parents[3]
LENET = ModelChoice("lenet")
GRID = Recipe(
    LENET,
    comparison=ComparisonChoice(
        (MethodChoice("gradient"), MethodChoice("cam"), MethodChoice("smoothgrad", {"samples": 2}, seed=4)),
        (LENET, ModelChoice("lenet", "random", 3), ModelChoice("nothing-of-this-name")),
        pictures=(PictureChoice("sample:digit-2"), PictureChoice("sample:digit-5", mirrored=True)),
        units=(UnitChoice(), UnitChoice("unit:mean", "conv1", 2)),
    ),
)
CELLS = 3 * 3 * 2 * 2


def opening(choice: ModelChoice) -> Steps[Network]:
    return catalogue.load(choice, Consent())


def drawing(ran: Ran) -> bytes:
    return ran.recipe.method.encode()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "study.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def to_the_end(folder: Path, grid: Recipe | None = GRID) -> list[Kept]:
    study = Study(folder, grid)
    try:
        return [step for step in study.steps(opening, drawing) if isinstance(step, Kept)]
    finally:
        study.close()


# --- the whole command, killed and started again


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "grid.json").write_text(to_json(GRID), encoding="utf-8")
    ended = command(folder).communicate(timeout=500)
    assert "All 36 cells" in ended[1], ended
    return folder


def command(folder: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, str(ROOT / "main.py"), "study", "--recipe", "grid.json", "-o", "study", "--device", "cpu"]
    environment = {**os.environ, "UNDERHOOD_CONFIG": str(folder / "config")}
    return subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_that_a_study_that_was_killed_goes_on_and_ends_as_if_it_was_not(name: str, whole: Path, tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_bytes((whole / "grid.json").read_bytes())
    killed = command(tmp_path)
    assert killed.stderr is not None
    seen = [next(killed.stderr) for _ in range(3)]
    killed.send_signal(getattr(signal, name))
    told = killed.communicate(timeout=100)[1]
    assert killed.returncode == (130 if name == "SIGINT" else -signal.SIGKILL)
    assert "Traceback" not in told
    assert (name == "SIGKILL") or "the same command goes on" in told
    assert [line.partition(",")[0] for line in seen] == [f"cell {number} of {CELLS}" for number in (1, 2, 3)]
    there = files(tmp_path / "study")
    assert 3 <= sum(name.endswith(".json") and "cells" in name for name in there) < CELLS

    before = (tmp_path / "study" / "cells" / "0001-gradient-lenet.npz").stat().st_mtime_ns
    told = command(tmp_path).communicate(timeout=500)[1]
    assert "cells are there already" in told
    assert (tmp_path / "study" / "cells" / "0001-gradient-lenet.npz").stat().st_mtime_ns == before
    assert files(tmp_path / "study") == files(whole / "study")


@pytest.mark.timeout(600)
def test_that_a_study_holds_numbers_figures_a_page_and_a_table(whole: Path) -> None:
    rows = table(whole / "study")
    assert len(rows) == CELLS
    found = {row["network"] + row["weights"] for row in rows if not row["problem"]}
    assert found == {"lenetdefault", "lenetrandom 3"}
    failed = {(row["network"], row["method"]) for row in rows if row["problem"]}
    assert failed == {
        ("lenet", "cam"),
        *(("nothing-of-this-name", method) for method in ("gradient", "cam", "smoothgrad")),
    }
    page = (whole / "study" / "index.html").read_text(encoding="utf-8")
    for row in rows:
        if row["problem"]:
            assert not row["file"]
            continue
        assert row["words"].endswith(".")
        assert float(row["score"]) == float(row["score"])
        with np.load(whole / "study" / row["file"]) as numbers:
            assert numbers["result"].size
            assert numbers["input"].shape == (1, 1, 28, 28)
        recipe = read_recipe(whole / "study" / row["file"])
        figure = (whole / "study" / row["file"]).with_suffix(".png")
        assert read_recipe(figure) == recipe
        assert (recipe.method, recipe.target, str(recipe.unit or "")) == (row["method"], row["target"], row["unit"])
        assert figure.name in page
    mirrored = [row["picture"] for row in rows if "mirrored" in row["picture"]]
    assert len(mirrored) == CELLS // 2


def test_that_a_studys_numbers_are_those_of_its_cells_alone(whole: Path, tmp_path: Path) -> None:
    import main

    row = next(row for row in table(whole / "study") if row["method"] == "smoothgrad" and row["weights"] == "random 3")
    (tmp_path / "cell.json").write_text(to_json(read_recipe(whole / "study" / row["file"])), encoding="utf-8")
    assert main.main(["render", "--recipe", str(tmp_path / "cell.json"), "-o", str(tmp_path / "cell.npz")]) == 0
    assert (tmp_path / "cell.npz").read_bytes() == (whole / "study" / row["file"]).read_bytes()


# --- the folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    really = catalogue.load

    def counting(choice: ModelChoice, *rest: object) -> Iterator[object]:
        names.append(f"{choice.name} {choice.weights}")
        return really(choice, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "load", counting)
    return names


def test_that_networks_are_opened_once_each_and_in_order(tmp_path: Path, opened: list[str]) -> None:
    to_the_end(tmp_path / "study")
    assert opened == ["lenet default", "lenet random", "nothing-of-this-name default"]


def test_that_a_cell_is_lost_at_most(tmp_path: Path) -> None:
    to_the_end(tmp_path / "whole")
    study = Study(tmp_path / "study", GRID)
    steps = study.steps(opening, drawing)
    kept = [next(step for step in steps if isinstance(step, Kept)) for _ in range(4)]
    steps.close()
    study.close()
    assert len(table(tmp_path / "study")) == 4, "what is there can be read meanwhile"
    again = to_the_end(tmp_path / "study", grid=None)
    tried = {step.cell.number for step in again}
    assert tried.isdisjoint(step.cell.number for step in kept if not step.record.problem)
    assert files(tmp_path / "study") == files(tmp_path / "whole")


@pytest.mark.parametrize("damage", ["no figure", "no record", "no json", "nothing said", "half of a file"])
def test_that_a_damaged_cell_is_asked_again(tmp_path: Path, damage: str) -> None:
    to_the_end(tmp_path / "study")
    whole = files(tmp_path / "study")
    first = tmp_path / "study" / "cells" / "0001-gradient-lenet"
    if damage == "no figure":
        first.with_suffix(".png").unlink()
    elif damage == "no record":
        first.with_suffix(".json").unlink()
    elif damage == "half of a file":
        first.with_suffix(".json").unlink()
        first.with_name(".0001-gradient-lenet.npz.123.part").write_bytes(b"PK")
    else:
        first.with_suffix(".json").write_text({"no json": "{", "nothing said": '{"words": 3}'}[damage])
    numbers = {step.cell.number for step in to_the_end(tmp_path / "study")}
    assert 1 in numbers
    assert 4 not in numbers
    assert files(tmp_path / "study") == whole


def test_that_the_folder_of_another_grid_is_refused(tmp_path: Path) -> None:
    to_the_end(tmp_path / "study")
    before = files(tmp_path / "study")
    assert GRID.comparison is not None
    other = replace(GRID, comparison=replace(GRID.comparison, units=()))
    with pytest.raises(Problem, match="asks something else"):
        Study(tmp_path / "study", other)
    assert files(tmp_path / "study") == before


def test_that_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear")
    with pytest.raises(Problem, match=r"letter\.txt"):
        Study(tmp_path, GRID)
    assert files(tmp_path) == {"letter.txt": b"Dear"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": 3}'])
def test_that_a_damaged_study_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(Problem, match=r"study\.json"):
        Study(tmp_path, GRID)
    assert files(tmp_path) == {"study.json": content.encode()}


def test_that_two_programs_do_not_work_on_one_study(tmp_path: Path) -> None:
    first = Study(tmp_path / "study", GRID)
    with pytest.raises(Problem, match="Another program"):
        Study(tmp_path / "study", GRID)
    first.close()
    Study(tmp_path / "study", GRID).close()


def test_that_nothing_to_go_on_with_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no study"):
        Study(tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_that_a_full_disk_ends_a_study_and_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to_the_end(tmp_path / "whole")
    written: list[str] = []

    def full(path: Path, content: bytes) -> None:
        written.append(path.name)
        if len(written) > 12:
            raise Problem(f"{path} could not be written: the disk is full; what was there before is unchanged.")
        write_whole(path, content)

    monkeypatch.setattr(study_module, "write_whole", full)
    with pytest.raises(Problem, match="the disk is full"):
        to_the_end(tmp_path / "study")
    there = files(tmp_path / "study")
    assert len(there) == 12
    assert {name: content for name, content in files(tmp_path / "whole").items() if name in there} == there
    monkeypatch.undo()
    to_the_end(tmp_path / "study")
    assert files(tmp_path / "study") == files(tmp_path / "whole")


# A limit on the size of files fails as a full disk does: in the middle of writing.
FULL = """
import resource, sys
import main
typed = "study --methods gradient guided --models lenet --images sample:digit-2 -o study".split()
first = main.main([*typed[:3], *typed[4:-1], "before"])  # what is cached on disk the first time is there
resource.setrlimit(resource.RLIMIT_FSIZE, (9000, resource.RLIM_INFINITY))
print(first, main.main(typed), main.main([*typed[:-1], "before"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_that_a_disk_that_is_really_full_ends_a_study_in_one_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "UNDERHOOD_CONFIG": str(tmp_path), "HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", FULL], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200
    )
    assert ended.stdout == "0 2 2\n", ended.stderr
    assert "Traceback" not in ended.stderr
    assert "could not be written" in ended.stderr
    assert "asks something else" in ended.stderr
    assert (tmp_path / "before" / "cells" / "0001-gradient-lenet.png").is_file()
    there = files(tmp_path / "study")
    assert not [name for name in there if name.endswith((".part", ".png"))]
    assert from_json(there["study.json"].decode())


def test_that_a_figure_that_cannot_be_drawn_is_a_cell_without_a_result(tmp_path: Path) -> None:
    def failing(ran: Ran) -> bytes:
        if ran.recipe.method == "gradient":
            raise ZeroDivisionError("nothing to divide by")
        return b"drawn"

    study = Study(tmp_path / "study", GRID)
    kept = [step.record for step in study.steps(opening, failing) if isinstance(step, Kept)]
    study.close()
    assert len(kept) == CELLS
    assert "nothing to divide by" in kept[0].problem
    assert kept[2].words


# --- the grid


def test_that_a_grid_with_all_axes_survives_its_json() -> None:
    assert GRID.comparison is not None
    grid = replace(GRID, comparison=replace(GRID.comparison, settings=({"samples": 3}, {"samples": 9})))
    assert from_json(to_json(grid)) == grid
    assert len(cells(grid)) == 2 * CELLS
    assert {cell.question.settings.get("samples") for cell in cells(grid)} == {3, 9}


def test_that_a_comparison_without_the_new_axes_is_a_study_of_its_own_picture_and_target() -> None:
    data = {
        "model": {"name": "lenet"},
        "picture": {"origin": "sample:digit-2"},
        "target": "class:3",
        "comparison": {"methods": [{"name": "gradient"}], "networks": [{"name": "lenet"}]},
    }
    (cell,) = cells(from_json(json.dumps(data)))
    assert cell.question.picture == PictureChoice("sample:digit-2")
    assert cell.question.target == "class:3"


def test_that_too_many_cells_are_refused() -> None:
    pictures = tuple(PictureChoice(f"noise:{seed}") for seed in range(100_001))
    with pytest.raises(Problem, match="100,000 cells"):
        ComparisonChoice((MethodChoice("gradient"),), (LENET,), pictures=pictures)


def test_that_a_class_is_asked_of_other_networks_by_its_name(tmp_path: Path, opened: list[str]) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join([*map(str, range(9)), "naught"]))
    named = replace(LENET, labels=str(labels))
    comparison = ComparisonChoice(
        (MethodChoice("gradient"),), (named, LENET), pictures=(PictureChoice("sample:digit-2"),)
    )
    kept = to_the_end(tmp_path / "study", Recipe(LENET, target="class:9", comparison=comparison))
    assert "no class of that name" in kept[0].record.problem
    assert kept[1].record.words
    assert opened == ["lenet default", "lenet default"], "the grid's own network is kept for its column"


# --- the command


@pytest.fixture
def _in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_in")
def test_that_a_study_is_asked_by_options_and_goes_on_by_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    import main

    typed = [
        "study",
        "--methods",
        "gradient",
        "guided",
        "--models",
        "lenet",
        "--images",
        "sample:digit-2",
        "sample:digit-5",
        "-o",
        "answers",
    ]
    assert main.main([*typed, "--targets", "class:3"]) == 0
    said = capsys.readouterr().err
    assert "cell 4 of 4, guided on lenet: " in said
    assert "s left)" in said
    assert main.main(["study", "-o", "answers"]) == 0
    assert "4 of 4 cells are there already" in capsys.readouterr().err
    assert main.main(["study", "--recipe", "answers/study.json", "-o", "again"]) == 0
    assert files(Path("answers")) == files(Path("again"))


@pytest.mark.usefixtures("_in")
def test_that_what_asks_about_no_picture_needs_none() -> None:
    import main

    typed = "study --methods edge-energy --models lenet --layer conv1 --units 0 2 --targets unit:mean --set steps=2"
    assert main.main([*typed.split(), "-o", "sheet"]) == 0
    with Image.open("sheet/sheet.png") as sheet:
        assert sheet.width > 28
    assert len(list(Path("sheet/cells").glob("*.npz"))) == 2


@pytest.mark.usefixtures("_in")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("study -o nothing", "no study in this folder"),
        ("study --methods gradient -o x", "Say what to ask"),
        ("study --methods gradient edge-energy --models lenet -o x", "names no picture: give one with --images"),
        ("study --methods grad --models lenet --images sample:cat -o x", "did you mean"),
        ("study --methods gradient --models lenet --images sample:cat --set samples=3 -o x", "no setting “samples”"),
        ("study --methods gradient --models lenet --images sample:cat --targets class:x -o x", "no class “x”"),
        ("study --recipe lenet-conv1 -o x", "no grid"),
        ("study --recipe lenet-conv1 --methods gradient -o x", "leave --methods out"),
    ],
)
def test_that_what_cannot_be_asked_is_one_sentence(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    import main

    assert main.main(typed.split()) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not Path("x").exists()
