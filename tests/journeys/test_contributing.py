"""The example in CONTRIBUTING is a technique like any other: in the window, on the command line, by its contract."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.methods import known, registry
from analysis.methods.method import Method
from analysis.protocol.recipe import ModelChoice
from gui.options import WindowOptions
from main import main
from tests.contract import test_every_method as contract
from tests.journeys.conftest import LONG, begun

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Method]:
    found = re.search(r"```python\n(.*?class Brightness.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    path = tmp_path / "brightness.py"
    path.write_text(found[1], encoding="utf-8")
    spec = importlib.util.spec_from_file_location("brightness", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "brightness", module)
    spec.loader.exec_module(module)
    technique: type[Method] = module.Brightness
    monkeypatch.setattr(registry, "METHODS", (*registry.METHODS, technique))
    monkeypatch.setitem(known._KNOWN, technique.name, technique)
    return technique


def test_that_the_example_keeps_the_contract(example: type[Method]) -> None:
    contract.test_that_a_method_says_what_it_is(example.name)
    contract.test_that_every_method_runs_on_a_residual_network(example.name)
    contract.test_that_what_was_shown_is_not_written_to_any_more(example.name)
    contract.test_that_a_method_can_be_cancelled_at_every_step(example.name, "residual")


def test_that_the_example_runs_on_the_command_line(
    example: type[Method], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["render", "brightness", "--model", "lenet", "--image", "sample:digit-5", "--set", "steps=5"]
    for suffix in ("npz", "png"):
        assert main([*common, "-o", str(tmp_path / f"brightness.{suffix}")]) == 0
    with np.load(tmp_path / "brightness.npz") as arrays:
        assert arrays["result"].shape == (5,)
        assert arrays["added"].tolist() == [-1, -0.5, 0, 0.5, 1]
        assert (np.diff(arrays["result"]) < 0).all()  # a digit is bright on dark
    assert (tmp_path / "brightness.png").stat().st_size > 5000
    assert main(["methods"]) == 0
    assert "How the answer follows the brightness" in capsys.readouterr().out


def test_that_the_example_runs_in_the_window(example: type[Method], qtbot: QtBot, tmp_path: Path) -> None:
    with begun(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5"), qtbot, tmp_path) as session:
        session.tabs.explain_best()
        tab = session.tabs["saliency"].panel
        tab.methods.choose("brightness")
        tab.asked.form.set_values({"steps": 5})
        tab.run_button.click()
        qtbot.waitUntil(lambda: tab.shown() is not None, timeout=LONG)
        assert tab.shown().recipe.method == "brightness"
        assert "<b>Brightness</b> of 5: " in tab.pane.title.text()
        assert not tab.pane.view().grab().isNull()
