"""The Adversaries tab: the picture is changed a little, before your eyes, until the network errs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.laid_on_live import LaidOnLive
    from gui.tabs.other_network import OtherNetwork
    from gui.tabs.saved_adversary import SavedAdversary
    from gui.tabs.steeper_steps import SteeperSteps

    return (SteeperSteps, SavedAdversary, OtherNetwork, LaidOnLive)


ADVERSARIES = Tab(
    key="adversaries",
    title="Adversaries",
    help="The picture is changed a little, until the network errs",
    families=("adversaries",),
    first="loss-ascent",
    notes_over=False,
    stays=True,
    extras=_extras,
)
