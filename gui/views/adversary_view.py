"""An adversary: before, after and their difference, the answer after every step, and what is to be known of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.views.image_view import ImageView
from gui.views.pixels import rgb_image
from gui.views.side_by_side import SideBySide
from gui.views.step_rows import StepRows
from gui.views.words import ElidedWords, WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Adversary

BELOW = 132  # pixels, of the table and what is said
SMALL = 64  # pixels: smaller pictures are shown as squares
TIP = "Double click to see it alone, and again to see all three"


class Captioned(QWidget):
    """A picture and a line under it."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.image = ImageView(self)
        self.image.setAccessibleName(name)
        self.image.setToolTip(TIP)
        self.image.setMinimumSize(72, 72)
        self.image.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.words = ElidedWords(self)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words.setProperty("dim", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.image, 1)
        column.addWidget(self.words)
        self.setMinimumSize(72, 90)

    def show_picture(self, pixels: Pixels, words: str) -> None:
        self.image.show_image(rgb_image(pixels), smooth=max(pixels.shape[:2]) > SMALL)
        self.words.setText(words)


class AdversaryView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.before = Captioned("The picture before", self)
        self.after = Captioned("The changed picture", self)
        self.difference = Captioned("The difference, magnified", self)
        self._three = (self.before, self.after, self.difference)
        self.pictures = SideBySide(list(self._three), self)
        self.rows = StepRows(self)
        self.verdicts = WrappedWords("", self)
        self.verdicts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.lights = WrappedWords("", self)
        self.lights.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._alone: Captioned | None = None
        self._lay_out()
        for one in self._three:
            one.image.opened.connect(self._see_alone)
        self.show_nothing("")

    def _lay_out(self) -> None:
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self.verdicts)
        said.addWidget(self.lights, 1)
        self._below = QWidget(self)
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2 * theme.GRID)
        below.addWidget(self.rows, 5)
        below.addLayout(said, 4)
        self._below.setFixedHeight(BELOW)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.pictures, 1)
        column.addWidget(self._below)

    def minimumSizeHint(self) -> QSize:
        return QSize(3 * 72 + 2 * theme.GRID, 90 + theme.GRID + BELOW)

    def show_result(self, result: Adversary, _picture: Pixels | None = None) -> None:
        from analysis.drawing.adversary_pictures import drawn, scale_words

        shown = drawn(result)
        change = f"{float(result.beside['ratio']):.2g} %"
        sure = f"{100 * float(result.confidence[-1]):.0f} %"
        self.before.show_picture(shown.before, f"before: {result.answers[0]}")
        self.after.show_picture(shown.after, f"after: {result.answers[-1]} {sure}, changed by {change}")
        self.difference.show_picture(shown.difference, scale_words(shown.reach))
        self.rows.show_steps(result.answers, result.confidence, result.changes)
        colours = theme.colours()
        colour = (colours.good if result.fooled else colours.text).name()
        self.verdicts.setText("<br>".join(f'<span style="color:{colour}">{escape(one)}</span>' for one in result.verdicts))
        lamps = []
        for light in result.lights:
            lamp = (colours.warning if light.lit else colours.good).name()
            lamps.append(f'<span style="color:{lamp}">●</span>&nbsp;{escape(light.name)}')
        lit = [escape(light.sentence) for light in result.lights if light.lit]
        self.lights.setText("<br>".join((" &nbsp; ".join(lamps), *lit)))
        self.lights.setToolTip(" ".join(lit))
        self._below.show()

    def show_nothing(self, words: str) -> None:
        for one in self._three:
            one.image.show_nothing("")
            one.words.setText("")
        self.after.image.show_nothing(words)
        self._see(self.after if words else None)
        self._below.hide()
        self.rows.clear()
        self.verdicts.setText("")
        self.lights.setText("")

    @Slot()
    def _see_alone(self) -> None:
        sender: QObject = self.sender()
        one = next((one for one in self._three if one.image is sender), None)
        self._see(None if self._alone is one else one)

    def _see(self, alone: Captioned | None) -> None:
        self._alone = alone
        for one in self._three:
            one.setVisible(alone is None or one is alone)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._see(self._alone)
