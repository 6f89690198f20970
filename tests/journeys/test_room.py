"""Room for the picture: how large a map is in a window of a laptop's size, and of a projector's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice
from gui.options import WindowOptions
from gui.tabs.method_tab import MethodTab
from gui.views.explanation_view import ExplanationView
from gui.window.session import Session
from tests.journeys.conftest import LONG, begun


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    with begun(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5"), qtbot, tmp_path) as session:
        yield session


def shown_side(view: ExplanationView) -> int:
    """Of the smallest picture in sight, which is a square."""
    for _ in range(5):
        QApplication.processEvents()
    sides = [min(picture.width(), picture.height()) for picture in (view.map, view.over) if picture.isVisible()]
    return min(sides)


@pytest.mark.parametrize("settings", [True, False])
@pytest.mark.parametrize(("window", "least"), [((1366, 768), 320), ((1920, 1080), 520)])
def test_that_the_map_has_the_room(
    session: Session, qtbot: QtBot, window: tuple[int, int], least: int, settings: bool
) -> None:
    session.window.resize(*window)
    for key, method in (("saliency", "grad-cam"), ("saliency", "gradient"), ("occlusion", "occlusion")):
        tab = session.tabs[key].panel
        assert isinstance(tab, MethodTab)
        session.window.tabs.setCurrentWidget(session.tabs[key])
        tab.settings_button.setChecked(settings)
        tab.methods.choose(method)
        if key == "occlusion":
            tab.asked.form.set_values({"mask": 9, "stride": 9})
            tab.run()
        qtbot.waitUntil(lambda tab=tab, method=method: _of(tab, method), timeout=LONG)
        assert (session.window.width(), session.window.height()) == window
        assert shown_side(tab.pane.view()) >= least, (key, method)


def _of(tab: MethodTab, method: str) -> bool:
    return tab.pane.result is not None and tab.pane.result.recipe.method == method


def test_that_one_picture_or_both_are_shown_as_the_person_says(session: Session, qtbot: QtBot) -> None:
    session.tabs.explain_best()
    tab = session.tabs["saliency"].panel
    qtbot.waitUntil(lambda: tab.pane.result is not None, timeout=LONG)
    view = tab.pane.view()
    for which, shown in (("map", (True, False)), ("over", (False, True)), ("both", (True, True))):
        view.which.setCurrentIndex(view.which.findData(which))
        view.which.activated.emit(view.which.currentIndex())
        assert (view.map.isVisible(), view.over.isVisible()) == shown
    assert QRect(view.stage.rect()).contains(view.over.geometry())
