"""Ablation-CAM: a layer's maps, each weighted by what the answer loses without it (Desai & Ramaswamy 2020)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Heat

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.protocol.layers import LayerNode


@dataclass(frozen=True)
class AblationCam:
    name: ClassVar[str] = "ablation-cam"
    title: ClassVar[str] = "Ablation-CAM"
    summary: ClassVar[str] = "Switches each map of a layer off in turn, and weights it by what the answer loses."
    family: ClassVar[Family] = "class activation maps"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the map, rows × columns of the layer",
        "upsampled": "the map at the size of the picture",
        "layer": "whose maps were weighted",
        "losses": "what the answer loses without each unit of the layer",
    }
    live: ClassVar[bool] = False

    batch: int = setting(
        0,
        "Units that are switched off at once, each in a picture of its own; 0 chooses for this network.",
        low=0,
        high=4096,
        lowest="automatic",
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """ReLU(Σ_k w_k A_k) with w_k = (f − f_k) / |f|, f_k the answer where A_k is zero.

        The paper divides by f, which would turn the map round where f is negative. A map that is zero already is not
        missed, and is not asked for. Where hardly anything is lost, all is asked again in double precision.
        """
        from analysis.protocol.problems import Problem
        from analysis.question.class_maps import drawn, maps_alone, said_of
        from analysis.question.rounding import in_double
        from analysis.question.scalar import settled

        question = settled(question)
        layer, maps = maps_alone(question)
        active = [int(unit) for unit in maps.flatten(1).any(1).nonzero()[:, 0]]
        total = len(active) + 1
        found = _Losses.none(len(maps))
        for found in self._losses(question, layer, len(maps), active):
            yield Progress(found.done, total, _shown(drawn(question, layer, found.over(maps)), found))
        if found.may_be_rounding and (double := in_double(question)) is not None:
            try:
                for exact in self._losses(double, layer, len(maps), active):
                    yield Progress(len(active), total, note=f"again in double precision: {exact.done} of {len(active)}")
                    found = exact if exact.done == len(active) else found
            except Problem:
                pass  # such numbers are not for every network
        map_ = found.over(maps)
        yield Progress(total, total, _shown(drawn(question, layer, map_), found), said_of(layer, map_))

    def _losses(
        self, question: Question, layer: "LayerNode", units: int, active: "Sequence[int]"
    ) -> "Iterator[_Losses]":
        import torch

        from analysis.protocol.target import ClassTarget
        from analysis.question.ablation import values_without
        from analysis.question.batches import batch_size
        from analysis.question.scalar import scalar

        answers: list[Tensor] = []
        with torch.no_grad():
            whole = scalar(question, question.input, answers)[0].double().cpu()
        of_logit = not isinstance(question.target, ClassTarget) or question.target.kind == "class"
        size = max(float(whole.abs()), float(answers[-1].abs().max()) if of_logit else 0.0)
        losses, done = torch.zeros(units, dtype=torch.float64), 0
        for count in question.pace.shares(len(active), batch_size(question.network, self.batch, passes=1)):
            some = list(active[done : done + count])
            lost = whole - values_without(question, layer, some).double().cpu()
            eps = torch.finfo(question.input.dtype).eps
            losses[some] = torch.where(lost.abs() <= _ROUNDED * eps * size, 0, lost)
            done += count
            yield _Losses(losses.clone(), float(whole), size, done, of_logit)


@dataclass(frozen=True, eq=False)
class _Losses:
    """What the answer loses without each unit, of those that were asked for so far; `size` is what it is made of."""

    values: "Tensor"
    whole: float
    size: float
    done: int
    of_logit: bool

    @classmethod
    def none(cls, units: int) -> "_Losses":
        import torch

        return cls(torch.zeros(units, dtype=torch.float64), 0.0, 0.0, 0, True)

    @property
    def may_be_rounding(self) -> bool:
        """Zeros to the bit are none, unless a probability is so near 1 that single precision cannot tell."""
        largest = float(self.values.abs().max())
        return largest <= _HARDLY * self.size and (largest > 0 or not self.of_logit)

    def over(self, maps: "Tensor") -> "Tensor":
        """ReLU(Σ_k w_k A_k); where the answer is next to nothing, by the largest loss in its place."""
        scale = max(abs(self.whole), _LITTLE * float(self.values.abs().max())) or 1.0
        weights = (self.values / scale).to(maps)
        return (weights[:, None, None] * maps).sum(0).relu()


def _shown(heat: Heat, losses: _Losses) -> Heat:
    from analysis.network.network import as_array

    return Heat(heat.values, heat.over, beside={**heat.beside, "losses": as_array(losses.values)})


_ROUNDED = 4.0  # times the smallest step of a number is no loss
_HARDLY = 1e-4  # of the answer
_LITTLE = 1e-9  # of the largest loss: an answer as small as that is no measure of it
