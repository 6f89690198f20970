"""The Saliency tab: what mattered for the answer, by whichever method; cheap ones follow the live view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Extra, Host


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.doctor import Doctor

    return (Doctor,)


SALIENCY = Tab(
    key="saliency",
    title="Saliency",
    help="What in the picture mattered for the answer",
    families=("derivatives", "class activation maps", "perturbation"),
    first="grad-cam",
    extras=_extras,
)
