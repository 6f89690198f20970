"""A camera: which one, at what size, and a sentence for everything that can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCameraPermission, QCoreApplication, QObject, QPermission, Qt, QTimer, Slot
from PySide6.QtMultimedia import (
    QCamera,
    QCameraDevice,
    QCameraFormat,
    QMediaCaptureSession,
    QMediaDevices,
    QVideoFrameFormat,
)

from gui.sources.source import BarName, Source
from gui.sources.video_tap import VideoTap, unplug

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture

_PATIENCE_MS = 6000
_ENOUGH = (640, 480)  # the size to begin with: no network sees more of a moving picture


@dataclass(frozen=True)
class CameraFormat:
    """One size that a camera offers, at the highest rate it has for it."""

    width: int
    height: int
    rate: float
    native: QCameraFormat

    def __str__(self) -> str:
        return f"{self.width}×{self.height} · {self.rate:.0f}/s"


@dataclass(frozen=True)
class CameraChoice:
    """A camera that is plugged in."""

    id: bytes
    name: str
    formats: tuple[CameraFormat, ...]  # largest first
    device: QCameraDevice


def installed_cameras() -> tuple[CameraChoice, ...]:
    """The system's cameras, its own favourite first."""
    devices = sorted(QMediaDevices.videoInputs(), key=lambda device: not device.isDefault())
    return tuple(
        CameraChoice(bytes(device.id().data()), device.description(), _formats(device.videoFormats()), device)
        for device in devices
    )


class CameraSource(Source):
    """Once started it waits for a camera: one that is plugged in later, or again, goes on by itself."""

    bar: ClassVar[BarName] = "camera"

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices = QMediaDevices(self)
        self._devices.videoInputsChanged.connect(self._plugged)
        self._tap = VideoTap(self)
        self._tap.arrived.connect(self._show)
        self._session = QMediaCaptureSession(self)
        self._cameras = installed_cameras()
        self._wanted: bytes | None = None
        self._format: CameraFormat | None = None
        self._camera: QCamera | None = None
        self._choice: CameraChoice | None = None
        self._started = False
        self._worked: tuple[CameraChoice, CameraFormat | None] | None = None  # sent pictures since the start
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._nothing_came)

    @property
    def title(self) -> str:
        if self._choice is None:
            return "camera"
        return self._choice.name if self._format is None else f"{self._choice.name} · {self._format}"

    @property
    def moving(self) -> bool:
        return self._camera is not None

    @property
    def device(self) -> str:
        return "camera"

    @property
    def adjustable(self) -> bool:
        return len(self._cameras) > 1 or any(len(camera.formats) > 1 for camera in self._cameras)

    @property
    def cameras(self) -> tuple[CameraChoice, ...]:
        return self._cameras

    @property
    def camera(self) -> CameraChoice | None:
        """The one in use."""
        return self._choice

    @property
    def format(self) -> CameraFormat | None:
        """The size in use, when the camera says what sizes it has."""
        return self._format

    def choose(self, camera: CameraChoice, size: CameraFormat | None = None) -> None:
        """Another camera, or another size of the same one; back to the one before if it gives no picture."""
        self._wanted = camera.id
        if self._started:
            self._open(camera, size)
        else:
            self._choice, self._format = camera, size
            self.changed.emit()

    def start(self) -> None:
        self.stop()
        self._started = True
        permission = camera_permission()
        if permission == Qt.PermissionStatus.Undetermined:
            ask_for_camera(self)
        elif permission == Qt.PermissionStatus.Denied:
            self._say_denied()
        else:
            self._open_any()

    def stop(self) -> None:
        self._started, self._worked = False, None
        self._close()

    def permission_answered(self, permission: QPermission) -> None:
        """The person answered the system's question whether this program may use the camera."""
        if not self._started:
            return
        if camera_permission() == Qt.PermissionStatus.Granted:
            self._open_any()
        else:
            self._say_denied()

    def _say_denied(self) -> None:
        self.failed.emit(
            "The camera may not be used: allow it for this program in the system's privacy settings, then choose the "
            "camera again."
        )

    def _open_any(self) -> None:
        self._cameras = installed_cameras()
        if not self._cameras:
            self.changed.emit()
            self.failed.emit("No camera was found: plug one in, or choose a picture, a video or the sketch pad.")
            return
        chosen = next((camera for camera in self._cameras if camera.id == self._wanted), self._cameras[0])
        size = self._format if self._format in chosen.formats else None
        self._open(chosen, size)

    def _open(self, choice: CameraChoice, size: CameraFormat | None) -> None:
        self._close()
        self._choice = choice
        self._format = size or usual_format(choice.formats)
        self._camera = camera_of(choice, self)
        self._camera.errorOccurred.connect(self._broke)
        if self._format is not None:
            self._camera.setCameraFormat(self._format.native)
        self._session.setVideoSink(self._tap.begin())
        self._session.setCamera(self._camera)
        self._patience.start()
        self._camera.start()
        self.changed.emit()

    def _close(self) -> None:
        self._patience.stop()
        camera, self._camera = self._camera, None
        if camera is None:
            return
        camera.errorOccurred.disconnect(self._broke)
        camera.stop()
        unplug(self._session)
        self._tap.forget()
        camera.deleteLater()
        self.changed.emit()

    @Slot(object, float)
    def _show(self, picture: Picture, seconds: float) -> None:
        if self._camera is not None and self._choice is not None:
            self._patience.stop()
            self._worked = self._choice, self._format
            self.give(picture, "camera", moving=True)

    @Slot()
    def _nothing_came(self) -> None:
        name = self._choice.name if self._choice else "camera"
        self.failed.emit(
            f"The camera “{name}” is on but sends no picture: close other programs that use it, or choose another size."
        )
        self._go_back()

    @Slot(QCamera.Error, str)
    def _broke(self, error: QCamera.Error, reason: str) -> None:
        if error == QCamera.Error.NoError:
            return
        name = self._choice.name if self._choice else "camera"
        self._close()
        why = f" ({reason.strip().rstrip('.')})" if reason.strip() else ""
        self.failed.emit(
            f"The camera “{name}” does not answer{why}: close other programs that use it, then choose it again."
        )
        self._go_back()

    def _go_back(self) -> None:
        """To the camera and the size that worked before another one was chosen in vain."""
        if self._started and self._worked is not None and self._worked != (self._choice, self._format):
            choice, size = self._worked
            if choice.id in {camera.id for camera in self._cameras}:
                self._wanted = choice.id
                self._open(choice, size)

    @Slot()
    def _plugged(self) -> None:
        """Something was plugged in or pulled out."""
        self._cameras = installed_cameras()
        present = {camera.id for camera in self._cameras}
        if self._camera is not None and self._choice is not None and self._choice.id not in present:
            name, self._wanted = self._choice.name, self._choice.id
            self._close()
            self.failed.emit(
                f"The camera “{name}” was unplugged; the last picture stays, and it goes on when the camera is back."
            )
        elif self._started and self._camera is None and self._cameras and self._wanted in (None, *present):
            self._open_any()
        self.changed.emit()


