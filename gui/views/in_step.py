"""Pictures that are looked at together: who zooms, drags or points in one of them does so in all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, Signal, Slot

from gui.views.image_view import ImageView
from gui.views.mosaic_view import MosaicView

View = ImageView | MosaicView


class InStep(QObject):
    """Places are shares of a picture, so a map and the picture that it is of are in step, whatever their sizes."""

    pointed = Signal(object)  # QPointF, a share of each; None when the mouse is over none of them

    def __init__(self, views: Sequence[View], parent: QObject) -> None:
        super().__init__(parent)
        self._views = tuple(views)
        for view in self._views:
            view.moved.connect(self._move)
            view.pointing.connect(self._point)

    @Slot(float, object)
    def _move(self, zoom: float, middle: QPointF | None) -> None:
        for view in self._views:
            if view is not self.sender():
                view.look(zoom, middle)

    @Slot(object)
    def _point(self, share: QPointF | None) -> None:
        for view in self._views:
            view.point(share if view is not self.sender() else None)
        self.pointed.emit(share)
