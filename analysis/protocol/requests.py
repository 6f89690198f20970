"""What the window asks of the engine: immutable, and complete in itself.

Jobs come one after the other, but what is `at_once` goes before the one that runs, which goes on afterwards.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from analysis.protocol.frame import Fitted, Frame, Pixels
from analysis.protocol.mask import Mask
from analysis.protocol.preprocessing import Overruling
from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import BackwardChoice, ModelChoice, Recipe
from analysis.protocol.recipe import BackwardRule as BackwardRule  # for those who ask
from analysis.protocol.reins import Reins
from analysis.results.kinds import Embedding
from analysis.results.looks import MapsLook

if TYPE_CHECKING:
    from analysis.results.kinds import Floats


@dataclass(frozen=True)
class Backward:
    """The deep visualisation toolbox's backward mode: what flows back from this unit, whose map is the seed.

    With `in_mosaic` the mosaic shows ∂/∂output of the shown layer instead of its activations.
    """

    rule: BackwardRule
    layer: str
    unit: int
    in_mosaic: bool = True


def backward_of(recipe: Recipe) -> Backward | None:
    """What the recipe lets flow back; None without a unit for it to come from."""
    choice = recipe.backward
    chosen = (recipe.layer, recipe.unit) if recipe.layer is not None and recipe.unit is not None else None
    source = choice.held or chosen if choice is not None else None
    return Backward(choice.rule, *source, choice.in_mosaic) if choice is not None and source is not None else None


def held(recipe: Recipe) -> BackwardChoice | None:
    """The recipe's backward mode with its unit held, so that it stays the same for another unit, or for none."""
    asked = backward_of(recipe)
    if asked is None or recipe.backward is None:
        return None
    return replace(recipe.backward, layer=asked.layer, unit=asked.unit)


@dataclass(frozen=True)
class Beside:
    """What is looked at beside the shown layer: one of its units or another's, on this frame or on one that is kept.

    `aspect` and `tile` are those of the room for all units, where none is asked about.
    """

    layer: str
    unit: int | None = None
    frame: Frame | None = None
    aspect: float = 1.0
    tile: int = 256


@dataclass(frozen=True)
class LiveRequest:
    """Show this frame: the layer's mosaic, the unit, the predictions. The newest one wins, nothing queues.

    `epoch` counts up with every change of network, so that answers of the one before are told apart.
    `tile` is the most pixels a side that one tile of the mosaic can use on the screen; larger maps are thinned to it.
    With `fast` a moving picture may pass in half the precision; the answer's `device` then says how far off it is.
    `held` are the units that the mosaic has, in their order, where that must not change: somebody points at one.
    """

    id: int
    epoch: int
    frame: Frame
    layer: str | None
    unit: int | None
    look: MapsLook
    aspect: float = 1.5  # width by height of the room for the mosaic
    tile: int = 256
    layer_means: bool = False  # also measure the mean activation of every layer for the tree's bars
    backward: Backward | None = None
    layer_times: bool = False  # also measure how long every layer takes
    since: int = 0  # another number than before: what was remembered of the units is forgotten
    held: tuple[int, ...] | None = None
    beside: Beside | None = None
    maps: Embedding | None = None  # of layers, in which the picture is to be found a place
    fast: bool = False


@dataclass(frozen=True)
class LoadRequest:
    """Get this network ready; everything about the one before ends here.

    Of its files those run as programs to which the person `agreed`, or all if they are `trusted`. With `remember`
    what the choice says of the person's own file holds for the next time it is opened. What is `said` of the input
    goes before what the network says itself.
    """

    at_once: ClassVar[bool] = True  # what runs is of the network that the person wants no more
    id: int
    epoch: int
    choice: ModelChoice
    device: str = "auto"
    trusted: bool = False
    agreed: frozenset[CodeFile] = frozenset()
    remember: bool = False
    said: Overruling | None = None


@dataclass(frozen=True)
class DeviceRequest:
    """Move the network that is loaded to `auto`, `cpu`, `cuda` or `mps`."""

    at_once: ClassVar[bool] = False
    id: int
    epoch: int
    device: str


