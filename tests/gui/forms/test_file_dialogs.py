"""The dialogs for files: folders can be opened where files are, and nothing is read for the sake of an icon."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QFileInfo
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from gui.forms.file_dialogs import NamedIcons, OpenDialog


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> OpenDialog:
    (tmp_path / "inner").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "picture.png")
    made = OpenDialog(None, "Open", str(tmp_path), "All (*)")
    qtbot.addWidget(made)
    made.show()
    return made


def typed(dialog: OpenDialog, text: str) -> None:
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText(text)
    dialog.accept()


def test_that_the_folder_that_is_shown_can_be_taken(dialog: OpenDialog, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.accepted):
        dialog.whole.click()
    assert dialog.chosen == [str(tmp_path)]


def test_that_a_folder_typed_in_full_is_taken_and_a_file_too(dialog: OpenDialog, tmp_path: Path) -> None:
    typed(dialog, str(tmp_path / "inner"))
    assert dialog.result() == QFileDialog.DialogCode.Accepted
    assert dialog.chosen == [str(tmp_path / "inner")]


def test_that_a_file_is_taken_as_ever(dialog: OpenDialog, tmp_path: Path) -> None:
    typed(dialog, str(tmp_path / "picture.png"))
    assert dialog.result() == QFileDialog.DialogCode.Accepted
    assert dialog.chosen == [str(tmp_path / "picture.png")]


def test_that_icons_and_kinds_go_by_the_name_alone(dialog: OpenDialog, tmp_path: Path) -> None:
    assert isinstance(dialog.iconProvider(), NamedIcons)
    nameless = tmp_path / "nameless"
    nameless.write_bytes((tmp_path / "picture.png").read_bytes())
    icons = NamedIcons()
    assert icons.type(QFileInfo(str(nameless))) == "File"  # its content would say more
    assert icons.type(QFileInfo(str(tmp_path / "gone.png"))) == "png file"
    assert icons.type(QFileInfo(str(tmp_path))) == "Folder"
    file, folder = (icons.icon(QFileInfo(str(path))) for path in (nameless, tmp_path))
    assert file.cacheKey() == icons.icon(QFileInfo(str(tmp_path / "gone.png"))).cacheKey() or not file.isNull()
    assert not folder.isNull()
