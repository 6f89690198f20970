"""What the engine answers: immutable, NumPy arrays and plain data only, so it crosses threads safely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from analysis.protocol.frame import Frame, Pixels
from analysis.protocol.layers import LayerNode
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import ModelChoice, Recipe, TurnChoice
from analysis.results.kinds import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float32]"


@dataclass(frozen=True, eq=False)
class Mosaic:
    """All units of a layer as one 8-bit picture of equal tiles, row by row; the window's colour map paints it.

    `order[i]` is the unit in tile i. `low` and `high` are, per tile, the values at levels 0 and 255;
    a signed scale has its zero at level 127.5.
    """

    levels: NDArray[np.uint8]
    tile_height: int
    tile_width: int
    columns: int
    order: NDArray[np.int64]
    low: Floats
    high: Floats
    signed: bool
    shared: bool
    odd: int = 0  # values that are not finite numbers, drawn at the level of zero

    @property
    def tiles(self) -> int:
        return len(self.order)


@dataclass(frozen=True, eq=False)
class BestPicture:
    """One of the pictures of this stream that the unit answered most."""

    value: float
    place: tuple[int, int]
    picture: Pixels  # as the network saw it
    frame: Frame


@dataclass(frozen=True, eq=False)
class UnitView:
    """The chosen unit on this frame, and what it did on the pictures that were seen of its layer."""

    layer: str
    unit: int
    map: Floats
    maximum: float
    place: tuple[int, int]  # row and column of the maximum
    best: tuple[BestPicture, ...]
    histogram: NDArray[np.int64]
    histogram_range: tuple[float, float]
    zeros: float  # share of exact zeros among the values of the histogram
    seen: int  # pictures
    different: int = 0  # of them, those that are not as good as the same
    silent: bool = False  # zero everywhere on all of them
    counted: float = 1.0  # share of its values that entered the histogram; of moving pictures a sample does


@dataclass(frozen=True, eq=False)
class SoFar:
    """What all units of the layer did on the pictures that were seen of it; `silent` were zero on every one."""

    pictures: int
    different: int  # of them, those that are not as good as the same
    silent: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ClassPlaces:
    """Of a network that answers with a map of classes, as one that segments: which answers most at each place."""

    classes: NDArray[np.int32]  # rows × columns
    shares: tuple[tuple[int, float], ...]  # of all places, by class, the largest first


@dataclass(frozen=True, eq=False)
class OtherView:
    """What stands beside: a unit's map, or all of a layer; `picture` is what the network saw of that side's picture."""

    layer: str
    unit: int | None
    picture: Pixels
    map: Floats | None = None
    mosaic: Mosaic | None = None
    note: str = ""  # why there is nothing


@dataclass(frozen=True, eq=False)
class FoundBoxes:
    """Of a network that finds things: where they lie in the picture that it saw, and how sure it is of each."""

    corners: Floats  # boxes × (left, top, right, bottom), in pixels
    scores: Floats
    classes: NDArray[np.int64] | None  # by number, where it says so


@dataclass(frozen=True, eq=False)
class Landed:
    """Where one more picture lies in the map of a layer: its nearest, the nearest first, and the group of most of
    them (−1 where they have none)."""

    layer: str
    place: Floats
    nearest: NDArray[np.int64]
    vote: int


@dataclass(frozen=True, eq=False)
class Live:
    """The answer to a LiveRequest."""

    request_id: int
    epoch: int
    frame: Frame
    picture: Pixels  # what the network saw, before normalisation
    layer: str | None
    mosaic: Mosaic | None
    values: Floats | None  # of a layer that is a vector, one number per unit
    unit: UnitView | None
    logits: Floats | None  # one number per class
    output_picture: Pixels | None  # of a network that answers with a picture
    layer_means: Mapping[str, float] | None
    milliseconds: float  # that the pass took which computed these values, be they new or kept
    device: str
    notes: tuple[str, ...] = ()  # such as NaN in a layer, in words
    derivative: Floats | None = None  # of a backward request: what comes back to the picture, channels × H × W
    so_far: SoFar | None = None
    layer_times: Mapping[str, float] | None = None  # milliseconds, if they were asked for
    places: ClassPlaces | None = None  # of a network that answers with a map of classes
    beside: OtherView | None = None
    boxes: FoundBoxes | None = None  # of a network that finds things
    landed: tuple[Landed, ...] = ()  # in the maps that were asked about
    backward_mosaic: bool = False  # the mosaic shows what flows back through the layer, not its activations


@dataclass(frozen=True, eq=False)
class Loaded:
    """The network is ready. `root` is its tree, `device` where it is, in words."""

    request_id: int
    epoch: int
    choice: ModelChoice
    title: str
    root: LayerNode
    preprocessing: Preprocessing
    labels: tuple[str, ...] | None
    output: str
    device: str
    devices: tuple[str, ...]
    first_layer: str | None  # what to show before the person has chosen
    notes: tuple[str, ...] = ()
    numbers: str = "class"  # what one number of the answer is called
    ran: frozenset[CodeFile] = frozenset()  # files that were run as programs to make it


@dataclass(frozen=True)
class CatalogueEntry:
    """One network to choose. `weights` says in words what there is; `megabytes` what is still to be downloaded."""

    name: str
    title: str
    provider: str
    parameters: int | None
    weights: str
    megabytes: float | None
    card: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Catalogue:
    """`folder` is where weights are kept that are downloaded."""

    request_id: int
    entries: tuple[CatalogueEntry, ...]
    folder: str = ""


@dataclass(frozen=True)
class Fetched:
    """The weights of these networks are here."""

    request_id: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Opinion:
    """The class that another network answers to each picture, and its probability."""

    request_id: int
    title: str  # of that network
    answers: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class StudyEnded:
    """All of it is in the folder; `page` shows it, `failed` cells of it have a sentence in place of a result."""

    request_id: int
    grid: Recipe
    folder: str
    page: str
    cells: int
    failed: int


@dataclass(frozen=True)
class SweepEnded:
    """The atlas is in the folder; `bad` pictures were left out. `remarks` are sentences on what has changed since.

    While `left` pictures are still to come it is of what is there so far, and the sweep goes on.
    """

    request_id: int
    folder: str
    pictures: int
    units: int
    bad: int
    remarks: tuple[str, ...] = ()
    left: int = 0


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a recipe describes was drawn as it was asked for; the recipe has settings and fingerprints filled in."""

    request_id: int
    recipe: Recipe
    content: bytes | None
    picture: Pixels | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class JobProgress:
    """How far a job is. `result` is the partial one of a method, None while there is none and of any other job."""

    request_id: int
    title: str
    done: float
    total: float
    note: str
    result: Result | None = None
    course: tuple[TurnChoice, ...] | None = None  # what was changed until now, of a run that hears while it goes on
    rests: bool = False  # it was halted, and says again what it said
    gives_way: bool = False  # to moving pictures, and would be done far sooner without them


