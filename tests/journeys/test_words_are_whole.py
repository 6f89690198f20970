"""No word is cut and none lies over another, in any tab and dock, in usual and in large type, on a small screen."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.options import WindowOptions
from gui.views.callout import Callout
from gui.views.elided_choice import ElidedChoice
from gui.views.legend import Legend
from gui.views.words import FittedWords, SteadyLine, WrappedWords
from gui.window.bindings import Bindings
from gui.window.first_steps import FirstSteps
from gui.window.main_window import TITLE_BAR
from gui.window.session import Session

LAPTOP = QSize(1366, 768 - TITLE_BAR)
LONG = 60_000
END_IN_DOTS = (SteadyLine, FittedWords, ElidedChoice)  # by design, with all of it in the tooltip


@pytest.fixture(params=[False, True], ids=["usual type", "projector"])
def session(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    theme.remember(settings, "dark", request.param)
    theme.apply(qapp, "dark", request.param)
    session = Session(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5", layer="conv1"), settings)
    session.bindings = Bindings(session)  # type: ignore[attr-defined]  # kept alive with the session
    window = session.window
    qtbot.addWidget(window)
    window.resize(LAPTOP)
    window.restore_layout(settings)
    window.resize(LAPTOP)
    window.show()
    with qtbot.waitSignal(session.first_answer, timeout=LONG):
        session.begin()
    session.state.set_unit(3)
    qtbot.waitUntil(lambda: session.window.unit.sight.unit is not None, timeout=LONG)
    yield session
    window.close()


def settle() -> None:
    for _ in range(6):
        QApplication.processEvents()


def shown(window: QWidget) -> Iterator[QWidget]:
    """What is in sight, or can be scrolled to."""
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window and not widget.visibleRegion().isEmpty():
            yield widget


def cut(widget: QWidget) -> bool:
    """Whether there is less room than its words need."""
    if isinstance(widget, END_IN_DOTS):
        return False
    if isinstance(widget, QLabel):
        if not widget.text() or (widget.pixmap() and not widget.pixmap().isNull()):
            return False
        if widget.wordWrap() or isinstance(widget, WrappedWords):
            return widget.heightForWidth(widget.width()) > widget.height() + 1
        return widget.sizeHint().width() > widget.width() + 1 or widget.fontMetrics().height() > widget.height() + 1
    if isinstance(widget, QToolButton | QCheckBox) or type(widget).__name__ == "QPushButton":
        assert isinstance(widget, QAbstractButton)
        if not widget.text():
            return False
        hint = widget.sizeHint()
        return hint.width() > widget.width() + 1 or widget.fontMetrics().height() > widget.height()
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, widget)
        return widget.fontMetrics().horizontalAdvance(widget.currentText()) > field.width() + 1
    if isinstance(widget, Legend):
        return widget.words_are_cut
    if isinstance(widget, QTreeView):
        return any(_section_is_cut(widget.header(), index) for index in range(widget.header().count()))
    return False


def _section_is_cut(header: QHeaderView, index: int) -> bool:
    words = str(header.model().headerData(index, header.orientation(), Qt.ItemDataRole.DisplayRole) or "")
    return not header.isSectionHidden(index) and header.fontMetrics().horizontalAdvance(words) > (
        header.sectionSize(index) - 6
    )


def has_words(widget: QWidget) -> bool:
    if isinstance(widget, QLabel | QAbstractButton):
        return bool(widget.text())
    return isinstance(widget, QComboBox)


def place(widget: QWidget, window: QWidget) -> QRect:
    """Where it is seen in the window."""
    return widget.visibleRegion().boundingRect().translated(widget.mapTo(window, QPoint()))


def told(widget: QWidget) -> str:
    words = widget.currentText() if isinstance(widget, QComboBox) else getattr(widget, "text", str)()
    return f"{type(widget).__name__} “{words}” {widget.width()}×{widget.height()}, wants {widget.sizeHint().width()}"


def check(window: QWidget, where: str) -> list[str]:
    """What lasts: words that came this moment have their room with the next one."""
    found: list[str] = []
    for _ in range(4):
        settle()
        found = seen(window, where)
        if not found:
            break
    return found


def seen(window: QWidget, where: str) -> list[str]:
    widgets = list(shown(window))
    found = [f"{where}: cut: {told(widget)}" for widget in widgets if cut(widget)]
    worded = [widget for widget in widgets if has_words(widget)]
    for one, other in combinations(worded, 2):
        if one.isAncestorOf(other) or other.isAncestorOf(one):
            continue
        both = place(one, window).intersected(place(other, window))
        if both.width() > 1 and both.height() > 1:
            found.append(f"{where}: one over the other: {told(one)} and {told(other)}")
    return found


def test_that_no_word_is_cut_or_under_another_one(session: Session, qtbot: QtBot) -> None:
    window, found = session.window, []
    for index in range(window.tabs.count()):
        window.tabs.setCurrentIndex(index)
        found += check(window, window.tabs.tabText(index))
    window.tabs.setCurrentIndex(0)
    window.actions_["zoom-unit"].trigger()
    found += check(window, "the unit's page")
    window.actions_["keep-beside"].trigger()
    found += check(window, "side by side")
    assert not found, "\n".join(dict.fromkeys(found))


def test_that_the_first_callouts_do_not_lie_over_each_other(session: Session) -> None:
    steps = FirstSteps(session.window, session.settings, lambda: None)
    steps.begin()
    settle()
    cards = session.window.findChildren(Callout)
    assert len(cards) == 3
    for one, other in combinations(cards, 2):
        assert not one.geometry().intersects(other.geometry()), (one.geometry(), other.geometry())
    for card in cards:
        assert session.window.rect().contains(card.geometry())
    steps.close_all()
