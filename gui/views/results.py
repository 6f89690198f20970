"""Any result as the view of its kind. A new kind is one view and one row here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtWidgets import QWidget

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
    Table,
    Tiles,
)
from gui.views.adversary_view import AdversaryView
from gui.views.bars_view import BarsView
from gui.views.curves_view import CurvesView
from gui.views.elites_view import ElitesView
from gui.views.embedding_view import EmbeddingView
from gui.views.explanation_view import ExplanationView
from gui.views.film_view import FilmView, MapsView, PicturesView
from gui.views.graph_view import GraphView
from gui.views.grown_view import GrownView
from gui.views.learning_view import LearningView
from gui.views.plane_view import PlaneView
from gui.views.points_view import PointsView
from gui.views.table_view import TableView
from gui.views.tiles_view import TilesView

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.protocol.frame import Pixels
    from gui.selection import State


class ResultView(Protocol):
    """What every view of a result can do; each is a widget."""

    def show_result(self, result: Any, picture: Pixels, /) -> None: ...

    def show_nothing(self, words: str) -> None: ...


VIEWS: dict[type[Any], Callable[[State, QWidget], QWidget]] = {
    Maps: lambda _state, parent: MapsView(parent),
    Derivative: ExplanationView,
    Heat: ExplanationView,
    Curves: lambda _state, parent: CurvesView(parent),
    Film: lambda _state, parent: FilmView(parent),
    Pictures: lambda _state, parent: PicturesView(parent),
    Grown: lambda _state, parent: GrownView(parent),
    Bars: lambda _state, parent: BarsView(parent),
    Points: lambda _state, parent: PointsView(parent),
    Graph: GraphView,
    Embedding: lambda _state, parent: EmbeddingView(parent),
    Table: lambda _state, parent: TableView(parent),
    Adversary: AdversaryView,
    Elites: lambda _state, parent: ElitesView(parent),
    Tiles: TilesView,
    Learning: lambda _state, parent: LearningView(parent),
    Plane: lambda _state, parent: PlaneView(parent),
}

# Whose view tells what is said of them in the end.
TELL_ALL: frozenset[type[Any]] = frozenset({Adversary})
# And whose view tells what is said of every step.
TELL_STEPS: frozenset[type[Any]] = frozenset({Elites})
