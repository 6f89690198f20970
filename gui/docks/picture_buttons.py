"""The row under the picture: where pictures come from, and what is done to them, for hands that know no keys yet."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gui.commands.actions import COMMANDS, WHERE, Actions

DEVICES = Path("/dev")
NARROWEST = 48  # pixels of a button, whose words are cut short where there is no room for them


class PictureButtons(QWidget):
    """Offers the camera by name where there is one and it is not in use; all other sources are in the menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for command in COMMANDS:
            if command.section == WHERE and command.id != "camera-or-files":
                menu.addAction(actions[command.id])
        self.source = QToolButton(self)
        self.source.setMenu(menu)
        self.source.clicked.connect(self._use_camera)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.source.setMinimumWidth(NARROWEST)
        row.addWidget(self.source)
        row.addStretch(1)
        for command_id in ("freeze", "mirror"):
            button = QToolButton(self)
            button.setDefaultAction(actions[command_id])
            button.setMinimumWidth(NARROWEST)
            row.addWidget(button)
        self._offered: bool | None = None  # whether the camera is
        self.tell_source(False)

    def tell_source(self, camera: bool) -> None:
        """Whether the camera is in use, or being waited for."""
        offered = not camera and camera_likely()
        if offered is self._offered:
            return
        self._offered = offered
        self.source.setText("Use camera" if offered else "Source ▾")
        self.source.setToolTip(self._actions["source-camera"].toolTip() if offered else "Where the pictures come from")
        mode = QToolButton.ToolButtonPopupMode
        self.source.setPopupMode(mode.MenuButtonPopup if offered else mode.InstantPopup)
        self.style().unpolish(self.source)  # its room depends on the mode
        self.style().polish(self.source)

    @Slot()
    def _use_camera(self) -> None:
        if self.source.popupMode() == QToolButton.ToolButtonPopupMode.MenuButtonPopup:
            self._actions["source-camera"].trigger()


def camera_likely() -> bool:
    """Without QtMultimedia, which takes long to load: only Linux tells its cameras as files, others mostly have one."""
    return not sys.platform.startswith("linux") or any(DEVICES.glob("video*"))
