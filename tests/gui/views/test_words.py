"""Labels that a long name does not widen, and the scale that says what is under the cursor without growing."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.views.legend import Legend
from gui.views.words import ElidedWords, FewerWords, Heading, SteadyLine, Title, WrappedWords

LONG = "/home/somebody/" + "a_very_long_folder_name-" * 12 + "picture.png"


@pytest.mark.parametrize("kind", [ElidedWords, WrappedWords])
def test_that_a_long_name_asks_for_no_more_width(kind: type[ElidedWords | WrappedWords], qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    row, label = QHBoxLayout(parent), kind()
    row.addWidget(label)
    before = row.minimumSize().width()
    label.setText(LONG)
    row.invalidate()
    assert row.minimumSize().width() == before
    assert label.text() == LONG


class Heard(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.laid_out = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.laid_out += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.mark.parametrize("kind", [SteadyLine, ElidedWords, FewerWords, Title])
def test_that_nothing_is_laid_out_anew_for_words_that_change(kind: type[SteadyLine], qtbot: QtBot) -> None:
    parent, heard = QWidget(), Heard()
    qtbot.addWidget(parent)
    row, label = QHBoxLayout(parent), kind()
    row.addWidget(label, 1)
    parent.resize(300, 40)
    parent.show()
    say = label.say if isinstance(label, FewerWords) else label.setText
    say("step 1")
    QApplication.processEvents()
    parent.installEventFilter(heard)
    seen = label.grab().toImage()
    say("step 2,222")
    QApplication.processEvents()
    assert (label.text(), label.accessibleName()) == ("step 2,222", "step 2,222")
    assert label.grab().toImage() != seen
    assert not heard.laid_out
    say("")
    QApplication.processEvents()
    assert heard.laid_out, "to say nothing takes no room"


def test_that_a_path_breaks_at_its_joints_and_is_all_seen(qtbot: QtBot) -> None:
    label, plain = WrappedWords(LONG), WrappedWords("word")
    qtbot.addWidget(label)
    qtbot.addWidget(plain)
    width = 240
    lines = label.heightForWidth(width) / plain.heightForWidth(width)
    assert lines >= label.fontMetrics().horizontalAdvance(LONG) / width


def test_that_a_heading_leaves_out_facts_before_it_shortens_its_name(qtbot: QtBot) -> None:
    heading = Heading()
    qtbot.addWidget(heading)
    heading.show()
    heading.show_facts("features.4<expand>", ["ReLU", "64 units", "54×54"])
    told = []
    for width in range(600, 20, -10):
        heading.resize(width, 20)
        told.append(heading.text())
        wanted = QTextDocumentFragment.fromHtml(heading.text()).toPlainText().strip()
        assert heading.fontMetrics().horizontalAdvance(wanted) <= width
    assert "features.4&lt;expand&gt;" in told[0]
    assert "ReLU · 64 units · 54×54" in told[0]
    assert any("ReLU · 64 units" in words and "54×54" not in words for words in told)
    assert any("&lt;expand&gt;" in words and "ReLU" not in words for words in told)
    assert "…" in told[-1]
    assert all("ReLU" not in words for words in told if "…" in words)


def test_that_marks_within_tags_are_left_alone(qtbot: QtBot) -> None:
    label = WrappedWords("<b>layer.1</b>  unit")
    qtbot.addWidget(label)
    assert label.text() == "<b>layer.1</b>  unit"
    assert "</b>" in super(WrappedWords, label).text()


def test_that_a_scale_keeps_its_size_whatever_it_says(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    colours = np.zeros((256, 3), np.uint8)
    sizes = {(legend.sizeHint().width(), legend.minimumSizeHint().width())}
    legend.show_scale(colours, -0.00123, 1234567.0, "one scale for all of these units " * 4)
    legend.show_here(-1.5, 2.5, "unit 1023: -0.000123 here")
    sizes.add((legend.sizeHint().width(), legend.minimumSizeHint().width()))
    assert len(sizes) == 1
    legend.resize(160, 22)
    legend.grab()  # is painted in the least room, too


def test_that_a_title_loses_its_middle_before_what_stands_at_its_end(qtbot: QtBot) -> None:
    title = Title()
    qtbot.addWidget(title)
    title.show()
    whole = "<b>Edge energy</b> of features.7.expand3x3 of a &lt;long&gt; path · unit 12, centre"
    title.setText(whole)
    title.resize(1200, 30)
    assert title.shown == whole
    title.resize(300, 30)
    assert title.text() == whole
    assert title.shown.startswith("<b>Edge energy</b> of ")
    assert "…" in title.shown
    assert title.shown.endswith("centre")
    title.clear()
    assert title.shown == ""


def test_that_a_number_is_never_broken(qtbot: QtBot) -> None:
    label = WrappedWords("The unit is at -0.000385 in features.7.expand3x3.")
    qtbot.addWidget(label)
    shown = QLabel.text(label)  # with its places to break
    assert "-0.000385" in shown
    assert "features.\u200b7" in shown
    assert label.text() == "The unit is at -0.000385 in features.7.expand3x3."
