"""The tabs of attacks and of breeding: what is seen at every step, and what becomes a file."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Adversary, Elites, Light
from gui.export.figures import write_figure
from gui.selection import State
from gui.tabs.adversaries import ADVERSARIES
from gui.tabs.fooling import FOOLING
from gui.tabs.held_run import HeldRun
from gui.tabs.method_tab import MethodTab
from gui.tabs.saved_adversary import FOOLS_NOT, SavedAdversary
from gui.views.adversary_view import AdversaryView
from gui.views.elites_view import ElitesView
from tests.gui.explaining import House


def adversary(file: bool = True) -> Adversary:
    original = np.full((28, 28, 1), 100 / 255, np.float32)
    changed = original.copy()
    changed[3, 4] += 5 / 255
    return Adversary(
        values=changed,
        original=original,
        answers=("six", "six", "eight"),
        confidence=np.array([0.9, 0.6, 0.8], np.float32),
        changes=np.array([0.0, 0.5, 1.2], np.float32),
        verdicts=("The network is fooled.", "Its file fools, too." if file else "A file of it does not fool."),
        fooled=True,
        lights=(Light("gradient", False, "There is none."), Light("loss", True, "It <does> not rise.")),
        beside={"ratio": np.array(1.2), "fooled_file": np.array(file)},
    )


def elites(count: int = 10) -> Elites:
    frames = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)
    numbers = np.arange(count)
    beside = {"classes": numbers, "born": numbers, "parents": numbers[::-1].copy()}
    names = tuple(f"thing {one}" for one in range(count))
    sure = np.linspace(1, 0, count, dtype=np.float32)
    return Elites(frames, names, sure, numbers == 2, "Generation 7: median 50.0 %.", beside)


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = lambda request: adversary()
    yield made
    made.close()


def tab_of(house: House, qtbot: QtBot) -> MethodTab:
    house.begin()
    tab = MethodTab(ADVERSARIES, house)
    qtbot.addWidget(tab)
    tab.resize(700, 700)
    tab.show()
    return tab


def ran(tab: MethodTab, qtbot: QtBot) -> AdversaryView:
    tab.run_button.click()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    view = tab.pane.view()
    assert isinstance(view, AdversaryView)
    return view


def test_that_the_answer_after_every_step_is_in_the_table(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    assert tab.methods.name == "loss-ascent"
    view = ran(tab, qtbot)
    model = view.rows.model()
    rows = [[model.index(row, column).data() for column in range(4)] for row in range(model.rowCount())]
    assert rows == [
        ["0", "six", "90.0 %", "0.00 %"],
        ["1", "six", "60.0 %", "0.50 %"],
        ["2", "eight", "80.0 %", "1.20 %"],
    ]
    assert "before: six" in view.before.words.text()
    assert "eight 80 %, changed by 1.2 %" in view.after.words.text()
    assert "±5 levels" in view.difference.words.text()
    assert "It &lt;does&gt; not rise." in view.lights.text()
    assert "There is none" not in view.lights.text()
    assert "The network is fooled." in view.verdicts.text()


def test_that_one_picture_can_be_seen_alone(house: House, qtbot: QtBot) -> None:
    view = ran(tab_of(house, qtbot), qtbot)
    three: tuple[QWidget, ...] = (view.before, view.after, view.difference)
    assert all(one.isVisible() for one in three)
    small = view.difference.image.width()
    for seen in ([view.difference], list(three)):
        qtbot.mouseDClick(view.difference.image, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda seen=seen: [one for one in three if one.isVisible()] == seen)
    qtbot.mouseDClick(view.difference.image, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.difference.image.width() > small)


def test_that_the_picture_is_saved_as_nothing_but_itself(house: House, qtbot: QtBot, tmp_path: Path) -> None:
    tab = tab_of(house, qtbot)
    saved = next(extra for extra in tab.extras if isinstance(extra, SavedAdversary))
    assert not saved.button.isEnabled()
    ran(tab, qtbot)
    with qtbot.waitSignal(tab.export_wanted) as exported:
        saved.button.click()
    write_figure(exported.args[0], None, tmp_path / "bare.png")
    with Image.open(io.BytesIO((tmp_path / "bare.png").read_bytes())) as image:
        assert (image.size, image.mode, image.info.keys() & {"underhood-recipe"}) == ((28, 28), "L", set())
        assert image.getpixel((4, 3)) == 105
        assert image.getpixel((0, 0)) == 100
    with qtbot.waitSignal(tab.export_wanted) as exported:
        tab.pane.foot.export.click()
    assert exported.args[0].recipe.settings["export"] == "figure"


def test_that_a_file_that_does_not_fool_is_told_before_it_is_saved(house: House, qtbot: QtBot) -> None:
    house.engine.result = lambda request: adversary(file=False)
    tab = tab_of(house, qtbot)
    ran(tab, qtbot)
    saved = next(extra for extra in tab.extras if isinstance(extra, SavedAdversary))
    assert saved.words.text() == FOOLS_NOT


def test_that_a_recipe_comes_back(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    model = tab.recipe()
    assert model is not None
    tab.show_recipe(Recipe(model.model, method="pgd", settings={"levels": 3, "restarts": 2}, seed=4))
    qtbot.waitUntil(lambda: not tab.runner.busy and tab.shown() is not None)
    asked = house.engine.asked[-1].recipe
    assert (asked.method, asked.settings["levels"], asked.settings["restarts"], asked.seed) == ("pgd", 3, 2, 4)


def test_that_breeding_rests_and_goes_on_by_its_buttons(house: House, qtbot: QtBot) -> None:
    house.engine.result = lambda request: elites()
    house.begin()
    tab = MethodTab(FOOLING, house)
    qtbot.addWidget(tab)
    tab.show()
    (extra,) = tab.extras
    assert isinstance(extra, HeldRun)
    house.engine.gate.clear()
    tab.run_button.click()
    assert house.engine.entered.wait(30)
    reins = house.engine.asked[-1].reins
    assert reins is not None
    extra.pause.click()
    assert reins.halted
    extra.pause.click()
    assert not reins.halted
    house.engine.gate.set()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)


def test_that_champions_are_shown_with_their_names_and_where_they_come_from(house: House, qtbot: QtBot) -> None:
    house.engine.result = lambda request: elites()
    house.begin()
    tab = MethodTab(FOOLING, house)
    qtbot.addWidget(tab)
    tab.resize(700, 600)
    tab.show()
    tab.run_button.click()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    view = tab.pane.view()
    assert isinstance(view, ElitesView)
    assert view.words.text() == "Generation 7: median 50.0 %."
    assert len(view.grid.tiles()) == 10
    assert all(view.grid.rect().contains(room) for _number, room in view.grid.tiles())
    middle = view.grid.tiles()[2][1].center()
    QApplication.sendEvent(view.grid, QHelpEvent(QEvent.Type.ToolTip, middle, view.grid.mapToGlobal(middle)))
    assert view.grid.toolTip() == "thing 2, 77.78 %; born in generation 3 of the champion of thing 7"
    side = view.grid.tiles()[0][1].width()
    qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=view.grid.tiles()[3][1].center())
    ((number, room),) = view.grid.tiles()
    assert number == 3
    assert room.width() > side


@pytest.mark.parametrize("count", [1, 10, 100])
@pytest.mark.parametrize("size", [(300, 200), (900, 700), (200, 600)])
def test_that_tiles_fit_into_any_room(qtbot: QtBot, count: int, size: tuple[int, int]) -> None:
    State()
    view = ElitesView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.show_result(elites(count))
    tiles = view.grid.tiles()
    assert not view.grab().isNull()
    assert len(tiles) == count
    assert all(not one[1].intersects(other[1]) for one in tiles for other in tiles if one is not other)
    assert max(room.right() for _, room in tiles) <= view.grid.width()
