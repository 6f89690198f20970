"""Asks, for one file and in words, before code in it is run. The answer is no unless the person says yes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from gui import theme


class TrustQuestion(QDialog):
    """Does not block the window. `trusted` is called once if the answer is yes.

    `changed`: the person has said yes to this file before, when something else was in it.
    """

    def __init__(
        self, path: str, reason: str, changed: bool, trusted: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Run code from this file?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self._trusted = trusted
        name = Path(path).name
        before = f"{name} has changed since you trusted it. " if changed else ""
        question = QLabel(f"{before}Opening {'it' if changed else name} runs the code in it.")
        question.setProperty("heading", True)
        advice = QLabel(
            f"{reason}\n\nCode in a file can read, change and send anything that you can. Open it only if you trust "
            "where it comes from."
        )
        where = QLabel(path)
        where.setProperty("dim", True)
        for label in (question, advice, where):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.no = QPushButton("Do not open")
        self.no.setDefault(True)
        self.yes = QPushButton(f"I trust {name}, open it")
        self.yes.setAutoDefault(False)
        buttons = QDialogButtonBox()
        buttons.addButton(self.no, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.addButton(self.yes, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        buttons.accepted.connect(self._accepted)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        for part in (question, advice, where, buttons):
            column.addWidget(part)
        self.setMinimumWidth(60 * self.fontMetrics().averageCharWidth())
        self.no.setFocus()

    @Slot()
    def _accepted(self) -> None:
        self.accept()
        self._trusted()
