"""Champions of many classes as a grid of tiles, each with its name and how sure the network is.

New ones light up, and an arrow leads to them from the class whose champion they came of. One that is clicked is
enlarged, with its family below.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.views.family_tree import FamilyTree
from gui.views.pixels import rgb_image
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Elites

BAR = 3  # pixels, of how sure the network is
SMOOTH = 64  # pixels: smaller pictures are shown as squares
LINES = 2
CLOSE = 3  # pixels between many
LEGIBLE = 22  # pixels: smaller tiles have no words
SEEN = 8  # results in which a jump is seen
Jumps: TypeAlias = tuple[tuple[str, str], ...]  # from which class to which
HEAD = 10  # pixels of an arrow's
NAMED = 40  # of more champions only the numbers are written, and their names under the cursor


class ElitesView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = WrappedWords("", self)
        self.grid = EliteGrid(self)
        self.family = FamilyTree(self)
        self.family.hide()
        self._result: Elites | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.words)
        column.addWidget(self.grid, 1)
        column.addWidget(self.family)
        self.grid.chosen.connect(self._show_family)

    def show_result(self, result: Elites, _picture: Pixels | None = None) -> None:
        self._result = result
        self.words.setText(result.words)
        self.grid.show_elites(result)
        self._show_family()

    def show_nothing(self, words: str) -> None:
        self._result = None
        self.words.setText("")
        self.grid.show_nothing(words)
        self.family.hide()

    @Slot()
    def _show_family(self) -> None:
        """Of the one that is enlarged."""
        number, result = self.grid.alone, self._result
        there = result is not None and number is not None and number < len(result.family)
        if there and result is not None and number is not None:
            self.family.show_line(result.family[number])
        self.family.setVisible(there)


class EliteGrid(QWidget):
    """As many columns as make the tiles largest; the chosen one is enlarged until it is clicked again."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("The champions of the classes")
        self._images: list[QImage] = []
        self._result: Elites | None = None
        self._alone: str | None = None  # the name of the class that is enlarged
        self._empty = ""
        self._jumps: deque[tuple[tuple[str, str], ...]] = deque(
            maxlen=SEEN
        )  # from which class to which, the newest last
        self._lines = LINES  # of words under a tile

    def sizeHint(self) -> QSize:
        return QSize(480, 360)

    def show_elites(self, result: Elites) -> None:
        from analysis.results.over_picture import rgb_levels

        self._result = result
        self._jumps.append(_jumps(result))
        self._images = [rgb_image(rgb_levels(frame)) for frame in result.frames]
        self.setAccessibleDescription(result.words)
        self.update()

    def show_nothing(self, words: str) -> None:
        self._result, self._images, self._empty, self._alone = None, [], words, None
        self._jumps.clear()
        self.setAccessibleDescription(words)
        self.update()

    @property
    def alone(self) -> int | None:
        """The number of the champion that is enlarged."""
        there = self._result is not None and self._alone in self._result.names
        return self._result.names.index(str(self._alone)) if there and self._result is not None else None

    def arrows(self) -> list[tuple[int, int, float]]:
        """From which champion's tile to which, and how fresh it is, from 0 to 1."""
        if self._result is None or self.alone is not None:
            return []
        places = {name: number for number, name in enumerate(self._result.names)}
        return [
            (places[source], places[end], (age + 1) / len(self._jumps))
            for age, jumps in enumerate(self._jumps)
            for source, end in jumps
            if source in places and end in places
        ]

    def _shown(self) -> list[int]:
        if self._result is None:
            return []
        if self._alone in self._result.names:
            return [self._result.names.index(self._alone)]
        return list(range(len(self._images)))

    def tiles(self) -> list[tuple[int, QRect]]:
        """The number of each champion that is shown, and where."""
        shown = self._shown()
        if not shown:
            return []
        gap = theme.GRID if len(shown) <= NAMED else CLOSE
        for lines in (LINES if len(shown) <= NAMED else 1, 0):
            below = lines * self.fontMetrics().lineSpacing() + BAR + 4
            side, columns = self._largest(len(shown), gap, below)
            if side >= LEGIBLE:
                break
        wide, high = max(int(side), 2), max(int(side * self._height), 2)
        self._lines = lines
        return [
            (one, QRect((wide + gap) * (n % columns), (high + below + gap) * (n // columns), wide, high))
            for n, one in enumerate(shown)
        ]

    @property
    def _height(self) -> float:
        """Of a picture that is one wide."""
        return self._images[0].height() / max(self._images[0].width(), 1)

    def _largest(self, count: int, gap: int, below: int) -> tuple[float, int]:
        """The width of a tile, and how many columns make it so."""
        wide, high = max(self.width(), 1), max(self.height(), 1)
        return max(
            (min(wide / columns - gap, (high / math.ceil(count / columns) - below - gap) / self._height), columns)
            for columns in range(1, count + 1)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, result = QPainter(self), theme.colours(), self._result
        if result is None:
            painter.fillRect(self.rect(), colours.sunken)
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty)
            return
        metrics = self.fontMetrics()
        for number, room in self.tiles():
            image, sure = self._images[number], float(result.confidence[number])
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > SMOOTH)
            size = image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            at = QRectF(room.x() + (room.width() - size.width()) / 2, room.y(), size.width(), size.height())
            painter.drawImage(at, image)
            if result.taken[number]:
                painter.setPen(QPen(colours.accent, 2))
                painter.drawRect(at.adjusted(1, 1, -1, -1))
            bar = QRect(room.x(), room.bottom() + 3, room.width(), BAR)
            painter.fillRect(bar, colours.track)
            painter.fillRect(QRect(bar.x(), bar.y(), round(bar.width() * sure), BAR), colours.accent)
            short = _short_share(sure, room.width(), metrics)
            said = (result.names[number], f"{100 * sure:.1f} %") if self._lines == LINES else (short,)
            words = said[: self._lines]
            for line, (text, colour) in enumerate(
                zip(words, (colours.dim, colours.text)[LINES - len(words) :], strict=True)
            ):
                top = bar.bottom() + 1 + line * metrics.lineSpacing()
                painter.setPen(colour)
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
                flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRect(room.x(), top, room.width(), metrics.lineSpacing()), flags, shown)

        self._paint_arrows(painter)

    def _paint_arrows(self, painter: QPainter) -> None:
        """Jumps between classes, fading with every picture that comes."""
        rooms = dict(self.tiles())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for source, end, fresh in self.arrows():
            colour = QColor(theme.colours().accent)
            colour.setAlphaF(0.75 * fresh)
            painter.setPen(QPen(colour, 2))
            line = QLineF(QPointF(rooms[source].center()), QPointF(rooms[end].center()))
            painter.drawLine(line)
            head = QLineF(line.p2(), line.p1())
            head.setLength(min(HEAD, line.length() / 2))
            for turn in (-25, 25):
                side = QLineF(head)
                side.setAngle(head.angle() + turn)
                painter.drawLine(side)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position().toPoint().x(), event.position().toPoint().y())
        if found is None or self._result is None:
            return
        name = self._result.names[found]
        self._alone = None if self._alone == name else name
        self.chosen.emit(found)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            found = self._at(event.pos().x(), event.pos().y())
            self.setToolTip(self._told(found) if found is not None else "")
        return super().event(event)

    def _at(self, x: int, y: int) -> int | None:
        return next((number for number, room in self.tiles() if room.contains(x, y)), None)

    def _told(self, number: int) -> str:
        """Where it comes from."""
        assert self._result is not None
        beside, result = self._result.beside, self._result
        words = f"{result.names[number]}, {100 * float(result.confidence[number]):.2f} %"
        if "born" not in beside:
            return words
        born, parent, index = (int(beside[name][number]) for name in ("born", "parents", "classes"))
        if parent < 0:
            return f"{words}; of the first generation"
        names = dict(zip(beside["classes"].tolist(), result.names, strict=True))
        whose = "its own champion" if parent == index else f"the champion of {names.get(parent, f'class {parent}')}"
        return f"{words}; born in generation {born + 1} of {whose}"


def _short_share(sure: float, room: int, metrics: QFontMetrics) -> str:
    """In whole percent, without the sign where a tile is too narrow for it; a tile without a number is below one."""
    share = f"{100 * sure:.0f}" if sure >= 0.005 else ""
    whole = f"{share} %" if share else ""
    return whole if metrics.horizontalAdvance(whole) <= room else share


def _jumps(result: Elites) -> Jumps:
    """Of the champions that are new, those that came of another class's: from which to which."""
    if not result.family:
        return ()
    return tuple(
        (one.first.name, one.name)
        for one, taken in zip(result.family, result.taken, strict=True)
        if taken and one.first is not None and one.first.index != one.index
    )