@dataclass(frozen=True, eq=False)
class MethodResult:
    """A method ran to its end; the recipe with the hashes filled in makes the same result again.

    Who knows what the network answers to the picture adds it for the figure's words. `remark` is what has to be known
    of the result beside its recipe: that it was stopped, and where. `network` is the one that it is of, which the
    window may have left.
    """

    request_id: int
    recipe: Recipe
    picture: Pixels
    result: Result
    logits: Floats | None = None
    remark: str = ""
    network: Loaded | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """One number per class, before the softmax."""

    request_id: int
    logits: Floats


@dataclass(frozen=True)
class Examined:
    """What the doctor found, the worst first: whether it is an error, a warning or a note, and a sentence."""

    request_id: int
    epoch: int
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class JobEnded:
    """Nothing more comes of this job. `cancelled` if it was stopped before its end."""

    request_id: int
    cancelled: bool


@dataclass(frozen=True)
class Failure:
    """`summary` is a sentence for the person; `traceback` for those who unfold it, empty when it was their input."""

    request_id: int
    summary: str
    traceback: str
    untrusted: CodeFile | None = None  # what would have to be trusted first
    fits: str | None = None  # the network of the list that weights fit which were opened alone


class Event(Protocol):
    """Any of them: an answer, what a job says while it runs, or what comes of it. It finds its way by this number."""

    @property
    def request_id(self) -> int: ...
