"""The picture that a recipe chose, as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import PictureChoice


def pixels_of(chosen: PictureChoice | None) -> Pixels:
    from analysis.pictures.images import open_origin

    if chosen is None:
        raise Problem("The recipe names no picture: give one with --image.")
    pixels = open_origin(chosen.origin)
    return np.ascontiguousarray(pixels[:, ::-1]) if chosen.mirrored else pixels
