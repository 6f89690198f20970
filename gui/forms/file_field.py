"""A field for what names a file, a folder or a network: typed, dropped, or looked for by the button in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QWidget

from gui.forms.file_dialogs import ask_file, ask_folder

if TYPE_CHECKING:
    from analysis.settings.declared import Names

KINDS = {
    "file": "All files (*)",
    "folder": "",
    "network": "Weights (*.safetensors *.pt *.pth *.bin *.ckpt);;All files (*)",
}
HINTS = {"file": "a file", "folder": "a folder", "network": "a file of weights, or random"}


class FileField(QLineEdit):
    """`editingFinished` comes when a file was chosen, too."""

    def __init__(self, names: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = KINDS[names]
        self._what = "folder" if names == "folder" else "file"
        self.setPlaceholderText(HINTS[names])
        self.setClearButtonEnabled(True)
        icon = self.style().standardIcon(QStyle.StandardPixmap.SP_DirOpenIcon)
        self.browse = self.addAction(icon, QLineEdit.ActionPosition.TrailingPosition)
        self.browse.setToolTip(f"Choose a {self._what}")
        self.browse.triggered.connect(self._ask)
        self.textChanged.connect(self._tell_clearing)
        self._was = ""

    @Slot()
    def _ask(self) -> None:
        folder = os.path.dirname(self.text()) or os.path.expanduser("~")
        if self._what == "folder":
            self._take(ask_folder(self, "Choose a folder", self.text() or folder))
        else:
            self._take(ask_file(self, "Choose a file", folder, self._kinds))

    def _take(self, path: str) -> None:
        if path:
            self.setText(path)
            self.editingFinished.emit()

    @Slot(str)
    def _tell_clearing(self, text: str) -> None:
        """The button that clears a field leaves the cursor in it: nothing would be told until it is left."""
        if self._was and not text:
            self.editingFinished.emit()
        self._was = text

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self._take(files[0])
        else:
            super().dropEvent(event)
