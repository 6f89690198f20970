"""What is copied as a command or as Python runs as it was pasted, and makes what was on the screen."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

import main as program
import underhood
from analysis.commands.copied import PROGRAM, Around, as_command, as_python, joined
from analysis.files.recipe_inside import read_recipe
from analysis.methods.dependence import what_mattered
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import (
    BackwardChoice,
    ComparisonChoice,
    MethodChoice,
    ModelChoice,
    PictureChoice,
    Recipe,
    look,
)
from analysis.results.looks import DerivativeLook
from gui.options import WindowOptions
from gui.window.session import Session
from tests.journeys.conftest import begun

NET = """
from torch import nn

def make():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3))
"""
TESTED = {"map": "smoothgrad", "map.samples": 2, "draws": 2}
ODD = """it's a "pic" $HOME & co; ü.png"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / ODD)
    (tmp_path / "my net.py").write_text(NET)


def run_command(text: str) -> Path:
    """In this process, as the shell would have parted it."""
    words = shlex.split(text)
    assert words[:2] == [sys.executable, str(PROGRAM)]
    assert program.main(words[2:]) == 0
    return Path(words[-1])


def run_python(text: str, **known: object) -> Any:
    names: dict[str, object] = dict(known)
    exec(compile(text, "pasted", "exec"), names)
    return names["result"]


def recipes(folder: Path) -> dict[str, Recipe]:
    picture = PictureChoice(str(folder / ODD))
    lenet = ModelChoice("lenet")
    own = ModelChoice(str(folder / "my net.py:make"), preprocessing=Preprocessing(24, 20, 24))
    digit = PictureChoice("sample:digit-5")
    return {
        "a layer": Recipe(lenet, digit, layer="conv1"),
        "a unit": Recipe(lenet, digit, layer="conv2", unit=7, place=(1, 2), target="class:3"),
        "an odd name": Recipe(lenet, picture, target="class:3", method="gradient"),
        "settings": Recipe(lenet, digit, method="smoothgrad", settings={"samples": 3, "noise": 0.2}, seed=4),
        "a layer that is weighted": Recipe(lenet, digit, method="grad-cam", layer="conv2", target="probability:2"),
        "a unit that is explained": Recipe(lenet, digit, layer="conv2", unit=3, target="unit:max", method="guided"),
        "random weights": Recipe(ModelChoice("lenet", "random", 5), digit, method="gradient", target="class:1"),
        "a mirrored picture": Recipe(lenet, PictureChoice(str(folder / ODD), mirrored=True), method="gradient"),
        "other looks": Recipe(lenet, digit, layer="conv1", looks={"Maps": {"colours": "magma", "gamma": 0.5}}),
        "a test of a map": Recipe(lenet, digit, method="sensitivity", target="class:5", settings=TESTED),
        "what flows back": Recipe(lenet, digit, layer="conv2", unit=3, backward=BackwardChoice("guided")),
        "a file of one's own": Recipe(own, picture, method="gradient", target="class:2"),
        "noise": Recipe(lenet, PictureChoice("noise:3:smooth"), method="gradient"),
    }


@pytest.mark.parametrize("name", list(recipes(Path("/"))))
def test_that_what_was_copied_makes_the_same_again(name: str, tmp_path: Path) -> None:
    recipe = recipes(tmp_path)[name]
    around = Around(trusted=".py" in recipe.model.name, side=20 if ".py" in recipe.model.name else 28)
    made = read_recipe(run_command(as_command(recipe, around)))
    for path in tmp_path.glob("*.png"):
        if path.name != ODD:
            path.unlink()
    found = run_python(as_python(recipe, around))
    again = read_recipe(next(path for path in tmp_path.glob("*.png") if path.name != ODD))
    wanted = what_mattered(recipe)
    for other in (made, again, found.recipe):
        assert other.method == wanted.method
        assert (other.layer, other.unit, other.seed) == (wanted.layer, wanted.unit, wanted.seed)
        assert other.picture is not None
        assert wanted.picture is not None
        assert (other.picture.origin, other.picture.mirrored) == (wanted.picture.origin, wanted.picture.mirrored)
        assert (other.model.name, other.model.weights, other.model.seed) == (
            wanted.model.name,
            wanted.model.weights,
            wanted.model.seed,
        )
        assert (other.looks, other.backward) == (wanted.looks, wanted.backward)
        assert {name: other.settings[name] for name in wanted.settings} == wanted.settings
        if wanted.method != "activations":
            assert other.target == wanted.target
    assert made.model.preprocessing == again.model.preprocessing == recipe.model.preprocessing


def test_that_a_shell_runs_it(tmp_path: Path) -> None:
    text = as_command(recipes(tmp_path)["an odd name"], Around())
    subprocess.run(text, shell=True, check=True, cwd=tmp_path, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    assert read_recipe(tmp_path / "gradient.png").picture.origin == str(tmp_path / ODD)


def test_that_a_comparison_is_copied_whole(tmp_path: Path) -> None:
    methods = (MethodChoice("gradient"), MethodChoice("smoothgrad", {"samples": 2}, seed=1))
    grid = Recipe(
        ModelChoice("lenet"),
        PictureChoice("sample:digit-5"),
        target="class:5",
        method="gradient",
        comparison=ComparisonChoice(methods, (ModelChoice("lenet"), ModelChoice("lenet", "random", 2)), over=True),
    )
    made = read_recipe(run_command(as_command(grid, Around())))
    assert made.comparison is not None
    assert [choice.weights for choice in made.comparison.networks] == ["default", "random"]
    assert made.comparison.over
    assert len(run_python(as_python(grid, Around())).results) == 4


def test_that_a_module_in_memory_is_a_variable(tmp_path: Path) -> None:
    import torch
    from torch import nn

    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 18 * 22, 3)).train()
    choice = ModelChoice("memory:Sequential", preprocessing=Preprocessing(20, 24, 20, "stretch", mean=(0.5,) * 3))
    recipe = Recipe(choice, PictureChoice(str(tmp_path / ODD)), method="grad-cam", layer="1", target="class:2")
    text = as_python(recipe, Around())
    assert "underhood.explain(\n    model," in text
    found = run_python(text, model=module)
    assert tuple(found.input.shape) == (1, 3, 20, 24)
    assert found.recipe.model.preprocessing == choice.preprocessing
    mirrored = Recipe(choice, PictureChoice(str(tmp_path / ODD), mirrored=True), method="gradient")
    turned = run_python(as_python(mirrored, Around()), model=module)
    straight = underhood.explain(module, tmp_path / ODD, "gradient", size=(20, 24), fit="stretch", mean=(0.5,) * 3)
    assert torch.allclose(turned.input.flip(3), straight.input, atol=0.1)
    with pytest.raises(Problem, match="copy it as Python"):
        as_command(recipe, Around())


