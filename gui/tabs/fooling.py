"""The Fooling tab: pictures bred from nothing, for every class at once, until the network is sure of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.held_run import HeldRun
    from gui.tabs.kept_run import KeptRun

    return (HeldRun, KeptRun)


FOOLING = Tab(
    key="fooling",
    title="Fooling",
    help="Pictures of nothing that a network is sure of",
    families=("fooling",),
    empty=(
        "Press Run: pictures are bred from nothing. A child takes every class that the network sees more in it than in "
        "the champion there. Pause rests; Stop keeps what there is, and Run goes on from it."
    ),
    notes_over=False,
    stays=True,
    extras=_extras,
)
