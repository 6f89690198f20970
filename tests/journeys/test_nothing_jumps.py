"""Whatever comes into the window, its docks and tabs stay where they are and as wide as they are."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from analysis.protocol.events import JobProgress
from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.session import Session
from tests.journeys.test_main_job import LONG, House, click_unit, house

__all__ = ["house"]

WORDS = "features.denseblock4.denselayer32.norm1_and_a_name_that_nobody_would_type " * 3


def places(house: House) -> dict[str, tuple[int, int]]:
    """Left edge and width of every dock and of the middle."""
    for _ in range(3):
        QApplication.processEvents()
    window = house.window
    parts = {**window.docks, "middle": window.centralWidget(), "window": window}
    return {name: (part.x(), part.width()) for name, part in parts.items()}


def visit_all_tabs(house: House) -> None:
    for index in range(house.window.tabs.count()):
        house.window.tabs.setCurrentIndex(index)
        QApplication.processEvents()


def go_through_all_methods(house: House) -> None:
    house.session.state.set_target("class:3")
    saliency = house.session.tabs["saliency"].panel
    house.window.tabs.setCurrentWidget(house.session.tabs["saliency"])
    for name in saliency.methods.names:
        saliency.methods.choose(name)
        QApplication.processEvents()


def choose_and_point_at_a_unit(house: House) -> None:
    click_unit(house, 2)
    house.until(lambda: house.window.unit._unit is not None)
    mosaic = house.window.activations.mosaic
    house.qtbot.mouseMove(mosaic, QPoint(mosaic.width() // 2, mosaic.height() // 2))
    house.qtbot.mouseMove(house.window.unit.map, QPoint(40, 60))


def say_long_words(house: House) -> None:
    window = house.window
    window.notice.show_notice(f"{WORDS} could not be opened.", details=WORDS)
    window.network.notice.show_notice(WORDS, ways=[("Choose another", window.update)])
    window.statusBar().showMessage(WORDS)
    window.picture.caption.setText(WORDS.replace(" ", ""))
    window.unit.title.setText(f"<b>{WORDS.replace(' ', '')}</b> unit 3")
    window.network.about.show_facts([WORDS.replace(" ", "")])
    window.setWindowTitle(WORDS)


def show_long_class_names(house: House) -> None:
    network = house.session.state.network
    assert network is not None
    named = replace(network, labels=tuple(f"{WORDS}{n}" for n in range(10)), title=WORDS)
    house.session.state.set_network(named, "conv1", None)
    bars = house.window.predictions.bars
    house.until(lambda: bool(bars.rows) and all(row.label.startswith(WORDS) for row in bars.rows))
    house.window.predictions.toggle_pin(3)


@pytest.mark.parametrize(
    "happens",
    [
        visit_all_tabs,
        go_through_all_methods,
        choose_and_point_at_a_unit,
        say_long_words,
        show_long_class_names,
    ],
)
def test_that_docks_stay_where_they_are(house: House, happens: Callable[[House], None]) -> None:
    before = places(house)
    happens(house)
    assert places(house) == before


def everything(house: House) -> dict[str, QRect]:
    """Where each visible part of the window is, but for the notice."""
    for _ in range(5):
        QApplication.processEvents()
    window = house.window
    parts = {
        **window.docks,
        "tabs": window.tabs,
        "mosaic": window.activations.mosaic,
        "picture": window.picture.view,
        "layers": window.network.tree,
        "status": window.statusBar(),
    }
    return {name: QRect(part.mapTo(window, QPoint()), part.size()) for name, part in parts.items()}


def rates_of(house: House) -> QRect:
    rates = house.window._rates
    return QRect(rates.mapTo(house.window, QPoint()), rates.size())


@pytest.mark.parametrize("key", ["synthesis", "adversaries", "fooling"])
def test_that_what_is_below_a_made_picture_stays_where_it_is_when_a_job_comes_and_goes(house: House, key: str) -> None:
    window, jobs = house.window, house.window.jobs
    window.tabs.setCurrentWidget(house.session.tabs[key])
    foot = house.session.tabs[key].panel.pane.foot.export

    def place() -> QPoint:
        for _ in range(5):
            QApplication.processEvents()
        return foot.mapTo(window, QPoint())

    before = place()
    jobs.add(10**9, "Something that takes long")
    assert place() == before
    jobs.show_progress(JobProgress(10**9, "Something that takes long", 3, 10, ""))
    assert place() == before
    jobs.remove(10**9)
    assert place() == before
    window.tabs.setCurrentIndex(0)
    place()
    assert jobs.isHidden()


@pytest.mark.parametrize("size", [(1360, 860), (1024, 700)])
@pytest.mark.parametrize("look", ["dark", "light"])
def test_that_a_notice_moves_nothing_and_hides_nothing_that_is_needed(
    house: House, size: tuple[int, int], look: theme.Name
) -> None:
    house.bindings.use_theme(look)
    house.window.resize(*size)
    notice, window = house.window.notice, house.window
    before = everything(house)
    with_two_ways = [("Try again", window.update), ("Choose another", window.update)]
    for sentence, ways, details in (
        ("“broken.jpg” is damaged or cut off and cannot be read: save or download it again.", [], ""),
        ("The camera does not answer: close other programs that use it, then choose it again.", with_two_ways, ""),
        (f"{WORDS} could not be opened.", with_two_ways, WORDS),
    ):
        notice.show_notice(sentence, ways=ways, details=details)
        assert everything(house) == before
        assert window.rect().contains(notice.geometry())
        assert not notice.geometry().intersects(rates_of(house))
        assert notice.height() >= notice.heightForWidth(notice.width())
        image = window.grab().toImage()
        middle = notice.geometry().center()
        assert image.pixelColor(2, middle.y()) == theme.colours().error  # nothing is above it
    unfold = next(button for button in notice.findChildren(QToolButton) if button.text() == "Details")
    house.qtbot.mouseClick(unfold, Qt.MouseButton.LeftButton)
    assert everything(house) == before
    details_ = notice.findChild(QPlainTextEdit)
    assert details_ is not None
    assert details_.isVisible()
    assert notice.rect().contains(details_.geometry())
    assert window.rect().contains(notice.geometry())
    house.qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert notice.isHidden()
    assert everything(house) == before


def test_that_a_notice_gives_way_to_what_grows_at_the_right_of_the_status_line(house: House) -> None:
    window = house.window
    house.session.loop.status.disconnect(house.session._show_status)
    window.show_rates("still")
    window.notice.show_notice("Something that is worth knowing.", "hint")
    everything(house)
    wide = window.notice.width()
    window.show_rates("640×480 camera 30/s · shown 24/s · 38 ms · dropped 6/s · CPU, 2 threads and a good deal more")
    everything(house)
    assert not window.notice.geometry().intersects(rates_of(house))
    narrow = window.notice.width()
    assert narrow < wide
    window.show_rates("still")
    everything(house)
    assert window.notice.width() == narrow  # its cross stays under the mouse


def test_that_a_notice_covers_neither_what_is_said_meanwhile_nor_what_stands_above(house: House) -> None:
    window, status = house.window, house.window.statusBar()
    status.showMessage("A hint from before.")
    window.notice.show_notice("Something that is worth knowing.", "hint", [("Do it", lambda: None)])
    everything(house)
    notice, right = window.notice, window.notice.geometry().right()
    assert notice.geometry().topLeft() == status.geometry().topLeft()
    status.showMessage("Written to cat.png.")
    assert notice.x() > status.fontMetrics().horizontalAdvance("Written to cat.png.")
    assert notice.geometry().top() == status.geometry().top()
    assert notice.geometry().right() == right  # its cross stays under the mouse
    status.clearMessage()
    assert notice.geometry().topLeft() == status.geometry().topLeft()


def test_that_a_notice_is_lifted_where_what_is_said_meanwhile_leaves_it_no_room(house: House) -> None:
    window, status = house.window, house.window.statusBar()
    window.notice.show_notice("Something that is worth knowing.", "hint")
    everything(house)
    status.showMessage(" ".join(["Written", *["a long way"] * 40]))
    assert not window.notice.geometry().intersects(status.geometry())
    status.clearMessage()
    assert window.notice.geometry().intersects(status.geometry())


def test_that_a_hint_over_the_window_goes_at_a_click_and_an_error_stays(house: House) -> None:
    notice = house.window.notice
    notice.show_notice("Something that is worth knowing.", "hint", [("Do it", lambda: None)])
    house.qtbot.mouseClick(notice, Qt.MouseButton.LeftButton)
    assert notice.isHidden()
    notice.show_notice("It broke.")
    house.qtbot.mouseClick(notice, Qt.MouseButton.LeftButton)
    assert notice.isVisible()


def test_that_docks_stay_where_they_are_when_the_first_answer_comes(qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    session = Session(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5"), settings)
    Bindings(session)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply_remembered(application, session.settings)
    window = session.window
    qtbot.addWidget(window)
    window.show()
    for _ in range(5):
        QApplication.processEvents()
    before = {name: dock.geometry() for name, dock in window.docks.items()}
    with qtbot.waitSignal(session.first_answer, timeout=LONG):
        session.begin()
    for _ in range(5):
        QApplication.processEvents()
    assert {name: dock.geometry() for name, dock in window.docks.items()} == before
    window.close()


def test_that_a_small_window_has_room_for_every_dock(house: House) -> None:
    house.session.state.set_target("class:3")
    visit_all_tabs(house)
    house.window.resize(1024, 700)
    now = places(house)
    assert now["window"][1] == 1024
    assert now["Network"][1] >= 180
    assert now["middle"][1] >= 480
    assert house.window.minimumSizeHint().height() <= 700
    visit_all_tabs(house)
    go_through_all_methods(house)
    assert places(house) == now


def test_that_the_map_stays_under_the_cursor_when_its_value_is_told(house: House) -> None:
    house.session.state.set_unit(2)
    house.until(lambda: house.window.unit._unit is not None)
    unit = house.window.unit
    QApplication.processEvents()
    before = unit.map.geometry()
    for column in range(20, 80, 7):
        house.qtbot.mouseMove(unit.map, QPoint(column, unit.map.height() // 2))
        QApplication.processEvents()
        assert unit.map.geometry() == before
    assert unit.value.text()
    house.qtbot.mouseClick(unit.map, Qt.MouseButton.LeftButton, pos=unit.map.rect().center())
    QApplication.processEvents()
    assert unit.map.geometry() == before
