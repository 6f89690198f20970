"""Recipes survive their JSON form, and whatever else is given as one ends in one sentence."""

import dataclasses
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import (
    MOST_COMPARED,
    BackwardChoice,
    ComparisonChoice,
    MethodChoice,
    ModelChoice,
    PictureChoice,
    Recipe,
    completed,
    differences,
    from_json,
    to_json,
)
from analysis.protocol.requests import Backward, backward_of
from analysis.protocol.target import text_of
from analysis.results.looks import BY_NAME, knobs
from analysis.settings.declared import SettingInfo
from tests.analysis.protocol.test_target import targets

shares = st.floats(0, 1)
numbers = st.floats(-1e6, 1e6)
seeds = st.integers(0, 2**32 - 1)
texts = st.text(max_size=30)


@st.composite
def preprocessings(draw: st.DrawFn) -> Preprocessing:
    channels = draw(st.sampled_from([1, 2, 3]))
    size = st.integers(1, 4096)
    return Preprocessing(
        height=draw(size),
        width=draw(size),
        resize=draw(size),
        fit=draw(st.sampled_from(["crop", "stretch"])),
        channels=channels,
        mean=tuple(draw(numbers) for _ in range(channels)),
        std=tuple(draw(st.floats(1e-6, 1e6)) for _ in range(channels)),
        interpolation=draw(st.sampled_from(["bilinear", "bicubic"])),
    )


models = st.builds(
    ModelChoice,
    name=texts,
    weights=texts,
    seed=seeds,
    preprocessing=st.none() | preprocessings(),
    labels=st.none() | texts,
    weights_hash=st.none() | texts,
)
settings_of_methods = st.dictionaries(texts, st.booleans() | st.integers() | numbers | texts, max_size=4)
compared_methods = st.builds(
    MethodChoice, name=texts, settings=settings_of_methods, layer=st.none() | texts, seed=seeds
)


def values_of(info: SettingInfo) -> st.SearchStrategy[object]:
    if info.choices is not None:
        return st.sampled_from(info.choices)
    if isinstance(info.default, str):
        return texts
    return st.booleans() if isinstance(info.default, bool) else st.floats(info.low, info.high)


def looks_of(of: type) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional={name: values_of(info) for name, info in knobs(of).items()})


recipes = st.builds(
    Recipe,
    model=models,
    picture=st.none() | st.builds(PictureChoice, origin=texts, sha256=st.none() | texts, mirrored=st.booleans()),
    layer=st.none() | texts,
    unit=st.none() | st.integers(0, 10**9),
    place=st.none() | st.tuples(st.integers(0, 999), st.integers(0, 999)),
    target=targets.map(text_of),
    method=texts,
    settings=settings_of_methods,
    seed=seeds,
    looks=st.fixed_dictionaries({}, optional={kind: looks_of(of) for kind, of in BY_NAME.items()}),
    comparison=st.none()
    | st.builds(
        ComparisonChoice,
        methods=st.lists(compared_methods, min_size=1, max_size=3).map(tuple),
        networks=st.lists(models, min_size=1, max_size=3).map(tuple),
        shared=st.booleans(),
        over=st.booleans(),
    ),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=100)
@given(recipes)
def test_that_a_recipe_survives_its_json(recipe: Recipe) -> None:
    text = to_json(recipe)
    assert text.isascii()
    assert from_json(text) == recipe


def test_that_a_file_name_that_is_no_text_survives() -> None:
    recipe = Recipe(ModelChoice("lenet"), PictureChoice("/pictures/caf\udce9.png"))
    assert from_json(to_json(recipe)) == recipe


@settings(deadline=None, max_examples=100)
@given(st.text())
def test_that_any_text_gives_a_sentence(text: str) -> None:
    with pytest.raises(Problem, match=r"^This is not a recipe: .*\.$"):
        from_json(text)


def names_of(kind: type) -> list[str]:
    return [f.name for f in dataclasses.fields(kind)]


