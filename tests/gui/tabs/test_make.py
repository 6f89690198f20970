"""The tabs of attacks and of breeding: what is seen at every step, and what becomes a file."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Semaphore

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Answer
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice, Recipe, to_json
from analysis.protocol.requests import AnswerRequest
from analysis.results.kinds import Adversary, Ancestor, Elites, LayerChange, Light
from analysis.studies.grid import of_one
from gui.export.figures import write_figure
from gui.selection import State
from gui.tabs.adversaries import ADVERSARIES
from gui.tabs.fooling import FOOLING
from gui.tabs.held_run import HeldRun
from gui.tabs.kept_run import KeptRun
from gui.tabs.laid_on_live import LaidOnLive
from gui.tabs.method_tab import MethodTab
from gui.tabs.other_network import OtherNetwork
from gui.tabs.saved_adversary import SavedAdversary
from gui.tabs.steeper_steps import SteeperSteps
from gui.views.adversary_view import AdversaryView
from gui.views.elites_view import ElitesView
from tests.gui import networks
from tests.gui.explaining import LABELS, House, frame


def adversary(file: bool = True, stalls: bool = False) -> Adversary:
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
        lights=(Light("gradient", stalls, "There is none."), Light("loss", True, "It <does> not rise.")),
        layers=(LayerChange("stem", 1.5, (3, 0), (1.25, 0.5)), LayerChange("layer2.relu", 12.0, (1,), (11.0,))),
        beside={"ratio": np.array(1.2), "fooled_file": np.array(file)},
    )


def elites(count: int = 10) -> Elites:
    frames = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)
    numbers = np.arange(count)
    beside = {"classes": numbers, "born": numbers, "parents": numbers[::-1].copy()}
    names = tuple(f"thing {one}" for one in range(count))
    sure = np.linspace(1, 0, count, dtype=np.float32)
    first = [Ancestor(one, names[one], 0.1, 0, frames[one]) for one in range(count)]
    family = tuple(
        Ancestor(one, names[one], float(sure[one]), one, frames[one], first[count - 1 - one], first[one])
        for one in range(count)
    )
    return Elites(frames, names, sure, numbers == 2, "Generation 7: median 50.0 %.", family, beside)


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


def test_that_what_the_lights_say_is_whole_in_a_narrow_tab(house: House, qtbot: QtBot) -> None:
    sentence = "The gradient is next to nothing: take signed or normalised steps, or a random start. " * 2
    lit = (Light("gradient", True, sentence), Light("loss", True, sentence))
    house.engine.result = lambda _request: replace(adversary(), lights=lit)
    tab = tab_of(house, qtbot)
    view = ran(tab, qtbot)
    view.resize(400, 640)
    qtbot.waitUntil(lambda: view.lights.height() >= view.lights.heightForWidth(view.lights.width()))
    assert view.lights.geometry().bottom() <= view.lights.parentWidget().height()


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


def test_that_a_file_that_does_not_fool_is_told_before_it_is_saved_and_grown_by_a_click(
    house: House, qtbot: QtBot
) -> None:
    house.engine.result = lambda request: adversary(file=request.recipe.settings["export"] == "file")
    tab = tab_of(house, qtbot)
    view = ran(tab, qtbot)
    saved = next(extra for extra in tab.extras if isinstance(extra, SavedAdversary))
    assert "A file of it does not fool." in view.verdicts.text()
    assert tab.pane.note.text() == ""  # where it would stand a second time
    assert saved.grow.isVisible()
    saved.grow.click()
    qtbot.waitUntil(lambda: len(house.engine.asked) == 2 and not tab.runner.busy and tab.shown() is not None)
    assert house.engine.asked[-1].recipe.settings["export"] == "file"
    assert not saved.grow.isVisible()


def test_that_plain_steps_that_stall_offer_signed_ones(house: House, qtbot: QtBot) -> None:
    house.engine.result = lambda request: adversary(stalls=request.recipe.settings["form"] == "plain")
    tab = tab_of(house, qtbot)
    offer = next(extra for extra in tab.extras if isinstance(extra, SteeperSteps))
    ran(tab, qtbot)
    assert offer.button.isVisible()
    offer.button.click()
    qtbot.waitUntil(lambda: len(house.engine.asked) == 2 and not tab.runner.busy and tab.shown() is not None)
    assert house.engine.asked[-1].recipe.settings["form"] == "signed"
    assert not offer.button.isVisible()


def test_that_a_click_leads_to_the_layer_and_to_the_unit_that_change_most(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    view = ran(tab, qtbot)
    model, state = view.layers.model(), house.state
    rows = [[model.index(row, column).data() for column in range(4)] for row in range(2)]
    assert rows == [["stem", "1.5 %", "3", "0"], ["layer2.relu", "12 %", "1", ""]]
    view.tables.setCurrentWidget(view.layers)
    for row, column, expected in ((1, 2, ("layer2.relu", 1)), (0, 2, ("stem", 3)), (1, 0, ("layer2.relu", None))):
        place = view.layers.visualRect(model.index(row, column)).center()
        qtbot.mouseClick(view.layers.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert (state.layer, state.unit) == expected


def test_that_what_fools_one_network_stays_when_another_one_is_looked_at(
    house: House, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = tab_of(house, qtbot)
    ran(panel, qtbot)
    before = house.state.network
    assert before is not None
    other = tuple(f"something else {number}" for number in range(10))
    house.state.set_network(networks.loaded(name="zebranet", epoch=2, labels=other), None, None)
    shown = panel.shown()
    assert shown is not None
    assert shown.recipe.picture is not None, "which it is of"
    write_figure(shown, house.state.network, tmp_path / "x.svg")
    drawn = (tmp_path / "x.svg").read_text()
    assert before.title in drawn
    assert "zebranet" not in drawn
    with qtbot.waitSignal(panel.export_wanted) as exported:
        next(extra for extra in panel.extras if isinstance(extra, SavedAdversary)).button.click()
    write_figure(exported.args[0], house.state.network, tmp_path / "bare.png")


def test_that_another_network_is_asked_about_both_pictures_by_a_click(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    other = next(extra for extra in tab.extras if isinstance(extra, OtherNetwork))
    assert not other.button.isEnabled()
    ran(tab, qtbot)
    other.ask(ModelChoice("another"))
    qtbot.waitUntil(lambda: "fooled" in other.words.text())
    (request,) = house.engine.opinions
    assert request.choice == ModelChoice("another")
    before, after = request.pictures
    assert before.shape == after.shape == (28, 28, 3)
    assert np.argwhere(before != after).tolist() == [[3, 4, 0], [3, 4, 1], [3, 4, 2]]
    assert after[3, 4].tolist() == [105, 105, 105]
    assert "The other network is fooled, too:" in other.words.text()
    assert "six (90.0 %) before, eight (70.0 %) after." in other.words.text()
    house.engine.opinion = (("six", 0.9), ("six", 0.8))
    other.ask(ModelChoice("another"))
    qtbot.waitUntil(lambda: "not fooled" in other.words.text())


def test_that_what_no_file_holds_is_not_offered_as_a_file(house: House, qtbot: QtBot) -> None:
    five = np.random.default_rng(0).random((28, 28, 5), dtype=np.float32)
    house.engine.result = lambda _request: replace(
        adversary(), values=five, original=five, beside={"ratio": np.array(1.2)}
    )
    tab = tab_of(house, qtbot)
    saved = next(extra for extra in tab.extras if isinstance(extra, SavedAdversary))
    other = next(extra for extra in tab.extras if isinstance(extra, OtherNetwork))
    ran(tab, qtbot)
    assert not any(button.isEnabled() for button in (saved.button, other.button))
    assert not saved.grow.isVisible()
    assert tab.pane.foot.export.isEnabled()


def test_that_the_change_is_laid_on_the_pictures_that_are_shown(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    live = next(extra for extra in tab.extras if isinstance(extra, LaidOnLive))
    assert not live.button.isEnabled()
    ran(tab, qtbot)
    live.button.click()
    qtbot.waitUntil(lambda: "It fools here, too." in live.verdict.text())
    assert "without the change: thing 9" in live.without.text()
    assert "thing 0" in live.with_it.text()
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: len(house.engine.questions) >= 2)
    asked = house.engine.questions[-1]
    assert asked.change is not None
    assert float(asked.change.max()) == pytest.approx(5 / 255)
    assert np.array_equal(asked.picture, frame(2).pixels)
    live.button.click()
    house.show(3, moving=True)
    assert len(house.engine.questions) == 2
    assert not live.verdict.isVisible()


def test_that_what_a_grey_network_gets_is_seen_in_grey(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    grey = Preprocessing(28, 28, 28, channels=1, mean=(0.5,), std=(0.5,))
    house.begin(replace(networks.loaded(labels=LABELS), preprocessing=grey))
    live = next(extra for extra in tab.extras if isinstance(extra, LaidOnLive))
    ran(tab, qtbot)
    live.button.click()
    qtbot.waitUntil(lambda: "It fools here, too." in live.verdict.text())
    seen = live.image.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    colours = {seen.pixelColor(x, 36).name() for x in range(10, 60)}
    assert len(colours) > 10
    assert all(name[1:3] == name[3:5] == name[5:7] for name in colours)


def test_that_pictures_that_come_faster_than_answers_are_answered_all_the_same(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    live = next(extra for extra in tab.extras if isinstance(extra, LaidOnLive))
    ran(tab, qtbot)
    live.button.click()
    qtbot.waitUntil(lambda: "It fools here, too." in live.verdict.text())
    may_answer, asked = Semaphore(0), house.engine.questions

    def slow(request: AnswerRequest) -> Answer:
        asked.append(request)
        assert may_answer.acquire(timeout=30)
        return Answer(request.id, np.arange(10).astype(np.float32))

    house.engine.answer = slow  # type: ignore[method-assign]
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: len(asked) == 2)
    for number in (3, 4):
        picture = frame(number, moving=True)
        tab.runner.seen.emit(replace(house.shown[-1], frame=picture, picture=picture.pixels))
    may_answer.release()
    qtbot.waitUntil(lambda: "It does not fool here." in live.verdict.text())
    qtbot.waitUntil(lambda: len(asked) == 3)
    may_answer.release()
    assert np.array_equal(asked[1].picture, frame(2).pixels)
    assert np.array_equal(asked[2].picture, frame(4).pixels)


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
    extra = next(extra for extra in tab.extras if isinstance(extra, HeldRun))
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


def bred(house: House, qtbot: QtBot, width: int, height: int) -> tuple[MethodTab, ElitesView]:
    """A tab of this size, and what is seen of bred pictures in it."""
    house.begin()
    tab = MethodTab(FOOLING, house)
    qtbot.addWidget(tab)
    tab.resize(width, height)
    tab.show()
    tab.run_button.click()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    view = tab.pane.view()
    assert isinstance(view, ElitesView)
    return tab, view


def test_that_champions_are_shown_with_their_names_and_where_they_come_from(house: House, qtbot: QtBot) -> None:
    house.engine.result = lambda request: elites()
    _, view = bred(house, qtbot, 700, 600)
    assert view.words.text() == "Generation 7: median 50.0 %."
    assert len(view.grid.tiles()) == 10
    assert all(view.grid.rect().contains(room) for _number, room in view.grid.tiles())
    middle = view.grid.tiles()[2][1].center()
    QApplication.sendEvent(view.grid, QHelpEvent(QEvent.Type.ToolTip, middle, view.grid.mapToGlobal(middle)))
    assert view.grid.toolTip() == "thing 2, 77.78 %; born in generation 3 of the champion of thing 7"
    assert [(source, end) for source, end, _fresh in view.grid.arrows()] == [(7, 2)] * min(8, len(view.grid.arrows()))
    assert view.grid.arrows()
    assert not view.family.isVisible()
    side = view.grid.tiles()[0][1].width()
    qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=view.grid.tiles()[3][1].center())
    ((number, room),) = view.grid.tiles()
    assert number == 3
    assert room.width() > side
    assert view.family.isVisible()
    assert [one.name for one in view.family.line.shown] == ["thing 6", "thing 3"]
    assert view.grid.arrows() == []


def test_that_what_is_bred_is_kept_in_a_folder_and_goes_on_from_it(house: House, qtbot: QtBot, tmp_path: Path) -> None:
    house.engine.result = lambda request: elites()
    house.begin()
    tab = MethodTab(FOOLING, house)
    qtbot.addWidget(tab)
    tab.show()
    kept = next(extra for extra in tab.extras if isinstance(extra, KeptRun))
    kept.keep_in(str(tmp_path / "mine"))
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    assert house.engine.asked[-1].folder == str(tmp_path / "mine")
    assert kept.words.text() == "Kept in mine."
    assert kept.words.isVisible()
    house.engine.problem = "The folder holds other files."
    kept.keep_in(str(tmp_path / "full"))
    qtbot.waitUntil(lambda: "other files" in tab.pane.notice.sentence and not tab.runner.busy)
    assert tab.runner.folder == ""  # it is not tried again
    house.engine.problem = None
    house.engine.asked.pop()
    kept.let_go()
    tab.run_button.click()
    qtbot.waitUntil(lambda: len(house.engine.asked) == 2 and not tab.runner.busy)
    assert house.engine.asked[-1].folder == ""
    network = house.state.network
    assert network is not None
    folder = tmp_path / "of another day"
    folder.mkdir()
    recipe = Recipe(network.choice, method="fooling-cppn", settings={"population": 12}, seed=7)
    (folder / "study.json").write_text(to_json(of_one(recipe)))
    kept.go_on(str(folder))
    qtbot.waitUntil(lambda: len(house.engine.asked) == 3 and not tab.runner.busy)
    request = house.engine.asked[-1]
    assert (request.folder, request.recipe.method, request.recipe.seed) == (str(folder), "fooling-cppn", 7)
    assert request.recipe.settings["population"] == 12
    for told, words in (
        (replace(recipe, model=ModelChoice("lenet5")), "of lenet5: open that network first"),
        (replace(recipe, method="gradient", settings={}), "none of a single run"),
    ):
        (folder / "study.json").write_text(to_json(of_one(told)))
        kept.go_on(str(folder))
        assert words in tab.pane.notice.sentence
    kept.go_on(str(tmp_path))
    assert "There is no study in" in tab.pane.notice.sentence
    assert len(house.engine.asked) == 3


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


def test_that_tiles_of_wide_pictures_are_as_wide_and_no_step_is_told_twice(house: House, qtbot: QtBot) -> None:
    made = elites(6)
    wide = np.repeat(made.frames, 2, axis=2)
    house.engine.result = lambda request: replace(made, frames=wide)
    tab, view = bred(house, qtbot, 900, 700)
    for _number, room in view.grid.tiles():
        assert room.width() == pytest.approx(2 * room.height(), abs=2)
        assert view.grid.rect().contains(room)
    assert view.words.text() == made.words
    assert tab.pane.note.text() == ""


def test_that_a_tab_that_asks_for_no_target_keeps_no_room_for_one(house: House, qtbot: QtBot) -> None:
    tab = tab_of(house, qtbot)
    house.state.set_target("class:3")
    tab.resize(560, 700)
    QApplication.processEvents()
    assert tab.target.isHidden()
    run, settings = tab.run_button.geometry(), tab.settings_button.geometry()
    assert settings.top() < run.bottom(), "in the same line"
