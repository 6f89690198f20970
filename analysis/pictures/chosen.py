"""The picture that a recipe chose, as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.protocol.problems import Problem
from analysis.protocol.raw_picture import RawPicture

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture
    from analysis.protocol.recipe import PictureChoice


def picture_of(chosen: PictureChoice | None) -> Picture:
    from analysis.pictures.images import open_origin

    if chosen is None:
        raise Problem("The recipe names no picture: give one with --image.")
    picture = open_origin(chosen.origin)
    if not chosen.mirrored:
        return picture
    return picture.turned_round() if isinstance(picture, RawPicture) else np.ascontiguousarray(picture[:, ::-1])
