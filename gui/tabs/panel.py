"""What the panel of a tab can do, whatever it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from analysis.protocol.recipe import Recipe
    from gui.export.figures import Shown


class TabPanel(QWidget):
    """What is in a tab. What one asks of another goes out as a signal, whoever answers it."""

    compare_wanted = Signal(object)  # Recipe
    trust_wanted = Signal(object, object)  # MethodResult as it is looked at, and the Frame that it is of
    picture_wanted = Signal(str)  # by its origin
    mosaic_wanted = Signal()  # the chosen unit among the others
    export_wanted = Signal(object)  # MethodResult or Compared, as it is looked at

    open_wanted = Signal(object)  # Recipe: all of it in this window
    draw_wanted = Signal(object, str)  # Recipe into a file, and what that may be called
    fetch_wanted = Signal(object)  # names of networks to download
    keep_wanted = Signal(str)  # a row of the gallery, for the lecture
    seen_wanted = Signal()  # what was seen in the tab before, for the lecture
    dream_wanted = Signal(object)  # terms, of which a picture is to be made
    lecture_wanted = Signal(object, int)  # Lecture, and the card that it begins with

    def recipe(self) -> Recipe | None:
        """What the controls say; None where something is missing."""
        raise NotImplementedError

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """The controls as the recipe says, and what it describes made again."""
        raise NotImplementedError

    def shown(self) -> Shown | None:
        """What is on the screen, as it is looked at; None while that is nothing yet."""
        raise NotImplementedError

    def remember_in(self, settings: QSettings) -> None:
        """Where what a person makes in it is kept, if anything is to be kept."""

    def end(self) -> None:
        """The window closes."""