@settings(deadline=None, max_examples=300)
@given(recipes, st.data())
def test_that_a_recipe_with_anything_in_any_field_is_read_or_refused_in_a_sentence(
    recipe: Recipe, data: st.DataObject
) -> None:
    content: dict[str, Any] = json.loads(to_json(recipe))
    group = content
    where = data.draw(st.sampled_from(["", "model", "picture", "looks", "comparison"]))
    if where and isinstance(content[where], dict):
        group = content[where]
    name = data.draw(st.sampled_from(sorted(group)))
    if data.draw(st.booleans()):
        del group[name]
    else:
        group[name] = data.draw(json_values)
    sentence = ""
    try:
        read = from_json(json.dumps(content))
        assert from_json(to_json(read)) == read
    except Problem as problem:
        sentence = str(problem)
    assert sentence == "" or sentence.endswith(".")
    assert len(sentence) < 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        '{"model": ' + "[" * 900 + "]" * 900 + "}",
        '{"model": {"name": "lenet"}, "unit": ' + "9" * 5000 + "}",
        '{"model": {"name": "lenet"}, "version": ' + "9" * 4000 + "}",
        '{"model": {"name": "lenet"}, "display": {"gamma": 1' + "0" * 400 + "}}",
        '{"model": {"name": "lenet"}, "display": {"gamma": NaN}}',
        '{"model": {"name": "lenet"}, "display": {"colours": "jet"}}',
        '{"model": {"name": "lenet"}, "display": {"view": "upside down"}}',
        '{"model": {"name": "lenet"}, "display": {"clip": 101}}',
        '{"model": {"name": "lenet"}, "display": []}',
        '{"model": {"name": "lenet"}, "display": {"smooth": null}}',
        '{"model": {"name": "lenet"}, "looks": 3}',
        '{"model": {"name": "lenet"}, "looks": {"Maps": null}}',
        '{"model": {"name": "lenet"}, "looks": {"Maps": {"gamma": 0}}}',
        '{"model": {"name": "lenet"}, "looks": {"Maps": {"gamma": [1]}}}',
        '{"model": {"name": "lenet"}, "looks": {"Maps": {"colours": "' + "j" * 999 + 'et"}}}',
        '{"model": {"name": "lenet"}, "looks": {"Heat": {"clip": 1' + "0" * 400 + "}}}",
        '{"model": {"name": "lenet"}, "looks": {"Heat": {"opacity": true}}}',
        '{"model": {"name": "lenet"}, "looks": {"Derivative": {"view": "upside down"}}}',
        '{"model": {"name": "lenet"}, "seed": -1}',
        '{"model": {"name": "lenet"}, "unit": -1}',
        '{"model": {"name": "lenet"}, "unit": true}',
        '{"model": {"name": "lenet"}, "place": [1, -2]}',
        '{"model": {"name": "lenet"}, "place": [1, 2, 3]}',
        '{"model": {"name": "lenet"}, "target": "clas:3"}',
        '{"model": {"name": "lenet", "preprocessing": {"mean": [0.5], "std": [0]}}}',
        '{"model": {"weights": "default"}}',
        '{"model": "lenet"}',
        '{"model": {"name": "lenet"}, "comparison": {}}',
        '{"model": {"name": "lenet"}, "comparison": {"methods": [], "networks": []}}',
        '{"model": {"name": "lenet"}, "comparison": {"methods": ["gradient"], "networks": [{"name": "lenet"}]}}',
        '{"model": {"name": "lenet"}, "comparison": {"methods": [{"name": "cam", "seed": -1}], "networks": []}}',
        "null",
    ],
)
def test_that_a_damaged_recipe_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Problem) as caught:
        from_json(text)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


def test_that_what_a_newer_version_adds_is_ignored_but_its_number_is_not() -> None:
    assert from_json('{"model": {"name": "lenet", "new": 1}, "also": []}') == Recipe(ModelChoice("lenet"))
    with pytest.raises(Problem, match="newer"):
        from_json('{"model": {"name": "lenet"}, "version": 2}')