@dataclass(frozen=True)
class MethodRequest:
    """Run the recipe's method on the network that is loaded, with this frame's picture if it asks for one.

    With `with_answer` the result also says what the network answers to the plain picture, where a class is asked about.
    What it comes to is kept in `folder` as a study, if one is named, and goes on from there.
    """

    id: int
    epoch: int
    recipe: Recipe
    frame: Frame | None
    at_once: bool = False
    with_answer: bool = False
    beside: Frame | None = None  # of what stands beside it, where that is another picture
    reins: Reins | None = field(default=None, compare=False)  # of a run that a person may halt between two steps
    folder: str = ""


@dataclass(frozen=True)
class ApartRequest:
    """Run the recipe's method on the recipe's own network, whatever network is loaded.

    What it comes to is kept in `folder` as a study, if one is named, and goes on from there.
    """

    at_once: ClassVar[bool] = False
    id: int
    recipe: Recipe
    frame: Frame | None
    reins: Reins = field(default_factory=Reins, compare=False)
    device: str = "auto"
    agreed: frozenset[CodeFile] = frozenset()
    folder: str = ""


@dataclass(frozen=True, eq=False)
class AnswerRequest:
    """What does the network answer to this picture? The newest one wins, between two steps.

    Levels are fitted to its input already; a picture of planes is as its file gave it.

    The mask is put on by the engine, as it is for a map: levels of a picture are too coarse for what lies under it.
    So is a `change`, height × width × channels, which is added to the picture's values from 0 to 1.
    """

    id: int
    epoch: int
    picture: Fitted
    mask: Mask | None = None
    change: "Floats | None" = None


@dataclass(frozen=True, eq=False)
class OpinionRequest:
    """What does another network answer to these pictures? The one that is loaded stays."""

    at_once: ClassVar[bool] = False
    id: int
    choice: ModelChoice
    pictures: tuple[Pixels, ...]
    device: str = "auto"
    agreed: frozenset[CodeFile] = frozenset()


@dataclass(frozen=True)
class CatalogueRequest:
    """What networks are there to choose from?"""

    at_once: ClassVar[bool] = False
    id: int


@dataclass(frozen=True)
class FetchRequest:
    """Download the weights of these networks, to be opened at another time."""

    at_once: ClassVar[bool] = False
    id: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class ExamineRequest:
    """What in the network that is loaded will mislead those who look into it?"""

    at_once: ClassVar[bool] = False
    id: int
    epoch: int


@dataclass(frozen=True)
class StudyRequest:
    """Ask everything of this grid and keep the answers in the folder; without a grid the study in it goes on."""

    at_once: ClassVar[bool] = False
    id: int
    grid: Recipe | None
    folder: str
    device: str = "auto"
    agreed: frozenset[CodeFile] = frozenset()


@dataclass(frozen=True)
class DrawRequest:
    """Draw what a recipe describes, beside the loaded network: as a file, as a picture of what is seen, or both.

    `room` is width and height in pixels of the picture, `suffix` the kind of the file. After `patience` seconds what is
    there of the result is taken as it is.
    """

    at_once: ClassVar[bool] = False
    id: int
    recipe: Recipe
    suffix: str = ""
    room: tuple[int, int] | None = None
    patience: float | None = None
    device: str = "auto"
    agreed: frozenset[CodeFile] = frozenset()


@dataclass(frozen=True)
class SweepRequest:
    """Send all pictures of `data` through this network, and put together an atlas in the folder; it goes on there.

    Without layers it is those whose values are used as they are; without `data` the population of the folder.
    """

    at_once: ClassVar[bool] = False
    id: int
    choice: ModelChoice
    folder: str
    data: str = ""
    layers: tuple[str, ...] = ()
    device: str = "auto"
    agreed: frozenset[CodeFile] = frozenset()


class JobRequest(Protocol):
    """Any of them; `analysis/running/jobs/table.py` knows what each is answered with."""

    @property
    def id(self) -> int: ...

    @property
    def at_once(self) -> bool: ...
