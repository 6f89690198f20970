"""The Lecture tab: cards are put in, told about, moved, taken out and kept; and what is wrong with a file is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from analysis.files.gallery import named
from analysis.files.lecture import Lecture, LectureCard, read_lecture, shipped, write_lecture
from gui.tabs.lectures import LecturePanel
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.gallery import GalleryEngine, anew

THREE = Lecture("Three", tuple(LectureCard(row=name) for name in ("lenet-conv1", "lenet-conv2", "lenet-classes")))


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def session(qtbot: QtBot, settings: QSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    anew()
    with begun(qtbot, settings, GalleryEngine) as session:
        session.window.show()
        yield session


@pytest.fixture
def panel(session: Session) -> LecturePanel:
    return session.tabs.lecture


def rows(panel: LecturePanel) -> list[str]:
    return [card.row for card in panel.lecture.cards]


def test_that_cards_are_moved_and_taken_out(panel: LecturePanel) -> None:
    panel.show_lecture(THREE)
    panel.list.setCurrentRow(2)
    panel.move_up()
    assert rows(panel) == ["lenet-conv1", "lenet-classes", "lenet-conv2"]
    assert panel.at == 1
    panel.remove_card()
    assert rows(panel) == ["lenet-conv1", "lenet-conv2"]
    assert panel.list.count() == 2
    assert panel.changed


def test_that_words_go_to_the_card_that_is_chosen(panel: LecturePanel) -> None:
    panel.show_lecture(THREE)
    panel.list.setCurrentRow(1)
    panel.sentence.setPlainText("Look at the strokes.")
    panel.notes.setPlainText("Ask who sees it.")
    panel.list.setCurrentRow(0)
    assert panel.sentence.toPlainText() == ""
    assert panel.sentence.placeholderText() == named("lenet-conv1").sentence
    card = panel.lecture.cards[1]
    assert (card.sentence, card.notes, card.row) == ("Look at the strokes.", "Ask who sees it.", "lenet-conv2")


def test_that_what_is_seen_becomes_a_card(session: Session, panel: LecturePanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.state.network is not None)
    session.window.actions_["keep-card"].trigger()
    card = panel.lecture.cards[-1]
    assert card.recipe == session.looked_at()
    assert card.title
    assert "Card 1" in session.window.statusBar().currentMessage()


def test_that_in_the_gallery_it_is_what_was_seen_before(session: Session, panel: LecturePanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.state.network is not None)
    session.window.tabs.setCurrentWidget(session.tabs["saliency"])
    asked = session.tabs["saliency"].panel.recipe()
    assert asked is not None
    session.tabs.show_lecture()
    panel.add_seen.click()
    recipe = panel.lecture.cards[-1].recipe
    assert recipe is not None
    assert recipe.method == asked.method


def test_that_a_lecture_is_written_and_opened_again(panel: LecturePanel, tmp_path: Path) -> None:
    path = tmp_path / "three.json"
    panel.show_lecture(THREE, changed=True)
    panel.write(path)
    assert read_lecture(path) == THREE
    assert not panel.changed
    panel.begin_anew()
    assert panel.lecture.cards == ()
    panel.open_file(path)
    assert panel.lecture == THREE


def test_that_a_file_that_is_no_lecture_is_said_and_changes_nothing(panel: LecturePanel, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"cards": [{}]}')
    panel.show_lecture(THREE)
    panel.open_file(path)
    assert "names neither" in panel.notice.sentence
    assert panel.lecture == THREE


def test_that_a_dropped_lecture_opens_in_its_tab(session: Session, panel: LecturePanel, tmp_path: Path) -> None:
    path = tmp_path / "three.json"
    write_lecture(THREE, path)
    session.open_path(str(path))
    assert panel.lecture == THREE
    assert session.window.tabs.currentWidget() is session.tabs["lecture"]


def test_that_what_was_in_no_file_can_be_had_back(panel: LecturePanel) -> None:
    panel.show_lecture(THREE, changed=True)
    panel.open_file(shipped()[0])
    assert panel.lecture == read_lecture(shipped()[0])
    assert "Three" in panel.notice.sentence


def test_that_what_was_never_saved_is_there_at_the_next_start(panel: LecturePanel, settings: QSettings) -> None:
    panel.show_lecture(THREE)
    panel.list.setCurrentRow(0)
    panel.notes.setPlainText("slowly")
    panel.end()
    panel.show_lecture(Lecture("Other"))
    panel.remember_in(settings)
    assert panel.lecture.cards[0].notes == "slowly"
    assert panel.lecture.title == "Three"
    assert panel.changed
