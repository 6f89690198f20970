"""What every tab that computes has above and below its result: what is asked and what runs it, and what comes next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from gui.views.wrapping_row import WrappingRow


class Head(WrappingRow):
    """What is asked at the left, what runs it at the right, and `run_button` last."""

    def __init__(self, parent: QWidget, tip: str, idle: str = "Run") -> None:
        super().__init__()
        self._idle = idle
        self.run_button = QPushButton(idle, parent)
        self.run_button.setToolTip(tip)
        self._asked = 0
        self.put(self.run_button, side="right", main=True)

    def ask(self, widget: QWidget, stretch: int = 0, narrow: Callable[[], int] | None = None) -> None:
        """Another thing that is asked; `narrow` as a row's part has it."""
        self.put(widget, self._asked, stretch, narrow=narrow)
        self._asked += 1

    def offer(self, widget: QWidget) -> None:
        """Another thing before the button that runs it."""
        self.put(widget, self.count() - 1, side="right")

    def show_busy(self, busy: bool) -> None:
        self.run_button.setText("Stop" if busy else self._idle)


class Foot(WrappingRow):
    """What can be asked of a result, from the right; none of it while there is no result."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__()
        self.compare = self._button(parent, "Compare", "Add this method to the comparison of methods and networks")
        self.trust = self._button(parent, "Trust?", "Test whether to believe this map")
        self.export = self._button(parent, "Export figure…", "Write it as a figure with caption, scale and recipe")

    def _button(self, parent: QWidget, text: str, tip: str) -> QToolButton:
        button = QToolButton(parent)
        button.setText(text)
        button.setToolTip(tip)
        self.put(button, side="right")
        return button

    def enable(self, there: bool) -> None:
        for button in (self.compare, self.trust, self.export):
            button.setEnabled(there)

    def only_export(self) -> None:
        self.compare.hide()
        self.trust.hide()
