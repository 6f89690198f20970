"""What is asked: the network, the picture as the network saw it, and what of its answer is to be explained."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from analysis.protocol.frame import Pixels
from analysis.protocol.layers import LayerNode
from analysis.protocol.reins import Reins
from analysis.protocol.requests import Backward
from analysis.protocol.target import ClassTarget, Target, UnitTarget
from analysis.question.pace import Pace

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from analysis.datasets.data_set import DataSet
    from analysis.network.network import Network
    from analysis.protocol.recipe import TurnChoice
    from analysis.protocol.trail import Trail


@dataclass(frozen=True)
class OtherSide:
    """What is asked of the same network to be looked at beside it; `picture` is what the network saw."""

    input: "torch.Tensor"
    picture: Pixels
    layer: LayerNode
    unit: int | None = None


class Keep(Protocol):
    """A place for what a long run has come to, so that it goes on from there another day."""

    def read(self) -> bytes | None:
        """What was written last; None if nothing was."""
        ...

    def write(self, content: bytes) -> None: ...

    @property
    def beside(self) -> "Path":
        """A folder for what is to stay of the run besides; there is none yet."""
        ...


@dataclass(frozen=True)
class Question:
    """All a technique may know: the network, the picture as the network saw it, and what is asked about."""

    network: "Network"
    input: "torch.Tensor"  # 1×C×H×W, normalised, on the network's device
    layer: LayerNode | None = None  # one that can be drawn, and that has the unit
    unit: int | None = None
    target: Target = field(default_factory=ClassTarget)
    place: tuple[int, int] | None = None  # row and column that were clicked in the unit's map
    seed: int = 0
    backward: Backward | None = None  # what flows back beside the layer's maps, or in their place
    region: "torch.Tensor | None" = None  # the places of the answer that are asked about, once that is settled
    beside: OtherSide | None = None  # the maps of another unit, layer or picture
    data: "DataSet | None" = None  # of what is about many pictures
    layers: tuple[str, ...] = ()  # of what is about several
    pace: Pace = field(default_factory=Pace, compare=False)
    reins: Reins | None = field(default=None, compare=False)  # of a run that a person steers while it goes on
    keep: Keep | None = field(default=None, compare=False)  # where there is one, and the technique goes on by it
    course: "tuple[Leg, ...]" = field(default=(), compare=False)  # of a run that is steered
    trail: "Trail | None" = field(default=None, compare=False)  # what is kept of its steps, to go on from

    @property
    def unit_layer(self) -> LayerNode | None:
        """The layer whose unit is asked about; None where that is the network's answer."""
        return self.layer if isinstance(self.target, UnitTarget) else None


@dataclass(frozen=True)
class Leg:
    """What a run goes on with after so many steps: its technique by its settings then, and what is asked."""

    turn: "TurnChoice"
    technique: Any
    question: Question
