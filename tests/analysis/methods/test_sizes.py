"""Settings in pixels go by the size of the network's input until somebody says a number."""

import json

import pytest

import main
from analysis.drawing.comparison import comparison_figure
from analysis.methods.registry import METHODS, method
from analysis.methods.settings import configured, settings_of, unforced, written
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe
from tests.analysis.drawing.test_comparison_figure import compared


@pytest.mark.parametrize(
    ("side", "mask", "stride", "places"), [(224, 32, 2, 9409), (48, 7, 1, 1764), (28, 4, 1, 625), (299, 43, 3, 7396)]
)
def test_that_a_mask_hides_a_seventh_of_any_picture(side: int, mask: int, stride: int, places: int) -> None:
    for name in ("occlusion", "occlusion-loss"):
        technique = configured(method(name), {}, side)
        settings = written(technique)
        assert (settings["mask"], settings["stride"]) == (mask, stride)
        assert len(range(0, side - mask + 1, stride)) ** 2 == places


@pytest.mark.parametrize("side", [1, 28, 48, 224, 4096])
@pytest.mark.parametrize("name", [technique.name for technique in METHODS])
def test_that_the_defaults_of_any_size_are_within_their_limits(name: str, side: int) -> None:
    defaults = {info.name: info.default for info in settings_of(method(name), side)}
    assert written(configured(method(name), defaults)) == written(configured(method(name), {}, side), side)
    assert unforced(method(name), defaults, side).keys() == {
        info.name for info in settings_of(method(name)) if info.for_side is None
    }


def test_that_what_is_said_stays_as_it_is() -> None:
    assert written(configured(method("occlusion"), {"mask": "32"}, 48))["mask"] == 32
    tested = configured(method("sensitivity"), {"map": "occlusion", "map.stride": 3}, 48)
    settings = written(tested, 48)
    assert (settings["map.mask"], settings["map.stride"]) == (7, 3)


def test_that_the_list_of_methods_says_which_size_a_default_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["methods", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    settings = {one["name"]: one for one in listed["occlusion"]["settings"]}
    assert (settings["mask"]["default"], settings["mask"]["for_side"]) == (32, 224)
    assert settings["fill"]["for_side"] is None
    assert main.main(["methods"]) == 0
    assert "32 for a side of 224 pixels" in capsys.readouterr().out


def test_that_compared_networks_go_by_their_own_sizes() -> None:
    methods = (MethodChoice("input-x-gradient"), MethodChoice("input-x-gradient", {"patch": 5}))
    networks = (ModelChoice("alexnet"), ModelChoice("lenet"))
    recipe = Recipe(networks[0], PictureChoice("sample:clock"), comparison=ComparisonChoice(methods, networks))
    made = compared(recipe)
    for (row, column), result in made.results.items():
        used = written(configured(method("input-x-gradient"), methods[row].settings, (224, 28)[column]))
        object.__setattr__(result.recipe, "settings", used)
    assert made.recipe.comparison is not None
    first, second = made.recipe.comparison.methods
    assert (first.settings, second.settings["patch"]) == ({"top": 10}, 5)
    said = " ".join(text.get_text() for text in comparison_figure(made).figure.texts)
    assert "patch 16 and 2, top 10" in said
    assert "patch 5, top 10" in said
