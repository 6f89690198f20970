"""Which bar goes with which source: a new kind of bar is one file and one row here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gui.sources.source import BarName, Source

# name → file and class; imported when one is shown, because the window stands before there is any
BARS: dict[BarName, tuple[str, str]] = {
    "player": ("gui.sources.bars.player", "PlayerBar"),
    "folder": ("gui.sources.bars.folder", "FolderBar"),
    "noise": ("gui.sources.bars.noise", "NoiseBar"),
    "sketch": ("gui.sources.bars.sketch", "SketchBar"),
    "scenes": ("gui.sources.bars.scenes", "SceneBar"),
    "camera": ("gui.sources.bars.camera", "CameraBar"),
    "screen": ("gui.sources.bars.screen", "ScreenBar"),
    "planes": ("gui.sources.bars.planes", "PlanesBar"),
}


def controls_for(source: Source | None, parent: QWidget | None = None) -> QWidget | None:
    """What there is to choose about the source; None for one picture that stays. It lasts as long as the source."""
    if source is None or not source.bar:
        return None
    module, name = BARS[source.bar]
    bar: QWidget = getattr(import_module(module), name)(source, parent)
    return bar
