"""The comparison as one figure: every map where its method and network cross, in each format, with its whole recipe."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.drawing.comparison import _network_words, comparison_figure
from analysis.files.recipe_inside import read_recipe
from analysis.protocol.events import MethodResult
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe, look, with_look
from analysis.results.kinds import Derivative, Enlarged, Heat, Result
from analysis.results.looks import DerivativeLook, HeatLook
from analysis.studies.grid import Compared, Outcome, as_compared, asked_of, questions

LABELS = ("cat", "dog")
SHA = "5" * 64
NETWORKS = (ModelChoice("alexnet"), ModelChoice("vgg16", "random"))
METHODS = (MethodChoice("gradient"), MethodChoice("guided"), MethodChoice("grad-cam", layer="features.3"))


def asked(**changes: object) -> Recipe:
    comparison = replace(ComparisonChoice(METHODS, NETWORKS), **changes)  # type: ignore[arg-type]
    return Recipe(
        NETWORKS[0],
        PictureChoice("sample:clock"),
        target="class:1",
        looks={"Derivative": {"view": "grey", "clip": 98}, "Heat": {"clip": 98}},
        comparison=comparison,
    )


def result(question: Recipe) -> MethodResult:
    random = np.random.default_rng(len(question.method) + len(question.model.name))
    found: Result = Derivative(random.standard_normal((3, 12, 12)).astype(np.float32))
    if "cam" in question.method:
        found = Heat(random.random((3, 3), np.float32), Enlarged(np.ones((12, 12), np.float32)))
    made = replace(
        question,
        model=replace(question.model, weights_hash=question.model.name[0] * 64),
        picture=PictureChoice("sample:clock", SHA),
    )
    return MethodResult(1, made, random.integers(0, 256, (12, 12, 3), dtype=np.uint8), found)


def compared(recipe: Recipe) -> Compared:
    """All but the second method on the second network."""
    outcomes: dict[tuple[int, int], Outcome] = {
        (row, column): result(replace(question, model=choice))
        for row, question in enumerate(questions(recipe))
        for column, choice in enumerate(NETWORKS)
    }
    outcomes[1, 1] = "It has no ReLU."
    return as_compared(recipe, outcomes, LABELS)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_that_it_is_written_with_the_recipe_of_all_of_it(tmp_path: Path, suffix: str) -> None:
    made = compared(asked(shared=True, over=True))
    path = tmp_path / f"figure{suffix}"
    path.write_bytes(comparison_figure(made).saved(suffix, made.recipe))
    recipe = read_recipe(path)
    assert recipe == made.recipe
    comparison = recipe.comparison
    assert comparison is not None
    assert (look(recipe, DerivativeLook).view, comparison.shared, comparison.over) == ("grey", True, True)
    assert [(one.name, one.weights, one.weights_hash) for one in comparison.networks] == [
        ("alexnet", "default", "a" * 64),
        ("vgg16", "random", "v" * 64),
    ]
    assert [one.name for one in comparison.methods] == ["gradient", "guided", "grad-cam"]
    assert recipe.picture == PictureChoice("sample:clock", SHA)
    assert (recipe.method, recipe.target) == ("gradient", "class:1")


def test_that_settings_are_written_out() -> None:
    recipe = Recipe(NETWORKS[0], comparison=ComparisonChoice((MethodChoice("smoothgrad", {"samples": 3}),), NETWORKS))
    written = as_compared(recipe, {}, None).recipe
    assert written.comparison is not None
    settings = written.comparison.methods[0].settings
    assert settings["samples"] == 3
    assert {"noise", "batch"} <= set(settings)
    assert written.settings == settings


def test_that_a_unit_is_asked_in_its_own_layer() -> None:
    of_class = questions(asked())
    assert [question.layer for question in of_class] == [None, None, "features.3"]
    of_unit = questions(replace(asked(), target="unit:max", layer="features.8", unit=3))
    assert [(question.layer, question.unit) for question in of_unit] == [("features.8", 3)] * 3
    assert all(question.comparison is None for question in of_unit)


def test_that_a_class_is_asked_by_its_name() -> None:
    question = questions(asked())[0]
    assert asked_of(question, LABELS, NETWORKS[1], LABELS).target == "class:1"
    other = asked_of(question, LABELS, NETWORKS[1], ("bird", "fish", "dog"))
    assert (other.target, other.model) == ("class:2", NETWORKS[1])
    for own in (("bird",), None):
        with pytest.raises(Problem, match="vgg16 has no class of that name"):
            asked_of(question, LABELS, NETWORKS[1], own)
    best = replace(question, target="class")
    assert asked_of(best, LABELS, NETWORKS[1], None).target == "class"


def words(**changes: object) -> list[str]:
    return [text.get_text() for text in comparison_figure(compared(asked(**changes))).figure.texts]


def test_that_it_names_what_is_compared_and_what_is_missing() -> None:
    said = words()
    for expected in ("Gradient", "Grad-CAM", "alexnet", "It has no ReLU.", "Of class 1 (dog)"):
        assert expected in said
    assert "vgg16, random weights of seed 0" in " ".join(said)
    assert "clipped at 98 %; derivatives are shown as grey" in " ".join(said)
    assert "of layer features.3" in " ".join(said)
    assert sum("…" in text for text in said) == 5


def test_that_a_shared_scale_says_the_same_numbers_for_one_kind() -> None:
    def scales(shared: bool) -> set[str]:
        return {text for text in words(shared=shared) if "…" in text and text.startswith("−")}

    assert len(scales(shared=False)) > 1
    assert len(scales(shared=True)) == 1


def test_that_maps_lie_over_their_picture_where_they_are_seen_so() -> None:
    def drawn(over: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        cells = [axes.images[0].get_array() for axes in comparison_figure(compared(asked(over=over))).figure.axes]
        return np.asarray(cells[2], np.uint8)  # after the two pictures: the first method on the first network

    seen = compared(asked()).results[0, 0].picture
    alone, over = drawn(over=False), drawn(over=True)
    assert not np.array_equal(alone, over)
    assert np.abs(over.astype(int) - seen).mean() < np.abs(alone.astype(int) - seen).mean()
    faint = with_look(asked(over=True), DerivativeLook, opacity=0.0)
    cells = [axes.images[0].get_array() for axes in comparison_figure(compared(faint)).figure.axes]
    assert np.array_equal(np.asarray(cells[2]), seen)


def test_that_derivatives_and_maps_can_be_looked_at_in_different_ways() -> None:
    def said(recipe: Recipe) -> str:
        return " ".join(text.get_text() for text in comparison_figure(compared(recipe)).figure.texts)

    grid = asked(over=True)
    assert "clipped at 98 %; derivatives are shown as grey. Every map lies over its picture, at most 60%" in said(grid)
    apart = said(with_look(grid, HeatLook, clip=90, opacity=0.2))
    assert "clipped at 98 % (derivatives) and 90 % (maps); derivatives" in apart
    assert "at most 60% (derivatives) and 20% (maps) of it" in apart
    only = with_look(asked(methods=METHODS[:2]), HeatLook, clip=90)
    assert "clipped at 98 %; derivatives" in said(only)
    assert "clipped at 90 %; derivatives" in said(with_look(asked(methods=METHODS[2:]), HeatLook, clip=90))


def test_that_a_wide_picture_and_its_maps_keep_their_shape() -> None:
    recipe = asked(networks=NETWORKS[:1])
    question = questions(recipe)[0]
    wide = replace(
        result(replace(question, model=NETWORKS[0])),
        picture=np.zeros((10, 20, 3), np.uint8),
        result=Derivative(np.ones((3, 10, 20), np.float32)),
    )
    page = comparison_figure(as_compared(recipe, {(0, 0): wide}, LABELS))
    wide_, high = page.figure.get_size_inches()
    boxes = [axes.get_position() for axes in page.figure.axes if axes.images]
    assert len(boxes) == 2
    for box in boxes:
        assert box.width * wide_ == pytest.approx(2 * box.height * high)
    assert boxes[0].x0 == pytest.approx(boxes[1].x0)


def test_that_one_network_with_two_fits_is_told_apart() -> None:
    stretched = ModelChoice("lenet", preprocessing=Preprocessing(28, 32, fit="stretch"))
    words = [
        _network_words(choice) for choice in (ModelChoice("lenet"), stretched, replace(stretched, weights="random"))
    ]
    assert words == ["lenet", "lenet, stretched to 32×28", "lenet, random weights of seed 0, stretched to 32×28"]
