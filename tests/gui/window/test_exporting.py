"""Where figures go: a name that the person left unfinished is finished, and nothing is replaced unasked."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from analysis.files.recipe_inside import read_recipe
from analysis.protocol.events import Loaded, MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import backward_of
from gui.app import ErrorReporter
from gui.export import figures
from gui.options import WindowOptions
from gui.views.notice_bar import NoticeBar
from gui.window.bindings import Bindings
from gui.window.session import Session
from tests.gui.explaining import FakeEngine, frame

KINDS = figures.FIGURES


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    session = Session(WindowOptions(), settings, FakeEngine)
    session.bindings = Bindings(session)  # type: ignore[attr-defined]  # kept alive with the session
    qtbot.addWidget(session.window)
    yield session
    session.close()


def unfolded(notice: NoticeBar) -> str:
    details = notice.findChild(QPlainTextEdit)
    assert details is not None
    return details.toPlainText()


def type_(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "ask_where_to", lambda *_: (str(path), kind))


def test_that_a_missing_suffix_is_that_of_the_kind(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_(tmp_path / "figure", "PDF (*.pdf)", monkeypatch)
    assert figures.ask_path(parent, "x", KINDS, "Export") == tmp_path / "figure.pdf"
    type_(tmp_path / "figure.svg", "PDF (*.pdf)", monkeypatch)
    assert figures.ask_path(parent, "x", KINDS, "Export") == tmp_path / "figure.svg"


def test_that_a_file_of_numbers_is_not_written_as_a_picture_of_that_name(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_(tmp_path / "x.npz", "PDF (*.pdf)", monkeypatch)
    said: list[str] = []
    monkeypatch.setattr(figures.QMessageBox, "information", lambda _parent, _title, words: said.append(words))
    assert figures.ask_path(parent, "x", KINDS, "Export") is None
    assert said
    assert "“x.npz” cannot be written from here" in said[0]
    assert "“Copy as command” (File menu)" in said[0]
    type_(tmp_path / "layer1.0.conv1", "PDF (*.pdf)", monkeypatch)
    assert figures.ask_path(parent, "x", KINDS, "Export") == tmp_path / "layer1.0.conv1.pdf"


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_that_a_file_of_the_finished_name_is_replaced_only_after_a_yes(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: QMessageBox.StandardButton
) -> None:
    (tmp_path / "figure.png").write_bytes(b"precious")
    type_(tmp_path / "figure", "Picture with its recipe (*.png)", monkeypatch)
    asked: list[str] = []

    def question(_parent: QWidget, _title: str, words: str) -> QMessageBox.StandardButton:
        asked.append(words)
        return answer

    monkeypatch.setattr(figures.QMessageBox, "question", question)
    path = figures.ask_path(parent, "x", KINDS, "Export")
    assert asked == ["figure.png exists already. Replace it?"]
    assert path == (tmp_path / "figure.png" if answer == QMessageBox.StandardButton.Yes else None)


def test_that_a_person_without_a_home_can_still_export(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    type_(tmp_path / "figure.png", "", monkeypatch)
    assert figures.ask_path(parent, "x", KINDS, "Export") == tmp_path / "figure.png"


def test_that_a_picture_of_the_window_is_written_with_what_brings_it_back(parent: QWidget, tmp_path: Path) -> None:
    parent.resize(300, 200)
    recipe = Recipe(ModelChoice("lenet"), PictureChoice("sample:cat"), layer="conv1")
    figures.write_shot(parent.grab().toImage(), recipe, tmp_path / "window.png")
    with Image.open(tmp_path / "window.png") as picture:
        picture.load()
        assert picture.size == (300, 200)
    assert read_recipe(tmp_path / "window.png") == recipe


def test_that_a_picture_that_cannot_be_made_writes_nothing(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "window.png").write_bytes(b"precious")
    with pytest.raises(Problem):
        figures.write_shot(QImage(), Recipe(ModelChoice("lenet")), tmp_path / "window.png")
    assert (tmp_path / "window.png").read_bytes() == b"precious"


def test_that_what_nobody_foresaw_while_exporting_is_told_as_what_was_tried(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_(tmp_path / "window.png", "", monkeypatch)
    monkeypatch.setattr(figures, "png_of", lambda _shot: len(_shot))
    session.window.actions_["export-window"].trigger()
    notice = session.window.notice
    qtbot.waitUntil(lambda: bool(notice.sentence))
    assert notice.sentence == "The window could not be exported: something went wrong inside Underhood (TypeError)."
    assert "has no len()" in unfolded(notice)
    assert not (tmp_path / "window.png").exists()


def test_that_a_command_that_fails_is_named(session: Session, qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise IndexError("0x7f00 at fault")

    session.window.actions_.bind("save-recipe", fail)
    with qtbot.captureExceptions() as raised:
        session.window.actions_["save-recipe"].trigger()
    reporter = ErrorReporter()
    reporter.show_in(session.window)
    sys.excepthook(*raised[0])
    reporter.stop()
    notice = session.window.notice
    qtbot.waitUntil(lambda: bool(notice.sentence))
    assert notice.sentence == "“Save recipe” could not be done: something went wrong inside Underhood (IndexError)."
    assert "0x7f00 at fault" in unfolded(notice)
    assert "0x7f00 at fault" in capsys.readouterr().err


def answered(session: Session, qtbot: QtBot, number: int) -> Frame:
    """A picture of a stream that has come, been answered and been seen."""
    shown = frame(number, moving=True)
    with qtbot.waitSignal(session.loop.shown):
        session.loop.take(shown)
    return shown


def with_a_stream(session: Session, qtbot: QtBot) -> Frame:
    with qtbot.waitSignal(session.state.network_changed):
        session.networks.load(ModelChoice("smallnet"))  # chosen by hand it would bring a picture of its own
    assert session.state.layer is not None
    return answered(session, qtbot, 900)


def test_that_a_figure_is_of_what_was_seen_when_it_was_asked_for(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The camera runs on, and even another network comes, while the person thinks of a name."""
    seen = with_a_stream(session, qtbot)
    written: list[tuple[MethodResult, Loaded | None]] = []
    monkeypatch.setattr(figures, "write_figure", lambda result, network, _path: written.append((result, network)))
    network = session.state.network

    def think(*_: object) -> tuple[str, str]:
        for number in range(901, 904):
            answered(session, qtbot, number)
        with qtbot.waitSignal(session.state.network_changed):
            session.open_network(ModelChoice("othernet"))
        return str(tmp_path / "figure.png"), ""

    monkeypatch.setattr(figures, "ask_where_to", think)
    session.window.actions_["export"].trigger()
    qtbot.waitUntil(lambda: len(written) == 1)
    result, of = written[0]
    assert np.array_equal(result.picture, seen.pixels)
    assert of is network
    assert result.recipe.model.name == "smallnet"
    assert session.state.network is not network


