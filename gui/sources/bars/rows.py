"""What the bars are made of: buttons, rows and columns."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSpinBox, QToolButton, QVBoxLayout, QWidget

MOST = 2**31 - 1


def button(text: str, tip: str, pressed: Callable[[], None], spoken: str = "") -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(spoken or text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(pressed)
    return button


def seed_box(tip: str, changed: Callable[[int], None]) -> QSpinBox:
    seed = QSpinBox()
    seed.setRange(0, MOST)
    seed.setMinimumWidth(72)
    seed.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    seed.setToolTip(tip)
    seed.setAccessibleName("seed")
    seed.valueChanged.connect(changed)
    return seed


def narrow(combo: QComboBox) -> None:
    """The bar may be narrower than the longest name."""
    combo.setMinimumContentsLength(6)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)


def row_of(parent: QWidget, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(parent)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget)
    return row


def column_of(parent: QWidget, *widgets: QWidget) -> None:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    for widget in widgets:
        column.addWidget(widget)
    column.setStretch(0, 1)


def fill(combo: QComboBox, items: list[str], enabled: bool) -> None:
    """Leaves an open list alone when nothing changed in it."""
    if [combo.itemText(index) for index in range(combo.count())] != items:
        combo.clear()
        combo.addItems(items)
    combo.setEnabled(enabled)
