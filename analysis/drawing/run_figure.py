"""What a run gave as the figure of its kind, with the recipe inside; or as the bare picture that it is."""

from analysis.drawing.bare_picture import bare_picture
from analysis.drawing.captions import Subject
from analysis.drawing.results import page_of
from analysis.methods.run import Ran


def figure_of(ran: Ran, suffix: str) -> bytes:
    bare = bare_picture(ran.recipe, ran.result, suffix)
    return bare if bare is not None else page_of(subject_of(ran), ran.result).saved(suffix, ran.recipe)


def subject_of(ran: Ran) -> Subject:
    network, recipe = ran.asked.network, ran.recipe
    node = ran.asked.question.layer if recipe.layer is not None else None
    side = ran.asked.question.beside
    return Subject(
        recipe,
        network.title,
        ran.asked.picture,
        node,
        network.labels,
        ran.logits,
        network.numbers,
        other=side.layer if side is not None else None,
    )
