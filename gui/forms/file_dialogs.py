"""Asking for files and folders, in dialogs that never read a file to find out what icon it has.

A folder of a hundred thousand pictures on a slow disk would take minutes to list otherwise, and a broken file could
do worse than that.
"""

from __future__ import annotations

import os

from PySide6.QtCore import QFileInfo, Slot
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QPushButton, QStyle, QWidget


class NamedIcons(QAbstractFileIconProvider):
    """Icons and kinds by name alone."""

    def icon(self, what: QFileInfo | QAbstractFileIconProvider.IconType) -> QIcon:
        style, names = QApplication.style(), QStyle.StandardPixmap
        if isinstance(what, QFileInfo):
            return style.standardIcon(names.SP_DirIcon if what.isDir() else names.SP_FileIcon)
        folders = (QAbstractFileIconProvider.IconType.Folder, QAbstractFileIconProvider.IconType.Desktop)
        if what in folders:
            return style.standardIcon(names.SP_DirIcon)
        if what in (QAbstractFileIconProvider.IconType.Drive, QAbstractFileIconProvider.IconType.Computer):
            return style.standardIcon(names.SP_DriveHDIcon)
        return style.standardIcon(names.SP_FileIcon)

    def type(self, info: QFileInfo) -> str:
        if info.isDir():
            return "Folder"
        return f"{info.suffix()} file" if info.suffix() else "File"


class OpenDialog(QFileDialog):
    """Files, or the folder that is looked at: a button takes that, and so does its name when it is typed in full."""

    def __init__(self, parent: QWidget | None, title: str, folder: str, kinds: str) -> None:
        super().__init__(parent, title, folder, kinds)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)  # which knows no folders beside files
        self.setFileMode(QFileDialog.FileMode.ExistingFiles)
        _keep_icons_plain(self)
        self._folder = ""
        self.whole = QPushButton("Open &folder", self)
        self.whole.setToolTip("Walk through all pictures of the folder that is chosen, or of the one that is shown")
        self.whole.setAutoDefault(False)
        self.whole.clicked.connect(self._take_folder)
        box = self.findChild(QDialogButtonBox)
        if box is not None:
            box.addButton(self.whole, QDialogButtonBox.ButtonRole.ActionRole)

    @property
    def chosen(self) -> list[str]:
        return [self._folder] if self._folder else self.selectedFiles()

    @Slot()
    def _take_folder(self) -> None:
        selected = self.selectedFiles()
        self._folder = selected[0] if len(selected) == 1 and os.path.isdir(selected[0]) else self.directory().path()
        self.done(QFileDialog.DialogCode.Accepted)

    def accept(self) -> None:
        typed = self.findChild(QLineEdit)
        path = os.path.expanduser(typed.text().strip()) if typed is not None else ""
        if os.path.isabs(path) and os.path.isdir(path):
            self._folder = path
            self.done(QFileDialog.DialogCode.Accepted)
        else:
            super().accept()


def ask_what_to_open(parent: QWidget, title: str, folder: str, kinds: str) -> list[str]:
    """Files, or one folder; nothing if the person changed their mind."""
    dialog = OpenDialog(parent, title, folder, kinds)
    try:
        return dialog.chosen if dialog.exec() else []
    finally:
        dialog.deleteLater()


def ask_file(parent: QWidget, title: str, folder: str, kinds: str) -> str:
    return _asked(QFileDialog(parent, title, folder, kinds), QFileDialog.FileMode.ExistingFile)[0]


def ask_folder(parent: QWidget, title: str, folder: str) -> str:
    dialog = QFileDialog(parent, title, folder)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _asked(dialog, QFileDialog.FileMode.Directory)[0]


def ask_where_to(parent: QWidget, title: str, proposed: str, kinds: str) -> tuple[str, str]:
    """The path and the kind that was chosen for it; both empty if the person changed their mind."""
    dialog = QFileDialog(parent, title, os.path.dirname(proposed), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(proposed)
    return _asked(dialog, QFileDialog.FileMode.AnyFile)


def _asked(dialog: QFileDialog, mode: QFileDialog.FileMode) -> tuple[str, str]:
    dialog.setFileMode(mode)
    _keep_icons_plain(dialog)
    try:
        if not dialog.exec() or not dialog.selectedFiles():
            return "", ""
        return dialog.selectedFiles()[0], dialog.selectedNameFilter()
    finally:
        dialog.deleteLater()


def _keep_icons_plain(dialog: QFileDialog) -> None:
    """The system's own dialog, where there is one, has its own way."""
    dialog.setOption(QFileDialog.Option.DontUseCustomDirectoryIcons)
    icons = NamedIcons()
    dialog.setIconProvider(icons)
    dialog.setProperty("icons", icons)  # which the dialog does not own
