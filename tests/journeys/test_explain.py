"""A person asks why: the real window and engine, LeNet on a digit, from the first map to whether to believe it."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from analysis.files.gallery import named
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe
from analysis.results.numbers import numbers_of
from gui.export.figures import write_figure
from gui.options import WindowOptions
from gui.window.session import Session
from tests.journeys.conftest import LONG, begun


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    with begun(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5"), qtbot, tmp_path) as session:
        yield session


def test_that_an_answer_is_explained_doubted_and_compared(session: Session, qtbot: QtBot) -> None:
    explain, tabs = session.tabs, session.window.tabs

    explain.explain_best()
    saliency = explain["saliency"].panel
    qtbot.waitUntil(lambda: saliency.pane.result is not None, timeout=LONG)
    assert saliency.pane.result is not None
    assert saliency.pane.result.recipe.method == "grad-cam"
    assert "<b>Grad-CAM</b> of 5: " in saliency.pane.title.text()

    explain.explain_class(3)
    qtbot.waitUntil(
        lambda: (result := saliency.pane.result) is not None and result.recipe.target == "class:3",
        timeout=LONG,
    )

    saliency.methods.choose("smoothgrad")
    saliency.asked.form.set_values({"samples": 8})
    saliency.run_button.click()
    qtbot.waitUntil(lambda: saliency.pane.result is not None, timeout=LONG)
    assert numbers_of(saliency.pane.result.result)["result"].shape == (1, 28, 28)

    saliency.pane.foot.trust.click()
    trust = explain["trust"].panel
    qtbot.waitUntil(lambda: all(card.badge.verdict is not None for card in trust.cards.values()), timeout=LONG)
    assert tabs.currentWidget() is explain["trust"]
    assert len(trust.cards["randomisation"].pane.view().frames) > 2

    session.state.set_target("class")
    tabs.setCurrentWidget(explain["occlusion"])
    occlusion = explain["occlusion"].panel
    occlusion.asked.form.set_values({"mask": 7, "stride": 3})
    occlusion.run_button.click()
    qtbot.waitUntil(lambda: occlusion.pane.result is not None, timeout=LONG)
    assert occlusion.pane.result is not None
    assert numbers_of(occlusion.pane.result.result)["result"].shape == (8, 8)
    occlusion.pane.view().map.place_clicked.emit(4, 4)
    qtbot.waitUntil(lambda: bool(occlusion.extras[0].with_mask.rows), timeout=LONG)

    tabs.setCurrentWidget(explain["compare"])
    compare = explain["compare"].panel
    compare.add_choice(ModelChoice("lenet", weights="random"))
    compare.run_button.click()
    qtbot.waitUntil(lambda: not compare._comparison.running and len(compare._results) == 6, timeout=LONG)
    assert session.state.network is not None
    assert session.state.network.choice.weights == "default"


def test_that_a_comparison_is_asked_into_a_folder(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "study"
    monkeypatch.setattr("gui.tabs.study_run.ask_folder", lambda *_: str(folder))
    session.window.tabs.setCurrentWidget(session.tabs["compare"])
    compare = session.tabs["compare"].panel
    compare.study.into.trigger()
    qtbot.waitUntil(lambda: compare.notice.sentence.startswith("All 3 cells of the study are in"), timeout=LONG)
    assert len(list((folder / "cells").glob("*.npz"))) == 3
    assert (folder / "index.html").exists()

    (folder / "cells" / "0002-guided-lenet.npz").unlink()
    compare.study.again.trigger()
    qtbot.waitUntil(lambda: compare.notice.sentence.startswith("All 3 cells of the study are in"), timeout=LONG)
    assert (folder / "cells" / "0002-guided-lenet.npz").exists()

    session.state.set_target("unit:max")
    compare.study.into.trigger()
    qtbot.waitUntil(lambda: "asks something else" in compare.notice.sentence, timeout=LONG)


def test_that_the_toolboxs_keys_show_what_flows_back(session: Session, qtbot: QtBot) -> None:
    actions = session.window.actions_
    session.state.set_layer("conv2", 7)
    actions["backward-cycle"].trigger()
    activations = session.window.activations
    qtbot.waitUntil(activations.flow.isVisible, timeout=LONG)
    assert "conv2 · unit 7" in activations.flow.text()
    qtbot.waitUntil(session.window.picture.back.isVisible, timeout=LONG)
    actions["backward-freeze"].trigger()
    session.state.set_layer("conv1")
    qtbot.waitUntil(lambda: "(held)" in activations.flow.text(), timeout=LONG)
    actions["backward"].trigger()
    qtbot.waitUntil(lambda: not activations.flow.isVisible(), timeout=LONG)
    assert session.state.backward is not None


def test_that_a_recipe_brings_its_tab_back(session: Session, qtbot: QtBot) -> None:
    explain = session.tabs
    explain.explain_class(2)
    saliency = explain["saliency"].panel
    saliency.methods.choose("integrated-gradients")
    saliency.asked.form.set_values({"steps": 5})
    recipe = session.recipe()
    assert (recipe.method, recipe.settings["steps"], recipe.target) == ("integrated-gradients", 5, "class:2")
    session.window.tabs.setCurrentIndex(0)
    saliency.methods.choose("gradient")
    session.open_recipe(recipe)
    qtbot.waitUntil(
        lambda: (result := saliency.pane.result) is not None and result.recipe.method == "integrated-gradients",
        timeout=LONG,
    )
    assert session.window.tabs.currentWidget() is explain["saliency"]
    assert saliency.pane.result is not None
    assert saliency.pane.result.recipe.settings["steps"] == 5

    session.open_recipe(named("lenet-conv1").recipe)  # what explains nothing leaves the tabs alone
    assert explain.wanted is None


def test_that_the_figure_of_a_comparison_brings_all_of_it_back(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    explain, tabs = session.tabs, session.window.tabs
    tabs.setCurrentWidget(explain["compare"])
    compare = explain["compare"].panel
    session.state.set_target("class:5")
    compare._add_named("gradient")
    compare._add_named("grad-cam")
    compare.add_choice(ModelChoice("lenet", weights="random", seed=3))
    compare.over.setChecked(True)
    compare.run_button.click()
    qtbot.waitUntil(lambda: not compare._comparison.running and len(compare._results) == 4, timeout=LONG)
    path = tmp_path / "grid.png"
    with qtbot.waitSignal(compare.export_wanted) as exported:
        compare.export_wanted.disconnect(explain.export_wanted)
        compare.foot.export.click()
    write_figure(exported.args[0], None, path)
    first = {at: numbers_of(result.result)["result"] for at, result in compare._results.items()}

    compare._remove_column(1)
    compare._remove_row(0)
    compare.over.setChecked(False)
    tabs.setCurrentIndex(0)
    session.open_path(str(path))
    qtbot.waitUntil(
        lambda: (
            tabs.currentWidget() is explain["compare"]
            and not compare._comparison.running
            and len(compare._results) == 4
        ),
        timeout=LONG,
    )
    assert session.state.target == "class:5"
    assert compare.over.isChecked()
    for at, result in compare._results.items():
        assert np.array_equal(numbers_of(result.result)["result"], first[at])
    saved = session.recipe().comparison
    assert saved is not None
    assert [(network.name, network.weights) for network in saved.networks] == [
        ("lenet", "default"),
        ("lenet", "random"),
    ]


def test_that_a_recipe_without_its_picture_brings_its_tab_and_settings(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    explain, tabs, notice = session.tabs, session.window.tabs, session.window.notice
    gone = PictureChoice(str(tmp_path / "gone.png"))
    lenet = ModelChoice("lenet")
    session.open_recipe(Recipe(lenet, gone, method="occlusion", target="class:3", settings={"mask": 9, "stride": 5}))
    qtbot.waitUntil(lambda: tabs.currentWidget() is explain["occlusion"], timeout=LONG)
    occlusion = explain["occlusion"].panel
    assert occlusion.asked.form.values()["mask"] == 9
    assert session.state.target == "class:3"
    assert "gone.png" in notice.sentence
    assert not explain["occlusion"].panel.runner.busy  # not of another picture

    session.open_recipe(Recipe(lenet, gone, method="smoothgrad", settings={"samples": 7}))
    qtbot.waitUntil(lambda: tabs.currentWidget() is explain["saliency"], timeout=LONG)
    assert explain["saliency"].panel.asked.form.values()["samples"] == 7
    assert not explain["saliency"].panel.runner.busy

    session.open_recipe(Recipe(lenet, gone, method="randomisation", settings={"map": "guided"}))
    qtbot.waitUntil(lambda: tabs.currentWidget() is explain["trust"], timeout=LONG)
    assert "Guided" in explain["trust"].panel.title.text()

    grid = ComparisonChoice((MethodChoice("gradient"), MethodChoice("cam")), (lenet,))
    session.open_recipe(Recipe(lenet, gone, method="gradient", comparison=grid))
    qtbot.waitUntil(lambda: tabs.currentWidget() is explain["compare"], timeout=LONG)
    assert len(explain["compare"].panel._cells) == 2
    assert not explain["compare"].panel._comparison.running


def test_that_a_recipe_whose_network_does_not_come_opens_nothing_later(session: Session, qtbot: QtBot) -> None:
    explain, tabs = session.tabs, session.window.tabs
    session.open_recipe(Recipe(ModelChoice("nosuch"), PictureChoice("sample:digit-5"), method="occlusion"))
    with qtbot.waitSignal(session.networks.failed, timeout=LONG):
        pass
    with qtbot.waitSignal(session.state.network_changed, timeout=LONG):
        session.networks.load(ModelChoice("lenet"))
    qtbot.waitUntil(lambda: explain._network_is_there, timeout=LONG)
    with qtbot.waitSignal(session.loop.shown, timeout=LONG):
        session.loop.ask()
    assert tabs.currentIndex() == 0
