"""The Gallery tab: cards that are found, opened, drawn, downloaded and put into a lecture; by mouse and by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.files.gallery import named
from gui.tabs.gallery import NOTHING, GalleryPanel
from gui.views.card_grid import CardFace
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.gallery import GalleryEngine, anew


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    anew()
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, GalleryEngine) as session:
        session.window.show()
        yield session


@pytest.fixture
def panel(session: Session) -> GalleryPanel:
    late = session.tabs["gallery"]
    session.window.tabs.setCurrentWidget(late)
    assert isinstance(late.panel, GalleryPanel)
    return late.panel


def search(panel: GalleryPanel, words: str) -> list[str]:
    panel.search.setText(words)
    panel.show_matching()
    return [face.key for face in panel.grid.faces]


def face(panel: GalleryPanel, name: str) -> CardFace:
    return next(face for face in panel.grid.faces if face.key == name)


def deeds(panel: GalleryPanel, name: str) -> list[str]:
    return [deed.key for deed in face(panel, name).deeds]


def test_that_cards_are_found_by_their_words_and_by_topic(panel: GalleryPanel) -> None:
    everything = search(panel, "")
    assert {"lenet-conv1", "alexnet-conv1"} <= set(everything)
    assert search(panel, "occlusion lenet") == ["lenet-occlusion"]
    search(panel, "")
    panel.show_topic("Dynamics")
    found = [one.key for one in panel.grid.faces]
    assert "dynamics-units" in found
    assert len(found) < len(everything)


def test_that_it_is_said_when_nothing_is_found(panel: GalleryPanel) -> None:
    assert search(panel, "no such words") == []
    assert panel.grid.widget().words == NOTHING  # type: ignore[attr-defined]


def test_that_a_card_says_what_it_needs_and_gets_it(qtbot: QtBot, panel: GalleryPanel, session: Session) -> None:
    search(panel, "alexnet-gradient")
    assert deeds(panel, "alexnet-gradient") == ["fetch", "twin", "keep"]
    assert "233 MB" in face(panel, "alexnet-gradient").foot
    with qtbot.waitSignal(session.networks.listed):
        panel.grid.asked.emit("alexnet-gradient", "fetch")
    assert deeds(panel, "alexnet-gradient") == ["open", "draw", "keep"]


def test_that_a_card_of_a_data_set_that_is_nowhere_says_so_and_shows_its_twin(
    panel: GalleryPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERHOOD_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    search(panel, "embedding-lenet-mnist")
    assert deeds(panel, "embedding-lenet-mnist") == ["twin", "keep"]
    assert "MNIST is needed first" in face(panel, "embedding-lenet-mnist").foot
    panel.here.setChecked(True)
    assert search(panel, "embedding-lenet-mnist") == []
    panel.here.setChecked(False)
    panel.grid.asked.emit("embedding-lenet-mnist", "twin")
    assert [one.key for one in panel.grid.faces] == ["embedding-lenet-digits"]


def test_that_cards_that_need_something_can_be_left_out(panel: GalleryPanel) -> None:
    panel.here.setChecked(True)
    assert "alexnet-gradient" not in search(panel, "gradient")
    assert "lite0-gradient" in search(panel, "gradient")


def test_that_the_twin_of_a_card_is_shown(panel: GalleryPanel) -> None:
    search(panel, "alexnet")
    panel.grid.asked.emit("alexnet-gradient", "twin")
    assert [one.key for one in panel.grid.faces] == ["lite0-gradient"]


def test_that_open_takes_the_whole_state(qtbot: QtBot, panel: GalleryPanel, session: Session) -> None:
    panel.grid.asked.emit("resnet-cifar-gradient", "open")
    qtbot.waitUntil(lambda: session.state.network is not None and session.state.network.choice.name == "resnet-cifar")
    qtbot.waitUntil(lambda: session.window.tabs.currentWidget() is session.tabs["saliency"])
    asked = session.tabs["saliency"].panel.recipe()
    assert asked is not None
    assert (asked.method, asked.target) == ("gradient", "class")
    assert session.looked_at().looks == named("resnet-cifar-gradient").recipe.looks


def test_that_a_figure_is_drawn_beside_what_is_in_the_window(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "figure.pdf"
    session.bindings.exporting.draw_to(path, named("lenet-conv1").recipe, "lenet-conv1")  # type: ignore[attr-defined]
    qtbot.waitUntil(path.exists)
    assert path.read_bytes() == b"a figure"
    assert GalleryEngine.drawn[-1].suffix == ".pdf"
    assert session.state.network is None or session.state.network.choice.name == "lenet"


def test_that_pictures_that_ship_are_read_and_others_drawn(qtbot: QtBot, panel: GalleryPanel) -> None:
    GalleryEngine.sizes["alexnet"] = 0.0
    search(panel, "dynamics-units")
    qtbot.waitUntil(lambda: panel.grid.image("dynamics-units") is not None)
    assert not [one for one in GalleryEngine.drawn if one.recipe == named("dynamics-units").recipe]


def test_that_a_card_that_was_downloaded_is_drawn_once(qtbot: QtBot, panel: GalleryPanel, session: Session) -> None:
    search(panel, "alexnet-gradient")
    with qtbot.waitSignal(session.networks.listed):
        panel.grid.asked.emit("alexnet-gradient", "fetch")
    qtbot.waitUntil(lambda: panel.grid.image("alexnet-gradient") is not None)
    search(panel, "")
    search(panel, "alexnet-gradient")
    assert len([one for one in GalleryEngine.drawn if one.recipe == named("alexnet-gradient").recipe]) == 1


def test_that_keys_walk_the_cards_and_open_one(qtbot: QtBot, panel: GalleryPanel, session: Session) -> None:
    search(panel, "lenet")
    panel.grid.take_focus()
    first = panel.grid.current
    qtbot.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_Right)
    second = panel.grid.current
    assert first != second
    qtbot.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_End)
    assert panel.grid.current == panel.grid.faces[-1].key
    with qtbot.waitSignal(panel.open_wanted) as opened:
        qtbot.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_Return)
    assert opened.args == [named(panel.grid.faces[-1].key).recipe]


def test_that_only_cards_in_sight_are_widgets(panel: GalleryPanel) -> None:
    search(panel, "")
    assert panel.grid.card(panel.grid.faces[0].key) is not None
    assert panel.grid.card(panel.grid.faces[-1].key) is None


def test_that_a_card_goes_into_the_lecture(panel: GalleryPanel, session: Session) -> None:
    panel.grid.asked.emit("lenet-conv1", "keep")
    assert [card.row for card in session.tabs.lecture.lecture.cards] == ["lenet-conv1"]
