"""Strips of jobs: how far, how long still, and the order of those that wait."""

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.events import JobProgress
from gui.views.how_far import how_far
from gui.views.progress_strip import SHOWN, Bar, JobQueueView, ProgressStrip, TimeLeft


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def seconds(words: str) -> float:
    number, unit = words.split()[:2]
    return float(number) * {"s": 1, "min": 60, "h": 3600}[unit]


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (4312, 9409, "4,312 of 9,409"),
        (0, 10, "0 of 10"),
        (0.25, 1.0, "25 %"),
        (23_000_000, 46_000_000, "50 %"),
        (3, 0, ""),
        (12, 10, "12 of 10"),
        (1.2, 1.0, "100 %"),
    ],
)
def test_that_how_far_counts_what_can_be_counted(done: float, total: float, words: str) -> None:
    assert how_far(done, total) == words


def test_that_nothing_is_said_of_the_time_before_it_can_be_known() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    left.update(0, 100)
    assert left.in_words() == ""
    clock.now += 0.2
    left.update(5, 100)
    assert left.in_words() == ""


def test_that_nothing_is_said_of_the_time_while_the_rate_still_changes() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    for done in (0, 1, 2, 50, 120):  # slow at first, as what has to be prepared is
        left.update(done, 9409)
        clock.now += 1
    assert left.in_words() == ""
    for done in range(200, 9000, 80):
        left.update(done, 9409)
        clock.now += 1
    assert seconds(left.in_words()) == pytest.approx((9409 - 8920) / 80, abs=5)


def test_that_the_time_left_of_an_even_job_is_right() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    for done in range(400):
        left.update(done, 1000)
        clock.now += 0.05
    assert seconds(left.in_words()) == pytest.approx(600 * 0.05, abs=5)


def test_that_the_time_left_is_steady_when_the_rate_stutters() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    said = []
    for done in range(400):
        clock.now += 0.02 if done % 2 else 0.08  # 0.05 on average
        left.update(done, 1000)
        if done > 100:
            said.append(seconds(left.in_words()))
    jumps = [abs(b - a) for a, b in itertools.pairwise(said)]
    assert max(jumps) <= 5


def test_that_a_new_phase_counts_anew() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    for done in range(0, 101, 10):
        left.update(done, 100)
        clock.now += 1
    left.update(0, 5)
    assert left.in_words() == ""


def test_that_rest_is_no_time_that_a_job_takes() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    for done in range(100):
        left.update(done, 200)
        clock.now += 0.1
    before = left.in_words()
    for _ in range(600):
        left.rest()
        assert left.in_words() == "paused"
        clock.now += 0.1
    left.update(100, 200)
    assert seconds(left.in_words()) == pytest.approx(seconds(before), abs=1)


@pytest.fixture
def queue(qtbot: QtBot) -> JobQueueView:
    view = JobQueueView()
    qtbot.addWidget(view)
    return view


def strip(queue: JobQueueView, request_id: int) -> ProgressStrip:
    return next(s for s in queue.findChildren(ProgressStrip) if s.request_id == request_id)


