"""The Explain tabs in a session: recipes that cannot be are one sentence, and what is in front is what is exported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Catalogue, Event, Examined, MethodResult
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import CatalogueRequest, ExamineRequest, JobRequest
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.explaining import FakeEngine, derivative, heat

LENET, PICTURE = ModelChoice("lenet"), PictureChoice("sample:digit-5")


class Engine(FakeEngine):
    def __init__(self) -> None:
        super().__init__()
        self.result = lambda request: heat() if "cam" in request.recipe.method else derivative()

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, CatalogueRequest):
            yield Catalogue(request.id, ())
        elif isinstance(request, ExamineRequest):
            yield Examined(request.id, request.epoch, ())
        else:
            yield from super().job(request)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, engine: Engine) -> Iterator[Session]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, lambda: engine) as session:
        session.window.show()
        yield session


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (Recipe(LENET, PICTURE, method="guessing"), "guessing"),
        (Recipe(LENET, PICTURE, method="smoothgrad", settings={"samples": "lots"}), "lots"),
        (Recipe(LENET, PICTURE, method="occlusion", settings={"mask": 10**12}), "mask"),
        (
            Recipe(LENET, PICTURE, comparison=ComparisonChoice((MethodChoice("guessing"),), (LENET,))),
            "guessing",
        ),
        (
            Recipe(LENET, PICTURE, comparison=ComparisonChoice((MethodChoice("randomisation"),), (LENET,))),
            "cannot be compared",
        ),
    ],
)
def test_that_a_recipe_that_cannot_be_is_one_sentence(
    session: Session, qtbot: QtBot, recipe: Recipe, words: str
) -> None:
    session.open_recipe(recipe)
    qtbot.waitUntil(lambda: words in session.window.notice.sentence)
    assert session.window.tabs.currentIndex() == 0


def test_that_a_recipe_that_asks_no_picture_waits_for_none(session: Session, qtbot: QtBot, engine: Engine) -> None:
    session.open_recipe(Recipe(LENET, None, method="fooling-cppn", settings={"population": 12}))
    qtbot.waitUntil(lambda: bool(engine.asked))
    assert session.window.tabs.currentWidget() is session.tabs["fooling"]
    assert engine.asked[0].recipe.settings["population"] == 12
    session.open_recipe(Recipe(LENET, None, method="guessing"))
    qtbot.waitUntil(lambda: "guessing" in session.window.notice.sentence)


def test_that_a_recipe_of_no_network_leaves_the_one_that_is_looked_at(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.state.network is not None)
    before = session.state.network
    session.open_recipe(Recipe(LENET, None, method="sliding-filter", settings={"dilation": 2, "rows": 9}))
    qtbot.waitUntil(lambda: session.window.tabs.currentWidget() is session.tabs["fields"])
    assert session.tabs["fields"].panel.asked.form.values()["rows"] == 9
    assert session.state.network is before


def test_that_a_recipe_of_a_pasted_picture_brings_its_tab_back(session: Session, qtbot: QtBot) -> None:
    session.open_recipe(Recipe(LENET, PictureChoice("clipboard"), method="smoothgrad", settings={"samples": 3}))
    qtbot.waitUntil(lambda: session.window.tabs.currentWidget() is session.tabs["saliency"])
    assert session.tabs["saliency"].panel.asked.form.values()["samples"] == 3


def test_that_a_recipe_of_activations_leads_away_from_another_tab(session: Session) -> None:
    session.window.tabs.setCurrentWidget(session.tabs["compare"])
    session.open_recipe(Recipe(LENET, PICTURE))
    assert session.window.tabs.currentWidget() is session.window.activations


def test_that_what_the_tab_in_front_shows_is_exported(
    session: Session, qtbot: QtBot, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[MethodResult] = []

    def write(result: MethodResult, *_: Any) -> None:
        written.append(result)

    monkeypatch.setattr("gui.export.figures.ask_path", lambda *_: tmp_path / "figure.png")
    monkeypatch.setattr("gui.export.figures.write_figure", write)
    session.tabs.explain_best()
    panel = session.tabs["saliency"].panel
    qtbot.waitUntil(lambda: panel.pane.result is not None)
    session.window.actions_["export"].trigger()
    qtbot.waitUntil(lambda: [result.recipe.method for result in written] == ["grad-cam"])

    session.window.tabs.setCurrentWidget(session.tabs["occlusion"])
    session.window.actions_["export"].trigger()
    session.window.actions_["copy-figure"].trigger()
    assert len(written) == 1
    assert "nothing to export" in session.window.notice.sentence

    menu = QMenu()
    qtbot.addWidget(menu)
    actions = session.bindings.unit_actions(menu, 1)  # type: ignore[attr-defined]
    next(action for action in actions if action.text().startswith("Export figure")).trigger()
    qtbot.waitUntil(lambda: len(written) == 2)
    asked = engine.asked[-1].recipe
    assert (asked.method, asked.layer) == ("activations", session.state.layer)


def test_that_what_asks_for_a_unit_goes_when_there_is_one(session: Session) -> None:
    session.window.actions_["backward-cycle"].trigger()
    assert "Choose a unit first" in session.window.notice.sentence
    session.state.set_unit(1)
    assert session.window.notice.isHidden()


def test_that_the_same_network_seen_otherwise_is_asked_the_same(session: Session, qtbot: QtBot) -> None:
    session.state.set_target("class:3")
    with qtbot.waitSignal(session.state.network_changed):
        session.networks.change_preprocessing(fit="stretch")
    assert session.state.target == "class:3"
    with qtbot.waitSignal(session.state.network_changed):
        session.networks.load(ModelChoice("lenet", weights="random"))
    assert session.state.target == "class:3"
    with qtbot.waitSignal(session.state.network_changed):
        session.networks.load(ModelChoice("another"))
    assert session.state.target == "class"


def test_that_who_comes_from_a_map_to_the_trust_tab_finds_it_there_to_be_tested(
    session: Session, engine: Engine, qtbot: QtBot
) -> None:
    tabs = session.window.tabs
    qtbot.waitUntil(lambda: session.loop.live is not None)
    tabs.setCurrentWidget(session.tabs["saliency"])
    saliency = session.tabs["saliency"].panel
    saliency.methods.choose("grad-cam")
    qtbot.waitUntil(lambda: saliency.pane.result is not None and saliency.pane.result.recipe.method == "grad-cam")
    asked = len(engine.asked)
    tabs.setCurrentWidget(session.tabs["trust"])
    trust = session.tabs["trust"].panel
    assert "Grad-CAM" in trust.title.text()
    assert trust.run_button.isEnabled()
    assert not trust.tests.busy
    assert not any("map" in request.recipe.settings for request in engine.asked[asked:])
