"""The Training tab: a network learns, and is watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.held_run import HeldRun
    from gui.tabs.kept_networks import KeptNetworks
    from gui.tabs.kept_runs import KeptRuns
    from gui.tabs.presets import Presets

    return (Presets, HeldRun, KeptNetworks, KeptRuns)


TRAINING = Tab(
    key="training",
    title="Training",
    help="A network learns: what goes through its layers, what flows back, and what goes wrong",
    families=("training",),
    empty=(
        "Choose a preset, or settings of your own, and press Run: a network learns, and what goes through its layers "
        "and flows back is drawn while it does. What goes wrong is told when it happens. A folder of "
        "checkpoints is shown as a film."
    ),
    running="First what it learns from is read; then the network comes.",
    first="monitor",
    extras=_extras,
    apart=True,
)
