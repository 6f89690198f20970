"""What a run gave as the figure of its kind, with the recipe inside."""

from analysis.drawing.captions import Subject
from analysis.drawing.results import page_of
from analysis.methods.run import Ran


def figure_of(ran: Ran, suffix: str) -> bytes:
    return page_of(subject_of(ran), ran.result).saved(suffix, ran.recipe)


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
