"""What was made for a unit at some time, as a picture and what is said of it."""

from __future__ import annotations

from PySide6.QtGui import QImage

NOTHING_MADE = "Nothing was made for it yet: “Dream this unit” in its menu does"


def newest_made(weights_hash: str | None, layer: str | None, unit: int | None) -> tuple[QImage, str] | None:
    from analysis.files.album import made_for
    from analysis.methods.registry import method
    from analysis.protocol.problems import Problem

    for made in made_for(weights_hash, layer, unit):
        image = QImage(str(made.path))
        try:
            title = method(made.recipe.method).title
        except Problem:  # of a newer program
            continue
        if not image.isNull():
            return image.convertToFormat(QImage.Format.Format_RGB888), f"made for it: {title}, seed {made.recipe.seed}"
    return None
