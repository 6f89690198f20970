"""What a unit does over a data set: against all of its values at once, whatever holds the pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from analysis.commands import arguments
from analysis.commands.render import asked_for
from analysis.datasets.opening import data_set
from analysis.methods.dependence import dependences
from analysis.methods.method import Progress
from analysis.methods.populations.distribution import Distribution
from analysis.methods.populations.top_nine import TopNine
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.question.question import Question
from tests.analysis.sweeps.swept import folder_of_bars, opened


@pytest.fixture(scope="module")
def network() -> Network:
    return opened()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Names that are odd, other modes, other sizes, and one file that is none."""
    data = folder_of_bars(tmp_path / "data", 14)
    levels = np.random.default_rng(1).integers(0, 255, (40, 60, 4)).astype(np.uint8)
    Image.fromarray(levels).save(data / "class-0" / "ä b#1%.png")
    Image.fromarray((levels[:, :, 0].astype(np.uint16)) * 257).save(data / "class-1" / "sixteen.png")
    (data / "class-2" / "broken.png").write_bytes(b"none")
    return data


def question(network: Network, data: Path | str | None) -> Question:
    return Question(
        network,
        torch.zeros((1, 1, 28, 28)),
        layer=network.node("relu2"),
        unit=5,
        data=None if data is None else data_set(str(data)),
    )


def ended(asked: TopNine | Distribution, of: Question) -> Progress:
    *_, last = asked.run(of)
    return last


def values_of(network: Network, data: Path) -> dict[int, np.ndarray]:
    """The unit's map of every picture that can be read."""
    found = {}
    pictures = data_set(str(data))
    kept: list[torch.Tensor] = []
    handle = network.module.get_submodule("relu2").register_forward_hook(lambda _m, _i, output: kept.append(output))
    with torch.no_grad():
        for index in range(pictures.count):
            try:
                network.module(network.input_of_fitted(network.picture(pictures.picture(index))))
            except Problem:
                continue
            found[index] = kept[-1][0, 5].numpy().copy()
    handle.remove()
    return found


def test_that_the_nine_are_the_best_of_a_folder(network: Network, folder: Path) -> None:
    known = values_of(network, folder)
    last = ended(TopNine(), question(network, folder))
    order = sorted(known, key=lambda number: (-known[number].max(), number))[:9]
    assert last.arrays["pictures"].tolist() == order
    np.testing.assert_allclose(last.arrays["values"], [known[number].max() for number in order], rtol=1e-5)
    assert "1 of 17 pictures could not be read and are left out" in last.note


def test_that_a_distribution_is_that_of_all_values(network: Network, folder: Path) -> None:
    known = values_of(network, folder)
    every = np.concatenate([one.ravel() for one in known.values()]).astype(np.float64)
    last = ended(Distribution(), question(network, folder))
    assert int(last.arrays["counted"]) == every.size
    np.testing.assert_allclose(last.arrays["mean"], every.mean(), rtol=1e-5)
    np.testing.assert_allclose(last.arrays["deviation"], every.std(), rtol=1e-5)
    assert "could not be read" in last.note


def test_that_nothing_to_look_at_is_told(network: Network, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="choose one first"):
        ended(TopNine(), question(network, None))
    (tmp_path / "a.png").write_bytes(b"none")
    for technique in (TopNine(), Distribution()):
        with pytest.raises(Problem, match="None of the 1 pictures"):
            ended(technique, question(network, tmp_path))


def test_that_noise_asks_for_no_pictures() -> None:
    recipe = Recipe(ModelChoice("lenet"), layer="relu2", unit=5, method="top-9", data="samples")
    assert "data" in dependences(recipe)
    assert "data" not in dependences(replace(recipe, settings={"noise": True}))


def test_that_the_command_line_names_the_pictures(folder: Path) -> None:
    common = ["render", "top-9", "--model", "lenet", "--layer", "relu2", "--unit", "5", "-o", "f.png"]
    parser = arguments.parser()
    assert asked_for(parser.parse_args([*common, "--data", str(folder)])).data == str(folder)
    assert asked_for(parser.parse_args([*common, "--data", "samples"])).data == "samples"
    with pytest.raises(Problem, match="name one with --data"):
        asked_for(parser.parse_args(common))
    with pytest.raises(Problem, match="leave --data out"):
        asked_for(parser.parse_args([*common, "--set", "noise=true", "--data", "samples"]))
