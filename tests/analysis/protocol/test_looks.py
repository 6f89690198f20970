"""Looks in recipes: whole, readable by every later version, and old recipes show what they showed."""

import json
from dataclasses import asdict, replace

import pytest

from analysis.protocol.looks import DEFAULT, turned
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, from_json, look, to_json, with_look
from analysis.results.kinds import KINDS
from analysis.results.looks import BY_NAME, LOOKS, DerivativeLook, HeatLook, MapsLook, knobs

RECIPE = Recipe(ModelChoice("lenet"))

# As Underhood wrote it before each kind of result had looks of its own.
OLD = """{"model": {"name": "lenet", "weights": "default", "seed": 0, "preprocessing": null, "labels": null,
"weights_hash": null}, "picture": {"origin": "sample:digit-5", "sha256": null, "mirrored": false}, "layer": "conv2",
"unit": 3, "place": null, "pinned": null, "target": "class:5", "method": "gradient", "settings": {}, "seed": 0,
"display": {"colours": "viridis", "scale": "shared", "gamma": 0.5, "boost": 0.3, "order": "activation",
"only_active": true, "numbers": true, "opacity": 0.35, "smooth": true, "view": "blurred norm", "clip": 90.0},
"comparison": null, "backward": null, "version": 1}"""


def test_that_an_old_recipe_is_looked_at_as_it_was() -> None:
    recipe = from_json(OLD)
    assert look(recipe, MapsLook) == MapsLook(
        colours="viridis",
        scale="shared",
        gamma=0.5,
        boost=0.3,
        order="activation",
        only_active=True,
        numbers=True,
        smooth=True,
        opacity=0.35,
    )
    assert look(recipe, DerivativeLook) == DerivativeLook("blurred norm", 90.0, 0.35)
    assert look(recipe, HeatLook) == HeatLook(90.0, 0.35)
    assert (recipe.picture, recipe.unit, recipe.method) == (PictureChoice("sample:digit-5"), 3, "gradient")
    assert from_json(to_json(recipe)) == recipe
    assert "display" not in json.loads(to_json(recipe))


def test_that_an_old_recipe_that_says_little_is_looked_at_as_the_old_program_did() -> None:
    recipe = from_json('{"model": {"name": "lenet"}, "display": {"gamma": 0.7, "of a newer program": []}}')
    assert recipe == with_look(RECIPE, MapsLook, gamma=0.7)


def test_that_the_defaults_are_those_of_the_first_version() -> None:
    assert look(RECIPE, MapsLook) == MapsLook("grey", "unit", 1.0, 0.0, "index", False, False, False, 0.6)
    assert look(RECIPE, DerivativeLook) == DerivativeLook("norm", 99.0, 0.6)
    assert look(RECIPE, HeatLook) == HeatLook(99.0, 0.6)


def test_that_a_recipe_names_every_knob_so_that_no_later_default_changes_its_picture() -> None:
    written = json.loads(to_json(RECIPE))["looks"]
    assert set(written) == set(BY_NAME)
    assert all(written[kind] == asdict(of()) for kind, of in BY_NAME.items())


def test_that_kinds_and_knobs_of_a_newer_program_are_left_out() -> None:
    newer = '{"model": {"name": "lenet"}, "looks": {"Nebula": [1], "Heat": {"glow": {"a": 1}, "clip": 88}}}'
    assert from_json(newer) == with_look(RECIPE, HeatLook, clip=88)


def test_that_the_looks_of_a_kind_win_over_an_old_display_beside_them() -> None:
    both = '{"model": {"name": "lenet"}, "display": {"clip": 80}, "looks": {"Heat": {"clip": 88}}}'
    assert look(from_json(both), HeatLook).clip == 88
    assert look(from_json(both), DerivativeLook).clip == 80


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ({"Maps": {"colours": "jet"}}, "In the look of Maps, colours cannot be “jet”: it is one of grey, viridis"),
        ({"Heat": {"clip": 30}}, "In the look of Heat, clip cannot be “30”: it is a number from 50 to 100 %"),
        ({"Heat": {"view": "grey"}}, "The look of Heat has no “view”; it has clip, opacity"),
        ({"Curves": {}}, "There are no looks of “Curves”; there are those of Maps, Derivative, Heat"),
    ],
)
def test_that_what_cannot_be_is_said_in_a_sentence(looks: dict[str, dict[str, object]], words: str) -> None:
    with pytest.raises(Problem) as caught:
        Recipe(ModelChoice("lenet"), looks=looks)  # type: ignore[arg-type]
    assert str(caught.value).startswith(words)


def test_that_a_value_laid_over_one_kind_leaves_the_others() -> None:
    faint = with_look(RECIPE, HeatLook, opacity=0.2)
    assert look(faint, HeatLook).opacity == 0.2
    assert look(faint, DerivativeLook) == look(RECIPE, DerivativeLook)
    assert look(RECIPE, HeatLook).opacity == 0.6


def test_that_what_a_person_turns_is_turned_for_every_kind_that_has_it() -> None:
    recipe = replace(RECIPE, looks=turned(DEFAULT, {"opacity": 0.2, "view": "raw"}))
    assert [look(recipe, of).opacity for of in (MapsLook, DerivativeLook, HeatLook)] == [0.2] * 3
    assert look(recipe, DerivativeLook).view == "raw"
    with pytest.raises(Problem, match="Nothing that is called “glow” can be set"):
        turned(DEFAULT, {"glow": 1})


def test_that_recipes_of_one_study_share_their_looks() -> None:
    own = with_look(RECIPE, HeatLook, clip=88)
    assert replace(own, unit=3).looks is own.looks
    whole_numbers = {"Heat": {"clip": 88, "opacity": 0.6}, "Maps": dict(own.looks["Maps"])}
    assert to_json(Recipe(ModelChoice("lenet"), looks={**own.looks, **whole_numbers})) == to_json(own)


def test_that_knobs_of_one_name_are_declared_alike() -> None:
    """What is turned is turned for all of them."""
    declared: dict[str, set[object]] = {}
    for of in LOOKS.values():
        for name, info in knobs(of).items():
            declared.setdefault(name, set()).add(info)
    assert all(len(infos) == 1 for infos in declared.values())
    assert set(LOOKS) <= set(KINDS)