def usual_format(formats: tuple[CameraFormat, ...]) -> CameraFormat | None:
    """The smallest size that is enough, or else the largest; among equals the fastest."""
    enough = [each for each in formats if each.width >= _ENOUGH[0] and each.height >= _ENOUGH[1] and each.rate >= 20]
    if enough:
        return min(enough, key=lambda each: (each.width * each.height, -each.rate))
    return max(formats, key=lambda each: (each.width * each.height, each.rate), default=None)


def camera_of(choice: CameraChoice, parent: QObject) -> QCamera:
    return QCamera(choice.device, parent)


def camera_permission() -> Qt.PermissionStatus:
    application = QCoreApplication.instance()
    assert application is not None
    return application.checkPermission(QCameraPermission())


def ask_for_camera(source: CameraSource) -> None:
    """The system asks the person, and calls back when there is an answer."""
    application = QCoreApplication.instance()
    assert application is not None
    application.requestPermission(QCameraPermission(), source, source.permission_answered)


def _formats(natives: list[QCameraFormat]) -> tuple[CameraFormat, ...]:
    best: dict[tuple[int, int], CameraFormat] = {}
    for native in natives:
        size = native.resolution()
        offered = CameraFormat(size.width(), size.height(), native.maxFrameRate(), native)
        key = (offered.width, offered.height)
        if key not in best or _merit(offered) > _merit(best[key]):
            best[key] = offered
    return tuple(best[key] for key in sorted(best, reverse=True))


def _merit(offered: CameraFormat) -> tuple[float, bool]:
    """Of two ways to the same size: the faster one, and the one that need not be unpacked."""
    return offered.rate, offered.native.pixelFormat() != QVideoFrameFormat.PixelFormat.Format_Jpeg
