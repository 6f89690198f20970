"""The Lecture tab: cards in an order, each with a sentence for those who look and notes for who speaks; made here."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QSettings, QSignalBlocker, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QIcon, QImage, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.files.gallery import named
from analysis.files.lecture import (
    Lecture,
    LectureCard,
    from_text,
    read_lecture,
    shipped,
    to_text,
    write_lecture,
)
from analysis.gallery.cards import card_in, card_of, lacking, lacking_data, needed
from analysis.protocol.problems import Problem
from gui import theme
from gui.forms.file_dialogs import ask_file
from gui.tabs.gallery_thumbnails import GalleryThumbnails
from gui.tabs.panel import TabPanel
from gui.views.notice_bar import NoticeBar
from gui.views.words import WrappedWords
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.gallery.cards import Card
    from analysis.protocol.events import Catalogue
    from analysis.protocol.recipe import Recipe
    from gui.tabs.around import Around

EMPTY = (
    "A lecture is a list of cards that you show one after the other. Press + at a card of the Gallery, or look at "
    "anything and press Ctrl+L; or open one of the lectures that come with the program."
)
KINDS = "Lecture (*.json)"
ICON = QSize(96, 60)
KEPT_AFTER = 500  # milliseconds after the last change


class LecturePanel(TabPanel):
    def __init__(self, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._around = around
        self._entries = around.catalogue.entries if around.catalogue is not None else ()
        self._lecture = Lecture("My lecture")
        self._settings: QSettings | None = None
        self._shown_cards: list[Card | None] = []  # of the list, None of rows that there are not
        self._images: dict[str, QImage] = {}
        self._changed = False  # since it was written into a file
        self.notice = NoticeBar(self)
        self.notice.hide()
        self.title = QLineEdit(self)
        self.title.setAccessibleName("Title of the lecture")
        self.title.setToolTip("Title of the lecture")
        self.choose = _button(
            self, "Lectures", "Another lecture: a new one, a file, or one that comes with the program"
        )
        self.choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.choose)
        menu.aboutToShow.connect(self._fill_menu)
        self.choose.setMenu(menu)
        self.save = _button(self, "Save…", "Into a file, to keep it and to give it away")
        self.start = QPushButton("Start", self)
        self.start.setToolTip("Show it on the whole screen (F5)")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Cards of the lecture")
        self.list.setIconSize(ICON)
        self.list.setWordWrap(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = WrappedWords(EMPTY, self)
        self.empty.setProperty("dim", True)
        self.add_seen = _button(
            self, "Add what was seen", "What the last other tab shows, with all it was asked (Ctrl+L)"
        )
        self.up = _button(self, "Up", "Before the card above it")
        self.down = _button(self, "Down", "Behind the card below it")
        self.remove = _button(self, "Remove", "Take this card out of the lecture")
        self.open = _button(self, "Open", "What this card shows, in this window")
        self.from_here = _button(self, "Start here", "Show the lecture from this card on")
        self.heading = QLineEdit(self)
        self.sentence = QPlainTextEdit(self)
        self.notes = QPlainTextEdit(self)
        self.heading.setToolTip("What stands over the card; empty, it is the gallery's title")
        self.sentence.setToolTip("What those who look are told; empty, it is the gallery's sentence")
        self.notes.setToolTip("What only the speaker sees, with N")
        for field in (self.sentence, self.notes):
            field.setTabChangesFocus(True)
        self.thumbnails = GalleryThumbnails(around, self)
        self._lay_out()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(KEPT_AFTER)
        self._later.timeout.connect(self._keep)
        self._connect()
        self.show_lecture(self._lecture)

    def _lay_out(self) -> None:
        head = WrappingRow()
        head.put(self.title, grows=1)
        self.title.setMinimumWidth(200)
        for widget in (self.choose, self.save, self.start):
            head.put(widget, side="right")
        left = QWidget(self)
        cards = QVBoxLayout(left)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.addWidget(self.empty, 1)
        cards.addWidget(self.list, 1)
        below = WrappingRow()
        for widget in (self.add_seen, self.up, self.down, self.remove):
            below.put(widget)
        cards.addLayout(below)
        self._right = right = QWidget(self)
        form = QVBoxLayout(right)
        form.setContentsMargins(theme.GRID, 0, 0, 0)
        for words, field, share in (
            ("Title", self.heading, 0),
            ("What to see", self.sentence, 1),
            ("Notes for who speaks", self.notes, 2),
        ):
            label = QLabel(words, right)
            label.setProperty("dim", True)
            label.setBuddy(field)
            field.setAccessibleName(words)
            field.setToolTip(words)
            form.addWidget(label)
            form.addWidget(field, share)
        last = QHBoxLayout()
        last.addWidget(self.open)
        last.addWidget(self.from_here)
        last.addStretch(1)
        form.addLayout(last)
        both = QSplitter(Qt.Orientation.Horizontal, self)
        both.setChildrenCollapsible(False)
        both.addWidget(left)
        both.addWidget(right)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addWidget(both, 1)
        column.addWidget(self.notice)

    def _connect(self) -> None:
        self.title.textEdited.connect(self._rename)
        self.save.clicked.connect(self.save_as)
        self.start.clicked.connect(self.begin)
        self.from_here.clicked.connect(self.begin_here)
        self.add_seen.clicked.connect(self.seen_wanted)
        self.up.clicked.connect(self.move_up)
        self.down.clicked.connect(self.move_down)
        self.remove.clicked.connect(self.remove_card)
        self.open.clicked.connect(self.open_card)
        self.list.currentRowChanged.connect(self._show_card)
        self.list.itemDoubleClicked.connect(self.open_card)
        self.list.model().rowsMoved.connect(self._take_order)
        self.heading.textEdited.connect(self._take_words)
        self.sentence.textChanged.connect(self._take_words)
        self.notes.textChanged.connect(self._take_words)
        self.thumbnails.came.connect(self._show_thumbnail)
        self._around.networks.listed.connect(self._show_catalogue)

    # the lecture

    @property
    def lecture(self) -> Lecture:
        return self._lecture

    @property
    def changed(self) -> bool:
        """Whether something of it stands in no file yet."""
        return self._changed

    def show_lecture(self, lecture: Lecture, changed: bool = False) -> None:
        with QSignalBlocker(self.title):
            self.title.setText(lecture.title)
            self.title.setCursorPosition(0)
        self._lecture, self._changed = lecture, changed
        self._rebuild(0)

    def add(self, card: LectureCard) -> None:
        """At the end."""
        self._take(self._lecture.with_card(card))
        self._rebuild(len(self._lecture) - 1)

    def _take(self, lecture: Lecture) -> None:
        self._lecture, self._changed = lecture, True
        self._later.start()

    def _rebuild(self, at: int) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for card in self._lecture.cards:
                item = QListWidgetItem(card.heading)
                item.setSizeHint(QSize(0, ICON.height() + theme.GRID))
                known = card_in(card)
                image = self._image_of(known) if known is not None else None
                item.setIcon(_icon(image) if image is not None else _no_picture())
                self.list.addItem(item)
            self.list.setCurrentRow(min(at, len(self._lecture) - 1))
        self.empty.setVisible(not self._lecture.cards)
        self.list.setVisible(bool(self._lecture.cards))
        self._shown_cards = [card_in(card) for card in self._lecture.cards]
        self._show_card(self.list.currentRow())
        self._seek()

    # the cards

    @property
    def at(self) -> int:
        return self.list.currentRow()

    @Slot(int)
    def _show_card(self, at: int) -> None:
        there = 0 <= at < len(self._lecture)
        card = self._lecture.cards[at] if there else LectureCard()
        for field, words, whole in (
            (self.heading, card.title, card.heading),
            (self.sentence, card.sentence, card.words),
            (self.notes, card.notes, ""),
        ):
            with QSignalBlocker(field):
                if isinstance(field, QLineEdit):
                    field.setText(words)
                    field.setPlaceholderText(whole if there else "")
                else:
                    field.setPlainText(words)
                    field.setPlaceholderText(whole if there else "")
        self._right.setEnabled(there)
        self.open.setEnabled(there and card.shown is not None)
        self.start.setEnabled(bool(self._lecture.cards))
        self.remove.setEnabled(there)
        self.up.setEnabled(at > 0)
        self.down.setEnabled(there and at < len(self._lecture) - 1)
        if there and card.shown is None:
            self.notice.show_notice(
                f"There is no row “{card.row}” in this gallery; a newer Underhood may have it.", "hint"
            )

    @Slot()
    def _take_words(self) -> None:
        at = self.at
        if not 0 <= at < len(self._lecture):
            return
        card = replace(
            self._lecture.cards[at],
            title=self.heading.text().strip(),
            sentence=self.sentence.toPlainText().strip(),
            notes=self.notes.toPlainText().strip(),
        )
        self._take(self._lecture.changed(at, card))
        item = self.list.item(at)
        if item is not None:
            item.setText(card.heading)

    @Slot()
    def _rename(self) -> None:
        self._take(replace(self._lecture, title=self.title.text().strip() or "My lecture"))

    @Slot()
    def move_up(self) -> None:
        self._move(-1)

    @Slot()
    def move_down(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        at = self.at
        if 0 <= at + by < len(self._lecture):
            self._take(self._lecture.moved(at, at + by))
            self._rebuild(at + by)

    @Slot()
    def _take_order(self, _parent: object, first: int, _last: int, _to: object, row: int) -> None:
        """A card was dragged to another place."""
        self._take(self._lecture.moved(first, row if row < first else row - 1))
        self._rebuild(row if row < first else row - 1)

    @Slot()
    def remove_card(self) -> None:
        at = self.at
        if 0 <= at < len(self._lecture):
            self._take(self._lecture.without(at))
            self._rebuild(max(at - 1, 0) if at == len(self._lecture) else at)

    @Slot()
    def open_card(self) -> None:
        recipe = self._lecture.cards[self.at].shown if 0 <= self.at < len(self._lecture) else None
        if recipe is not None:
            self.open_wanted.emit(recipe)

    # showing it

    @Slot()
    def begin(self) -> None:
        self.lecture_wanted.emit(self._lecture, 0)

    @Slot()
    def begin_here(self) -> None:
        self.lecture_wanted.emit(self._lecture, max(self.at, 0))

    # files

    @Slot()
    def _fill_menu(self) -> None:
        menu = self.choose.menu()
        menu.clear()
        menu.addAction("New lecture", self.begin_anew)
        menu.addAction("Open…", self.ask_for_one)
        menu.addSeparator()
        for path in shipped():
            menu.addAction(read_lecture(path).title, partial(self.open_file, path))

    @Slot()
    def begin_anew(self) -> None:
        self._instead(Lecture("My lecture"))

    @Slot()
    def ask_for_one(self) -> None:
        path = ask_file(self, "Open a lecture", QDir.homePath(), f"{KINDS};;All files (*)")
        if path:
            self.open_file(Path(path))

    def open_file(self, path: Path) -> None:
        try:
            self._instead(read_lecture(path))
        except Problem as problem:
            self.notice.show_notice(str(problem))

    def _instead(self, lecture: Lecture) -> None:
        """What stands in no file is not lost: it can be had back as long as nothing else is done."""
        before, changed = self._lecture, self._changed and bool(self._lecture.cards)
        self.notice.clear()
        self.show_lecture(lecture)
        self._later.start()
        if changed:
            back = ("Take it back", partial(self.show_lecture, before, True))
            self.notice.show_notice(f"“{before.title}” was in no file.", "hint", [back])

    @Slot()
    def save_as(self) -> None:
        from gui.export.figures import ask_path

        path = ask_path(self, _file_name(self._lecture.title), KINDS, "Save the lecture")
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        try:
            write_lecture(self._lecture, path)
        except Problem as problem:
            self.notice.show_notice(str(problem))
            return
        self._changed = False
        self._keep()
        self.notice.show_notice(f"Written to {path}: main.py --lecture shows it.", "hint", passing=True)

    def remember_in(self, settings: QSettings) -> None:
        """Also what was never saved comes back with the next start."""
        self._settings = settings
        text = str(settings.value("lecture/draft", "", type=str))
        try:
            if text:
                self.show_lecture(from_text(text), bool(settings.value("lecture/changed", False, type=bool)))
        except Problem:
            settings.remove("lecture/draft")

    @Slot()
    def _keep(self) -> None:
        if self._settings is not None:
            self._settings.setValue("lecture/draft", to_text(self._lecture))
            self._settings.setValue("lecture/changed", self._changed)

    # their pictures

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self._entries = catalogue.entries
        self._seek()

    def _seek(self) -> None:
        here = [one for one in self._shown_cards if one is not None and self._entries]
        self.thumbnails.may_draw(
            one.name
            for one in here
            if not (needed(one, self._entries) or lacking(one, self._entries) or lacking_data(one))
        )
        if self.isVisible():
            there = [card for card in self._shown_cards if card is not None]
            twins = [card_of(named(card.twin)) for card in there if card.twin]
            self.thumbnails.want((*there, *twins))

    @Slot(str, QImage)
    def _show_thumbnail(self, name: str, image: QImage) -> None:
        self._images[name] = image
        for at, card in enumerate(self._shown_cards):
            item, found = self.list.item(at), self._image_of(card) if card is not None else None
            if card is not None and name in (card.name, card.twin) and item is not None and found is not None:
                item.setIcon(_icon(found))

    def _image_of(self, card: Card) -> QImage | None:
        """Its own, or that of the card which shows the same on a network that ships."""
        return self._images.get(card.name) or self._images.get(card.twin)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._seek()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.thumbnails.stop()

    # what every tab can do

    def recipe(self) -> Recipe | None:
        return None

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """It makes nothing that a recipe describes."""

    def shown(self) -> None:
        return None

    def end(self) -> None:
        self.thumbnails.stop()
        self._keep()


def _button(parent: QWidget, text: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    return button


def _no_picture() -> QIcon:
    pixmap = QPixmap(ICON)
    pixmap.fill(theme.colours().sunken)
    return QIcon(pixmap)


def _icon(image: QImage) -> QIcon:
    """On paper, so that all are of one size."""
    pixmap = QPixmap(ICON * 2)
    pixmap.fill(Qt.GlobalColor.white)
    painter = QPainter(pixmap)
    small = image.scaled(pixmap.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter.drawImage((pixmap.width() - small.width()) // 2, (pixmap.height() - small.height()) // 2, small)
    painter.end()
    return QIcon(pixmap)


def _file_name(title: str) -> str:
    kept = "".join(letter if letter.isalnum() else " " for letter in title)
    return "-".join(kept.lower().split())[:60] or "lecture"
