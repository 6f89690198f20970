"""Every row that needs no download is drawn at small size, and comes back from its figure."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analysis.files.gallery import named
from analysis.files.recipe_inside import read_recipe
from analysis.gallery.cards import Card, cards
from analysis.gallery.contact_sheet import contact_sheet
from analysis.gallery.drawing import Drawing, drawing
from analysis.gallery.thumbnails import HIGH, WIDE, of, read, webp
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.loading import Loading, Steps, finished
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, from_json, to_json
from analysis.shipped import BUILTINS
from analysis.shipped.weights import is_here

HERE = {builtin.name for builtin in BUILTINS if is_here(builtin)}


@cache
def opened(choice: ModelChoice) -> Network:
    """Once for all rows."""
    return finished(catalogue.load(choice), lambda step: None)


def opening(choice: ModelChoice) -> Steps[Network]:
    yield Loading(0, 1, choice.name)
    return opened(choice)


def begun(card: Card) -> Drawing:
    """What the row is after its first step with a result."""
    return finished(drawing(card.recipe, opening, enough=lambda: True), lambda step: None)


def is_ready(card: Card) -> bool:
    """Whether it needs no download, neither of a network nor of a data set."""
    return HERE.issuperset(card.networks) and not card.data


@pytest.mark.parametrize("name", [card.name for card in cards() if is_ready(card)])
def test_that_a_row_is_drawn_and_comes_back_from_its_figure(name: str, tmp_path: Path) -> None:
    card = next(card for card in cards_by_name().values() if card.name == name)
    drawn = begun(card)
    path = tmp_path / "row.png"
    path.write_bytes(drawn.small(240, 150))
    back = read_recipe(path)
    assert back == drawn.recipe
    assert (back.method, back.model.name, back.comparison is None) == (
        card.recipe.method,
        card.recipe.model.name,
        card.recipe.comparison is None,
    )
    pixels = read(path)
    assert pixels.shape[0] <= 151
    assert pixels.shape[1] <= 241
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 4  # no blank sheet


@cache
def cards_by_name() -> dict[str, Card]:
    return {card.name: card for card in cards()}


@pytest.mark.parametrize("name", ["lenet-conv1", "lenet-gradient", "dynamics-output"])
def test_that_what_came_back_makes_the_same_figure(name: str) -> None:
    first = finished(drawing(named(name).recipe, opening), lambda step: None)
    again = finished(drawing(from_json(to_json(first.recipe)), opening), lambda step: None)
    assert again.recipe == first.recipe
    assert np.array_equal(again.inside(200, 120), first.inside(200, 120))
    assert again.saved(".svg") == first.saved(".svg")


@pytest.mark.parametrize(("wide", "high"), [(400, 250), (1200, 700), (90, 500)])
def test_that_what_is_seen_fills_the_room_that_there_is_in_one_direction(wide: int, high: int) -> None:
    drawn = begun(cards_by_name()["lenet-gradient"])
    rows, columns, _ = drawn.inside(wide, high).shape
    assert rows <= high + 1
    assert columns <= wide + 1
    assert abs(rows - high) <= 1 or abs(columns - wide) <= 1


def test_that_every_step_is_told_and_the_method_runs_to_its_end() -> None:
    told: list[Loading] = []
    finished(drawing(named("lenet-smoothgrad").recipe, opening), told.append)
    assert told[-1].done == told[-1].total > 0


def test_that_a_comparison_is_drawn_whole() -> None:
    drawn = finished(drawing(cards_by_name()["untrained-guided"].recipe, opening), lambda step: None)
    assert drawn.recipe.comparison is not None
    assert len(drawn.recipe.comparison.networks) == 2
    assert all(network.weights_hash for network in drawn.recipe.comparison.networks)


def test_that_a_recipe_without_its_layer_is_refused_before_a_network_is_opened() -> None:
    def never(choice: ModelChoice) -> Steps[Network]:
        raise AssertionError("a network was opened")
        yield

    recipe = from_json('{"model": {"name": "lenet"}, "picture": {"origin": "sample:digit-5"}, "method": "activations"}')
    with pytest.raises(Problem, match="needs a layer"):
        finished(drawing(recipe, never), lambda step: None)


def test_that_the_sheet_has_every_card_under_its_topic(tmp_path: Path) -> None:
    some = [card for card in cards() if card.topic in ("Dynamics", "Trust")]
    paper = np.full((100, 160, 3), 7, np.uint8)
    sheet = contact_sheet([(card, paper) for card in some])
    one = contact_sheet([(some[0], paper)])
    assert sheet.shape[1] == one.shape[1]
    assert sheet.shape[0] > one.shape[0]
    assert (sheet == 7).all(axis=2).sum() == len(some) * (one == 7).all(axis=2).sum()
    assert len({card.topic for card in some}) == 2
    path = tmp_path / "sheet.webp"
    path.write_bytes(webp(sheet))
    assert read(path).shape == sheet.shape


def test_that_a_thumbnail_is_of_the_size_of_thumbnails() -> None:
    rows, columns, _ = of(begun(cards_by_name()["lenet-unit"])).shape
    assert columns in range(WIDE - 1, WIDE + 2)
    assert rows <= HIGH + 1


@pytest.fixture(autouse=True, scope="module")
def networks_go_when_all_rows_are_drawn() -> Iterator[None]:
    yield
    opened.cache_clear()
