"""A lecture on the whole screen: keys, notes, pictures that come, twins of what is not here, and looks inside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from analysis.files.gallery import named
from analysis.files.lecture import Lecture, LectureCard
from gui.views.stage import Slide, Stage
from gui.window.lecturing import EMPTY, Lecturing
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.gallery import LEVEL, GalleryEngine, anew

TALK = Lecture(
    "Talk",
    (
        LectureCard(row="lenet-conv1", sentence="Look.", notes="slowly"),
        LectureCard(row="alexnet-gradient"),
        LectureCard(row="of-next-year"),
        LectureCard(recipe=named("lenet-gradient").recipe, title="Mine"),
    ),
)


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    anew()
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, GalleryEngine) as session:
        session.window.show()
        yield session


@pytest.fixture
def lecturing(session: Session) -> Lecturing:
    lecturing: Lecturing = session.bindings.lecturing  # type: ignore[attr-defined]
    return lecturing


def press(qtbot: QtBot, lecturing: Lecturing, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(lecturing.stage, key)


def is_drawn(lecturing: Lecturing) -> bool:
    image = lecturing.stage.image
    return image is not None and image.pixelColor(0, 0).red() == LEVEL


def test_that_keys_walk_through_the_cards(qtbot: QtBot, lecturing: Lecturing) -> None:
    lecturing.begin(TALK)
    keys = Qt.Key
    places = []
    for key in (keys.Key_Space, keys.Key_PageDown, keys.Key_Right, keys.Key_Down, keys.Key_Left, keys.Key_PageUp):
        press(qtbot, lecturing, key)
        places.append(lecturing.at)
    assert places == [1, 2, 3, 3, 2, 1]
    press(qtbot, lecturing, keys.Key_Home)
    assert lecturing.at == 0
    press(qtbot, lecturing, keys.Key_End)
    assert lecturing.at == 3
    press(qtbot, lecturing, keys.Key_Escape)
    assert lecturing.stage.isHidden()


def test_that_a_card_is_drawn_as_large_as_there_is_room_and_the_next_ones_ahead(
    qtbot: QtBot, lecturing: Lecturing
) -> None:
    lecturing.begin(TALK)
    assert (lecturing.stage.slide.title, lecturing.stage.slide.words) == (named("lenet-conv1").title, "Look.")
    qtbot.waitUntil(lambda: is_drawn(lecturing))
    size = lecturing.stage.picture_size()
    assert GalleryEngine.drawn[0].room == (size.width(), size.height())
    qtbot.waitUntil(lambda: len(GalleryEngine.drawn) == 2)
    assert GalleryEngine.drawn[1].recipe == named("lite0-gradient").recipe


def test_that_notes_are_for_who_wants_them(qtbot: QtBot, lecturing: Lecturing) -> None:
    lecturing.begin(TALK)
    high = lecturing.stage.picture_box().height()
    press(qtbot, lecturing, Qt.Key.Key_N)
    assert lecturing.stage.with_notes
    assert lecturing.stage.slide.notes == "slowly"
    assert lecturing.stage.picture_box().height() < high
    press(qtbot, lecturing, Qt.Key.Key_N)
    assert lecturing.stage.picture_box().height() == high


def test_that_the_twin_stands_in_for_a_network_that_is_not_here(
    qtbot: QtBot, lecturing: Lecturing, session: Session
) -> None:
    lecturing.begin(TALK, 1)
    slide = lecturing.stage.slide
    assert slide.title == named("lite0-gradient").title
    assert "233 MB" in slide.foot
    assert slide.gets == "Get 233 MB"
    with qtbot.waitSignal(session.networks.listed):
        lecturing.stage.get.click()
    assert lecturing.stage.slide.title == named("alexnet-gradient").title
    wanted = named("alexnet-gradient").recipe
    qtbot.waitUntil(
        lambda: any(one.recipe == wanted for one in GalleryEngine.drawn), timeout=30_000
    )  # then those ahead


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (800, 600)])
def test_that_a_long_title_is_written_smaller(qtbot: QtBot, size: tuple[int, int]) -> None:
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(*size)
    room = size[0] - 2 * size[1] // 40
    title = "The residual network of CIFAR-10: the class activation map of its strongest class"
    for slide, most in ((Slide(title), 1.4), (Slide("Short"), 1.5)):
        stage.show_slide(slide, 0, 2)
        font = stage.title_type
        assert QFontMetrics(font).horizontalAdvance(slide.title) <= room or font.pixelSize() == stage.type_size
        assert font.pixelSize() <= round(most * stage.type_size)
    assert stage.title_type.pixelSize() > round(1.4 * stage.type_size)


def test_that_a_row_that_there_is_not_is_said(lecturing: Lecturing) -> None:
    lecturing.begin(TALK, 2)
    assert "of-next-year" in lecturing.stage.slide.waiting
    assert lecturing.stage.image is None
    assert not lecturing.stage.live.isEnabled()
    lecturing.begin(TALK, 0)
    assert lecturing.stage.live.isEnabled()


def test_that_what_cannot_be_drawn_says_why(qtbot: QtBot, lecturing: Lecturing) -> None:
    GalleryEngine.cannot = "The weights of it are gone: take others."
    lecturing.begin(TALK, 3)
    qtbot.waitUntil(lambda: lecturing.stage.slide.waiting == GalleryEngine.cannot)


def test_that_a_look_inside_opens_the_card_and_the_lecture_goes_on_where_it_was(
    qtbot: QtBot, lecturing: Lecturing, session: Session
) -> None:
    session.tabs.lecture.show_lecture(TALK)
    lecturing.begin(TALK, 3)
    press(qtbot, lecturing, Qt.Key.Key_Return)
    assert lecturing.stage.isHidden()
    assert "Card 4 of 4" in session.window.notice.sentence
    qtbot.waitUntil(lambda: session.window.tabs.currentWidget() is session.tabs["saliency"])
    session.window.actions_["lecture"].trigger()
    assert lecturing.stage.isVisible()
    assert lecturing.at == 3


def test_that_a_lecture_without_cards_says_how_to_get_some(lecturing: Lecturing, session: Session) -> None:
    session.window.actions_["lecture"].trigger()
    assert session.window.notice.sentence == EMPTY


def test_that_a_lecture_of_the_command_line_stands_in_its_tab_too(lecturing: Lecturing, session: Session) -> None:
    lecturing.give(TALK)
    assert session.tabs.lecture.lecture == TALK
    assert lecturing.stage.isVisible()
