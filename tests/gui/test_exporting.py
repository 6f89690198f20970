"""Where figures go: a name that the person left unfinished is finished, and nothing is replaced unasked."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gui import exporting

KINDS = exporting.FIGURES


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def type_(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting.QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))


def test_that_a_missing_suffix_is_that_of_the_kind(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_(tmp_path / "figure", "PDF (*.pdf)", monkeypatch)
    assert exporting.ask_path(parent, "x", KINDS, "Export") == tmp_path / "figure.pdf"
    type_(tmp_path / "figure.svg", "PDF (*.pdf)", monkeypatch)
    assert exporting.ask_path(parent, "x", KINDS, "Export") == tmp_path / "figure.svg"


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

    monkeypatch.setattr(exporting.QMessageBox, "question", question)
    path = exporting.ask_path(parent, "x", KINDS, "Export")
    assert asked == ["figure.png exists already. Replace it?"]
    assert path == (tmp_path / "figure.png" if answer == QMessageBox.StandardButton.Yes else None)


def test_that_a_person_without_a_home_can_still_export(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    type_(tmp_path / "figure.png", "", monkeypatch)
    assert exporting.ask_path(parent, "x", KINDS, "Export") == tmp_path / "figure.png"
