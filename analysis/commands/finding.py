"""The recipe that a command names: inside a file, in the gallery, or written out as JSON."""

import os

from analysis.protocol.recipe import Recipe


def found_recipe(name: str) -> Recipe:
    if name.lstrip().startswith("{"):
        from analysis.protocol.recipe import from_json

        return from_json(name)
    if os.path.exists(name) or os.path.splitext(name)[1]:
        from analysis.files.recipe_inside import read_recipe

        return read_recipe(name)
    from analysis.files.gallery import named

    return named(name).recipe
