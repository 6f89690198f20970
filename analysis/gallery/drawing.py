"""Any recipe drawn without a window, in short steps: as a figure, or only what is seen in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from analysis.drawing.bare_picture import bare_picture
from analysis.drawing.comparison import comparison_figure
from analysis.drawing.results import page_of
from analysis.drawing.run_figure import subject_of
from analysis.methods.dependence import dependences
from analysis.methods.method import needs_layer
from analysis.methods.registry import method
from analysis.methods.run import resolved, run
from analysis.methods.settings import configured
from analysis.opening.loading import Loading
from analysis.pictures.chosen import picture_of
from analysis.protocol.problems import Problem
from analysis.studies.comparing import comparing

if TYPE_CHECKING:
    from analysis.drawing.page import Page
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.studies.cells import Open


@dataclass(frozen=True, eq=False)
class Drawing:
    """`recipe` has all settings and fingerprints filled in."""

    recipe: Recipe
    notes: tuple[str, ...]
    page: Callable[[], Page]  # a new one, because one can be drawn only once
    bare: Callable[[str], bytes | None]

    def saved(self, suffix: str) -> bytes:
        """As `render` writes it."""
        bare = self.bare(suffix)
        return bare if bare is not None else self.page().saved(suffix, self.recipe)

    def small(self, wide: int, high: int) -> bytes:
        """What is seen in it as a PNG that opens here again, for who has no use for a whole page."""
        from analysis.files.recipe_inside import png_with

        stream = io.BytesIO()
        Image.fromarray(self.inside(wide, high)).save(stream, "PNG")
        return png_with(self.recipe, stream.getvalue())

    def inside(self, wide: int, high: int) -> Pixels:
        """What is seen in it, without title and caption, as large as it can be in so many pixels."""
        return self.page().inside(wide, high)


def drawing(
    recipe: Recipe,
    open_network: Open,
    enough: Callable[[], bool] = bool,
    hurried: Callable[[], bool] = bool,
) -> Generator[Loading, None, Drawing]:
    """What is there of its result when it is `enough` is taken as it is; `hurried` tells that somebody waits."""
    if recipe.comparison is not None:
        return (yield from _comparison(recipe, open_network, enough))
    technique = configured(method(recipe.method), recipe.settings)
    if needs_layer(technique) and recipe.layer is None and not recipe.layers:
        raise Problem(f"{technique.title} needs a layer, and this recipe names none: choose one and save it again.")
    picture = picture_of(recipe.picture) if "picture" in dependences(recipe) else None
    network = yield from open_network(recipe.model)
    from analysis.network.own_code import failures_told

    tried = f"{network.title} could not be run"
    with failures_told(tried):
        asked = resolved(network, recipe, picture, hurried)
        steps = run(asked, enough=enough)
    while True:
        with failures_told(tried):  # not while this one waits: to be closed is no failure
            try:
                step = next(steps)
            except StopIteration as stop:
                ran = stop.value
                break
        yield Loading(step.done, step.total, step.note or asked.technique.title)
    return Drawing(
        ran.recipe,
        ran.notes,
        lambda: page_of(subject_of(ran), ran.result),
        lambda suffix: bare_picture(ran.recipe, ran.result, suffix),
    )


def _comparison(recipe: Recipe, open_network: Open, enough: Callable[[], bool]) -> Generator[Loading, None, Drawing]:
    steps = comparing(recipe, open_network, enough)
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            cells = stop.value
            break
        yield Loading(step.done, step.total, step.note)
    return Drawing(cells.compared.recipe, cells.notes, lambda: comparison_figure(cells.compared), lambda suffix: None)
