"""Dynamics scenes: rectangles on a table, and a grasp that is dragged with the mouse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from analysis.pictures.scene_choice import SceneChoice
from analysis.simulation import SIDE, Grasp
from gui.sources.qt_pixels import image_of
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels


class SceneSource(Source):
    """The picture of a scene, red, with the finger's way, green, as the dynamics network wants it."""

    bar: ClassVar[BarName] = "scenes"

    def __init__(self, choice: SceneChoice | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice or SceneChoice(0)
        self._picture: Pixels = self._choice.picture
        self._started = False
        self._dragging = False

    @property
    def title(self) -> str:
        return f"scene {self._choice.seed}"

    @property
    def moving(self) -> bool:
        return self._dragging

    @property
    def choice(self) -> SceneChoice:
        return self._choice

    @property
    def hint(self) -> str:
        return ""

    def set_seed(self, seed: int) -> None:
        """Another scene, with a grasp that does something."""
        if seed != self._choice.seed:
            self._dragging = False
            self._show(SceneChoice(max(seed, 0)))

    def start(self) -> None:
        self._started = True
        self._show(self._choice)

    def stop(self) -> None:
        self._started = self._dragging = False

    def image(self) -> QImage:
        return image_of(self._picture)

    def press(self, x: float, y: float) -> None:
        place = _place(x, y)
        self._dragging = True
        self._show(replace(self._choice, own_grasp=Grasp(place, place)))

    def drag(self, x: float, y: float) -> None:
        if self._dragging:
            self._show(replace(self._choice, own_grasp=Grasp(self._choice.grasp.start, _place(x, y))))

    def release(self) -> None:
        if self._dragging:
            self._dragging = False
            self._show(self._choice)

    def undo(self) -> None:
        """Back to the grasp that the scene came with."""
        self._dragging = False
        self._show(SceneChoice(self._choice.seed))

    def clear(self) -> None:
        self.undo()

    def _show(self, choice: SceneChoice) -> None:
        self._choice, self._picture = choice, choice.picture
        if self._started:
            self.give(self._picture, choice.origin, moving=self._dragging)
        self.changed.emit()


def _place(x: float, y: float) -> tuple[float, float]:
    """In the scene's pixels, as finely as its name in a recipe says it."""
    return round(min(max(x, 0.0), 1.0) * SIDE, 2), round(min(max(y, 0.0), 1.0) * SIDE, 2)
