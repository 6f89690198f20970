"""The feed: owns the source in use, passes its frames on, and mirrors and freezes them in one place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QScreen

from analysis.protocol.problems import Problem
from gui.sources.opening import named_source, source_of_origin, source_of_paths
from gui.sources.source import Source, frame_of

if TYPE_CHECKING:
    from analysis.protocol.frame import Frame


SLOW = 300  # milliseconds after which it is said what is being waited for
STAYS = 3.0  # seconds that a failure is not taken back by the pictures of a stream


@dataclass(frozen=True)
class _Asked:
    mirrored: bool | None = None  # None leaves it as it is
    path: str = ""
    together: bool = False  # with others, so that the path is that of the picture which comes first


@dataclass(frozen=True)
class _Failure:
    sentence: str
    in_use: bool  # the source in use failed, and not one that was to come
    came: float


class Feed(QObject):
    """What the window talks to. A new source takes the old one's place with its first picture, and the freeze away.

    Until then, and when it never gives one, the old source goes on as if nothing had been opened. Of several that are
    being waited for the newest wins.
    """

    frame = Signal(object)  # analysis.protocol.frame.Frame, mirrored if it is to be
    failed = Signal(str)  # one sentence; the last frame stays
    recovered = Signal(str)  # a picture has come after this failure
    remarked = Signal(str)  # one sentence on what is no failure
    changed = Signal()  # another source is in use
    switched = Signal()  # frozen or mirrored changed
    opening = Signal(str)  # a name, a path or an origin, before anything of it is read
    opened = Signal(str)  # the path that was asked for gave its first picture; of several, that of this picture
    waiting = Signal(str)  # the title of a source that takes its time; empty when that is over
    leapt = Signal()  # what was passed on before need not be looked at any more: another place of it is coming

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._settled = False  # it gave a picture, or said that it cannot
        self._coming: Source | None = None  # started, and has not given a picture yet
        self._asked = _Asked()  # with what it is to come
        self._given_up: Source | None = None
        self._new: _Asked | None = None  # how the source in use was asked for, until it has given a picture
        self._said = False  # that it is being waited for
        self._failure: _Failure | None = None  # of the source in use, or since it is in use
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW)
        self._slow.timeout.connect(self._tell_waiting)
        self._frozen = False
        self._holding = False  # what is shown is a picture of the past
        self._mirrored = False
        self._came: Frame | None = None  # from the source, last
        self._shown: Frame | None = None

    @property
    def source(self) -> Source | None:
        """The one in use."""
        return self._source

    @property
    def coming(self) -> Source | None:
        """The one that is being waited for."""
        return self._coming

    @property
    def given_up(self) -> Source | None:
        """A camera or a screen that gave no picture; `try_again` and `use_anyway` are about it."""
        return self._given_up

    @property
    def frozen(self) -> bool:
        return self._frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        """A stream stands still; a picture that is opened, stepped to or drawn still comes through.

        After a picture of the past, what the source shows comes back: of a stream with its next frame.
        """
        held = self._holding
        self._stand(frozen)
        if frozen and self._shown is not None and self._shown.in_a_hurry:
            self._pass_on(replace(self._shown, moving=False))
        if held and not frozen and self._came is not None and not self._came.moving:
            self._pass_on(self._turned(frame_of(self._came.given, self._came.origin)))

    @property
    def holding(self) -> bool:
        """Whether a picture of the past is held."""
        return self._holding

    def _stand(self, frozen: bool, holding: bool = False) -> None:
        if (frozen, holding) != (self._frozen, self._holding):
            self._frozen, self._holding = frozen, holding
            self.switched.emit()

    @property
    def mirrored(self) -> bool:
        return self._mirrored

    @mirrored.setter
    def mirrored(self, mirrored: bool) -> None:
        if mirrored == self._mirrored:
            return
        self._mirrored = mirrored
        self.switched.emit()
        if self._shown is not None:
            from gui.sources.qt_pixels import mirrored as turned

            self._pass_on(replace(frame_of(turned(self._shown.given), self._shown.origin), moving=False))

    def use(self, source: Source, mirrored: bool | None = None, path: str = "", at_once: bool = False) -> None:
        """The feed owns the source from now on, and starts it; it is in use from its first picture on.

        It comes with its own `mirrored`, if that is given, and with the `path` by which it was asked for.
        """
        self._use(source, _Asked(mirrored, path), at_once)

    def _use(self, source: Source, asked: _Asked, at_once: bool = False) -> None:
        if self._coming is not None and self._coming.device and self._coming.device == source.device:
            source.deleteLater()  # the person is perhaps being asked for permission just now
            return
        self.give_up()
        if self._given_up is source:
            self._given_up = None
        self._forget_given_up()
        if self._source is not None and self._source.device and self._source.device == source.device:
            source.deleteLater()
            self._stand(False)
            if not self._source.moving:
                self._source.start()
            return
        self._coming, self._asked = source, asked
        source.setParent(self)
        source.frame.connect(self._take_first)
        source.failed.connect(self._fall_through)
        source.remarked.connect(self.remarked)
        if at_once or self._source is None or not self._settled:
            self._take_over()
        else:
            self._slow.start()
        source.start()

    def give_up(self) -> bool:
        """The source that is being waited for, if there is one; that in use goes on."""
        source = self._no_longer_wait()
        self._let_go(source)
        return source is not None

    def open_meanwhile(self, origin: str) -> None:
        """Something to look at, while a source that gave no picture can be tried again."""
        given_up, self._given_up = self._given_up, None
        self.open_origin(origin)
        self._given_up = given_up

    def try_again(self) -> None:
        if self._given_up is not None:
            self.opening.emit(self._given_up.device)
            self.use(self._given_up)

    def use_anyway(self) -> None:
        """In place of the source in use, so that something else can be chosen with its controls."""
        if self._given_up is not None:
            self.opening.emit(self._given_up.device)
            self.use(self._given_up, at_once=True)

    def use_named(self, name: str) -> None:
        """`camera`, `screen`, `sketch`, `noise`, `samples` or `scenes`."""
        self._use_if_possible(name, lambda: named_source(name))

    def use_screen(self, screen: QScreen, region: QRect) -> None:
        """This part of the screen, in its own coordinates."""
        from gui.sources.screen import ScreenSource

        for source in (self._coming, self._source):
            if isinstance(source, ScreenSource):
                source.choose(screen, region)

        def made() -> Source:
            source = ScreenSource()
            source.choose(screen, region)
            return source

        self._use_if_possible("screen", made)

    def open_path(self, path: str) -> None:
        """A picture, an animated picture, a folder or a video; of anything else is said why it cannot be shown."""
        self._use_if_possible(path, lambda: source_of_paths([path]), _Asked(path=path))

    def open_paths(self, paths: Sequence[str]) -> None:
        """Several pictures and folders of pictures, to be walked together."""
        self._use_if_possible(paths[0], lambda: source_of_paths(paths), _Asked(together=True))

    def open_origin(self, origin: str, mirrored: bool | None = None) -> None:
        """What a recipe names, so that it is seen again."""
        self._use_if_possible(origin, lambda: source_of_origin(origin), _Asked(mirrored))

    def use_image(self, image: QImage, title: str = "pasted picture") -> None:
        from gui.sources.still import still_of_image

        if image.isNull():
            self._forget_given_up()
            self.failed.emit("The picture is empty: copy it once more.")
        else:
            self.use(still_of_image(image, title))

    def step(self, by: int) -> None:
        """The next picture of a folder or of the samples, the next frame of a video; -1 the one before.

        A picture that was opened alone has those beside it.
        """
        step, file = getattr(self._source, "step", None), getattr(self._source, "file", "")
        if step is None and file:
            from gui.sources.walk import PictureWalk

            self._use(PictureWalk(os.path.dirname(file), beside=file, by=by), _Asked())
        elif step is None:
            self.remarked.emit("There is no next picture here: open a folder of pictures or a video.")
        else:
            self._stand(False)
            step(by)

    def hold(self, frame: Frame) -> None:
        """Shows a picture of the past, and stands still."""
        self._stand(True, holding=True)
        self._pass_on(frame_of(frame.given, frame.origin))

    def stop(self) -> None:
        """Lets the source go; the last frame stays."""
        self.give_up()
        self._forget_given_up()
        self._let_go(self._source)
        self._source = None

    def _use_if_possible(self, what: str, make: Callable[[], Source], asked: _Asked | None = None) -> None:
        """The source in use stays when the new one cannot be made."""
        self.opening.emit(what)
        try:
            source = make()
        except Problem as problem:
            self._forget_given_up()
            self.failed.emit(str(problem))
        else:
            self._use(source, asked or _Asked())

    def _let_go(self, source: Source | None) -> None:
        if source is not None:
            source.disconnect(self)
            source.stop()
            source.deleteLater()

    def _forget_given_up(self) -> None:
        source, self._given_up = self._given_up, None
        self._let_go(source)

    def _no_longer_wait(self) -> Source | None:
        source, self._coming = self._coming, None
        if source is not None:
            source.disconnect(self)
            self._slow.stop()
            if self._said:
                self._said = False
                self.waiting.emit("")
        return source

    def _take_over(self) -> None:
        """The source that was being waited for is the one in use."""
        source = self._no_longer_wait()
        assert source is not None
        self._let_go(self._source)
        self._source = source
        self._settled = False
        self._failure = None
        source.frame.connect(self._take)
        source.leapt.connect(self.leapt)
        source.failed.connect(self._fail)
        source.remarked.connect(self.remarked)
        self._came = None
        self._stand(False)
        self._new = self._asked
        if self._asked.mirrored not in (None, self._mirrored):
            self._mirrored = not self._mirrored
            self.switched.emit()
        self.changed.emit()

    @Slot(object)
    def _take_first(self, frame: Frame) -> None:
        self._take_over()
        self._take(frame)

    @Slot(str)
    def _fall_through(self, sentence: str) -> None:
        """It failed before it gave a picture."""
        source = self._no_longer_wait()
        if source is not None and source.device:
            source.stop()
            self._given_up = source
        else:
            self._forget_given_up()
            self._let_go(source)
        self._failure = _Failure(sentence, False, time.perf_counter())
        self.failed.emit(sentence)

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self._settled = True
        self._forget_given_up()
        self._failure = _Failure(sentence, True, time.perf_counter())
        self.failed.emit(sentence)

    @Slot()
    def _tell_waiting(self) -> None:
        if self._coming is not None:
            self._said = True
            self.waiting.emit(self._coming.title)

    @Slot(object)
    def _take(self, frame: Frame) -> None:
        self._settled = True
        new, self._new = self._new, None
        if new is not None and (new.path or new.together):
            self.opened.emit(new.path or frame.origin)
        self._recover(frame)
        again, self._came = self._came is not None and frame.number == self._came.number, frame
        if frame.moving:
            if self._frozen:
                return
        elif again and self._frozen:
            return  # the stream stopped behind what is frozen
        else:
            self._stand(self._frozen)
        self._pass_on(self._turned(frame))

    def _turned(self, frame: Frame) -> Frame:
        if not self._mirrored:
            return frame
        from gui.sources.qt_pixels import mirrored as turned

        return replace(frame, given=turned(frame.given))

    def _recover(self, frame: Frame) -> None:
        """A picture that was stepped to or drawn ends what failed before; a stream, only what failed in itself."""
        failure = self._failure
        if failure is None:
            return
        if not frame.moving or (failure.in_use and time.perf_counter() - failure.came > STAYS):
            self._failure = None
            self.recovered.emit(failure.sentence)

    def _pass_on(self, frame: Frame) -> None:
        self._shown = frame
        self.frame.emit(frame)
