"""Layer by layer a few shares as bars: how sparse the layers are, from the first to the last."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import blend, colours

ROW = 22  # pixels
NAMES = 190


class LayerShares(QWidget):
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: Sequence[str] = ()
        self._kinds: Sequence[str] = ()
        self._shares: Sequence[Sequence[float]] = ()

    def show_shares(self, names: Sequence[str], kinds: Sequence[str], shares: Sequence[Sequence[float]]) -> None:
        """For each layer as many shares as there are kinds."""
        self._names, self._kinds, self._shares = names, kinds, shares
        self.setMinimumHeight(ROW * (len(names) + 2))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, ROW * (len(self._names) + 2))

    def _ink(self, kind: int) -> QColor:
        return (colours().accent, blend(colours().accent, self.palette().text().color(), 0.55), colours().bar)[kind % 3]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        letters = painter.fontMetrics()
        room = max(self.width() - NAMES - 70, 40)
        x = float(NAMES)
        for kind, words in enumerate(self._kinds):
            painter.fillRect(QRectF(x, 7, 9, 9), self._ink(kind))
            painter.setPen(colours().dim)
            painter.drawText(QRectF(x + 13, 0, 400, ROW), Qt.AlignmentFlag.AlignVCenter, words)
            x += letters.horizontalAdvance(words) + 32
        for row, (name, shares) in enumerate(zip(self._names, self._shares, strict=True), 1):
            top = row * ROW
            painter.setPen(self.palette().text().color())
            words = letters.elidedText(name, Qt.TextElideMode.ElideLeft, NAMES - 12)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, NAMES - 8, ROW), side, words)
            thick = (ROW - 6) / max(len(shares), 1)
            for kind, share in enumerate(shares):
                bar = QRectF(NAMES, top + 3 + kind * thick, max(share * room, 1 if share > 0 else 0), thick - 1)
                painter.fillRect(bar, self._ink(kind))
            painter.setPen(colours().dim)
            told = f"{shares[0]:.0%}" if shares else ""
            painter.drawText(QRectF(NAMES + room + 6, top, 60, ROW), Qt.AlignmentFlag.AlignVCenter, told)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // ROW) - 1
        if 0 <= row < len(self._names):
            self.chosen.emit(row)