def test_that_a_comparison_with_a_module_in_memory_is_copied(tmp_path: Path) -> None:
    from torch import nn

    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 18 * 22, 3)).eval()
    own = ModelChoice("memory:Sequential-2", preprocessing=Preprocessing(20, 24, 20, "stretch", mean=(0.5,) * 3))
    file = ModelChoice(str(tmp_path / "my net.py:make"), preprocessing=Preprocessing(24, 20, 24))
    rows = (MethodChoice("gradient"), MethodChoice("grad-cam", layer="1"))
    picture = PictureChoice(str(tmp_path / ODD))
    grid = Recipe(own, picture, target="class:2", method="gradient", comparison=ComparisonChoice(rows, (own, file)))
    text = as_python(grid, Around(trusted=True))
    assert "model=model" in text
    found = run_python(text, model=module)
    assert len(found.results) == 4
    alone = underhood.explain(
        module, tmp_path / ODD, "gradient", target=2, size=(20, 24), fit="stretch", mean=(0.5,) * 3, resize=20
    )
    assert np.allclose(found.results[0, 0].values, alone.values)
    with pytest.raises(Problem, match="model="):
        run_python(text.replace("model=model", "model=None"))
    other = ModelChoice("memory:Other")
    with pytest.raises(Problem, match="one of them at a time"):
        as_python(Recipe(own, picture, comparison=ComparisonChoice(rows, (own, other))), Around())


def test_that_windows_has_quotes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.commands.copied.ON_WINDOWS", True)
    assert joined(["a b", '{"c": 1}']) == '"a b" "{\\"c\\": 1}"'


def copied(session: Session, command: str) -> str:
    session.window.actions_[command].trigger()
    return QGuiApplication.clipboard().text()


def test_that_what_is_on_the_screen_is_copied(qtbot: QtBot, tmp_path: Path) -> None:
    options = WindowOptions(model=ModelChoice("lenet"), source=str(tmp_path / ODD), layer="conv2", unit=3)
    with begun(options, qtbot, tmp_path) as session:
        made = read_recipe(run_command(copied(session, "copy-command")))
        assert (made.method, made.layer, made.unit) == ("activations", "conv2", 3)
        assert session.window.statusBar().currentMessage() == "Copied as a command: Activations of what you see."
        session.tabs.explain_class(4)
        tab = session.tabs["saliency"].panel
        tab.methods.choose("smoothgrad")
        tab.asked.form.set_values({"samples": 3})
        session.feed.mirrored = True
        session.state.set_look(clip=97.0)
        found = run_python(copied(session, "copy-python"))
        assert found.recipe.method == "smoothgrad"
        assert found.recipe.target == "class:4"
        assert found.recipe.settings["samples"] == 3
        assert found.recipe.picture.mirrored
        assert look(found.recipe, DerivativeLook).clip == 97


def test_that_a_picture_that_passes_is_kept_for_the_command(qtbot: QtBot, tmp_path: Path) -> None:
    with begun(WindowOptions(model=ModelChoice("lenet"), source="sketch"), qtbot, tmp_path) as session:
        seen = session.loop.seen
        made = read_recipe(run_command(copied(session, "copy-command")))
        assert made.picture is not None
        with Image.open(made.picture.origin) as kept:
            assert np.array_equal(np.asarray(kept), seen.pixels)
        assert copied(session, "copy-command") == copied(session, "copy-command")


def test_that_a_file_that_was_trusted_is_trusted_in_what_is_copied(qtbot: QtBot, tmp_path: Path) -> None:
    choice = ModelChoice(str(tmp_path / "my net.py:make"), preprocessing=Preprocessing(24, 20, 24))
    options = WindowOptions(model=choice, source="sample:cat", layer="0", trusted=True)
    with begun(options, qtbot, tmp_path) as session:
        command = copied(session, "copy-command")
        assert "--trust" in shlex.split(command)
        assert read_recipe(run_command(command)).model.preprocessing == choice.preprocessing
        assert run_python(copied(session, "copy-python")).values.shape == (4, 22, 18)


def test_that_both_are_found_by_the_palette_and_in_the_menu(qtbot: QtBot, tmp_path: Path) -> None:
    from gui.commands.palette_entries import command_entries

    with begun(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5"), qtbot, tmp_path) as session:
        found = {entry.text: entry for entry in command_entries(session.window.actions_)}
        found["Copy as Python"].activate()
        assert QGuiApplication.clipboard().text().startswith("import underhood\n")
        menu = session.window.actions_.menu("File")
        texts = [action.text() for action in menu.actions()]
        assert {"Copy as Python", "Copy as command"} <= set(texts)
