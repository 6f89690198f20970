"""The table of tabs, in groups: the only place that knows them. A tab more is one row here.

It is read before the window stands, so rows name what is made late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.tabs.adversaries import ADVERSARIES
from gui.tabs.fooling import FOOLING
from gui.tabs.occlusion import OCCLUSION
from gui.tabs.panel import TabPanel
from gui.tabs.saliency import SALIENCY
from gui.tabs.synthesis import SYNTHESIS
from gui.tabs.tab import Group, Tab

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from analysis.protocol.recipe import Recipe
    from gui.tabs.around import Around


def _trust(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.trust import TrustPanel

    return TrustPanel(around, parent)


def _compare(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.compare import ComparePanel

    return ComparePanel(around, parent)


def _statistics(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.statistics import StatisticsPanel

    return StatisticsPanel(around, parent)


ACTIVATIONS = Tab(  # the panel of this one stands from the beginning
    key="activations",
    title="Activations",
    help="Every unit of the layer, live",
    families=("activations",),
)
FILTERS = Tab(
    key="filters",
    title="Filters",
    help="What the layer has learnt: its weights as small pictures, and numbers of them",
    families=("weights",),
    first="filters",
)
FIELDS = Tab(
    key="fields",
    title="Receptive field",
    help="What one place of the layer can see of the picture, what it really sees, and by which way",
    families=("fields",),
    first="receptive-field",
    notes_over=False,  # they stand beside it
)
TRUST = Tab(key="trust", title="Trust", help="Whether to believe a map", families=("trust",), make=_trust)
COMPARE = Tab(
    key="compare",
    title="Compare",
    help="Several methods on several networks, as one page",
    make=_compare,
    comparisons=True,
)

POPULATION = Tab(
    key="population",
    title="Population",
    help="What the unit does over many pictures: its best nine, and how often which value occurs",
    families=("populations",),
    first="top-9",
)
STATISTICS = Tab(
    key="statistics",
    title="Statistics",
    help="Every unit over a whole set of pictures: asked for by a line, in a table, as pictures, by class",
    make=_statistics,
)

GROUPS: tuple[Group, ...] = (
    Group("Look", "What the layers do with the picture", (ACTIVATIONS, FILTERS, FIELDS)),
    Group("Explain", "What mattered for the answer", (SALIENCY, OCCLUSION, TRUST, COMPARE)),
    Group("Make", "Pictures that a network makes", (SYNTHESIS, ADVERSARIES, FOOLING)),
    Group("Many", "A whole set of pictures", (POPULATION, STATISTICS)),
    Group("Learn", "How a network comes to be"),
    Group("Gallery", "The figures of the lectures"),
)
TABS: tuple[Tab, ...] = tuple(tab for group in GROUPS for tab in group.tabs)

EXPLAINS, TESTS_MAPS, COMPARES, MAKES = SALIENCY, TRUST, COMPARE, SYNTHESIS  # where what one tab asks of another goes


def tab_of(recipe: Recipe) -> Tab | None:
    """The tab that makes what the recipe describes."""
    from analysis.methods.registry import method

    if recipe.comparison is not None:
        return next((tab for tab in TABS if tab.comparisons), None)
    family = method(recipe.method).family
    return next((tab for tab in TABS if family in tab.families), None)
