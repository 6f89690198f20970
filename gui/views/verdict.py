"""A badge: a verdict as a colour and a sign, and the sentence that says what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui import theme

if TYPE_CHECKING:
    from analysis.studies.verdicts import Badge, Verdict

SIGNS = {"good": "✓", "doubtful": "?", "bad": "✕"}  # so that it does not hang on the colour alone
SIGN = 26


class VerdictBar(QLabel):
    """Empty until there is a badge, whose room is kept, so that what is below it stays where it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict: Verdict | None = None
        self.setWordWrap(True)
        self.setContentsMargins(SIGN + 2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        kept = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)
        self.setMinimumHeight(max(SIGN + theme.GRID, 2 * self.fontMetrics().lineSpacing() + 2 * theme.GRID))
        self.hide()

    def show_badge(self, badge: Badge | None) -> None:
        self.verdict = badge.verdict if badge is not None else None
        self.setText(badge.sentence if badge is not None else "")
        self.setVisible(badge is not None)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.verdict is not None:
            colours = theme.colours()
            ink: QColor = {"good": colours.good, "doubtful": colours.warning, "bad": colours.error}[self.verdict]
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.blend(colours.panel, ink, 0.16))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
            disc = QRectF(theme.GRID, (self.height() - SIGN) / 2, SIGN, SIGN)
            painter.setBrush(ink)
            painter.drawEllipse(disc)
            painter.setPen(QPen(colours.panel, 2))
            font = painter.font()
            font.setBold(True)
            painter.setFont(font)
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, SIGNS[self.verdict])
            painter.end()
        super().paintEvent(event)
