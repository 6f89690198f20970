"""What is measured with a data set: percentiles, the way of real pictures, and how strong their waves are."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import nn

from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.results.kinds import Curves, Grown
from analysis.synthesis.alike import correlations
from tests.analysis.synthesis.asking import chain, network, question, steps_of

HEIGHT, WIDTH = 24, 32


@pytest.fixture(scope="module")
def tiny() -> Network:
    return network(chain)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(2)
    for number in range(12):
        rough = generator.integers(0, 255, (6, 8, 3), np.uint8)
        Image.fromarray(rough).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(made / f"{number:02}.png")
    return made


def inputs(tiny: Network, folder: Path) -> torch.Tensor:
    levels = [np.asarray(Image.open(path)).transpose(2, 0, 1) for path in sorted(folder.iterdir())]
    return torch.stack([tiny.normalised(torch.from_numpy(one.copy()).float())[0] for one in levels])


def test_that_the_percentile_is_that_of_the_answers_to_the_data_set(tiny: Network, folder: Path) -> None:
    last = steps_of("priors", question(tiny, ClassTarget("class", 1)), steps=8, data=str(folder), sample=100)[-1]
    with torch.no_grad():
        answers = tiny.module(inputs(tiny, folder))[:, 1].numpy()
    assert isinstance(last.result, Grown)
    assert last.result.activation is not None
    assert np.allclose(np.sort(last.arrays["reference"]), np.sort(answers), rtol=1e-4)
    expected = [100 * (answers < value).mean() for value in last.result.activation]
    assert np.allclose(last.arrays["percentile"], expected)
    assert "above" in last.result.titles[0]


def test_that_all_priors_have_the_same_budget_and_one_currency(tiny: Network) -> None:
    last = steps_of("priors", question(tiny, UnitTarget("center"), "features.3", 2), steps=8)[-1]
    result = last.result
    assert isinstance(result, Grown)
    assert list(result.titles) == [
        "no prior",
        "edge energy",
        "Yosinski 1",
        "Yosinski 2",
        "Yosinski 3",
        "Yosinski 4",
        "Fourier",
        "MACO",
    ]
    assert result.objective.shape == (8, 8)
    assert np.isfinite(result.objective).all()
    assert len({picture.shape for picture in result.pictures}) == 1, "what the unit sees, without margins"
    alone = steps_of("edge-energy", question(tiny, UnitTarget("center"), "features.3", 2), steps=8)[-1].result
    assert isinstance(alone, Grown)
    assert np.array_equal(alone.pictures[0], result.pictures[1])
    assert alone.activation is not None
    assert result.activation is not None
    assert alone.activation[0] == result.activation[1]


def test_that_likeness_by_ranks_is_spearmans() -> None:
    flat = torch.randn(4, 300, generator=torch.Generator().manual_seed(1)).relu()  # with ties
    expected = spearmanr(flat.numpy().T).statistic
    assert np.allclose(correlations(flat, by_rank=True).numpy(), expected)
    cosines = (flat @ flat.T) / flat.norm(dim=1) / flat.norm(dim=1)[:, None]
    assert np.allclose(correlations(flat, by_rank=False).numpy(), cosines.numpy(), atol=1e-6)


@pytest.mark.parametrize("measure", ["ranks", "cosine"])
def test_that_the_way_of_the_made_picture_is_beside_that_of_the_best(tiny: Network, folder: Path, measure: str) -> None:
    asked = question(tiny, UnitTarget("mean"), "features.3", 2)
    last = steps_of("reality-check", asked, steps=4, data=str(folder), best=3, measure=measure)[-1]
    assert isinstance(last.result, Curves)
    assert list(last.arrays["layers"]) == ["features.0", "features.1", "features.2", "features.3"]
    made = steps_of("edge-energy", asked, steps=4)[-1].arrays["picture"]
    real = inputs(tiny, folder)
    features = tiny.module.features
    with torch.no_grad():
        answers = features[:4](real)[:, 2].mean((1, 2))  # type: ignore[index]
        best = np.argsort(-answers.numpy())[:3]
        assert list(last.arrays["best"]) == list(best)
        pictures = torch.cat([torch.from_numpy(made)[None], real[best.copy()]])
        for place, depth in ((1, 2), (3, 4)):
            maps = features[:depth](pictures).flatten(1)  # type: ignore[index]
            alike = correlations(maps, measure == "ranks").numpy()
            assert last.arrays["result"][place] == pytest.approx(alike[0, 1:].mean(), abs=1e-5)
            inside = [alike[i, j] for i in range(1, 4) for j in range(1, 4) if i != j]
            assert last.arrays["among_low"][place] == pytest.approx(min(inside), abs=1e-5)
            assert last.arrays["among_high"][place] == pytest.approx(max(inside), abs=1e-5)
    band = last.result.lines[1]
    assert band.low is not None
    assert bool((band.low <= band.values + 1e-6).all())


def test_that_waves_are_as_strong_as_those_of_the_data_set(tiny: Network, folder: Path) -> None:
    asked = question(tiny, ClassTarget("class", 1))
    first = steps_of("maco", asked, steps=1, magnitude=str(folder))
    assert [step.result is None for step in first] == [True] * 12 + [False]
    own, flat = (steps_of("maco", asked, steps=1, magnitude=name)[-1].arrays["result"] for name in (str(folder), ""))

    def rough(picture: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(np.abs(np.diff(picture, axis=1)).mean() / picture.std())

    real = np.mean([rough(np.asarray(Image.open(path)) / 255) for path in folder.iterdir()])
    assert abs(rough(own) - real) < abs(rough(flat) - real)


def test_that_a_data_set_that_is_not_there_is_said(tiny: Network) -> None:
    for name, setting in (("maco", "magnitude"), ("priors", "data"), ("reality-check", "data")):
        with pytest.raises(Problem, match="no data set"):
            steps_of(name, question(tiny), steps=4, **{setting: "not-there"})


def test_that_what_comes_behind_the_unit_need_not_take_what_the_unit_sees(folder: Path) -> None:
    def narrow() -> nn.Module:
        layers = (nn.Conv2d(3, 4, 5), nn.ReLU(), nn.Conv2d(4, 6, 3), nn.MaxPool2d(3), nn.Flatten(), nn.LazyLinear(5))
        made = nn.Sequential(*layers)
        made(torch.zeros(1, 3, HEIGHT, WIDTH))
        return made

    asked = question(network(narrow), UnitTarget("center"), "2", 1)
    last = steps_of("reality-check", asked, steps=2, data=str(folder), best=3)[-1]
    assert list(last.arrays["layers"]) == ["0", "1", "2"]
    assert np.isfinite(last.arrays["result"]).all()
