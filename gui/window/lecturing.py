"""A lecture on the whole screen: its cards are drawn ahead of who speaks, beside whatever is in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from analysis.files.lecture import Lecture, LectureCard
from analysis.protocol.recipe import to_json
from gui.lane.jobs import Job
from gui.views.stage import Slide, Stage

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from analysis.gallery.cards import Card
    from analysis.protocol.events import Catalogue, CatalogueEntry, Drawn, Failure, JobProgress
    from analysis.protocol.recipe import Recipe
    from gui.window.session import Session

AHEAD = 2  # cards that are drawn before they are asked for
KEPT = 12  # pictures of cards, some megabytes each
EMPTY = "This lecture has no cards yet: press + at a card of the Gallery, or Ctrl+L wherever you are."
DRAWING = "Being drawn…"


class Lecturing(QObject):
    fetch_wanted = Signal(object)  # names of networks

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._stage: Stage | None = None
        self._lecture = Lecture("")
        self._at = 0
        self._images: dict[tuple[str, tuple[int, int]], QImage] = {}  # by recipe and size
        self._failed: dict[str, str] = {}
        self._job = 0
        self._drawing: Recipe | None = None
        self._entries: tuple[CatalogueEntry, ...] = ()
        session.networks.listed.connect(self._show_catalogue)
        session.closing.connect(self._end)

    # beginning and going on

    def give(self, lecture: Lecture) -> None:
        """One that was asked for on the command line: it can be changed in its tab, too."""
        self._session.tabs.lecture.show_lecture(lecture)
        self.begin(lecture, 0)

    @Slot(object, int)
    def begin(self, lecture: Lecture, at: int = 0) -> None:
        if not lecture.cards:
            self._session.window.notice.show_notice(EMPTY, "hint", passing=True)
            return
        if self._session.catalogue is not None:
            self._entries = self._session.catalogue.entries
        self._lecture, self._at = lecture, at
        stage = self.stage
        stage.setWindowTitle(lecture.title)
        stage.setScreen(self._session.window.screen())
        stage.setGeometry(self._session.window.screen().geometry())
        stage.showFullScreen()
        stage.activateWindow()
        stage.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show()

    def go_on(self) -> None:
        """With the card that was left for a look inside; or with the lecture of the Lecture tab."""
        lecture = self._session.tabs.lecture
        same = lecture.lecture == self._lecture
        self.begin(lecture.lecture, min(self._at, len(lecture.lecture) - 1) if same else 0)

    @property
    def stage(self) -> Stage:
        if self._stage is None:
            self._stage = stage = Stage(self._session.window)
            stage.walked.connect(self._walk)
            stage.leapt.connect(self._leap)
            stage.live_wanted.connect(self.look_inside)
            stage.get_wanted.connect(self._get)
            stage.closed.connect(self._stop_drawing)
            stage.resized.connect(self._draw_again)
        return self._stage

    @property
    def at(self) -> int:
        return self._at

    # the cards

    @Slot(int)
    def _walk(self, by: int) -> None:
        to = self._at + by
        if 0 <= to < len(self._lecture):
            self._at = to
            self._show()

    @Slot(bool)
    def _leap(self, last: bool) -> None:
        self._at = len(self._lecture) - 1 if last else 0
        self._show()

    def _show(self) -> None:
        stage, card = self.stage, self._lecture.cards[self._at]
        stage.show_slide(self._slide(card), self._at, len(self._lecture))
        recipe = self._to_draw(card)
        if recipe is not None:
            image = self._images.get((to_json(recipe), self._room()))
            small = self._small(card) if image is None else None
            if image is not None:
                stage.show_image(image)
            elif small is not None and to_json(recipe) not in self._failed:
                stage.show_image(small, rough=True)
        self._draw_next()

    def _slide(self, card: LectureCard) -> Slide:
        """In place of what needs a network or a data set that is not here its twin is shown, which is said."""
        shown, needs, twin = self._known(card), self._needed(card), self._twin(card)
        if shown is None:
            waiting = f"There is no row “{card.row}” in this gallery; a newer Underhood may have it."
            return Slide(card.heading, card.words, card.notes, waiting=waiting, opens=False)
        size = sum(entry.megabytes or 0 for entry in needs)
        gets = f"Get {size:,.0f} MB" if needs else ""
        recipe = self._to_draw(card)
        if recipe is None:
            waiting = self._needs_in_words(card)
            return Slide(card.heading, card.words, card.notes, waiting=waiting, gets=gets, opens=False)
        waiting = self._failed.get(to_json(recipe), DRAWING)
        if twin is not None and self._lacks(card):
            foot = f"In place of “{card.heading}”. {self._needs_in_words(card)}"
            return Slide(twin.title, twin.sentence, card.notes, foot, waiting, gets)
        return Slide(card.heading, shown.sentence, card.notes, "", waiting, gets)

    def _known(self, card: LectureCard) -> Card | None:
        from analysis.gallery.cards import card_in

        return card_in(card)

    def _needed(self, card: LectureCard) -> tuple[CatalogueEntry, ...]:
        from analysis.gallery.cards import needed

        known = self._known(card)
        return needed(known, self._entries) if known is not None else ()

    def _lacks(self, card: LectureCard) -> bool:
        from analysis.gallery.cards import lacking_data

        known = self._known(card)
        return bool(self._needed(card)) or (known is not None and bool(lacking_data(known)))

    def _needs_in_words(self, card: LectureCard) -> str:
        from analysis.gallery.cards import data_in_words, lacking_data, needs_in_words

        known = self._known(card)
        data = data_in_words(lacking_data(known)) if known is not None else ""
        return " ".join(words for words in (needs_in_words(self._needed(card)), data) if words)

    def _twin(self, card: LectureCard) -> Card | None:
        """The card of the gallery that shows the same on a network that ships, where one does."""
        from analysis.files.gallery import named
        from analysis.gallery.cards import card_of

        known = self._known(card)
        return card_of(named(known.twin)) if known is not None and known.twin else None

    def _to_draw(self, card: LectureCard) -> Recipe | None:
        """What can be drawn here for it; None where that is nothing."""
        if not self._lacks(card):
            return card.shown
        twin = self._twin(card)
        return twin.recipe if twin is not None else None

    def _small(self, card: LectureCard) -> QImage | None:
        """The thumbnail, until the picture is there."""
        from analysis.gallery.thumbnails import read, shipped
        from gui.views.pixels import rgb_image

        twin = self._twin(card) if self._lacks(card) else None
        path = shipped(twin.name if twin is not None else card.row) if card.row else None
        return rgb_image(read(path)).copy() if path is not None else None

    # drawing them

    def _room(self) -> tuple[int, int]:
        size = self.stage.picture_size()
        return size.width(), size.height()

    @Slot()
    def _draw_again(self) -> None:
        """The screen has another size, or the notes have taken some of it."""
        if self._stage is not None and self._stage.isVisible() and self._lecture.cards:
            self._show()

    def _draw_next(self) -> None:
        """The card in front first, then those that come."""
        if self._stage is None or not self._stage.isVisible():
            return
        room = self._room()
        coming = self._lecture.cards[self._at : self._at + 1 + AHEAD]
        recipes = [recipe for card in coming if (recipe := self._to_draw(card)) is not None]
        wanted = [
            one for one in recipes if (to_json(one), room) not in self._images and to_json(one) not in self._failed
        ]
        if not wanted or self._drawing == wanted[0]:
            return
        if self._job:
            if self._drawing in wanted and wanted[0] is not recipes[0]:
                return  # what is drawn ahead is gone on with
            self._session.jobs.drop(self._job)
        from analysis.protocol.requests import DrawRequest

        session = self._session
        lane = session.lanes["gallery"]
        self._job, self._drawing = lane.next_id(), wanted[0]
        request = DrawRequest(self._job, wanted[0], room=room, device=session.device, agreed=session.agreed)
        job = Job(
            self._job,
            "Drawing a card",
            lane,
            on_progress=self._tell,
            on_done=self._drawn,
            on_failure=self._not_drawn,
            on_end=self._ended,
            quiet=True,
        )
        session.jobs.start(job, request)

    def _in_front(self) -> bool:
        """Whether what is being drawn is what is looked at."""
        return self._drawing is not None and self._drawing == self._to_draw(self._lecture.cards[self._at])

    def _tell(self, progress: JobProgress) -> None:
        if self._in_front() and progress.total:
            self.stage.say(f"Being drawn… {progress.done / progress.total:.0%}")

    def _drawn(self, drawn: Drawn) -> None:
        from gui.views.pixels import rgb_image

        if drawn.picture is None or self._drawing is None:
            return
        image = rgb_image(drawn.picture).copy()
        self._images[to_json(self._drawing), self._room()] = image
        while len(self._images) > KEPT:
            del self._images[next(iter(self._images))]
        if self._in_front():
            self.stage.show_image(image)

    def _not_drawn(self, failure: Failure) -> None:
        if self._drawing is not None:
            self._failed[to_json(self._drawing)] = failure.summary
            if self._in_front():
                self._show()

    def _ended(self, _cancelled: bool) -> None:
        self._job, self._drawing = 0, None
        self._draw_next()

    @Slot()
    def _stop_drawing(self) -> None:
        if self._job:
            self._session.jobs.drop(self._job)
            self._job, self._drawing = 0, None

    @Slot()
    def _end(self) -> None:
        if self._stage is not None:
            self._stage.close()

    # from it to the window

    @Slot()
    def look_inside(self) -> None:
        """The card in the window, live; F5 goes on with the lecture."""
        card = self._lecture.cards[self._at]
        recipe = self._to_draw(card)
        if recipe is None:
            return
        self.stage.close()
        session = self._session
        session.open_recipe(recipe)
        words = f"Card {self._at + 1} of {len(self._lecture)} of “{self._lecture.title}”: {card.heading}."
        session.window.notice.show_notice(words, "hint", [("Go on with the lecture (F5)", self.go_on)])

    @Slot()
    def _get(self) -> None:
        self.fetch_wanted.emit(tuple(entry.name for entry in self._needed(self._lecture.cards[self._at])))

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self._entries = catalogue.entries
        if self._stage is not None and self._stage.isVisible():
            self._show()
