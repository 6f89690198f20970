"""Results that are several pictures: a strip of them, with a title and a number under each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.views.film_strip import FilmFrame, FilmStrip
from gui.views.pixels import level_image, levels_of, map_range, rgb_image

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Film, Maps, Pictures

MOST = 400  # tiles of a strip: a layer may have thousands of units


class FilmView(FilmStrip):
    def show_result(self, result: Film, _picture: Pixels | None = None) -> None:
        """Each map on its own scale, as far as it is clipped at 99 %: the strip compares patterns."""
        import numpy as np

        from analysis.drawing.colours import table

        colours = table("inferno")
        frames = []
        for map_, title, value in zip(result.frames, result.titles, result.values, strict=True):
            full = float(np.percentile(map_, 99)) or 1.0
            name = title or "as learnt"
            tip = f"{name}: {result.values_words} {float(value):.3f}"
            frames.append(FilmFrame(level_image(levels_of(map_, 0.0, full), colours), name, f"{float(value):.2f}", tip))
        self.show_frames(frames)


class PicturesView(FilmStrip):
    def show_result(self, result: Pictures, _picture: Pixels | None = None) -> None:
        self.show_frames(
            [
                FilmFrame(rgb_image(pixels), title, "", title)
                for pixels, title in zip(result.frames, result.titles, strict=True)
            ]
        )


class MapsView(FilmStrip):
    def show_result(self, result: Maps, _picture: Pixels | None = None) -> None:
        """The maps one by one, each on its own scale; a layer that is a vector is one row of its numbers."""
        import numpy as np

        from analysis.drawing.colours import table

        values = np.asarray(result.values, np.float32)
        maps = values if values.ndim == 3 else values.reshape(1, -1, values.shape[-1] if values.ndim else 1)
        frames = []
        for unit, map_ in enumerate(maps[:MOST]):
            low, high = map_range(map_)
            image = level_image(levels_of(map_, low, high), table("grey", signed=low < 0))
            frames.append(FilmFrame(image, f"unit {unit}", f"{float(map_.max()):.3g}"))
        self.show_frames(frames)
