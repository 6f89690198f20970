"""What somebody is told at the first start, and the tour: it stays until it is closed, and is not told twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gui.window.first_steps import STEPS, FirstSteps
from gui.window.session import Session
from gui.window.tour import STOPS, Tour
from tests.gui.beginning import begun
from tests.gui.explaining import FakeEngine


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def session(qtbot: QtBot, settings: QSettings) -> Iterator[Session]:
    with begun(qtbot, settings, FakeEngine) as session:
        session.window.resize(1366, 732)
        session.window.show()
        qtbot.waitUntil(lambda: session.loop.live is not None)
        yield session


def steps(session: Session, settings: QSettings, toured: list[int] | None = None) -> FirstSteps:
    made = FirstSteps(session.window, settings, lambda: (toured if toured is not None else []).append(1))
    made.begin()
    QApplication.processEvents()
    return made


def test_that_three_callouts_stay_until_they_are_closed_and_do_not_come_back(
    session: Session, settings: QSettings
) -> None:
    first = steps(session, settings)
    assert [callout.key for callout in first.callouts] == ["layers", "units", "picture"]
    for callout in first.callouts:
        assert callout.isVisible()
        assert session.window.rect().contains(callout.geometry())
        assert callout.words.height() >= callout.words.heightForWidth(callout.words.width())
    session.state.step_layer(1)
    session.feed.step(1)
    assert all(callout.isVisible() for callout in first.callouts)
    first.callouts[1].close_button.click()
    assert [callout.key for callout in first.callouts] == ["layers", "picture"]
    again = steps(session, settings)
    assert [callout.key for callout in again.callouts] == ["layers", "picture"]
    again.close_all()
    first.close_all()
    assert steps(session, settings).callouts == []


def test_that_what_was_seen_for_a_while_stays_and_does_not_come_at_the_next_start(
    session: Session, settings: QSettings
) -> None:
    first = steps(session, settings)
    session.window.docks["Picture"].hide()
    QApplication.processEvents()
    first.while_seen.timeout.emit()
    assert [callout.isVisible() for callout in first.callouts] == [True, True, False]
    again = steps(session, settings)
    assert [callout.key for callout in again.callouts] == ["picture"]
    session.window.docks["Picture"].show()
    QApplication.processEvents()
    again.while_seen.timeout.emit()
    assert not again.while_seen.isActive()
    assert steps(session, settings).callouts == []


def test_that_callouts_do_not_lie_over_each_other(session: Session, settings: QSettings) -> None:
    made = steps(session, settings).callouts
    pairs = [(one, other) for at, one in enumerate(made) for other in made[:at]]
    assert len(pairs) == len(STEPS)
    assert not any(one.geometry().intersects(other.geometry()) for one, other in pairs)


def test_that_a_callout_goes_with_what_it_points_at(session: Session, settings: QSettings) -> None:
    first = steps(session, settings)
    picture = first.callouts[2]
    session.window.docks["Picture"].hide()
    QApplication.processEvents()
    assert not picture.isVisible()
    session.window.docks["Picture"].show()
    QApplication.processEvents()
    assert picture.isVisible()


def test_that_callouts_step_aside_for_other_tabs_and_come_back(session: Session, settings: QSettings) -> None:
    first = steps(session, settings)
    tabs, before = session.window.tabs, session.window.tabs.currentIndex()
    for index in (1, tabs.count() - 1, before, 2):
        tabs.setCurrentIndex(index)
        QApplication.processEvents()
        assert [callout.isVisible() for callout in first.callouts] == [index == before] * len(STEPS), index
    tabs.setCurrentIndex(before)
    QApplication.processEvents()
    assert all(callout.isVisible() for callout in first.callouts)
    first.callouts[0].close_button.click()
    assert [callout.key for callout in first.callouts] == ["units", "picture"]  # each is closed by itself only


def test_that_the_last_one_leads_to_the_tour(session: Session, settings: QSettings) -> None:
    toured: list[int] = []
    first = steps(session, settings, toured)
    next(button for button in first.callouts[2].findChildren(QPushButton) if button.text() == "Tour").click()
    assert toured == [1]
    assert first.callouts == []


def test_that_the_tour_goes_through_the_main_job_and_back(session: Session) -> None:
    session.window.actions_["tour"].trigger()
    tour = next(iter(session.findChildren(Tour)))
    assert tour.at == 0
    seen, front = [], set()
    while True:
        assert tour.callout is not None
        assert tour.on is not None
        assert tour.back is not None
        QApplication.processEvents()
        assert tour.callout.isVisible()
        assert session.window.rect().contains(tour.callout.geometry())
        seen.append(tour.callout.title.text())
        front.add(session.window.tabs.tabText(session.window.tabs.currentIndex()))
        if tour.on.isHidden():
            break
        tour.on.click()
    assert len(seen) == len(STOPS) == len(set(seen))
    assert {"Activations", "Saliency", "Occlusion", "Trust"} <= front
    tour.back.click()
    assert tour.at == len(STOPS) - 2
    tour.callout.close_button.click()
    assert tour.at is None
    session.window.actions_["tour"].trigger()
    assert tour.at == 0
