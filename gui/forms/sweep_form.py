"""Asks what is swept: which pictures, which layers, and the folder of the atlas."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDir, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from gui.forms.file_dialogs import ask_folder
from gui.views.words import WrappedWords

USED, EVERY, ONE = "Layers whose values are used as they are", "Every layer", "Only {}"
ABOUT = (
    "All pictures go through the network once, while you go on looking at others. What is done is kept: a sweep that "
    "is stopped goes on, and pictures that come into the folder later are swept, too."
)


@dataclass(frozen=True)
class SweepChoice:
    data: str
    folder: str
    layers: tuple[str, ...]


class SweepForm(QDialog):
    def __init__(self, network: str, layer: str | None, known: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Sweep {network}")
        self._layer = layer
        self.data = QLineEdit(self)
        self.data.setPlaceholderText(f"a folder of pictures, or {', '.join(known)}")
        self.layers = QComboBox(self)
        self.layers.addItems([USED, EVERY, *([ONE.format(layer)] if layer else [])])
        self.folder = QLineEdit(self)
        self.folder.setPlaceholderText("a new folder, or that of a sweep that goes on")
        self.words = WrappedWords(ABOUT, self)
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.begin = self.box.addButton("Begin", QDialogButtonBox.ButtonRole.AcceptRole)
        form = QFormLayout(self)
        form.addRow(self.words)
        form.addRow("Pictures", self._with_button(self.data, "A folder of pictures"))
        form.addRow("Layers", self.layers)
        form.addRow("Atlas in", self._with_button(self.folder, "The folder of the atlas"))
        form.addRow(self.box)
        self.setMinimumWidth(560)
        self.box.accepted.connect(self.accept)
        self.box.rejected.connect(self.reject)
        self.data.textChanged.connect(self._look)
        self.folder.textChanged.connect(self._look)
        self._look()

    @property
    def choice(self) -> SweepChoice:
        which = self.layers.currentIndex()
        layers = ((), ("all",), (self._layer or "",))[which]
        return SweepChoice(self.data.text().strip(), self.folder.text().strip(), layers)

    def _with_button(self, field: QLineEdit, title: str) -> QWidget:
        whole = QWidget(self)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        button = QPushButton("Choose…", whole)
        button.setAutoDefault(False)
        row.addWidget(field, 1)
        row.addWidget(button)

        def choose() -> None:
            begun = field.text() if os.path.isdir(field.text()) else QDir.homePath()
            found = ask_folder(self, title, begun)
            if found:
                field.setText(found)

        button.clicked.connect(choose)
        return whole

    @Slot()
    def _look(self) -> None:
        self.begin.setEnabled(bool(self.data.text().strip() and self.folder.text().strip()))
