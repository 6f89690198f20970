"""The bar over a panel says what is wrong and offers what mends it, without ever being in the way."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.views import notice_bar
from gui.views.notice_bar import NoticeBar


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    notice = NoticeBar()
    qtbot.addWidget(notice)
    return notice


def button(bar: NoticeBar, text: str) -> QPushButton | QToolButton:
    return next(b for kind in (QPushButton, QToolButton) for b in bar.findChildren(kind) if b.text() == text)


def test_that_there_is_nothing_to_see_before_something_is_said(bar: NoticeBar) -> None:
    assert bar.isHidden()
    assert bar.sentence == ""


def test_that_it_shows_the_sentence_and_only_the_ways_there_are(bar: NoticeBar) -> None:
    bar.show_notice("No camera answers.", ways=[("Try again", lambda: None)])
    assert bar.sentence == "No camera answers."
    shown = [b.text() for b in bar.findChildren(QPushButton) if not b.isHidden()]
    assert shown == ["Try again"]
    assert button(bar, "Details").isHidden()
    assert "No camera answers." in bar.accessibleName()


def test_that_taking_a_way_runs_it_once_and_closes_the_bar(bar: NoticeBar, qtbot: QtBot) -> None:
    taken: list[str] = []
    bar.show_notice("…", ways=[("A", lambda: taken.append("a")), ("B", lambda: taken.append("b"))])
    qtbot.mouseClick(button(bar, "B"), Qt.MouseButton.LeftButton)
    assert taken == ["b"]
    assert bar.isHidden()


def test_that_a_way_may_say_something_new(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.show_notice("first", ways=[("Again", lambda: bar.show_notice("second"))])
    qtbot.mouseClick(button(bar, "Again"), Qt.MouseButton.LeftButton)
    assert bar.sentence == "second"


def test_that_details_unfold_and_can_be_copied(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.show_notice("It broke.", details="Traceback\n  line 1")
    details = bar.findChild(QPlainTextEdit)
    assert isinstance(details, QPlainTextEdit)
    assert details.isHidden()
    qtbot.mouseClick(button(bar, "Details"), Qt.MouseButton.LeftButton)
    assert not details.isHidden()
    qtbot.mouseClick(button(bar, "Copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "It broke.\n\nTraceback\n  line 1"


def test_that_the_same_notice_again_leaves_unfolded_details_open(bar: NoticeBar) -> None:
    bar.show_notice("It broke.", details="one")
    button(bar, "Details").setChecked(True)
    bar.show_notice("It broke.", details="one")
    assert button(bar, "Details").isChecked()
    bar.show_notice("Something else broke.", details="two")
    assert not button(bar, "Details").isChecked()


def test_that_closing_says_so_and_clearing_does_not(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.show_notice("hint", "hint")
    with qtbot.assertNotEmitted(bar.closed):
        bar.clear()
    bar.show_notice("hint", "hint")
    with qtbot.waitSignal(bar.closed) as closed:
        qtbot.mouseClick(button(bar, "✕"), Qt.MouseButton.LeftButton)
    assert closed.args == ["hint"]
    assert bar.isHidden()
    assert not bar.close_by_hand()


def mouse(bar: NoticeBar, over: bool) -> None:
    """Wherever the tests before have left it."""
    away = QPointF(-1, -1)
    QCoreApplication.sendEvent(bar, QEnterEvent(away, away, away) if over else QEvent(QEvent.Type.Leave))


def test_that_a_passing_notice_goes_by_itself_and_another_one_stays(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.show_notice("There is no next picture here.", "hint", passing=True)
    timer = bar.findChild(QTimer)
    assert isinstance(timer, QTimer)
    assert timer.interval() == notice_bar.PASSING
    mouse(bar, over=False)
    timer.timeout.emit()
    assert bar.isHidden()
    assert not timer.isActive()
    bar.show_notice("There is no next picture here.", "hint", passing=True)
    bar.show_notice("It broke.")
    assert not timer.isActive()
    assert bar.sentence == "It broke."


def test_that_a_passing_notice_stays_while_the_mouse_is_over_it(
    bar: NoticeBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_bar, "PASSING", 1)
    bar.show_notice("There is no next picture here.", "hint", passing=True)
    mouse(bar, over=True)
    timer = bar.findChild(QTimer)
    assert isinstance(timer, QTimer)
    with qtbot.waitSignals([timer.timeout, timer.timeout]):
        pass
    assert bar.sentence
    mouse(bar, over=False)
    qtbot.waitUntil(bar.isHidden)


def test_that_a_bar_may_go_before_its_passing_notice(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_bar, "PASSING", 0)
    bar = NoticeBar()
    bar.show_notice("There is no next picture here.", passing=True)
    with qtbot.waitSignal(bar.destroyed):
        bar.deleteLater()


def test_that_it_never_takes_the_focus(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    line, notice = QLineEdit(), NoticeBar()
    layout.addWidget(notice)
    layout.addWidget(line)
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    notice.show_notice("wrong", ways=[("Mend", lambda: None)])
    assert line.hasFocus()


def test_that_buttons_go_below_the_sentence_in_a_narrow_dock(qtbot: QtBot, bar: NoticeBar) -> None:
    bar.show_notice(
        "A sentence that is long enough to need some lines in a narrow dock.", ways=[("Mend", lambda: None)]
    )
    label, mend = bar.findChild(QLabel), button(bar, "Mend")
    assert isinstance(label, QLabel)
    bar.resize(1000, bar.heightForWidth(1000))
    qtbot.waitUntil(lambda: mend.x() > label.geometry().right())
    bar.resize(260, bar.heightForWidth(260))
    qtbot.waitUntil(lambda: mend.y() >= label.geometry().bottom())
