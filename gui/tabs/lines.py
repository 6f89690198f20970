"""The Lines tab: the units of a small network as lines in the plane that it learns to divide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.again import Again
    from gui.tabs.drawn_points import DrawnPoints
    from gui.tabs.held_run import HeldRun

    return (HeldRun, DrawnPoints, Again)


LINES = Tab(
    key="lines",
    title="Lines",
    help="The units of a small network as lines in the plane that it learns to divide",
    families=("lines",),
    empty=(
        "Press Run: a small network learns to tell two kinds of points apart, and the line of each hidden unit moves. "
        "Change rate, width or dropout while it runs, or draw points of your own in here with the mouse."
    ),
    notes_over=True,
    extras=_extras,
    apart=True,
)
