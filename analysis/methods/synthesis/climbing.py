"""The one loop of all pictures that grow: steps, what is kept of them, and what is changed between two of them.

A technique says how a picture goes on its way; here it goes. A run that is steered is the same as one that is made
anew by the recipe with its turns, to the bit, for a state is all that the steps after it depend on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from torch import Generator, Tensor
from torch.nn import functional

from analysis.methods.method import Progress
from analysis.methods.synthesis.growing import TOO_FAINT, Growth
from analysis.protocol.problems import Problem
from analysis.protocol.trail import Kept
from analysis.question.in_pieces import breathe
from analysis.question.question import Leg, Question
from analysis.synthesis.crop import moved, whole
from analysis.synthesis.scene import Scene


class Way:
    """A picture on its way. `held` names what its state is made of: tensors, optimisers, generators, numbers."""

    held: ClassVar[tuple[str, ...]] = ()
    too_faint: ClassVar[str] = TOO_FAINT

    def __init__(self, technique: Any, stage: Scene) -> None:
        self.technique, self.stage = technique, stage

    @property
    def total(self) -> int:
        steps: int = self.technique.steps
        return steps

    def step(self, growth: Growth) -> None:
        """One step uphill; `growth` is told what was climbed."""
        raise NotImplementedError

    def shown(self) -> tuple[Tensor, Tensor]:
        """Levels from 0 to 1, and what the network sees; both fill the window."""
        raise NotImplementedError

    def begin_with(self, pictures: Tensor) -> None:
        """Goes on from what the network sees."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        return {name: _copied(getattr(self, name)) for name in self.held}

    def restore(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            own = getattr(self, name)
            if isinstance(own, list):
                for generator, at in zip(own, value, strict=True):
                    generator.set_state(at)
            else:
                setattr(self, name, copy.deepcopy(value))

    def take_over(self, other: Way) -> None:
        """The picture as the other one left it, on a stage that may be another."""
        if other.stage.count != self.stage.count:
            raise Problem("How many pictures there are is settled when they begin: run it anew for more or fewer.")
        here, there = self.stage, other.stage
        if type(other) is type(self) and (here.window, here.canvas) == (there.window, there.canvas):
            self.restore(other.state())
            return
        pictures = there.on_canvas(other.shown()[1])
        if here.canvas != there.canvas:
            pictures = functional.interpolate(
                pictures, here.canvas, mode="bilinear", align_corners=False, antialias=True
            )
        self.begin_with(moved(pictures, whole(here.canvas), here.window))


Make = Callable[[Any, Question], Way]


def climbed(technique: Any, question: Question, make: Make) -> Iterator[Progress]:
    """The steps of a run, from the first one or from where a trail leads."""
    ahead = list(question.course)
    trail = question.trail
    found = trail.nearest([leg.turn for leg in ahead]) if trail is not None else None
    turns = found.turns if found is not None else ()
    for leg in ahead[: len(turns)]:
        technique, question = leg.technique, leg.question
    del ahead[: len(turns)]
    way = make(technique, question)
    breathe()
    growth = Growth(way.stage)
    if found is not None:
        way.restore(found.state[0])
        growth.restore(found.state[1])
    while True:
        taken = [leg for leg in ahead if leg.turn.after <= growth.steps]
        following = _turned(way, taken, make)
        total = max(following.total, growth.steps)
        if growth.steps:
            yield growth.progress(way, total)
        if growth.steps >= total:
            return
        if taken:
            turns += tuple(leg.turn for leg in taken)
            del ahead[: len(taken)]
            way = following
            growth.goes_on(way.stage)
        way.step(growth)
        breathe()
        if trail is not None:
            state = way.state(), growth.state()
            trail.keep(Kept(growth.steps, turns, state, _size(state)))


def _turned(way: Way, taken: list[Leg], make: Make) -> Way:
    """Each leg says all that holds from then on, so that only the last one matters."""
    if not taken:
        return way
    following = make(taken[-1].technique, taken[-1].question)
    following.take_over(way)
    return following


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return [generator.get_state() for generator in value if isinstance(generator, Generator)]
    return value.clone() if isinstance(value, Tensor) else copy.deepcopy(value)


def _size(value: Any) -> int:
    """Bytes, about."""
    if isinstance(value, Tensor):
        return int(value.nelement() * value.element_size())
    if isinstance(value, Mapping):
        return sum(_size(one) for one in value.values())
    if isinstance(value, (tuple, list)):
        return sum(_size(one) for one in value)
    size = getattr(value, "nbytes", None)
    if size is not None:
        return int(size)
    return sum(_size(one) for one in vars(value).values()) if hasattr(value, "__dict__") else 64
