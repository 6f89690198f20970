"""Runs that are steered: what is changed between two steps, where they go on, and that a recipe makes them again."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis.drawing.captions import course_words
from analysis.methods.method import Progress
from analysis.methods.registry import method
from analysis.methods.run import resolved, run
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe, TurnChoice, from_json, to_json
from analysis.protocol.target import UnitTarget
from analysis.protocol.trail import Trail
from analysis.question.scalar import values
from analysis.results.kinds import Grown
from tests.analysis.synthesis.asking import chain, network, question

METHODS: Mapping[str, dict[str, Any]] = {
    "ascent": {"steps": 8},
    "edge-energy": {"steps": 8, "pictures": 2},
    "fourier": {"steps": 8, "pictures": 2},
    "yosinski": {"steps": 8, "preset": "1"},
    "maco": {"steps": 8, "parts": 2},
    "deepdream": {"steps": 4, "octaves": 2},
}
PIXELS = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def tiny() -> Network:
    return network(chain)


def recipe_of(name: str, *course: TurnChoice, **settings: Any) -> Recipe:
    about = {"layer": "features.3"} if name == "deepdream" else {"target": "class:1"}
    return Recipe(
        ModelChoice("tiny", "random"), method=name, settings=METHODS[name] | settings, seed=9, course=course, **about
    )


def steps_of(tiny: Network, recipe: Recipe, trail: Trail | None = None) -> list[Progress]:
    return list(run(resolved(tiny, recipe, PIXELS, trail=trail), answer=False))


def grown(step: Progress) -> Grown:
    assert isinstance(step.result, Grown)
    return step.result


def assert_same(one: Progress, other: Progress) -> None:
    assert (one.done, one.total) == (other.done, other.total)
    assert one.arrays.keys() == other.arrays.keys()
    for name, numbers in one.arrays.items():
        assert np.array_equal(numbers, other.arrays[name]), name


@pytest.mark.parametrize("name", METHODS)
def test_that_a_run_that_goes_on_from_any_step_is_the_one_that_was_made_at_once(tiny: Network, name: str) -> None:
    rate = 0.5 if name != "yosinski" else 40.0
    plain, turned = recipe_of(name), recipe_of(name, TurnChoice(5, {"rate": rate}))
    trail = Trail()
    steps_of(tiny, plain, trail)
    trail.wanted = 5
    went_on = steps_of(tiny, turned, trail)
    at_once = steps_of(tiny, turned)
    assert went_on[0].done == 5, "the steps before are not done again"
    for one, other in zip(went_on, at_once[4:], strict=True):
        assert_same(one, other)
    assert not np.array_equal(at_once[-1].arrays["result"], steps_of(tiny, plain)[-1].arrays["result"])


@pytest.mark.parametrize("name", METHODS)
def test_that_a_step_that_is_kept_is_the_one_that_was_seen(tiny: Network, name: str) -> None:
    trail = Trail()
    seen = grown(steps_of(tiny, recipe_of(name), trail)[4])
    ends = {"steps": 5} if name != "deepdream" else {"steps": 5, "octaves": 1}
    trail.wanted = 5
    (kept,) = steps_of(tiny, recipe_of(name, TurnChoice(5, ends)), trail)
    assert kept.done == kept.total == 5
    assert np.array_equal(grown(kept).pictures, seen.pictures)
    assert grown(kept).activation is not None


def test_that_another_target_goes_on_from_the_same_picture(tiny: Network) -> None:
    turn = TurnChoice(3, target="unit:mean", layer="features.3", unit=2)
    steps = steps_of(tiny, recipe_of("ascent", turn))
    before = torch.from_numpy(steps[2].arrays["picture"])[None]
    about = question(tiny, UnitTarget("mean"), "features.3", 2)
    assert float(steps[-1].arrays["objective"][3]) == pytest.approx(float(values(about, before)), rel=1e-4)
    assert "features.3" in grown(steps[-1]).climbed


def test_that_a_weight_that_is_changed_holds_from_there(tiny: Network) -> None:
    steps = steps_of(tiny, recipe_of("edge-energy", TurnChoice(4, {"weight": 0.0}), pictures=1))
    without = steps_of(tiny, recipe_of("edge-energy", pictures=1))
    assert np.array_equal(steps[3].arrays["result"], without[3].arrays["result"])
    assert not np.array_equal(steps[4].arrays["result"], without[4].arrays["result"])


@pytest.mark.parametrize("name", ["ascent", "edge-energy", "fourier", "yosinski", "maco"])
def test_that_a_draft_goes_on_at_full_size_with_what_it_has(name: str) -> None:
    large = network(chain, 64, 80)
    recipe = recipe_of(name, TurnChoice(4, {"draft": False, "rate": 1e-6}), draft=True)
    steps = list(run(resolved(large, recipe, None), answer=False))
    coarse, fine = grown(steps[3]).pictures[0], grown(steps[4]).pictures[0]
    assert coarse.shape[:2] == (32, 40)
    assert fine.shape[:2] == (64, 80)
    shrunk = fine.reshape(32, 2, 40, 2, -1).mean((1, 3))
    assert np.corrcoef(shrunk.ravel(), coarse.ravel())[0, 1] > 0.5, "it is the same picture"


def test_that_a_network_of_one_size_says_that_its_draft_is_as_fine_as_any() -> None:
    def of_one_size() -> nn.Module:
        return nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 62 * 78, 4))

    steps = list(run(resolved(network(of_one_size, 64, 80), recipe_of("ascent", draft=True), None), answer=False))
    assert grown(steps[-1]).pictures[0].shape[:2] == (64, 80)
    assert "half the size" in steps[-1].note


def test_that_a_caption_tells_what_was_changed() -> None:
    recipe = recipe_of("edge-energy", TurnChoice(4, {"weight": 3.0}), TurnChoice(9, target="class:2"))
    assert course_words(recipe) == "From step 5 on: weight 3. From step 10 on: it is asked about class 2."


def test_that_how_many_there_are_is_settled(tiny: Network) -> None:
    with pytest.raises(Problem, match="anew"):
        steps_of(tiny, recipe_of("ascent", TurnChoice(2, {"pictures": 3})))


def test_that_a_course_is_written_and_read() -> None:
    recipe = recipe_of("ascent", TurnChoice(2, {"rate": 0.2}), TurnChoice(5, target="class:2"))
    assert from_json(to_json(recipe)) == recipe


def test_that_a_trail_lets_states_go_where_they_are_too_many(tiny: Network) -> None:
    trail = Trail(most=40_000)
    at_once = steps_of(tiny, recipe_of("ascent", TurnChoice(7, {"rate": 0.2})))
    steps_of(tiny, recipe_of("ascent"), trail)
    trail.wanted = 7
    went_on = steps_of(tiny, recipe_of("ascent", TurnChoice(7, {"rate": 0.2})), trail)
    assert 1 < len(went_on) <= 8
    assert_same(went_on[-1], at_once[-1])


class OneSize(nn.Module):
    """As a transformer with an embedding of each place."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 6, 4, stride=4)
        self.places = nn.Parameter(torch.zeros(48, 6))
        self.mixed = nn.Linear(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens: torch.Tensor = self.mixed(self.patches(x).flatten(2).transpose(1, 2) + self.places)
        return tokens.mean(1)


def test_that_a_dream_of_a_network_of_one_size_goes_by_that_one() -> None:
    asked = question(network(OneSize), layer="mixed")
    *_, last = method("deepdream")(steps=2, octaves=3).run(asked)
    assert last.done == last.total == 2
    assert "one size only" in last.note
