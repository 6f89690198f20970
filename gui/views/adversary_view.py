"""An adversary: before, after and their difference, and below them what is to be known of it.

That is the answer after every step, where in the network the change grows, the verdicts and the lights.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from gui import theme
from gui.views.image_view import ImageView
from gui.views.layer_rows import LayerRows
from gui.views.pixels import rgb_image
from gui.views.step_rows import StepRows
from gui.views.words import FewerWords, WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Adversary
    from gui.selection import State

WIDE = 640  # pixels: from there on the table stands beside what is said
WIDE_BELOW, NARROW_BELOW = 156, 212  # pixels of both
TABLE_BELOW = 96  # of the table alone
BESIDE, UNDER = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
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
        self.words = FewerWords(self)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words.setProperty("dim", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.image, 1)
        column.addWidget(self.words)
        self.setMinimumSize(72, 90)

    def show_picture(self, pixels: Pixels, *words: str) -> None:
        """Several ways to say what is under it, the longest first."""
        self.image.show_image(rgb_image(pixels), smooth=max(pixels.shape[:2]) > SMALL)
        self.words.say(*words)
        self.words.setToolTip(words[0])


class AdversaryView(QWidget):
    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.before = Captioned("The picture before", self)
        self.after = Captioned("The changed picture", self)
        self.difference = Captioned("The difference, magnified", self)
        self._three = (self.before, self.after, self.difference)
        self.rows = StepRows(self)
        self.layers = LayerRows(self)
        self.tables = QTabWidget(self)
        self.tables.setDocumentMode(True)
        self.tables.addTab(self.rows, "Answers")
        self.tables.addTab(self.layers, "Where the lie begins")
        self.tables.setTabToolTip(0, "What the network answers after every step")
        self.tables.setTabToolTip(1, "How much every layer changes from the picture before to the one after")
        self.verdicts = WrappedWords("", self)
        self.verdicts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.lights = WrappedWords("", self)
        self.lights.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._alone: Captioned | None = None
        self._lay_out()
        for one in self._three:
            one.image.opened.connect(self._see_alone)
        self.layers.chosen.connect(self._lead_to)
        self.show_nothing("")

    def _lay_out(self) -> None:
        self._smaller = QWidget(self)
        smaller = QVBoxLayout(self._smaller)
        smaller.setContentsMargins(0, 0, 0, 0)
        smaller.setSpacing(4)
        smaller.addWidget(self.before, 1)
        smaller.addWidget(self.difference, 1)
        pictures = QHBoxLayout()
        pictures.setSpacing(theme.GRID)
        pictures.addWidget(self.after, 2)
        pictures.addWidget(self._smaller, 1)
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self.verdicts)
        said.addWidget(self.lights)
        said.addStretch(1)
        self._below = QWidget(self)
        self._told = QBoxLayout(BESIDE, self._below)
        self._told.setContentsMargins(0, 0, 0, 0)
        self._told.setSpacing(theme.GRID)
        self._told.addWidget(self.tables, 3)
        self._told.addLayout(said, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addLayout(pictures, 1)
        column.addWidget(self._below)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(3 * 72 + 2 * theme.GRID, 2 * 90 + theme.GRID + NARROW_BELOW)

    def show_result(self, result: Adversary, _picture: Pixels | None = None) -> None:
        from analysis.drawing.adversary_pictures import drawn, scale_words

        shown = drawn(result)
        change = f"{float(result.beside['ratio']):.2g} %"
        sure = f"{100 * result.sure:.0f} %"
        self.before.show_picture(shown.before, f"before: {result.answers[0]}")
        after = f"after: {result.answer} {sure}"
        self.after.show_picture(shown.after, f"{after}, changed by {change}", f"{after}, by {change}", after)
        scale = scale_words(shown.reach)
        self.difference.show_picture(shown.difference, scale, scale.partition(", ")[2])
        self.rows.show_steps(result.rows)
        self.layers.show_layers(result.layers)
        self.tables.setTabEnabled(1, bool(result.layers))
        colours = theme.colours()
        colour = (colours.good if result.fooled else colours.text).name()
        self.verdicts.setText(
            "<br>".join(f'<span style="color:{colour}">{escape(one)}</span>' for one in result.verdicts)
        )
        lamps = []
        for light in result.lights:
            lamp = (colours.warning if light.lit else colours.good).name()
            lamps.append(f'<span style="color:{lamp}">●</span>&nbsp;{escape(light.name)}')
        lit = [escape(light.sentence) for light in result.lights if light.lit]
        self.lights.setText("<br>".join((" &nbsp; ".join(lamps), *lit)))
        self.lights.setToolTip(" ".join(lit))
        self._arrange()
        if not self._below.isVisibleTo(self):
            self._see(None)
            self._below.show()

    def show_nothing(self, words: str) -> None:
        for one in self._three:
            one.image.show_nothing("")
            one.words.say("")
        self.after.image.show_nothing(words)
        self._see(self.after)
        self._below.hide()
        self.rows.clear()
        self.layers.show_layers(())
        self.verdicts.setText("")
        self.lights.setText("")

    @Slot(str, object)
    def _lead_to(self, layer: str, unit: int | None) -> None:
        """Every panel shows what is chosen: the tree, the unit's dock, the mosaic."""
        self._state.set_layer(layer, unit)

    @Slot()
    def _see_alone(self) -> None:
        sender: QObject = self.sender()
        one = next((one for one in self._three if one.image is sender), None)
        self._see(None if self._alone is one else one)

    def _see(self, alone: Captioned | None) -> None:
        self._alone = alone
        for one in self._three:
            one.setVisible(alone is None or one is alone)
        self._smaller.setVisible(alone is not self.after)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= WIDE
        self._told.setDirection(BESIDE if wide else UNDER)
        self._below.setFixedHeight(WIDE_BELOW if wide else max(NARROW_BELOW, self._told_whole()))
        self._told.setStretch(0, 3 if wide else 1)
        self._told.setStretch(1, 2 if wide else 0)

    def _told_whole(self) -> int:
        """The height in which a short table and all that is said stand one above the other, up to half of it all."""
        width = self.width()
        said = sum(max(words.heightForWidth(width), 0) for words in (self.verdicts, self.lights))
        return min(TABLE_BELOW + said + 4 * theme.GRID, self.height() // 2)