def test_that_a_figure_that_nobody_wants_any_more_is_not_drawn(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_stream(session, qtbot)
    monkeypatch.setattr(figures, "write_figure", lambda *_: pytest.fail("It was drawn."))
    monkeypatch.setattr(figures, "ask_where_to", lambda *_: ("", ""))
    session.window.actions_["export"].trigger()
    answered(session, qtbot, 901)
    answered(session, qtbot, 902)


def test_that_a_figure_that_cannot_be_drawn_says_so(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_stream(session, qtbot)

    def fail(*_: object) -> bytes:
        raise KeyError("levels")

    monkeypatch.setattr(figures, "figure_bytes", fail)
    type_(tmp_path / "figure.png", "", monkeypatch)
    notice = session.window.notice
    for command, tried in (
        ("export", "The figure could not be exported"),
        ("copy-figure", "The figure could not be copied"),
    ):
        notice.clear()
        session.window.actions_[command].trigger()
        qtbot.waitUntil(lambda tried=tried: notice.sentence.startswith(tried))  # type: ignore[misc]
        assert notice.sentence == f"{tried}: something went wrong inside Underhood (KeyError)."
    assert not (tmp_path / "figure.png").exists()


def test_that_a_recipe_with_a_held_unit_that_is_opened_flows_back_again(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    with_a_stream(session, qtbot)
    backward = session.backward
    session.state.set_unit(1)
    backward.cycle()
    backward.hold(True)
    backward.next_view()
    held = backward.choice
    recipe = replace(session.recipe(), picture=None)
    assert recipe.backward == held is not None
    path = tmp_path / "recipe.json"
    figures.write_recipe(recipe, None, path)
    backward.cycle()
    backward.next_rule()
    with qtbot.waitSignal(session.state.network_changed):
        session.open_path(str(path))
    assert backward.choice == held
    assert session.state.backward == backward_of(recipe)
    assert session.window.actions_["backward-freeze"].isChecked()
