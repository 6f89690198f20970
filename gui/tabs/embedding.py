"""The Embedding tab: a whole data set as maps of what layers make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.held_run import HeldRun
    from gui.tabs.map_sight import MapSight
    from gui.tabs.population_asked import PopulationAsked

    return (PopulationAsked, HeldRun, MapSight)


EMBEDDING = Tab(
    key="embedding",
    title="Embedding",
    help="A whole set of pictures as maps of what layers make of them",
    families=("embeddings",),
    first="tsne",
    empty=(
        "Press Run: the pictures of the data set go through the network once, and for each layer a map grows in which "
        "those lie together that it makes alike. The live picture flies over them like a comet."
    ),
    running="First the pictures go through the network; then the maps come, one after the other.",
    notes_over=False,
    extras=_extras,
)
