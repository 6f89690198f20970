"""The feed: owns the source in use, passes its frames on, and mirrors, freezes and counts them in one place."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage

from analysis.problems import Problem
from gui.sources.opening import named_source, source_of_origin, source_of_path
from gui.sources.source import Source, frame_of

if TYPE_CHECKING:
    from analysis.frame import Frame


class Feed(QObject):
    """What the window talks to. Whoever opens something new takes the freeze away with it."""

    frame = Signal(object)  # analysis.frame.Frame, mirrored if it is to be
    failed = Signal(str)  # one sentence; the last frame stays
    changed = Signal()  # another source is in use
    switched = Signal()  # frozen or mirrored changed
    titled = Signal(str)  # the source's title changed

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._frozen = False
        self._mirrored = False
        self._shown: Frame | None = None
        self._times: deque[float] = deque(maxlen=1000)
        self._title = ""

    @property
    def source(self) -> Source | None:
        return self._source

    @property
    def title(self) -> str:
        return self._source.title if self._source is not None else ""

    @property
    def shown(self) -> Frame | None:
        """The last frame that was passed on."""
        return self._shown

    @property
    def rate(self) -> float:
        """Pictures of the stream in the last second, also while frozen."""
        self._forget_times()
        return float(len(self._times))

    @property
    def frozen(self) -> bool:
        return self._frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        """A stream stands still; a picture that is opened, stepped to or drawn still comes through."""
        if frozen != self._frozen:
            self._frozen = frozen
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

            self._pass_on(replace(frame_of(turned(self._shown.pixels), self._shown.origin), moving=False))

    def use(self, source: Source) -> None:
        """The feed owns the source from now on, and starts it."""
        self.stop()
        self._source = source
        source.setParent(self)
        source.frame.connect(self._take)
        source.failed.connect(self.failed)
        source.changed.connect(self._retitle)
        self.frozen = False
        self.changed.emit()
        source.start()

    def use_named(self, name: str) -> None:
        """`camera`, `screen`, `sketch`, `noise`, `samples` or `scenes`."""
        self._use_if_possible(lambda: named_source(name))

    def open_path(self, path: str) -> None:
        """A picture, an animated picture, a folder or a video; of anything else is said why it cannot be shown."""
        self._use_if_possible(lambda: source_of_path(path))

    def open_origin(self, origin: str) -> None:
        """What a recipe names, so that it is seen again."""
        self._use_if_possible(lambda: source_of_origin(origin))

    def use_image(self, image: QImage, title: str = "pasted picture") -> None:
        from gui.sources.still import still_of_image

        if image.isNull():
            self.failed.emit("The picture is empty: copy it once more.")
        else:
            self.use(still_of_image(image, title))

    def paste(self) -> None:
        """The picture on the clipboard, the file it names, or the path that stands there as text."""
        mime = QGuiApplication.clipboard().mimeData()
        paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        text = mime.text().strip().strip("\"'") if mime.hasText() else ""
        if text.startswith("file:"):
            text = QUrl(text).toLocalFile()
        if paths:
            self.open_path(paths[0])
        elif mime.hasImage():
            self.use_image(QGuiApplication.clipboard().image())
        elif text and len(text) < 4096 and os.path.exists(os.path.expanduser(text)):
            self.open_path(os.path.expanduser(text))
        else:
            self.failed.emit(
                "There is no picture on the clipboard: copy a picture, or a picture file, and paste again."
            )

    def step(self, by: int) -> None:
        """The next picture of a folder or of the samples, the next frame of a video; -1 the one before."""
        step = getattr(self._source, "step", None)
        if step is None:
            self.failed.emit("There is no next picture here: open a folder of pictures or a video.")
        else:
            self.frozen = False
            step(by)

    def hold(self, frame: Frame) -> None:
        """Shows a picture of the past, and stands still."""
        self.frozen = True
        self._pass_on(frame_of(frame.pixels, frame.origin))

    def resend(self) -> None:
        """The last picture once more, as a new frame."""
        if self._shown is not None:
            self._pass_on(frame_of(self._shown.pixels, self._shown.origin))

    def stop(self) -> None:
        """Lets the source go; the last frame stays."""
        source, self._source = self._source, None
        if source is not None:
            source.disconnect(self)
            source.stop()
            source.deleteLater()
        self._times.clear()

    def _use_if_possible(self, make: Callable[[], Source]) -> None:
        """The source in use stays when the new one cannot be made."""
        try:
            source = make()
        except Problem as problem:
            self.failed.emit(str(problem))
        else:
            self.use(source)

    @Slot(object)
    def _take(self, frame: Frame) -> None:
        if frame.moving:
            self._times.append(frame.captured)
            self._forget_times()
            if self._frozen:
                return
        if self._mirrored:
            from gui.sources.qt_pixels import mirrored as turned

            frame = replace(frame, pixels=turned(frame.pixels))
        self._pass_on(frame)

    def _pass_on(self, frame: Frame) -> None:
        self._shown = frame
        self.frame.emit(frame)

    @Slot()
    def _retitle(self) -> None:
        if self.title != self._title:
            self._title = self.title
            self.titled.emit(self._title)

    def _forget_times(self) -> None:
        before = time.perf_counter() - 1
        while self._times and self._times[0] < before:
            self._times.popleft()
