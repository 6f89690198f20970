"""The Gallery tab: every figure of the lectures as a card that opens in this window, or is drawn into a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui import theme
from gui.tabs.gallery_thumbnails import GalleryThumbnails
from gui.tabs.panel import TabPanel
from gui.views.card_grid import CardFace, CardGrid, Deed
from gui.views.elided_choice import ElidedChoice
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.gallery.cards import Card
    from analysis.protocol.events import Catalogue, CatalogueEntry
    from analysis.protocol.recipe import Recipe
    from gui.tabs.around import Around

OPEN = Deed("open", "Open", "Network, picture, tab, method, settings and looks of this card, in this window (Enter)")
DRAW = Deed("draw", "Draw…", "Its figure into a file, beside whatever is in the window")
KEEP = Deed("keep", "+", "Put it into the lecture that is in the Lecture tab")
NOTHING = "No card has all of these words in it. Take one away, or choose all topics."
NOTHING_HERE = "No card of these needs nothing to be downloaded. Untick “Without a download” to see the others."
UNREAD = "The gallery appears here."


class GalleryPanel(TabPanel):
    def __init__(self, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._around = around
        self._cards: dict[str, Card] = {}
        self._entries: tuple[CatalogueEntry, ...] = ()
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search the gallery")
        self.search.setAccessibleName("Search the gallery")
        self.search.setToolTip("Words of a title, a sentence, a network or a method; Enter goes to the first card")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(180)
        self.topic = ElidedChoice(self)
        self.topic.setAccessibleName("Topic")
        self.topic.setToolTip("Only the cards of one topic")
        self.here = QCheckBox("Without a download", self)
        self.here.setToolTip("Only cards whose networks and data sets are on this machine")
        self.count = QLabel(self)
        self.count.setProperty("dim", True)
        self.grid = CardGrid(self)
        self.grid.setAccessibleName("Gallery")
        self.thumbnails = GalleryThumbnails(around, self)
        self._lay_out()
        self._typed = QTimer(self)  # a letter more often follows
        self._typed.setSingleShot(True)
        self._typed.setInterval(120)
        self._typed.timeout.connect(self.show_matching)
        self.search.textChanged.connect(self._typed.start)
        self.search.returnPressed.connect(self._enter)
        self.topic.activated.connect(self.show_matching)
        self.here.toggled.connect(self.show_matching)
        self.grid.asked.connect(self._do)
        self.grid.sought.connect(self._seek)
        self.thumbnails.came.connect(self._show_thumbnail)
        around.networks.listed.connect(self._show_catalogue)
        self._fill()

    def _lay_out(self) -> None:
        row = WrappingRow()
        row.put(self.search, grows=1)
        row.put(self.topic)
        row.put(self.here)
        row.put(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, 0)
        column.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        head.addLayout(row)
        column.addLayout(head)
        column.addWidget(self.grid, 1)

    def _fill(self) -> None:
        from analysis.gallery.cards import cards

        self._cards = {card.name: card for card in cards()}
        topics = list(dict.fromkeys(card.topic for card in self._cards.values()))
        self.topic.addItem(f"All topics ({len(self._cards)})", "")
        for topic in topics:
            self.topic.addItem(f"{topic} ({sum(card.topic == topic for card in self._cards.values())})", topic)
        if self._around.catalogue is not None:
            self._show_catalogue(self._around.catalogue)
        else:
            self.show_matching()

    # which are shown

    @Slot()
    def show_matching(self) -> None:
        """Those that have all of the words, of the topic that is chosen."""
        from analysis.gallery.cards import matching

        self._typed.stop()
        found = matching(self._cards.values(), self.search.text(), self.topic.currentData() or "")
        shown = [card for card in found if not self.here.isChecked() or not self._missing(card)]
        self.count.setText(f"{len(shown)} of {len(self._cards)}" if len(shown) < len(self._cards) else "")
        empty = NOTHING_HERE if found else NOTHING
        self.grid.show_cards([self._face(card) for card in shown], empty if self._cards else UNREAD)
        self._seek(self.grid.in_sight)

    def show_topic(self, topic: str) -> None:
        self.topic.setCurrentIndex(max(self.topic.findData(topic), 0))
        self.show_matching()

    def _face(self, card: Card) -> CardFace:
        from analysis.gallery.cards import data_in_words, lacking_data, needed, needs_in_words

        needs = needed(card, self._entries)
        if needs:
            size = sum(entry.megabytes or 0 for entry in needs)
            titles = " and ".join(entry.title for entry in needs)
            fetch = Deed("fetch", f"Get {size:,.0f} MB", f"Download {titles}, which this card needs")
            twin = (Deed("twin", "Twin", "The same on a network that is here"),) if card.twin in self._cards else ()
            words = needs_in_words(needs)
            return CardFace(
                card.name, card.title, card.sentence, words, (fetch, *twin, KEEP), "Not downloaded", card.twin
            )
        data = lacking_data(card)
        if data:
            there = card.twin in self._cards
            twin = (Deed("twin", "Twin", "The same of a data set that is here"),) if there else ()
            words = data_in_words(data)
            return CardFace(card.name, card.title, card.sentence, words, (*twin, KEEP), "Not downloaded", card.twin)
        gone = self._lacking(card)
        if gone:
            words = f"{' and '.join(gone)} cannot be had here."
            return CardFace(card.name, card.title, card.sentence, words, (OPEN, KEEP), "")
        titles = " · ".join((*(self._title(name) for name in card.networks), *card.data)) or "needs no download"
        return CardFace(card.name, card.title, card.sentence, titles, (OPEN, DRAW, KEEP), "Being drawn…")

    def _title(self, name: str) -> str:
        return next((entry.title for entry in self._entries if entry.name == name), name).partition(" (")[0]

    def _missing(self, card: Card) -> bool:
        from analysis.gallery.cards import lacking_data, needed

        return bool(needed(card, self._entries) or self._lacking(card) or lacking_data(card))

    def _lacking(self, card: Card) -> tuple[str, ...]:
        """Nothing while it is not known which networks there are."""
        from analysis.gallery.cards import lacking

        return lacking(card, self._entries) if self._entries else ()

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self._entries = catalogue.entries
        self.thumbnails.may_draw(name for name, card in self._cards.items() if not self._missing(card))
        self.show_matching()

    # their pictures

    @Slot(object)
    def _seek(self, names: tuple[str, ...]) -> None:
        if self.isVisible():
            seen = [self._cards[name] for name in names]
            twins = [self._cards[card.twin] for card in seen if card.twin in self._cards]
            self.thumbnails.want((*seen, *twins))

    @Slot(str, QImage)
    def _show_thumbnail(self, name: str, image: QImage) -> None:
        self.grid.show_image(name, image)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._seek(self.grid.in_sight)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.thumbnails.stop()

    # what is done with one

    @Slot()
    def _enter(self) -> None:
        """From the field to the first card that was found."""
        self.show_matching()
        self.grid.take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.grid.take_focus()
        else:
            super().keyPressEvent(event)

    @Slot(str, str)
    def _do(self, name: str, deed: str) -> None:
        card = self._cards[name]
        deeds = {
            "open": partial(self.open_wanted.emit, card.recipe),
            "draw": partial(self.draw_wanted.emit, card.recipe, card.name),
            "keep": partial(self.keep_wanted.emit, card.name),
            "fetch": partial(self._fetch, card),
            "twin": partial(self.show_one, card.twin),
        }
        deeds[deed]()

    def _fetch(self, card: Card) -> None:
        from analysis.gallery.cards import needed

        self.fetch_wanted.emit(tuple(entry.name for entry in needed(card, self._entries)))

    def show_one(self, name: str) -> None:
        """This card alone, as if its name had been searched."""
        self.topic.setCurrentIndex(0)
        self.search.setText(name)
        self._enter()

    # what every tab can do

    def recipe(self) -> Recipe | None:
        return None

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """It makes nothing that a recipe describes."""

    def shown(self) -> None:
        return None

    def end(self) -> None:
        self.thumbnails.stop()