def test_that_a_comparison_is_plain_json_and_has_an_end() -> None:
    comparison = ComparisonChoice((MethodChoice("gradient"),), (ModelChoice("lenet"), ModelChoice("alexnet")))
    content = json.loads(to_json(Recipe(ModelChoice("lenet"), comparison=comparison)))
    assert content["version"] == 1
    assert content["comparison"]["methods"] == [{"name": "gradient", "settings": {}, "layer": None, "seed": 0}]
    assert [network["name"] for network in content["comparison"]["networks"]] == ["lenet", "alexnet"]
    content["comparison"]["networks"] *= MOST_COMPARED
    with pytest.raises(Problem, match=f"from 1 to {MOST_COMPARED} networks"):
        from_json(json.dumps(content))


MADE = Recipe(ModelChoice("lenet", weights_hash="a" * 64), PictureChoice("/p/seven.png", "b" * 64))


def test_that_the_same_network_and_picture_make_no_difference() -> None:
    assert differences(MADE, MADE.model, "b" * 64) == ()
    assert differences(Recipe(ModelChoice("lenet")), MADE.model, None) == ()
    unknown = Recipe(ModelChoice("lenet"), PictureChoice("/p/seven.png"))
    assert differences(unknown, MADE.model, "b" * 64) == ()


def test_that_other_weights_and_another_or_a_missing_picture_are_said() -> None:
    other = ModelChoice("lenet", weights_hash="c" * 64)
    sentences = differences(MADE, other, "d" * 64)
    assert len(sentences) == 2
    assert "weights of lenet" in sentences[0]
    assert "cccccccc now, aaaaaaaa then" in sentences[0]
    assert "seven.png has changed" in sentences[1]
    assert "seven.png is missing" in differences(MADE, MADE.model, None)[0]


def test_that_a_completed_recipe_has_no_differences() -> None:
    done = completed(Recipe(ModelChoice("lenet"), PictureChoice("sample:seven", mirrored=True)), MADE.model, "b" * 64)
    assert done.picture == PictureChoice("sample:seven", "b" * 64, mirrored=True)
    assert differences(done, MADE.model, "b" * 64) == ()
    assert completed(Recipe(ModelChoice("lenet")), MADE.model, None).picture is None


def test_that_recipes_need_no_torch() -> None:
    code = (
        "import sys, analysis.protocol.recipe, analysis.protocol.requests; print({'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_that_backward_mode_is_in_a_recipe_and_old_recipes_have_none() -> None:
    mode = BackwardChoice("guided", "layer2", 5, in_mosaic=False, view="raw")
    recipe = Recipe(ModelChoice("lenet"), layer="conv1", unit=2, backward=mode)
    assert from_json(to_json(recipe)) == recipe
    old = json.loads(to_json(recipe))
    del old["backward"]
    assert from_json(json.dumps(old)).backward is None
    newer = json.loads(to_json(recipe))
    newer["backward"]["by_way_of"] = "the moon"
    assert from_json(json.dumps(newer)) == recipe
    for damaged in ({"rule": "sideways"}, {"rule": "guided", "unit": -1}, {"rule": "guided", "view": 3}):
        with pytest.raises(Problem):
            from_json(json.dumps(old | {"backward": damaged}))


def test_that_what_flows_back_comes_from_the_held_unit_or_else_from_the_chosen_one() -> None:
    chosen = Recipe(ModelChoice("lenet"), layer="conv1", unit=2, backward=BackwardChoice("gradient"))
    assert backward_of(chosen) == Backward("gradient", "conv1", 2)
    with_another_held = replace(chosen, backward=BackwardChoice("guided", "conv2", 7, in_mosaic=False))
    assert backward_of(with_another_held) == Backward("guided", "conv2", 7, in_mosaic=False)
    assert backward_of(replace(chosen, unit=None)) is None
    assert backward_of(replace(chosen, backward=None)) is None
