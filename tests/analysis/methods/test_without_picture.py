"""A technique that asks for no picture runs without one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from analysis.files.recipe_inside import read_recipe
from analysis.methods import known, registry
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.run import resolved
from analysis.network.network import as_array
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.question.question import Question
from analysis.results.kinds import Bars
from main import main
from tests.analysis import to_the_end


@dataclass(frozen=True)
class Sizes:
    name: ClassVar[str] = "sizes"
    title: ClassVar[str] = "Sizes of weights"
    summary: ClassVar[str] = "How large the weights of each unit are."
    family: ClassVar[Family] = "perturbation"
    gives: ClassVar[type[Bars]] = Bars
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer"})
    declares: ClassVar[Mapping[str, str]] = {"result": "the norm of each unit's weights", "names": "the units"}
    live: ClassVar[bool] = False

    def run(self, question: Question) -> Iterator[Progress]:
        assert question.layer is not None
        weights = question.network.module.get_submodule(question.layer.path).weight.detach().flatten(1)  # type: ignore[union-attr]
        names = tuple(f"unit {number}" for number in range(len(weights)))
        yield Progress(1, 1, Bars(names, as_array(weights.norm(dim=1)), "norm"))


@pytest.fixture(autouse=True)
def sizes_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METHODS", (*registry.METHODS, Sizes))
    monkeypatch.setitem(known._KNOWN, "sizes", Sizes)


def test_that_the_command_line_asks_for_no_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["render", "sizes", "--model", "lenet", "--layer", "conv1"]
    for suffix in ("npz", "png"):
        assert main([*common, "-o", str(tmp_path / f"sizes.{suffix}")]) == 0
    network = to_the_end.opened(ModelChoice("lenet"))
    with np.load(tmp_path / "sizes.npz") as arrays:
        weights = network.module.get_submodule("conv1").weight.detach().flatten(1)  # type: ignore[union-attr]
        np.testing.assert_array_equal(arrays["result"], as_array(weights.norm(dim=1)))
    recipe = read_recipe(tmp_path / "sizes.png")
    assert (recipe.method, recipe.layer, recipe.picture) == ("sizes", "conv1", None)
    assert main(["render", "--recipe", str(tmp_path / "sizes.png"), "-o", str(tmp_path / "again.npz")]) == 0
    with np.load(tmp_path / "again.npz") as again, np.load(tmp_path / "sizes.npz") as first:
        np.testing.assert_array_equal(again["result"], first["result"])
    assert "picture" not in capsys.readouterr().err


def test_that_what_is_about_a_picture_is_not_run_without_one() -> None:
    network = to_the_end.opened(ModelChoice("lenet"))
    with pytest.raises(Problem, match="is about a picture"):
        resolved(network, Recipe(ModelChoice("lenet"), method="gradient"), None)
