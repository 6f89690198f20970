"""The pictures of the gallery's cards: read where they ship or were drawn before, and else drawn beside everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtGui import QImage

from gui.lane.background import Reading, read
from gui.lane.jobs import Job

if TYPE_CHECKING:
    from analysis.gallery.cards import Card
    from analysis.protocol.events import Drawn, Failure
    from gui.tabs.around import Around

PATIENCE = 30.0  # seconds that a drawing may take; what is there then is shown


class GalleryThumbnails(QObject):
    came = Signal(str, QImage)  # the name of a card, and its picture
    failed = Signal(str, str)  # or why there is none

    def __init__(self, around: Around, parent: QObject) -> None:
        super().__init__(parent)
        self._around = around
        self._asked: set[str] = set()  # that have one, or are being read
        self._missing: dict[str, Card] = {}  # that nobody has drawn yet
        self._wanted: list[str] = []  # of those, the ones in sight
        self._here: frozenset[str] = frozenset()  # cards whose networks need no download
        self._drawing = ""
        self._job = 0

    def want(self, cards: Iterable[Card]) -> None:
        """These are in sight; what has to be drawn for others can wait."""
        cards = tuple(cards)
        new = [card for card in cards if card.name not in self._asked]
        self._asked |= {card.name for card in new}
        if new:
            files = {card.name: _files(card) for card in new}
            _Batch(self, {card.name: card for card in new}, read(partial(_read, files), urgent=False))
        self._wanted = [card.name for card in cards if card.name in self._missing]
        self._draw_next()

    def may_draw(self, names: Iterable[str]) -> None:
        """The networks of these are here."""
        self._here = frozenset(names)
        self._draw_next()

    def stop(self) -> None:
        """Nobody looks at them any more."""
        self._wanted = []
        if self._job:
            self._around.jobs.drop(self._job)
            self._job, self._drawing = 0, ""

    def take(self, cards: Mapping[str, Card], found: Mapping[str, QImage | None]) -> None:
        """What was read; what was not there is drawn."""
        for name, image in found.items():
            if image is not None:
                self.came.emit(name, image)
            else:
                self._missing[name] = cards[name]
                self._wanted.append(name)
        self._draw_next()

    def _draw_next(self) -> None:
        if self._drawing:
            return
        name = next((name for name in self._wanted if name in self._missing and name in self._here), None)
        if name is None:
            return
        from analysis.gallery.thumbnails import HIGH, WIDE
        from analysis.protocol.requests import DrawRequest

        lane, around = self._around.lanes["gallery"], self._around
        self._drawing, self._job = name, lane.next_id()
        recipe = self._missing[name].recipe
        request = DrawRequest(self._job, recipe, room=(WIDE, HIGH), patience=PATIENCE, device=around.device)
        job = Job(
            self._job,
            "Drawing a thumbnail",
            lane,
            on_done=self._drawn,
            on_failure=self._not_drawn,
            on_end=self._ended,
            quiet=True,
        )
        around.jobs.start(job, request)

    def _drawn(self, drawn: Drawn) -> None:
        from gui.views.pixels import rgb_image

        card = self._missing.pop(self._drawing, None)
        if card is None or drawn.picture is None:
            return
        self.came.emit(card.name, rgb_image(drawn.picture))
        read(partial(_keep, _kept(card), drawn.picture), urgent=False, tried="The thumbnail could not be kept")

    def _not_drawn(self, failure: Failure) -> None:
        card = self._missing.pop(self._drawing, None)
        if card is not None:
            self.failed.emit(card.name, failure.summary)

    @Slot(bool)
    def _ended(self, _cancelled: bool) -> None:
        self._drawing, self._job = "", 0
        self._draw_next()


class _Batch(QObject):
    """Thumbnails that are read together."""

    def __init__(self, owner: GalleryThumbnails, cards: Mapping[str, Card], reading: Reading) -> None:
        super().__init__(owner)
        self._owner, self._cards, self._reading = owner, cards, reading
        reading.done.connect(self._done)
        reading.failed.connect(self._failed)

    @Slot(object)
    def _done(self, found: Mapping[str, QImage | None]) -> None:
        self._owner.take(self._cards, found)
        self.deleteLater()

    @Slot(str, str)
    def _failed(self, _sentence: str, _details: str) -> None:
        """Cards without a picture can be used all the same."""
        self._owner.take(self._cards, dict.fromkeys(self._cards))
        self.deleteLater()


def _files(card: Card) -> tuple[Path, ...]:
    from analysis.gallery.thumbnails import shipped

    ours = shipped(card.name)
    return (ours,) if ours is not None else (_kept(card),)


def _kept(card: Card) -> Path:
    """Where the thumbnail is that was drawn on this machine, by what it is of."""
    from analysis.protocol.recipe import to_json

    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation))
    return folder / "thumbnails" / f"{sha256(to_json(card.recipe).encode()).hexdigest()[:32]}.webp"


def _read(files: Mapping[str, tuple[Path, ...]]) -> dict[str, QImage | None]:
    """On another thread; None of those that are not there."""
    from analysis.gallery.thumbnails import read as pixels_of
    from gui.views.pixels import rgb_image

    found: dict[str, QImage | None] = {}
    for name, paths in files.items():
        found[name] = None
        for path in paths:
            try:
                found[name] = rgb_image(pixels_of(path)).copy()
            except OSError:
                continue
    return found


def _keep(path: Path, pixels: object) -> None:
    import numpy as np

    from analysis.files.whole_file import write_whole
    from analysis.gallery.thumbnails import webp

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, webp(np.asarray(pixels)))
