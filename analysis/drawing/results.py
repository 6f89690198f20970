"""Any result as the figure of its kind; the command line and the window draw by this one table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analysis.drawing.adversary_figure import adversary_figure
from analysis.drawing.bars_figure import bars_figure
from analysis.drawing.captions import Subject
from analysis.drawing.curve_figure import curves_figure
from analysis.drawing.elites_figure import elites_figure
from analysis.drawing.embedding_figure import embedding_figure
from analysis.drawing.figures import derivative_figure, heat_figure
from analysis.drawing.film_figure import film_figure
from analysis.drawing.graph_figure import graph_figure
from analysis.drawing.grown_figure import grown_figure
from analysis.drawing.learning_figure import learning_figure
from analysis.drawing.maps_figure import maps_figure
from analysis.drawing.pictures_figure import pictures_figure
from analysis.drawing.plane_figure import plane_figure
from analysis.drawing.points_figure import points_figure
from analysis.drawing.table_figure import table_figure
from analysis.drawing.tiles_figure import tiles_figure
from analysis.results.kinds import (
    Adversary,
    Bars,
    Curves,
    Derivative,
    Elites,
    Embedding,
    Film,
    Graph,
    Grown,
    Heat,
    Learning,
    Maps,
    Pictures,
    Plane,
    Points,
    Result,
    Table,
    Tiles,
)

if TYPE_CHECKING:
    from analysis.drawing.page import Page

FIGURES: dict[type[Any], Callable[[Subject, Any], "Page"]] = {
    Maps: maps_figure,
    Derivative: derivative_figure,
    Heat: heat_figure,
    Curves: curves_figure,
    Film: film_figure,
    Pictures: pictures_figure,
    Grown: grown_figure,
    Bars: bars_figure,
    Points: points_figure,
    Embedding: embedding_figure,
    Graph: graph_figure,
    Table: table_figure,
    Adversary: adversary_figure,
    Elites: elites_figure,
    Tiles: tiles_figure,
    Plane: plane_figure,
    Learning: learning_figure,
}


def page_of(subject: Subject, result: Result) -> "Page":
    return FIGURES[type(result)](subject, result)
