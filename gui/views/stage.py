"""A card on the whole screen: title, picture as large as there is room, what to see in large type, and notes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QFont, QFontMetrics, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from gui import theme
from gui.views.card_grid import lines

NEXT = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_PageDown)
BEFORE = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Backspace, Qt.Key.Key_PageUp)
KEYS = "Arrows, Space and page keys walk · Enter looks inside, live · N notes · Esc ends"
SENTENCE_LINES = 3
FOOT_LINES = 2
TITLE_TYPES = (1.45, 1.3, 1.15, 1.0)  # of the sentence's letters


@dataclass(frozen=True)
class Slide:
    title: str
    words: str = ""
    notes: str = ""
    foot: str = ""  # what is shown, and on which network
    waiting: str = ""  # what stands in place of a picture that is not there
    gets: str = ""  # what the button says that downloads what is missing
    opens: bool = True  # whether there is something to look inside of


class Stage(QWidget):
    """A window of its own. It knows what is on it and which way the person goes, not what comes next."""

    walked = Signal(int)  # by so many cards
    leapt = Signal(bool)  # to the last one, or else the first
    live_wanted = Signal()
    get_wanted = Signal()
    closed = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("stage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._slide = Slide("")
        self._image: QImage | None = None
        self._rough = False  # whether the picture is the small one of its card, until the large one is drawn
        self._at, self._count = 0, 0
        self._with_notes = False
        self.back = self._button("‹", "The card before (Left, Page up)")
        self.forth = self._button("›", "The next card (Right, Space, Page down)")
        self.notes = self._button("Notes", "What the speaker wrote for this card (N)")
        self.notes.setCheckable(True)
        self.get = self._button("", "Download the network that this card is about")
        self.live = self._button("Look inside", "This card in the window, live (Enter); F5 goes on with the lecture")
        self.leave = self._button("End", "Back to the window (Esc)")
        self.place = QLabel(self)
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        for widget in (self.back, self.place, self.forth):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.get, self.notes, self.live, self.leave):
            row.addWidget(widget)
        self._bar = QWidget(self)
        self._bar.setLayout(row)
        self.back.clicked.connect(self._go_back)
        self.forth.clicked.connect(self._go_on)
        self.notes.toggled.connect(self.show_notes)
        self.get.clicked.connect(self.get_wanted)
        self.live.clicked.connect(self.live_wanted)
        self.leave.clicked.connect(self.close)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys go through the cards
        return button

    # what is on it

    @property
    def slide(self) -> Slide:
        return self._slide

    @property
    def image(self) -> QImage | None:
        return self._image

    @property
    def with_notes(self) -> bool:
        return self._with_notes

    def show_slide(self, slide: Slide, at: int, count: int) -> None:
        """Without a picture, until there is one."""
        self._slide, self._at, self._count, self._image = slide, at, count, None
        self.place.setText(f"{at + 1} of {count}")
        self.back.setEnabled(at > 0)
        self.forth.setEnabled(at < count - 1)
        self.get.setVisible(bool(slide.gets))
        self.get.setText(slide.gets)
        self.live.setEnabled(slide.opens)
        self.setAccessibleName(slide.title)
        self.setAccessibleDescription(slide.words)
        self.update()

    def show_image(self, image: QImage, rough: bool = False) -> None:
        self._image, self._rough = image, rough
        self.update()

    def say(self, words: str) -> None:
        """In place of the picture, how far it is or why there is none."""
        if words != self._slide.waiting:
            self._slide = replace(self._slide, waiting=words)
            self.update()

    @Slot(bool)
    def show_notes(self, on: bool) -> None:
        self._with_notes = on
        self.notes.setChecked(on)
        self._lay_out()
        self.resized.emit()

    # where things are

    @property
    def type_size(self) -> int:
        """Pixels of the sentence's letters: they are read from the last row."""
        return max(16, self.height() // 34)

    def _type(self, times: float = 1.0, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(round(self.type_size * times))
        font.setBold(bold)
        return font

    def _margin(self) -> int:
        return max(2 * theme.GRID, self.height() // 40)

    def picture_box(self) -> QRect:
        margin, sentence = self._margin(), QFontMetrics(self._type()).lineSpacing()
        top = margin + QFontMetrics(self._type(1.45, True)).lineSpacing() + margin // 2
        below = SENTENCE_LINES * sentence + margin // 2 + self._bar.sizeHint().height() + margin
        high = self.height() - top - below - self._notes_height()
        return QRect(margin, top, self.width() - 2 * margin, max(high, 40))

    def _notes_height(self) -> int:
        return self.height() // 5 if self._with_notes else 0

    def picture_size(self) -> QSize:
        """In the screen's own pixels."""
        return self.picture_box().size() * self.devicePixelRatio()

    def _lay_out(self) -> None:
        margin = self._margin()
        high = self._bar.sizeHint().height()
        self._bar.setGeometry(margin, self.height() - high - margin // 2, self.width() - 2 * margin, high)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, margin = QPainter(self), theme.colours(), self._margin()
        painter.fillRect(self.rect(), colours.window)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = self.width() - 2 * margin
        painter.setPen(colours.text)
        painter.setFont(self.title_type)
        lines(painter, self._slide.title, QRect(margin, margin, wide, 0), 1)
        box = self.picture_box()
        self._paint_picture(painter, box)
        top = box.bottom() + margin // 2
        painter.setPen(colours.text)
        painter.setFont(self._type())
        lines(painter, self._slide.words, QRect(margin, top, wide, 0), SENTENCE_LINES)
        if self._with_notes:
            self._paint_notes(
                painter, QRect(margin, box.bottom() + self._sentence_height(), wide, self._notes_height())
            )
        painter.setFont(self.font())
        painter.setPen(colours.dim if self._slide.foot else colours.faint)
        middle = self._bar.geometry()
        left = self._bar.mapTo(self, QPoint(self.forth.geometry().right() + 2 * theme.GRID, 0)).x()
        right = self._bar.mapTo(self, QPoint(self._first_right(), 0)).x() - 2 * theme.GRID
        self._paint_foot(painter, QRect(left, middle.top(), max(right - left, 0), middle.height()))

    @property
    def title_type(self) -> QFont:
        """Smaller where the title is so long that it would be cut."""
        wide = self.width() - 2 * self._margin()
        for times in TITLE_TYPES:
            font = self._type(times, True)
            if QFontMetrics(font).horizontalAdvance(self._slide.title) <= wide:
                return font
        return self._type(TITLE_TYPES[-1], True)

    def _paint_foot(self, painter: QPainter, room: QRect) -> None:
        """What is shown in place of what goes on in a second line; the keys need none."""
        foot, metrics = self._slide.foot or KEYS, self.fontMetrics()
        many = 1 if metrics.horizontalAdvance(foot) <= room.width() or not self._slide.foot else FOOT_LINES
        high = many * metrics.lineSpacing()
        lines(painter, foot, QRect(room.left(), room.center().y() - high // 2, room.width(), 0), many)

    def _first_right(self) -> int:
        return min(widget.x() for widget in (self.get, self.notes, self.live, self.leave) if not widget.isHidden())

    def _sentence_height(self) -> int:
        return self._margin() // 2 + SENTENCE_LINES * QFontMetrics(self._type()).lineSpacing()

    def _paint_picture(self, painter: QPainter, box: QRect) -> None:
        colours = theme.colours()
        if self._image is None:
            painter.fillRect(box, colours.sunken)
            painter.setPen(colours.dim)
            painter.setFont(self._type(0.8))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(box.adjusted(40, 20, -40, -20), flags, self._slide.waiting)
            return
        size = self._image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        room = QRect(QPoint(0, 0), size)
        room.moveCenter(box.center())
        painter.fillRect(room.adjusted(-6, -6, 6, 6).intersected(box), Qt.GlobalColor.white)
        painter.drawImage(room, self._image)
        if self._rough and self._slide.waiting:
            painter.setFont(self.font())
            words = self.fontMetrics().boundingRect(self._slide.waiting).adjusted(-8, -4, 8, 4)
            words.moveBottomRight(room.bottomRight() - QPoint(8, 8))
            painter.fillRect(words, colours.raised)
            painter.setPen(colours.dim)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._slide.waiting)

    def _paint_notes(self, painter: QPainter, box: QRect) -> None:
        colours = theme.colours()
        painter.fillRect(box, colours.panel)
        painter.setFont(self._type(0.7))
        painter.setPen(colours.dim)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        words = self._slide.notes or "There are no notes for this card."
        painter.drawText(box.adjusted(theme.GRID, theme.GRID, -theme.GRID, -theme.GRID), flags, words)

    # which way

    def event(self, event: QEvent) -> bool:
        """Its keys are those of no command of the window."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in NEXT:
            self.walked.emit(1)
        elif key in BEFORE:
            self.walked.emit(-1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.leapt.emit(key == Qt.Key.Key_End)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.live_wanted.emit()
        elif key == Qt.Key.Key_N:
            self.show_notes(not self._with_notes)
        elif key == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _go_back(self) -> None:
        self.walked.emit(-1)

    @Slot()
    def _go_on(self) -> None:
        self.walked.emit(1)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
