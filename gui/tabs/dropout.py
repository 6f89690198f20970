"""The Dropout tab: elements or whole maps of a live layer, the matrix of a convolution, and the effect on digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Slot

from analysis.results.kinds import Tiles
from gui.tabs.extra import Extra
from gui.tabs.tab import Tab

if TYPE_CHECKING:
    from gui.tabs.extra import Host
    from gui.tabs.method_tab import MethodTab
    from gui.views.tiles_view import TilesView


class DiagonalClicks(Extra):
    """A click on R's diagonal leaves that output out, or takes it in again."""

    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        view = cast("TilesView", tab.pane.view(Tiles))
        view.cell_clicked.connect(self._toggle)

    @Slot(int, int, int)
    def _toggle(self, tile: int, row: int, column: int) -> None:
        from analysis.methods.dropout.matrix import DIAGONAL, DropoutMatrix, toggled
        from analysis.protocol.problems import Problem

        tab = cast("MethodTab", self.tab)
        if tab.technique is not DropoutMatrix or tile != DIAGONAL or row != column:
            return
        form = tab.asked.form
        try:
            form.set_values({"dropped": toggled(str(form.values()["dropped"]), row + 1)})
        except Problem:
            form.set_values({"dropped": str(row + 1)})  # what was written there was nothing


def _extras() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.held_run import HeldRun

    return (DiagonalClicks, HeldRun)


DROPOUT = Tab(
    key="dropout",
    title="Dropout",
    help="What dropout does in a convolution: single elements, or whole maps",
    families=("dropout",),
    first="dropout-masks",
    extras=_extras,
)
