"""The recipe that a command names: inside a file, or in the gallery."""

import os

from analysis.protocol.recipe import Recipe


def found_recipe(name: str) -> Recipe:
    if os.path.exists(name) or os.path.splitext(name)[1]:
        from analysis.files.recipe_inside import read_recipe

        return read_recipe(name)
    from analysis.files.gallery import named

    return named(name).recipe
