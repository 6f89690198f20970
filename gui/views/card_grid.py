"""Cards in as many columns as the width holds: a picture, a title, what there is to see, and what can be done with it.

Only those in sight are widgets, so that hundreds cost no more than a screenful.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui import theme

NARROWEST = 194  # pixels of a card
LINE = 17  # pixels of a line of the type that it is meant for; a larger one has wider cards
SHAPE = 0.6  # height of its picture by its width
TITLE_LINES, WORD_LINES = 2, 6
PALE = 0.3  # opacity of a picture that stands for another one


@dataclass(frozen=True)
class Deed:
    """A button of a card."""

    key: str
    text: str
    help: str


@dataclass(frozen=True)
class CardFace:
    key: str
    title: str
    words: str
    foot: str = ""  # dim, in one line
    deeds: tuple[Deed, ...] = ()  # the first is what Enter and a double click do
    waiting: str = ""  # what stands in place of a picture that is not there, or over one that stands for it
    stands_for: str = ""  # another card, whose picture is shown pale until this one has its own


class CardGrid(QScrollArea):
    asked = Signal(str, str)  # which card, and which of its deeds
    sought = Signal(object)  # the keys of the cards in sight, whenever these are others

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = _Ground()
        self.setWidget(self._inner)
        self.setWidgetResizable(False)
        self._faces: tuple[CardFace, ...] = ()
        self._images: dict[str, QImage] = {}
        self._cards: dict[int, Card] = {}
        self._spare: list[Card] = []
        self._current = 0
        self._in_sight: tuple[str, ...] = ()
        self.verticalScrollBar().valueChanged.connect(self._place)

    # what is shown

    def show_cards(self, faces: Sequence[CardFace], empty: str = "") -> None:
        """From the top, unless they are the same cards as before; without any the words say why."""
        same = [face.key for face in faces] == [face.key for face in self._faces]
        self._faces = tuple(faces)
        self._inner.words = "" if faces else empty
        if not same:
            self._current = 0
            self.verticalScrollBar().setValue(0)
        for card in self._cards.values():
            card.hide()
        self._spare += self._cards.values()
        self._cards = {}
        self._arrange()

    def show_image(self, key: str, image: QImage) -> None:
        self._images[key] = image
        for card in self._cards.values():
            if key in (card.face.key, card.face.stands_for):
                card.show_images(self._images)

    def image(self, key: str) -> QImage | None:
        return self._images.get(key)

    @property
    def faces(self) -> tuple[CardFace, ...]:
        return self._faces

    @property
    def in_sight(self) -> tuple[str, ...]:
        return self._in_sight

    @property
    def current(self) -> str:
        """The key of the card that the arrows are at; empty if there are none."""
        return self._faces[self._current].key if self._faces else ""

    def card(self, key: str) -> Card | None:
        """The widget of a card that is in sight."""
        return next((card for card in self._cards.values() if card.face.key == key), None)

    def take_focus(self) -> None:
        card = self._cards.get(self._current)
        if card is not None:
            card.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # where they are

    @property
    def columns(self) -> int:
        narrowest = max(NARROWEST, round(NARROWEST * self.fontMetrics().lineSpacing() / LINE))
        return max(1, (self.viewport().width() - theme.GRID) // (narrowest + theme.GRID))

    def _side(self) -> QSize:
        wide = (self.viewport().width() - theme.GRID) // self.columns - theme.GRID
        return QSize(wide, card_height(wide, self.fontMetrics()))

    def _box(self, at: int) -> QRect:
        side = self._side()
        row, column = divmod(at, self.columns)
        left, top = theme.GRID + column * (side.width() + theme.GRID), row * (side.height() + theme.GRID)
        return QRect(left, top + theme.GRID, side.width(), side.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_inner"):
            self._arrange()

    def _arrange(self) -> None:
        rows = -(-len(self._faces) // self.columns)
        high = rows * (self._side().height() + theme.GRID) + theme.GRID
        self._inner.resize(self.viewport().width(), max(high, self.viewport().height()))
        self._inner.update()
        self._place()

    @Slot()
    def _place(self) -> None:
        """Gives those in sight a widget, with a row more on either side for the Tab key."""
        step = self._side().height() + theme.GRID
        top, high = self.verticalScrollBar().value(), self.viewport().height()
        first = max(top // step - 1, 0) * self.columns
        last = min((-(-(top + high) // step) + 1) * self.columns, len(self._faces))
        for at in [at for at in self._cards if not first <= at < last]:
            card = self._cards.pop(at)
            card.hide()
            self._spare.append(card)
        for at in range(first, last):
            if at not in self._cards:
                self._cards[at] = self._made(at)
            self._cards[at].setGeometry(self._box(at))
            self._cards[at].show()
        in_sight = tuple(self._faces[at].key for at in range(first, last))
        if in_sight != self._in_sight:
            self._in_sight = in_sight
            self.sought.emit(in_sight)

    def _made(self, at: int) -> Card:
        card = self._spare.pop() if self._spare else Card(self, self._inner)
        card.show_face(at, self._faces[at])
        card.show_images(self._images)
        return card

    # going through them

    def walk(self, key: int) -> bool:
        """An arrow key, or Home or End; False of any other."""
        last = len(self._faces) - 1
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self.columns, Qt.Key.Key_Down: self.columns}
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go(0 if key == Qt.Key.Key_Home else last)
        elif key in step:
            to = self._current + step[Qt.Key(key)]
            if 0 <= to <= last:
                self._go(to)
        else:
            return False
        return True

    def _go(self, at: int) -> None:
        self._current = at
        self._arrange()  # the way there may have become longer since
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # a card that goes would hand it to one that is in sight
        box = self._box(at)
        self.ensureVisible(box.center().x(), box.center().y(), 0, box.height() // 2 + theme.GRID)
        self._place()
        self._cards[at].setFocus(Qt.FocusReason.OtherFocusReason)

    def note_current(self, at: int) -> None:
        self._current = at


class _Ground(QWidget):
    """Says what is missing while there are no cards."""

    words = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.words:
            painter = QPainter(self)
            painter.setPen(theme.colours().dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self.words)


class Card(QWidget):
    """One of them. With the focus, Enter does the first thing that can be done with it, the arrows walk on."""

    def __init__(self, grid: CardGrid, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = grid
        self._at = 0
        self.face = CardFace("", "", "")
        self._image: QImage | None = None
        self._pale = False
        self.buttons: list[QToolButton] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.GRID // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.addStretch(1)
        column.addLayout(self._row)

    def show_face(self, at: int, face: CardFace) -> None:
        self._at, self.face = at, face
        self.setAccessibleName(face.title)
        self.setAccessibleDescription(f"{face.words} {face.foot}".strip())
        self.setToolTip(f"{face.title}\n\n{face.words}" if face.words else face.title)
        while len(self.buttons) < len(face.deeds):
            button = QToolButton(self)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._press)
            self._row.addWidget(button)
            self.buttons.append(button)
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(face.deeds))
            if number < len(face.deeds):
                deed = face.deeds[number]
                button.setObjectName(deed.key)
                button.setText(deed.text)
                button.setToolTip(deed.help)
                grows = QSizePolicy.Policy.Expanding if number == 0 else QSizePolicy.Policy.Fixed
                button.setSizePolicy(grows, QSizePolicy.Policy.Fixed)
        self.update()

    def show_images(self, images: Mapping[str, QImage]) -> None:
        """Its own among them, or the one that stands for it."""
        own = images.get(self.face.key)
        self._image, self._pale = (own, False) if own is not None else (images.get(self.face.stands_for), True)
        self.update()

    @Slot()
    def _press(self) -> None:
        button = self.sender()
        if isinstance(button, QToolButton):
            self._grid.note_current(self._at)
            self._grid.asked.emit(self.face.key, button.objectName())

    def _open(self) -> None:
        if self.face.deeds:
            self._grid.asked.emit(self.face.key, self.face.deeds[0].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif not self._grid.walk(event.key()):
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grid.note_current(self._at)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._open()

    def focusInEvent(self, event: object) -> None:
        self._grid.note_current(self._at)
        self._grid.ensureWidgetVisible(self, 0, theme.GRID)
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(colours.accent if self.hasFocus() else colours.line)
        painter.setBrush(colours.window)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        inside = self.rect().adjusted(theme.GRID, theme.GRID, -theme.GRID, -theme.GRID)
        picture = QRect(inside.left(), inside.top(), inside.width(), round(inside.width() * SHAPE))
        self._paint_picture(painter, picture)
        metrics, top = self.fontMetrics(), picture.bottom() + theme.GRID
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(colours.text)
        top = lines(painter, self.face.title, QRect(inside.left(), top, inside.width(), 0), TITLE_LINES)
        painter.setFont(self.font())
        painter.setPen(colours.dim)
        top = picture.bottom() + theme.GRID + TITLE_LINES * metrics.lineSpacing() + 2
        lines(painter, self.face.words, QRect(inside.left(), top, inside.width(), 0), WORD_LINES)
        top += WORD_LINES * metrics.lineSpacing() + 2
        painter.setPen(colours.faint)
        foot = metrics.elidedText(self.face.foot, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside.left(), top + metrics.ascent(), foot)

    def _paint_picture(self, painter: QPainter, box: QRect) -> None:
        colours = theme.colours()
        if self._image is None:
            painter.fillRect(box, colours.sunken)
            painter.setPen(colours.faint)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(box.adjusted(8, 8, -8, -8), flags, self.face.waiting)
            return
        painter.setOpacity(PALE if self._pale else 1.0)
        painter.fillRect(box, Qt.GlobalColor.white)  # the paper that it is drawn on
        size = self._image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        room = QRect(box.topLeft(), size)
        room.moveCenter(box.center())
        painter.drawImage(room, self._image)
        painter.setOpacity(1.0)
        if self._pale:
            said = self.fontMetrics().boundingRect(self.face.waiting).adjusted(-8, -4, 8, 4)
            said.moveCenter(box.center())
            painter.fillRect(said.intersected(box), colours.raised)
            painter.setPen(colours.text)
            painter.drawText(said.intersected(box), Qt.AlignmentFlag.AlignCenter, self.face.waiting)


def lines(painter: QPainter, text: str, room: QRect, most: int) -> int:
    """At most so many lines of it, the last one with dots where there is more; where the next line would be."""
    metrics = QFontMetrics(painter.font())
    layout = QTextLayout(text, painter.font())
    layout.beginLayout()
    top = room.top()
    for number in range(most):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(room.width())
        start = line.textStart()
        words = text[start : start + line.textLength()].rstrip()
        if number == most - 1 and start + line.textLength() < len(text):
            words = metrics.elidedText(text[start:], Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room.left(), top + metrics.ascent(), words)
        top += metrics.lineSpacing()
    layout.endLayout()
    return top


def card_height(wide: int, metrics: QFontMetrics) -> int:
    inside = wide - 2 * theme.GRID
    words = (TITLE_LINES + WORD_LINES + 1) * metrics.lineSpacing() + 4
    return round(inside * SHAPE) + words + metrics.height() + 14 + 4 * theme.GRID
