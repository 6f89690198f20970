"""The row under the picture: the camera by name where there is one, all sources in the menu, freeze and mirror."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMainWindow, QToolButton
from pytestqt.qtbot import QtBot

from gui.commands.actions import Actions
from gui.docks import picture_buttons
from gui.docks.picture_buttons import PictureButtons

GIVEN = ("source-camera", "source-sketch", "freeze", "mirror")


@pytest.fixture
def given() -> list[str]:
    return []


@pytest.fixture
def buttons(qtbot: QtBot, tmp_path: Path, given: list[str], monkeypatch: pytest.MonkeyPatch) -> PictureButtons:
    window = QMainWindow()
    qtbot.addWidget(window)
    monkeypatch.setattr(picture_buttons, "DEVICES", tmp_path)
    monkeypatch.setattr(picture_buttons.sys, "platform", "linux")
    actions = Actions(window)
    actions.bind_all({command: lambda *_, command=command: given.append(command) for command in GIVEN})
    row = PictureButtons(actions, window)
    row.show()
    return row


def test_that_the_camera_is_offered_by_name_where_there_is_one_and_it_is_not_in_use(
    buttons: PictureButtons, tmp_path: Path, given: list[str]
) -> None:
    assert buttons.source.text().startswith("Source")
    (tmp_path / "video0").touch()
    buttons.tell_source(camera=False)
    assert buttons.source.text() == "Use camera"
    buttons.source.click()
    assert given == ["source-camera"]
    buttons.tell_source(camera=True)
    assert buttons.source.text().startswith("Source")


def test_that_all_sources_that_there_are_stand_in_its_menu(buttons: PictureButtons, given: list[str]) -> None:
    menu = buttons.source.menu()
    assert menu is not None
    (sketch,) = [action for action in menu.actions() if action.isVisible() and action.text() == "Sketch pad"]
    sketch.trigger()
    assert given == ["source-sketch"]


def test_that_freeze_and_mirror_are_pressed_and_show_that_they_are_on(
    buttons: PictureButtons, given: list[str]
) -> None:
    freeze, mirror = (button for button in buttons.findChildren(QToolButton) if button is not buttons.source)
    freeze.click()
    assert freeze.isChecked()
    assert not mirror.isChecked()
    assert given == ["freeze"]
    assert "F or Space" in freeze.toolTip()
