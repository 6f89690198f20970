"""The kinds of result that a technique can give. What a result means stands in its type, never in names or shapes.

Each kind has four readers, which are tables by these types: its numbers (`numbers.py`), its words (`words.py`), its
figure (`analysis.drawing.results`) and its view in the window (`gui.views.results`). `beside` are further numbers by
the names that they have in files. NumPy is named for the type checker only: the window stands before it is there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[Any]"
Floats: TypeAlias = "NDArray[np.float32]"
Numbers: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class OtherMaps:
    """What a layer returned for a picture, as the network saw that, to be looked at beside other maps."""

    values: Array
    picture: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Maps:
    """What a layer returned, as it returned it: a map or a number for each of its units; or what flows back to it.

    `to_picture` is what flows back to the picture, where that was asked: channels × height × width; `other` are the
    maps that stand beside these.
    """

    values: Array
    to_picture: Floats | None = None
    other: OtherMaps | None = None


@dataclass(frozen=True, eq=False)
class Patches:
    """Squares of the network's input, and what each adds to the answer or takes from it; the strongest first."""

    corners: Array  # patches × 2: first row and column
    side: int
    adds: Floats


@dataclass(frozen=True, eq=False)
class Derivative:
    """Signed numbers for each value of the network's input: channels × height × width.

    `patches` are those whose numbers together are largest, where that was asked.
    """

    values: Floats
    beside: Numbers = field(default_factory=dict)
    patches: Patches | None = None


@dataclass(frozen=True, eq=False)
class Enlarged:
    """The map at the size of the picture."""

    values: Floats


@dataclass(frozen=True, eq=False)
class Windows:
    """Each value is that of a square window of the picture: its first row and column, and its side in pixels."""

    corners: Array  # rows × columns × 2
    side: int

    def corner(self, row: int, column: int) -> tuple[int, int] | None:
        """First row and column, in pixels, of the window of this place of the map; None if there is no such place."""
        if not (0 <= row < self.corners.shape[0] and 0 <= column < self.corners.shape[1]):
            return None
        top, left = (int(value) for value in self.corners[row, column])
        return top, left

    def nearest(self, row: int, column: int) -> tuple[int, int]:
        """The place of the map whose window's middle is nearest to this pixel of the picture."""
        rows, columns = self.corners[:, 0, 0] + self.side / 2, self.corners[0, :, 1] + self.side / 2
        return int(abs(rows - row - 0.5).argmin()), int(abs(columns - column - 0.5).argmin())


@dataclass(frozen=True, eq=False)
class Heat:
    """One number for each cell of a grid over the picture; without `over` the cells are its pixels.

    `cells` is how many rows and columns the map can tell apart, where those are fewer than it has.
    """

    values: Floats
    over: Enlarged | Windows | None = None
    cells: tuple[int, int] | None = None
    beside: Numbers = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Line:
    """One line of `Curves`; one that is `beside` is there to compare with. `low` and `high` are a band around it."""

    name: str
    values: Floats
    beside: bool = False
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True, eq=False)
class Curves:
    """Lines over one axis. `numbers` are those of files, and `few` names those that a caption tells."""

    lines: tuple[Line, ...]
    x: Floats
    x_words: str
    y_words: str
    numbers: Numbers
    few: tuple[str, ...] = ()
    x_range: tuple[float, float] | None = None  # of the whole run, while it is not over
    y_range: tuple[float, float] | None = None  # that is shown at least
    counted: bool = False  # whether there is nothing between two whole numbers of the axis
    x_names: tuple[str, ...] = ()  # of the places along it, where they have some


