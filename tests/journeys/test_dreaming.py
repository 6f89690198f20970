"""What is seen can be dreamt, from its menu: a class, a layer, a place, and one thing together with another."""

from PySide6.QtWidgets import QMenu

from analysis.protocol.recipe import Recipe
from gui.tabs.method_tab import MethodTab
from gui.tabs.table import MAKES
from tests.journeys.test_main_job import House, house

__all__ = ["house"]


def chosen(menu: QMenu, words: str) -> None:
    next(row for row in menu.actions() if row.text() == words).trigger()


def made(house: House) -> Recipe:
    """What the Synthesis tab has made, of few steps."""
    panel = house.session.tabs[MAKES.key].panel
    assert isinstance(panel, MethodTab)
    house.until(lambda: panel.shown() is not None and not panel.runner.busy)
    shown = panel.shown()
    assert shown is not None
    return shown.recipe


def few_steps(house: House) -> None:
    panel = house.session.tabs[MAKES.key].panel
    assert isinstance(panel, MethodTab)
    panel.asked.form.set_values({"steps": 3})


def of_class(house: House, index: int) -> QMenu:
    menu = QMenu(house.window)
    house.window.predictions.menu_made.emit(menu, index)
    return menu


def of_layer(house: House, path: str) -> QMenu:
    menu = QMenu(house.window)
    house.window.network.menu_made.emit(menu, path)
    return menu


def of_unit(house: House, unit: int) -> QMenu:
    menu = QMenu(house.window)
    menu.addActions(house.bindings.unit_actions(menu, unit))
    return menu


def test_that_what_is_seen_is_dreamt_alone_and_together(house: House) -> None:
    few_steps(house)
    state = house.session.state
    chosen(of_class(house, 3), "Dream “3”")
    assert (made(house).target, made(house).settings["also"]) == ("class:3", "")
    state.set_layer("conv2", 5)
    state.set_place((2, 3))
    chosen(of_unit(house, 5), "Dream it at row 2, column 3")
    assert (made(house).target, made(house).layer, made(house).unit) == ("unit:2,3", "conv2", 5)
    state.set_unit(7)  # which a click into the mosaic does before its menu is there
    chosen(of_unit(house, 7), "Dream “conv2 · unit 5, row 2, column 3” and not this unit")
    house.until(lambda: bool(made(house).settings["also"]))
    assert (made(house).unit, made(house).settings["also"]) == (5, "-1 unit:center 7 conv2")
    chosen(of_class(house, 8), "Dream “8”")
    house.until(lambda: made(house).target == "class:8")
    assert made(house).settings["also"] == ""  # alone again


def test_that_a_layer_and_what_it_answers_are_dreamt(house: House) -> None:
    few_steps(house)
    chosen(of_layer(house, "conv2"), "Dream what it answers to the picture")
    recipe = made(house)
    assert (recipe.settings["also"], recipe.settings["share"]) == ("1 direction:mean conv2", 0)
    assert recipe.picture is not None  # which says what the direction is
    panel = house.session.tabs[MAKES.key].panel
    assert isinstance(panel, MethodTab)
    assert "a direction" in panel.pane.title.text()
    chosen(of_layer(house, "conv2"), "Dream this layer")
    house.until(lambda: made(house).method == "deepdream")
    assert made(house).layer == "conv2"
