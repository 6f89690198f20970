"""A result of named numbers, as bars to scroll through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.views.class_bars import ClassBars, ClassRow
from gui.views.short_numbers import short

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Bars


class BarsView(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = ClassBars(self)
        self.setWidget(self.bars)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_result(self, result: Bars, _picture: Pixels | None = None) -> None:
        """From zero, which lies where the least and the greatest number leave it."""
        low = min(float(result.values.min(initial=0)), 0.0)
        high = max(float(result.values.max(initial=0)), 0.0)
        span = (high - low) or 1.0
        zero = -low / span
        rows = []
        for index, (name, number) in enumerate(zip(result.names, result.values, strict=True)):
            value = float(number)
            end = (value - low) / span
            tip = f"{name}\n{result.words}: {value:.6g}"
            rows.append(ClassRow(index, name, short(value), min(zero, end), max(zero, end), tip))
        self.bars.show_rows(rows, ())

    def show_nothing(self, words: str) -> None:
        self.bars.show_nothing(words)