@dataclass(frozen=True, eq=False)
class Film:
    """Maps of the size of the picture, one after the other, each with a title and a number."""

    frames: Floats  # stages × rows × columns
    titles: tuple[str, ...]
    values: Floats
    values_words: str
    numbers: Numbers


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures that were made, each height × width × 3 levels, with a title."""

    frames: tuple[NDArray[np.uint8], ...]
    titles: tuple[str, ...]
    beside: Numbers = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Grown:
    """Pictures that grew step by step, and at each step what they climbed and what pulled at them.

    `pictures` are rows × columns × channels of levels from 0 to 1, `objective` and `prior` pictures × steps so far,
    of `total`. `activation` is what the network answers to each as it is shown, once that is known.
    """

    pictures: tuple[Floats, ...]
    titles: tuple[str, ...]
    objective: Floats
    prior: Floats
    total: int
    climbed: str  # which tensor; empty for an answer of the network
    activation: Floats | None = None
    beside: Numbers = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Bars:
    """A number for each of several names."""

    names: tuple[str, ...]
    values: Floats
    words: str  # what the numbers are
    beside: Numbers = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Points:
    """Places in a plane, each with the number of its group and a name; -1 is in no group."""

    places: Floats  # points × 2
    groups: NDArray[np.int64]
    group_names: tuple[str, ...]
    names: tuple[str, ...]
    beside: Numbers = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LayerMap:
    """Where the points lie in the map of one layer, and how far that can be believed.

    Distances are measured between `vectors`: what the layer makes of each, or of that the principal components by
    `before` (mean and directions). `directions` are those of a map that is a projection of the vectors. `near` are the
    true neighbours of each, the nearest first, `votes` the group of most of them. What is measured of the map itself is
    there once it is done.
    """

    layer: str
    places: Floats  # points × 2 or 3
    vectors: Floats
    near: Array  # points × neighbours
    votes: Array
    clusters: Array
    pooling: str
    before: tuple[Floats, Floats] | None = None
    directions: tuple[Floats, Floats] | None = None
    trust: Floats | None = None  # of each point
    continuity: Floats | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)  # of all of it
    words: str = ""


@dataclass(frozen=True, eq=False)
class Embedding:
    """The same points in the maps of one or several layers, in the order of the network.

    `groups` are their classes as the data set says, `predictions` those that the network answers, `right` whether these
    are the same (−1 where that cannot be told). `units` are the largest answers of the units of the layers.
    """

    maps: tuple[LayerMap, ...]
    groups: NDArray[np.int64]
    group_names: tuple[str, ...]
    predictions: NDArray[np.int64]
    prediction_names: tuple[str, ...]
    right: NDArray[np.int8]
    names: tuple[str, ...]  # where each comes from
    sprites: NDArray[np.uint8] | None  # points × rows × columns × 3
    units: tuple[tuple[str, Floats], ...] = ()
    numbers: Numbers = field(default_factory=dict)  # of files
    shown: str = "class"  # what their colour is at first


@dataclass(frozen=True, eq=False)
class Node:
    """An operation, and what it gives.

    `inside` are the parts that it belongs to, the outermost first; `PATH@N` is the N-th call of one. `weights` is how
    many numbers it takes of each name, `value` what colours it.
    """

    name: str
    inside: tuple[str, ...] = ()
    shape: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    multiplications: int = 0
    value: float = math.nan


@dataclass(frozen=True, eq=False)
class Graph:
    """What leads to what: each edge goes from one node to a later one, by their numbers.

    `types` says of which type the parts are that were called, by their paths. `quantity` is what the values are;
    several nodes together have the `sum` of theirs, that of the `last`, or as many `weights` as they take together.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    answers: tuple[int, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    quantity: str = ""
    unit: str = ""
    together: Literal["sum", "last", "weights"] = "sum"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers or words, by the names of their columns."""

    columns: Mapping[str, Array]


@dataclass(frozen=True)
class Light:
    """Something that makes an attack mislead: whether it is so, and a sentence on it."""

    name: str
    lit: bool
    sentence: str


@dataclass(frozen=True)
class LayerChange:
    """How far a layer's output is from what it was, in % of its length, and the units whose maps moved most.

    Their changes are in % of the layer's length, too, the largest first.
    """

    layer: str
    change: float
    units: tuple[int, ...]
    unit_changes: tuple[float, ...]


@dataclass(frozen=True)
class RandomStart:
    """What is answered at a place of chance where an attack begins anew, before its first step from there."""

    answer: str
    confidence: float
    change: float  # ‖x − x̌‖ / ‖x‖, in %


@dataclass(frozen=True, eq=False)
class Adversary:
    """A picture that was changed so that a network errs, the one that it was, and what was answered on the way.

    Both are height × width × channels from 0 to 1. `answers` has a name for every step, the first before any.
    `verdicts` tell whether the network is fooled, by the numbers and by a file of them. `layers` tell where the change
    grows on its way through the network, in the order of the layers, once that is known.
    """

    values: Floats
    original: Floats
    answers: tuple[str, ...]
    confidence: Floats  # of each answer
    changes: Floats  # ‖x − x̌‖ / ‖x‖ after each step, in %
    verdicts: tuple[str, ...]
    fooled: bool
    lights: tuple[Light, ...]
    layers: tuple[LayerChange, ...] = ()
    beside: Numbers = field(default_factory=dict)
    at: int = -1  # the step of `values`, which an attack that keeps its best has left behind
    start: RandomStart | None = None  # where it did not begin at the picture itself; this is then what step 0 led to

    @property
    def answer(self) -> str:
        """To `values`."""
        return self._begun.answer if self._begun else self.answers[self.at]

    @property
    def sure(self) -> float:
        """How sure the network is of that."""
        return self._begun.confidence if self._begun else float(self.confidence[self.at])

    @property
    def change(self) -> float:
        """Of `values`, in %."""
        return self._begun.change if self._begun else float(self.changes[self.at])

    @property
    def _begun(self) -> RandomStart | None:
        """Where `values` are the random start itself."""
        return self.start if self.at % len(self.answers) == 0 else None

    @property
    def rows(self) -> tuple[tuple[str, str, float, float], ...]:
        """The step, the answer, how sure it is and the change, in the order in which they came."""
        told = [
            (f"{step}", answer, float(sure), float(change))
            for step, (answer, sure, change) in enumerate(zip(self.answers, self.confidence, self.changes, strict=True))
        ]
        if self.start is not None:
            told.insert(1, ("start", self.start.answer, self.start.confidence, self.start.change))
        return tuple(told)


@dataclass(frozen=True, eq=False)
class Ancestor:
    """A champion as its descendants remember it: of which class, how sure the network was, and when it was born.

    `frame` are rows × columns × channels of levels, small. `first` is the parent that it was made of, `other` the one
    that was mixed in, without what that came of.
    """

    index: int
    name: str
    confidence: float
    born: int
    frame: NDArray[np.uint8]
    first: Ancestor | None = None
    other: Ancestor | None = None

    def line(self) -> list[Ancestor]:
        """From the one of the first generation to itself."""
        found: list[Ancestor] = []
        one: Ancestor | None = self
        while one is not None:
            found.append(one)
            one = one.first
        return found[::-1]


@dataclass(frozen=True, eq=False)
class Elites:
    """Champions that were bred, a picture for each class that is shown, and how sure the network is of each.

    `frames` are pictures × rows × columns × channels of levels; `taken` marks those that are new. `words` tell how far
    it has come, `family` what each came of.
    """

    frames: NDArray[np.uint8]
    names: tuple[str, ...]
    confidence: Floats
    taken: NDArray[np.bool_]
    words: str
    family: tuple[Ancestor, ...] = ()
    beside: Numbers = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Outline:
    """Drawn into a tile, in its cells; `dim` ones are there to compare with."""

    top: float
    left: float
    height: float
    width: float
    round: bool = False
    dim: bool = False


@dataclass(frozen=True, eq=False)
class Tile:
    """Numbers as cells on a scale from `low` to `high`, or a picture (levels, rows × columns × 3)."""

    values: Array
    title: str = ""
    low: float = -1.0
    high: float = 1.0
    words: str = ""  # what a pointer over it is told
    unit: int | None = None  # of the layer, whose it is
    marked: str = ""  # what is special about it, in a word
    outlines: tuple[Outline, ...] = ()
    written: bool = False  # whether each cell says its number

    @property
    def is_picture(self) -> bool:
        return bool(self.values.ndim == 3)


@dataclass(frozen=True, eq=False)
class Tiles:
    """Small maps in rows and columns, each on a scale that it says: what a layer has learnt, and what goes through it.

    `row_names` and `column_names` stand beside and above them where the places mean something.
    """

    tiles: tuple[Tile, ...]
    columns: int  # in a row; 0 where they stand as there is room
    words: str  # what is seen, in sentences
    numbers: Numbers
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Portrait:
    """A small network of the plane at one moment.

    `lines` are w₁, w₂ and b of each unit of its first hidden layer, `regions` how sure it is of class 1 at each cell,
    the uppermost row first; `edges` mark the cells where another linear piece begins, where there are several layers.
    """

    iteration: int
    lines: NDArray[np.float64]
    regions: Floats
    edges: NDArray[np.bool_]
    loss: float
    right: float
    dead: NDArray[np.bool_]
    alike: NDArray[np.int64]  # the first unit that does the same
    words: str
    places: NDArray[np.float64] | None = None  # the points of that moment, where they are not those of the whole run
    classes: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Plane:
    """Points of two classes, from −`reach` to `reach`, and a small network that learns to tell them apart."""

    places: NDArray[np.float64]
    classes: NDArray[np.int64]
    reach: float
    now: Portrait
    snapshots: tuple[Portrait, ...]
    losses: Floats
    total: int  # iterations of the whole run
    numbers: Numbers


@dataclass(frozen=True)
class Finding:
    """What went wrong in a training, and when; `layer` is empty where it is the whole network."""

    iteration: int
    layer: str
    kind: str
    sentence: str


@dataclass(frozen=True, eq=False)
class Ridge:
    """How the numbers of one layer lay at each measurement: `counts` are measurements × bins, from `low` to `high`."""

    layer: str
    counts: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Ridges:
    """The same of every layer; `logarithms` are of the tenth powers of numbers."""

    name: str
    of_layers: tuple[Ridge, ...]
    logarithms: bool = False


@dataclass(frozen=True, eq=False)
class Kept:
    """A network as it was after so many iterations, in a file."""

    iteration: int
    file: str


@dataclass(frozen=True, eq=False)
class Learning:
    """A network that learns: its loss, what it gets right, and what went through each of its layers.

    `plots` have an x for each of their lines: where the lines of one plot were not measured at the same iterations.
    `network` is what opens with the weights of a `kept` file, `labels` a file with the names of its classes.
    """

    plots: tuple[Plot, ...]
    ridges: tuple[Ridges, ...]
    measured: Floats  # the iterations of the ridges
    findings: tuple[Finding, ...]
    total: int
    words: str
    numbers: Numbers
    kept: tuple[Kept, ...] = ()
    network: str = ""
    labels: str = ""


@dataclass(frozen=True, eq=False)
class Plot:
    """Lines with an x of their own each; with `logarithms` they are drawn over tenth powers."""

    name: str
    lines: tuple[Line, ...]
    x: tuple[Floats, ...]
    logarithms: bool = False


Result: TypeAlias = (
    Maps
    | Derivative
    | Heat
    | Curves
    | Film
    | Pictures
    | Bars
    | Points
    | Embedding
    | Graph
    | Table
    | Grown
    | Adversary
    | Elites
    | Tiles
    | Plane
    | Learning
)
KINDS: tuple[type[Any], ...] = (
    Maps,
    Derivative,
    Heat,
    Curves,
    Film,
    Pictures,
    Bars,
    Points,
    Embedding,
    Graph,
    Table,
    Grown,
    Adversary,
    Elites,
    Tiles,
    Plane,
    Learning,
)
