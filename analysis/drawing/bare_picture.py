"""A result that is itself a picture, written as nothing but that: without frame, caption or recipe.

So it is a picture like any other: whoever opens it, here or elsewhere, sees it and not how it was made.
"""

import numpy as np

from analysis.files.png import levels_png
from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Adversary, Result

BARE = "file"  # the value of the setting `export` that asks for it


def bare_picture(recipe: Recipe, result: Result, suffix: str) -> bytes | None:
    """The file's content where the recipe asks for the bare picture, and it has one; None where a figure is wanted."""
    if suffix != ".png" or recipe.settings.get("export") != BARE or not isinstance(result, Adversary):
        return None
    return png_of(result)


def png_of(adversary: Adversary) -> bytes:
    return levels_png(np.rint(np.clip(adversary.values, 0, 1) * 255).astype(np.uint8))
