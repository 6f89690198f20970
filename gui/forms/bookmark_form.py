"""Asks for the note of a bookmark; one that is there already can be changed or taken away."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gui.views.words import WrappedWords

WIDTH = 46  # letters


class BookmarkForm(QDialog):
    kept = Signal(str)  # with this note
    removed = Signal()

    def __init__(self, place: str, note: str | None, parent: QWidget | None = None) -> None:
        """`note` is that of the bookmark that is there; None where there is none yet."""
        super().__init__(parent)
        self.setModal(True)
        self.setWindowTitle("Bookmark" if note is None else "Change the bookmark")
        self.setMinimumWidth(WIDTH * self.fontMetrics().averageCharWidth())
        self.note = QLineEdit(note or "", self)
        self.note.setPlaceholderText("What is it? A note, if you like")
        self.note.setAccessibleName("Note")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.keep = self.buttons.addButton("Keep", QDialogButtonBox.ButtonRole.AcceptRole)
        self.keep.setDefault(True)
        self.remove: QPushButton | None = None
        if note is not None:
            self.remove = self.buttons.addButton("Remove", QDialogButtonBox.ButtonRole.DestructiveRole)
            self.remove.clicked.connect(self._remove)
        column = QVBoxLayout(self)
        column.addWidget(WrappedWords(place, self))
        column.addWidget(self.note)
        column.addWidget(self.buttons)
        self.buttons.accepted.connect(self._keep)
        self.buttons.rejected.connect(self.reject)
        self.note.selectAll()

    @Slot()
    def _keep(self) -> None:
        self.kept.emit(self.note.text().strip())
        self.accept()

    @Slot()
    def _remove(self) -> None:
        self.removed.emit()
        self.accept()
