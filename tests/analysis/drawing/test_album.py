"""Pictures that were made for units, kept with the recipe that makes each again by itself."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.drawing.album import keep_what_was_made
from analysis.files.album import made_for
from analysis.methods.run import Ran, resolved, run
from analysis.network.network import Network
from analysis.protocol.recipe import Recipe, TurnChoice
from analysis.results.kinds import Grown
from analysis.results.over_picture import as_levels
from tests.analysis.synthesis.asking import chain, network


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))
    return network(chain)


def ran(tiny: Network, recipe: Recipe) -> Ran:
    steps = run(resolved(tiny, recipe, None), answer=False)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            made: Ran = stop.value
            return made


def recipe_of(tiny: Network, **changes: object) -> Recipe:
    about = {"layer": "features.3", "unit": 1, "target": "unit:mean", "method": "ascent", "settings": {"steps": 3}}
    return Recipe(tiny.choice, **about | changes)  # type: ignore[arg-type]


def test_that_each_of_several_is_kept_by_its_unit_and_made_again_by_its_recipe(tiny: Network) -> None:
    made = ran(tiny, recipe_of(tiny, settings={"steps": 3, "units": 2, "pictures": 2}, seed=4))
    keep_what_was_made(made)
    assert isinstance(made.result, Grown)
    found = [made_for(tiny.choice.weights_hash, "features.3", unit) for unit in range(4)]
    assert [len(one) for one in found] == [0, 2, 2, 0]
    for one in (*found[1], *found[2]):
        again = ran(tiny, one.recipe).result
        assert isinstance(again, Grown)
        assert np.array_equal(np.asarray(Image.open(one.path)), as_levels(again.pictures[0]))


def test_that_what_is_not_the_units_own_is_not_kept(tiny: Network) -> None:
    for recipe in (
        recipe_of(tiny, target="class:1", layer=None, unit=None),
        recipe_of(tiny, settings={"steps": 3, "also": "-1 class:2"}),
    ):
        keep_what_was_made(ran(tiny, recipe))
    assert made_for(tiny.choice.weights_hash, "features.3", 1) == ()


def test_that_a_run_that_was_steered_to_a_unit_is_that_units(tiny: Network) -> None:
    turn = TurnChoice(1, target="unit:mean", layer="features.0", unit=4)
    keep_what_was_made(ran(tiny, recipe_of(tiny, course=(turn,))))
    assert made_for(tiny.choice.weights_hash, "features.3", 1) == ()
    assert len(made_for(tiny.choice.weights_hash, "features.0", 4)) == 1
