"""What a tab is: a row of the table of tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from analysis.methods.method import Family
    from gui.tabs.around import Around
    from gui.tabs.extra import Extra, Host
    from gui.tabs.panel import TabPanel


@dataclass(frozen=True)
class Tab:
    """A row of the table. Its recipes are those of the methods of its `families`, or of comparisons.

    Without `make` it is made of these methods: a menu, a form, a view of whatever they give. `extras` are what is
    special about it. Both are asked when the tab is first looked at, so that the window stands without them.
    """

    key: str
    title: str
    help: str
    families: tuple[Family, ...] = ()
    empty: str = ""
    first: str = ""  # the method that is chosen at first; the first of the menu if none is named
    notes_over: bool = True  # whether what a method says in the end is told over its result
    running: str = ""  # what stands where the result will be, while nothing of it is there
    extras: Callable[[], tuple[Callable[[Host], Extra], ...]] = tuple
    make: Callable[[Around, QWidget], TabPanel] | None = None
    comparisons: bool = False
    stays: bool = False  # what it came to is a picture of its own, and another network does not take it away
    apart: bool = False  # its methods run in the lab, on the recipe's own network, and go on whatever is looked at


@dataclass(frozen=True)
class Group:
    """A button of the rail; one without tabs is not there yet."""

    title: str
    help: str
    tabs: tuple[Tab, ...] = ()
