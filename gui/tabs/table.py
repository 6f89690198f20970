"""The table of tabs, in groups: the only place that knows them. A tab more is one row here.

It is read before the window stands, so rows name what is made late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.tabs.adversaries import ADVERSARIES
from gui.tabs.dropout import DROPOUT
from gui.tabs.embedding import EMBEDDING
from gui.tabs.fooling import FOOLING
from gui.tabs.lines import LINES
from gui.tabs.occlusion import OCCLUSION
from gui.tabs.panel import TabPanel
from gui.tabs.saliency import SALIENCY
from gui.tabs.synthesis import SYNTHESIS
from gui.tabs.tab import Group, Tab
from gui.tabs.training import TRAINING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from analysis.protocol.recipe import Recipe
    from gui.tabs.around import Around
    from gui.tabs.extra import Extra, Host


def _trust(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.trust import TrustPanel

    return TrustPanel(around, parent)


def _compare(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.compare import ComparePanel

    return ComparePanel(around, parent)


def _steps() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.held_run import HeldRun

    return (HeldRun,)


def _pictures() -> tuple[Callable[[Host], Extra], ...]:
    from gui.tabs.population_asked import UnitOverPictures

    return (UnitOverPictures,)


def _gallery(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.gallery import GalleryPanel

    return GalleryPanel(around, parent)


def _lectures(around: Around, parent: QWidget) -> TabPanel:
    from gui.tabs.lectures import LecturePanel

    return LecturePanel(around, parent)


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
    extras=_steps,
    notes_over=False,  # they stand beside it
)
GRAPH = Tab(
    key="graph",
    title="Graph",
    help="The network as a graph: every operation, its branches, its shapes and its costs",
    families=("graph",),
    notes_over=False,
)
SCENES = Tab(
    key="scenes",
    title="Prediction",
    help="What a network says will be on a table, beside what is: of networks that predict pictures",
    families=("scenes",),
)
TRUST = Tab(key="trust", title="Trust", help="Whether to believe a map", families=("trust",), make=_trust)
COMPARE = Tab(
    key="compare",
    title="Compare",
    help="Several methods on several networks, as one page",
    make=_compare,
    comparisons=True,
)
GALLERY = Tab(key="gallery", title="Gallery", help="Every figure of the lectures, to open and to draw", make=_gallery)
LECTURE = Tab(key="lecture", title="Lecture", help="Cards in an order, to be shown and told", make=_lectures)

POPULATION = Tab(
    key="population",
    title="Population",
    help="What the unit does over many pictures: its best nine, and how often which value occurs",
    families=("populations",),
    first="top-9",
    extras=_pictures,
)
STATISTICS = Tab(
    key="statistics",
    title="Statistics",
    help="Every unit over a whole set of pictures: asked for by a line, in a table, as pictures, by class",
    make=_statistics,
)

MAKING: tuple[Tab, ...] = (SYNTHESIS, ADVERSARIES, FOOLING)

GROUPS: tuple[Group, ...] = (
    Group("Look", "What the layers do with the picture", (ACTIVATIONS, FILTERS, FIELDS, GRAPH, SCENES)),
    Group("Explain", "What mattered for the answer", (SALIENCY, OCCLUSION, TRUST, COMPARE)),
    Group("Make", "Pictures that a network makes", MAKING),
    Group("Many", "A whole set of pictures", (EMBEDDING, POPULATION, STATISTICS)),
    Group("Learn", "How a network comes to be", (LINES, TRAINING, DROPOUT)),
    Group("Gallery", "The figures of the lectures", (GALLERY, LECTURE)),
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
