"""The bar of the camera: which one, and at what size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gui.sources.bars.rows import button, fill, narrow, row_of
from gui.views.elided_choice import ElidedChoice

if TYPE_CHECKING:
    from gui.sources.camera import CameraSource


class CameraBar(QWidget):
    """Which camera, at what size."""

    def __init__(self, source: CameraSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.camera = ElidedChoice()
        self.camera.setToolTip("Which camera")
        self.camera.setAccessibleName("camera")
        self.camera.activated.connect(self._choose_camera)
        self.size_ = ElidedChoice()
        self.size_.setToolTip("How large its pictures are, and how many come a second")
        self.size_.setAccessibleName("size of the camera's pictures")
        self.size_.activated.connect(self._choose_size)
        self.again = button("Try again", "Open the camera once more", source.start)
        narrow(self.camera)
        narrow(self.size_)
        row = row_of(self, self.camera, self.size_, self.again)
        row.setStretchFactor(self.camera, 3)
        row.setStretchFactor(self.size_, 2)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        source = self._source
        self.again.setVisible(not source.moving)
        cameras = source.cameras
        sizes = next((camera.formats for camera in cameras if source.camera and camera.id == source.camera.id), ())
        fill(self.camera, [camera.name for camera in cameras] or ["No camera"], bool(cameras))
        fill(self.size_, [str(size) for size in sizes] or ["–"], len(sizes) > 1)
        for index, camera in enumerate(cameras):
            if source.camera is not None and camera.id == source.camera.id:
                self.camera.setCurrentIndex(index)
        if source.format in sizes:
            self.size_.setCurrentIndex(sizes.index(source.format))

    @Slot(int)
    def _choose_camera(self, index: int) -> None:
        if index < len(self._source.cameras):
            self._source.choose(self._source.cameras[index])

    @Slot(int)
    def _choose_size(self, index: int) -> None:
        camera = self._source.camera
        if camera is not None and index < len(camera.formats):
            self._source.choose(camera, camera.formats[index])
