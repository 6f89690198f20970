"""The Synthesis tab: a picture grows until the network sees in it what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.contact_sheet import ContactSheet
    from gui.tabs.held_run import HeldRun
    from gui.tabs.steered_run import SteeredRun

    return HeldRun, SteeredRun, ContactSheet


SYNTHESIS = Tab(
    key="synthesis",
    title="Synthesis",
    help="The picture that a unit or a class would like to see",
    families=("synthesis",),
    empty="Press Run: a picture grows out of noise, step by step, until the network sees in it what it is asked for.",
    running="It gets ready; then the picture comes, step by step.",
    first="edge-energy",
    stays=True,
    extras=_extras,
)