def press(queue: JobQueueView, request_id: int, text: str, qtbot: QtBot) -> None:
    button = next(b for b in strip(queue, request_id).findChildren(QToolButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def progress(request_id: int, done: float, total: float, note: str = "") -> JobProgress:
    return JobProgress(request_id, "job", done, total, note)


def test_that_the_queue_is_gone_when_nothing_runs(queue: JobQueueView) -> None:
    assert queue.isHidden()
    queue.add(1, "Occlusion")
    assert not queue.isHidden()
    queue.remove(1)
    assert queue.isHidden()
    assert queue.ids() == []


def test_that_progress_turns_a_waiting_job_into_a_running_one_on_top(queue: JobQueueView) -> None:
    for i, title in enumerate(("A", "B", "C")):
        queue.add(i, title)
    queue.resize(1200, 200)
    queue.show()
    queue.show_progress(progress(1, 10, 100, "half way up the hill"))
    assert queue.ids() == [1, 0, 2]
    assert not strip(queue, 1).waiting
    words = [label.text() for label in strip(queue, 1).findChildren(QLabel)]
    assert "10 of 100 · half way up the hill" in words


def test_that_waiting_jobs_can_be_moved_but_not_above_running_ones(queue: JobQueueView, qtbot: QtBot) -> None:
    for i in range(3):
        queue.add(i, f"job {i}")
    queue.show_progress(progress(0, 1, 10))
    with qtbot.waitSignal(queue.moved) as moved:
        press(queue, 2, "▲", qtbot)
    assert moved.args == [2, True]
    assert queue.ids() == [0, 2, 1]
    with qtbot.assertNotEmitted(queue.moved):
        press(queue, 2, "▲", qtbot)
    assert queue.ids() == [0, 2, 1]
    press(queue, 2, "▼", qtbot)
    assert queue.ids() == [0, 1, 2]


def test_that_stopping_asks_once_and_the_strip_stays_until_the_job_has_ended(queue: JobQueueView, qtbot: QtBot) -> None:
    queue.add(7, "Occlusion")
    queue.show_progress(progress(7, 1, 10))
    asked: list[int] = []
    queue.cancelled.connect(asked.append)
    press(queue, 7, "Stop", qtbot)
    press(queue, 7, "Stopping…", qtbot)
    assert asked == [7]
    assert queue.ids() == [7]


def test_that_a_job_that_gives_way_says_so_and_can_be_hurried(queue: JobQueueView, qtbot: QtBot) -> None:
    queue.add(7, "RISE")
    queue.resize(1200, 200)
    queue.show()
    queue.show_progress(progress(7, 1, 10))
    hurry = next(b for b in strip(queue, 7).findChildren(QToolButton) if b.text() == "Hurry")
    assert hurry.isHidden()
    queue.show_progress(replace(progress(7, 2, 10), gives_way=True))
    words = [label.text() for label in strip(queue, 7).findChildren(QLabel)]
    assert "2 of 10 · between moving pictures" in words
    with qtbot.waitSignal(queue.hurried) as asked:
        press(queue, 7, "Hurry", qtbot)
    assert asked.args == [7]
    assert hurry.isHidden()


def test_that_a_strip_with_little_room_still_says_that_its_job_gives_way(queue: JobQueueView) -> None:
    queue.add(7, "Extremal perturbation of many masks")
    queue.resize(720, 200)
    queue.show()
    queue.show_progress(replace(progress(7, 12, 200), gives_way=True))
    words = [label.text() for label in strip(queue, 7).findChildren(QLabel)]
    assert "12 of 200 · gives way" in words


def test_that_progress_and_ends_of_unknown_jobs_are_ignored(queue: JobQueueView) -> None:
    queue.show_progress(progress(99, 1, 2))
    queue.remove(99)
    assert queue.ids() == []


def test_that_a_long_queue_does_not_push_the_picture_away(queue: JobQueueView) -> None:
    for i in range(SHOWN + 3):
        queue.add(i, f"job {i}")
    assert sum(not s.isHidden() for s in queue.findChildren(ProgressStrip)) == SHOWN
    more = next(label for label in queue.findChildren(QLabel) if "more waiting" in label.text())
    assert more.text() == "and 3 more waiting"
    assert not more.isHidden()


def test_that_strips_can_be_painted_without_a_total(queue: JobQueueView) -> None:
    queue.add(1, "Loading")
    queue.show_progress(progress(1, 3, 0))
    assert not queue.grab().isNull()


def test_that_a_long_note_cuts_neither_the_title_nor_the_bar(qtbot: QtBot) -> None:
    strip = ProgressStrip(1, "Occlusion, sensitivity")
    qtbot.addWidget(strip)
    strip.setFixedWidth(700)
    strip.show()
    strip.show_progress(10, 1764, "exact: only what a mask changes is computed again and checked at 3 places. " * 3)
    title = next(label for label in strip.findChildren(QLabel) if label.text() == "Occlusion, sensitivity")
    qtbot.waitUntil(lambda: title.width() >= title.sizeHint().width())
    assert strip.findChildren(Bar)[0].width() > 120


def test_that_a_note_that_begins_with_the_count_says_it_once(qtbot: QtBot) -> None:
    strip = ProgressStrip(1, "Occlusion")
    qtbot.addWidget(strip)
    for note, count in (("10 of 1,764 places, exact", "10 of 1,764 places, exact"), ("exact", "10 of 1,764 · exact")):
        strip.show_progress(10, 1764, note)
        assert count in [label.text() for label in strip.findChildren(QLabel)]


def test_that_a_narrow_strip_leaves_the_note_out_and_cuts_no_number(queue: JobQueueView) -> None:
    queue.add(1, "Occlusion: Occlusion sensitivity")
    queue.show()
    for width in (1900, 560):
        queue.resize(width, 60)
        QApplication.processEvents()
        parts = [part for part in strip(queue, 1).findChildren(QWidget) if part.isVisible()]
        pairs = [(one, other) for at, one in enumerate(parts) for other in parts[:at]]
        assert not any(one.geometry().intersects(other.geometry()) for one, other in pairs)
    queue.show_progress(progress(1, 1470, 9409, "1,470 of 9,409 places, now one of 8 places in a row and in a column"))
    words = [label.text() for label in strip(queue, 1).findChildren(QLabel)]
    assert "1,470 of 9,409" in words
    assert "Occlusion: Occlusion sensitivity" in words
