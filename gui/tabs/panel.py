"""What the panel of a tab can do, whatever it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from analysis.protocol.recipe import Recipe
    from gui.export.figures import Shown


class TabPanel(QWidget):
    """What is in a tab. What one asks of another goes out as a signal, whoever answers it."""

    compare_wanted = Signal(object)  # Recipe
    trust_wanted = Signal(object, object)  # MethodResult as it is looked at, and the Frame that it is of
    export_wanted = Signal(object)  # MethodResult or Compared, as it is looked at

    picture_wanted = Signal(str)  # its origin: it is to be looked at

    def recipe(self) -> Recipe | None:
        """What the controls say; None where something is missing."""
        raise NotImplementedError

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """The controls as the recipe says, and what it describes made again."""
        raise NotImplementedError

    def shown(self) -> Shown | None:
        """What is on the screen, as it is looked at; None while that is nothing yet."""
        raise NotImplementedError

    def end(self) -> None:
        """The window closes."""
