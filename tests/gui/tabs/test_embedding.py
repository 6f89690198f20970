"""The Embedding tab: what is asked, maps that are linked, the live picture over them, and what is circled."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Landed
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.results.kinds import Embedding, LayerMap
from gui.tabs.embedding import EMBEDDING
from gui.tabs.map_sight import MapSight
from gui.tabs.method_tab import MethodTab
from gui.tabs.population_asked import PopulationAsked
from gui.views.embedding_view import EmbeddingView
from gui.views.map_grid import MapGrid
from tests.gui.explaining import House

RANDOM = np.random.default_rng(0)
COUNT = 40


def embedding(layers: tuple[str, ...] = ("input", "stem")) -> Embedding:
    groups = np.arange(COUNT) % 2
    maps = []
    for number, layer in enumerate(layers):
        near = np.stack([np.delete(np.arange(COUNT), n)[number : number + 4] for n in range(COUNT)])
        ones = np.full(COUNT, 0.9, np.float32)
        places = RANDOM.normal(size=(COUNT, 2)).astype(np.float32)
        votes = groups if number else 1 - groups
        told = {"accuracy": 0.5, "trustworthiness": 0.9}
        maps.append(
            LayerMap(layer, places, places, near, votes, groups, "whole", trust=ones, continuity=ones, numbers=told)
        )
    units = RANDOM.normal(size=(COUNT, 6)).astype(np.float32)
    units[:, 4] = groups * 3
    names = tuple(f"data:few#{n}" for n in range(COUNT))
    sprites = RANDOM.integers(0, 256, (COUNT, 8, 8, 3), dtype=np.uint8)
    right = np.ones(COUNT, np.int8)
    return Embedding(
        tuple(maps), groups, ("cat", "dog"), groups, ("cat", "dog"), right, names, sprites, (("stem", units),),
        {"result": np.stack([one.places for one in maps])},
    )  # fmt: skip


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = lambda request: embedding()
    yield made
    made.close()


def tab_of(house: House, qtbot: QtBot) -> MethodTab:
    house.begin()
    tab = MethodTab(EMBEDDING, house)
    qtbot.addWidget(tab)
    tab.resize(900, 700)
    tab.show()
    return tab


def asked_in(tab: MethodTab) -> PopulationAsked:
    return next(extra for extra in tab.extras if isinstance(extra, PopulationAsked))


def ran(tab: MethodTab, qtbot: QtBot) -> tuple[MapSight, MapGrid]:
    tab.run_button.click()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    view = tab.pane.view(Embedding)
    assert isinstance(view, EmbeddingView)
    return next(extra for extra in tab.extras if isinstance(extra, MapSight)), view.grid


def test_that_a_data_set_and_layers_are_chosen_and_asked(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    asked = asked_in(tab)
    assert asked.chosen[0] == "input"
    asked.choose_data("scenes")
    asked.choose_layers(("stem", "input"))
    ran(tab, qtbot)
    recipe = house.engine.asked[-1].recipe
    assert (recipe.method, recipe.data, recipe.layers, recipe.layer) == ("tsne", "scenes", ("input", "stem"), None)


def test_that_a_recipe_comes_back_before_it_is_run(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    tab.show_recipe(Recipe(ModelChoice("net"), method="pca", data="digits", layers=("stem",), settings={"pictures": 9}))
    qtbot.waitUntil(lambda: not tab.runner.busy and tab.shown() is not None)
    recipe = house.engine.asked[-1].recipe
    assert (recipe.method, recipe.data, recipe.layers) == ("pca", "digits", ("stem",))
    assert recipe.settings["pictures"] == 9


def test_that_what_is_pointed_at_in_one_map_is_marked_in_all_and_told(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    sight, grid = ran(tab, qtbot)
    first, second = grid.canvases
    before = second.grab().toImage()
    qtbot.mouseMove(first, first.place_of(7).toPoint())
    assert second.grab().toImage() != before
    assert "is dog" in sight.words.text()
    assert "in input trust" in sight.words.text()
    assert "won" not in sight.words.text()  # before the first map there is none
    qtbot.mouseMove(second, second.place_of(9).toPoint())
    assert "in stem trust" in sight.words.text()
    assert "won" in sight.words.text()
    assert sight.strip.words == "dog from stem on"
    assert not sight.small.pixmap().isNull()


def test_that_a_picture_that_is_clicked_is_looked_at_in_the_window(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    _, grid = ran(tab, qtbot)
    canvas = grid.canvases[1]
    place = canvas.place_of(5).toPoint()
    found = canvas.point_at(canvas.place_of(5))
    with qtbot.waitSignal(tab.picture_wanted) as wanted:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    assert wanted.args == [f"data:few#{found}"]


def test_that_circled_pictures_rank_the_units_and_a_unit_colours_the_maps(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    sight, grid = ran(tab, qtbot)
    grid.circled.emit(np.arange(COUNT) % 2 == 1)
    qtbot.waitUntil(lambda: sight.units.count() > 2)
    assert "stem · unit 4" in sight.units.item(1).text()
    before = grid.canvases[0].grab().toImage()
    sight.units.itemClicked.emit(sight.units.item(1))
    assert (house.state.layer, house.state.unit) == ("stem", 4)
    assert grid.coloured_by == "unit"
    assert grid.canvases[0].grab().toImage() != before
    assert not sight.dream.isHidden()
    with qtbot.waitSignal(tab.dream_wanted) as wanted:
        sight.dream.click()
    ((term,),) = wanted.args
    assert (term.layer, term.direction, term.along[0][0]) == ("stem", True, 4)  # the unit that tells them apart
    grid.circled.emit(None)
    assert sight.units.count() == 1
    assert sight.dream.isHidden()


def test_that_the_live_picture_is_asked_for_and_flies_over_every_map(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    sight, grid = ran(tab, qtbot)
    qtbot.waitUntil(lambda: house.engine.maps_asked)
    place = np.zeros(2, np.float32)
    landed = tuple(Landed(layer, place, np.array([1, 2, 3]), 1) for layer in ("input", "stem"))
    before = [canvas.grab().toImage() for canvas in grid.canvases]
    tab.runner.seen.emit(replace(house.shown[-1], landed=landed))
    assert all(canvas.grab().toImage() != one for canvas, one in zip(grid.canvases, before, strict=True))
    assert sight.strip.words == "dog from input on"
    sight.live.click()
    house.loop.ask()
    qtbot.waitUntil(lambda: not house.engine.maps_asked)
    assert [canvas.grab().toImage() for canvas in grid.canvases] == before


@pytest.mark.parametrize("by", ["prediction", "correctness", "cluster", "vote", "trust", "continuity"])
def test_that_every_colour_has_its_legend(house: House, qtbot: QtBot, by: str) -> None:
    tab = tab_of(house, qtbot)
    sight, grid = ran(tab, qtbot)
    sight.colours.setCurrentIndex(sight.colours.findData(by))
    sight.colours.activated.emit(sight.colours.currentIndex())
    assert grid.coloured_by == by
    assert "●" in grid.legend.text()


def test_that_without_labels_it_is_said(house: House, qtbot: QtBot) -> None:
    none = np.full(COUNT, -1)
    house.engine.result = lambda request: replace(embedding(), groups=none, group_names=(), right=none.astype(np.int8))
    tab = tab_of(house, qtbot)
    sight, grid = ran(tab, qtbot)
    assert "Nothing is labelled" in grid.legend.text()
    grid.colour_by("correctness")
    assert "cannot be told" in grid.legend.text()
    sight.strip.show_votes(("a",), (-1,), ())
    assert "nothing to vote" in sight.strip.words


def test_that_the_maps_are_small_enough_for_a_small_window(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    _, grid = ran(tab, qtbot)
    tab.resize(640, 520)
    assert all(canvas.width() >= 120 for canvas in grid.canvases)
    assert not tab.grab(tab.rect().adjusted(0, 0, -1, -1)).isNull()
