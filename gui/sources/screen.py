"""A region of a screen, as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QRect, Slot
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtMultimedia import QMediaCaptureSession, QScreenCapture

from gui.sources.source import BarName, Source
from gui.sources.video_tap import VideoTap, unplug

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture

_SHORTEST = 1 / 31  # a screen sends 60 and more large pictures a second; half of them are enough


class ScreenSource(Source):
    """`region` is in the screen's own logical coordinates, its corner being (0, 0); None is all of it."""

    bar: ClassVar[BarName] = "screen"

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._screen: QScreen | None = QGuiApplication.primaryScreen()
        self._region: QRect | None = None
        self._tap = VideoTap(self, _SHORTEST)
        self._tap.arrived.connect(self._show)
        self._session = QMediaCaptureSession(self)
        self._capture: QScreenCapture | None = None
        self._application = QGuiApplication.instance()
        if isinstance(self._application, QGuiApplication):
            self._application.screenAdded.connect(self._screens_changed)
            self._application.screenRemoved.connect(self._screens_changed)

    @property
    def title(self) -> str:
        name = self._screen.name() if self._screen is not None else ""
        area = self._region
        if area is None:
            return f"screen {name}".strip()
        return f"screen {name} · {area.width()}×{area.height()} at {area.x()}, {area.y()}"

    @property
    def moving(self) -> bool:
        return self._capture is not None

    @property
    def device(self) -> str:
        return "screen"

    @property
    def adjustable(self) -> bool:
        return len(self.screens) > 1

    @property
    def screens(self) -> list[QScreen]:
        return QGuiApplication.screens()

    @property
    def screen(self) -> QScreen | None:
        return self._screen

    @property
    def region(self) -> QRect | None:
        return self._region

    def choose(self, screen: QScreen, region: QRect | None = None) -> None:
        """Another screen, or another part of the same one."""
        again = self._capture is not None and screen is not self._screen
        self._screen = screen
        whole = QRect(0, 0, screen.geometry().width(), screen.geometry().height())
        inside = region.normalized() & whole if region is not None else whole
        self._region = None if inside.isEmpty() or inside == whole else inside
        if again:
            self.start()
        self.changed.emit()

    def start(self) -> None:
        self.stop()
        if self._screen is None:
            self.failed.emit("There is no screen to look at: choose a picture, a video or the camera.")
            return
        self._capture = QScreenCapture(self)
        self._capture.errorOccurred.connect(self._broke)
        self._capture.setScreen(self._screen)
        self._session.setVideoSink(self._tap.begin())
        self._session.setScreenCapture(self._capture)
        self._capture.start()
        self.changed.emit()

    def stop(self) -> None:
        capture, self._capture = self._capture, None
        if capture is None:
            return
        capture.errorOccurred.disconnect(self._broke)
        capture.stop()
        unplug(self._session)
        self._tap.forget()
        capture.deleteLater()
        self.changed.emit()

    @Slot(object, float)
    def _show(self, picture: Picture, seconds: float) -> None:
        if self._capture is not None:
            self.give(self._cut(picture), "screen", moving=True)

    def _cut(self, picture: Picture) -> Picture:
        if self._region is None or self._screen is None:
            return picture
        from analysis.protocol.raw_picture import cut, size_of

        # The frame has the screen's true pixels, of which a logical one may be made of several.
        size = self._screen.geometry().size()
        height, width = size_of(picture)
        x, y = width / size.width(), height / size.height()
        area = self._region
        left, top = round(area.x() * x), round(area.y() * y)
        right, bottom = round((area.x() + area.width()) * x), round((area.y() + area.height()) * y)
        return cut(picture, top, left, max(bottom, top + 1), max(right, left + 1))

    @Slot()
    def _screens_changed(self) -> None:
        if self._screen not in self.screens:
            running = self._capture is not None
            self.stop()
            self._screen, self._region = QGuiApplication.primaryScreen(), None
            if running:
                self.failed.emit("The screen was unplugged; the last picture stays: choose another screen.")
        self.changed.emit()

    @Slot(QScreenCapture.Error, str)
    def _broke(self, error: QScreenCapture.Error, reason: str) -> None:
        if error == QScreenCapture.Error.NoError:
            return
        self.stop()
        why = f" ({reason.strip().rstrip('.')})" if reason.strip() else ""
        self.failed.emit(
            f"The screen could not be recorded{why}: allow it for this program in the system's privacy settings, then "
            "choose the screen again."
        )
