"""The runner of methods: it explains what is shown, a new start drops the old one, and following never queues."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Event, Failure, JobEnded, JobProgress, MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import JobRequest
from gui.lane.method_runner import MethodRunner
from tests.gui import networks
from tests.gui.explaining import House

RECIPE = Recipe(ModelChoice("smallnet"), method="gradient")


class Heard:
    def __init__(self) -> None:
        self.progress: list[JobProgress] = []
        self.results: list[MethodResult] = []
        self.failures: list[Failure] = []


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    yield made
    made.close()


def run(runner: MethodRunner, recipe: Recipe = RECIPE) -> Heard:
    heard = Heard()
    runner.run(recipe, heard.progress.append, heard.results.append, heard.failures.append, "Gradient")
    return heard


def test_that_a_method_runs_on_the_picture_that_is_shown(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner = house.runner()
    heard = run(runner)
    assert runner.busy
    qtbot.waitUntil(lambda: not runner.busy)
    assert [request.frame.number for request in house.engine.asked] == [1]
    assert heard.results[0].recipe.picture is not None
    assert heard.results[0].recipe.picture.origin == "sample:cat"
    assert heard.progress
    assert not heard.failures


def test_that_without_a_network_it_says_so_in_a_sentence(house: House) -> None:
    runner = house.runner()
    heard = run(runner)
    assert not runner.busy
    assert "choose both" in heard.failures[0].summary


def test_that_a_mirrored_source_is_in_the_recipe(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner = MethodRunner(house.state, house.dispatcher, house.jobs, house.loop, mirrored=lambda: True)
    run(runner)
    qtbot.waitUntil(lambda: bool(house.engine.asked))
    assert house.engine.asked[0].recipe.picture is not None
    assert house.engine.asked[0].recipe.picture.mirrored


def test_that_a_new_start_drops_the_old_one(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner = house.runner()
    house.engine.gate.clear()
    first = run(runner)
    assert house.engine.entered.wait(30)
    second = run(runner)
    house.engine.gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert not first.results
    assert len(second.results) == 1
    assert len(house.engine.closed) == 1


def test_that_two_runners_do_not_disturb_each_other(house: House, qtbot: QtBot) -> None:
    house.begin()
    one, other = house.runner(), house.runner()
    first, second = run(one), run(other)
    qtbot.waitUntil(lambda: not one.busy and not other.busy)
    assert len(first.results) == len(second.results) == 1


def test_that_another_network_ends_what_runs(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner = house.runner()
    house.engine.gate.clear()
    heard = run(runner)
    assert house.engine.entered.wait(30)
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    assert not runner.busy
    house.engine.gate.set()
    qtbot.waitUntil(lambda: bool(house.engine.closed))
    assert not heard.results


def test_that_a_problem_comes_back_as_a_sentence(house: House, qtbot: QtBot) -> None:
    house.begin()
    house.engine.problem = "This network has no ReLU."
    runner = house.runner()
    heard = run(runner)
    qtbot.waitUntil(lambda: not runner.busy)
    assert [failure.summary for failure in heard.failures] == ["This network has no ReLU."]
    assert not house.failures


def test_that_what_fails_after_it_was_dropped_is_told_to_nobody(
    house: House, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.begin()
    engine = house.engine

    def failing(request: JobRequest) -> Iterator[Event]:
        engine.entered.set()
        assert engine.gate.wait(30)
        raise Problem("A mask of 60 pixels does not fit.")
        yield

    monkeypatch.setattr(engine, "job", failing)
    engine.gate.clear()
    runner = house.runner()
    heard = run(runner)
    assert engine.entered.wait(30)
    runner.stop()
    with qtbot.waitSignal(house.dispatcher.told, check_params_cb=lambda event: isinstance(event, JobEnded)):
        engine.gate.set()
    assert not heard.failures
    assert not house.failures


def test_that_following_runs_once_for_every_picture_and_quietly(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner, heard, strips = house.runner(), Heard(), list[int]()
    house.jobs.started.connect(lambda number, title: strips.append(number))
    runner.follow(lambda: RECIPE, heard.results.append)
    qtbot.waitUntil(lambda: len(heard.results) == 1)
    for number in (2, 3):
        house.show(number, moving=True)
        qtbot.waitUntil(lambda number=number: len(heard.results) == number)
    assert [request.frame.number for request in house.engine.asked] == [1, 2, 3]
    assert not strips
    assert not runner.busy


def test_that_following_never_queues(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner, heard = house.runner(), Heard()
    runner.follow(lambda: RECIPE, heard.results.append)
    qtbot.waitUntil(lambda: len(heard.results) == 1)
    live = house.shown[-1]
    house.engine.gate.clear()
    house.engine.entered.clear()
    house.show(2, moving=True)
    assert house.engine.entered.wait(30)
    for number in range(3, 9):  # answers that come while the run before is not done
        later = type(live)(**{**vars(live), "frame": type(live.frame)(live.frame.pixels, number, "camera", 0.0, True)})
        house.dispatcher.live.emit(later)
    house.engine.gate.set()
    house.loop._frame = later.frame
    qtbot.waitUntil(lambda: len(heard.results) == 3)
    assert [request.frame.number for request in house.engine.asked] == [1, 2, 8]


def test_that_a_changed_question_is_followed_without_a_new_picture(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner, heard = house.runner(), Heard()
    target = ["class:1"]
    runner.follow(lambda: Recipe(ModelChoice("smallnet"), target=target[0], method="gradient"), heard.results.append)
    qtbot.waitUntil(lambda: len(heard.results) == 1)
    runner.refresh()
    target[0] = "class:2"
    runner.refresh()
    qtbot.waitUntil(lambda: len(heard.results) == 2)
    assert [request.recipe.target for request in house.engine.asked] == ["class:1", "class:2"]


def test_that_following_can_be_paused_and_ended(house: House, qtbot: QtBot) -> None:
    house.begin()
    runner, heard = house.runner(), Heard()
    runner.follow(lambda: None, heard.results.append)
    house.show(2, moving=True)
    assert not house.engine.asked
    runner.stop_following()
    assert not runner.following
    runner.refresh()
    assert not house.engine.asked


def test_that_what_follows_does_not_wait_for_a_long_job(house: House, qtbot: QtBot) -> None:
    house.begin()
    house.engine.steps = 10**9
    long_, quick = house.runner(), house.runner()
    run(long_, Recipe(ModelChoice("smallnet"), method="occlusion"))
    assert house.engine.entered.wait(30)
    house.engine.steps = 3
    heard = Heard()
    quick.follow(lambda: RECIPE, heard.results.append)
    qtbot.waitUntil(lambda: len(heard.results) == 1)
    assert long_.busy
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: len(heard.results) == 2)
    assert long_.busy
    long_.stop()
