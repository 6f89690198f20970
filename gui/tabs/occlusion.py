"""The Occlusion tab: a mask goes over the picture, and the map fills in where it costs the answer most."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.pinned_place import PinnedPlace

    return (PinnedPlace,)


OCCLUSION = Tab(
    key="occlusion",
    title="Occlusion",
    help="Where hiding a part of the picture costs the answer most",
    families=("occlusion",),
    empty="Press Run: a mask goes over the picture, and where it costs the answer most lights up, coarse first.",
    running="First what the network computes for the whole picture; then the map comes, coarse first.",
    notes_over=False,
    extras=_extras,
)
