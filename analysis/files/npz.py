"""Arrays as the content of an `.npz` file: the same ones give the same bytes, whenever they are written."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from analysis.files.recipe_inside import npz_text
from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Array

_DATE = (1980, 1, 1, 0, 0, 0)  # the first one that a zip file can have


def npz_bytes(recipe: Recipe, arrays: Mapping[str, Array]) -> bytes:
    """With the recipe inside."""
    return arrays_as_bytes({**arrays, "recipe": npz_text(recipe)})


def arrays_as_bytes(arrays: Mapping[str, Array]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), member.getbuffer())
    return stream.getvalue()
