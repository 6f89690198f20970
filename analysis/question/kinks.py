"""Where an elementwise function of a layer's own values has a kink at zero: a ReLU, whatever it is written with.

What a kink can come from (a mask, a maximum, an absolute value, a root) is looked for among the operations of a pass,
and then tried: the values before it are put on both sides of zero, what follows is computed again, and the slopes on
the two sides are compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from analysis.question.operation_kinds import LAYERS, NEVER_NEGATIVE, SIGNS_STAY, SMOOTH, UNTOLD
from analysis.tracing.computation import Computation, Executed, Place

Kind = Literal["relu", "kink", "unseen"]


@dataclass(frozen=True)
class Kink:
    """`relu`: it is max(x, 0); `kink`: something else bends at zero; `unseen`: it could not be computed again."""

    kind: Kind
    where: str  # the path of the module
    written_with: tuple[str, ...]  # the operations


def kink(computation: Computation, rules: Callable[[Executed], bool], end: int) -> Kink | None:
    """The first that is found among the steps before `end`; `rules` says which are ReLUs that are known as such."""
    steps = computation.steps[:end]
    found = _Search(computation, rules, end)
    tried: set[tuple[int, int]] = set()
    for suspect in _suspects(steps, rules):
        for number, place in found.sources(suspect):
            if (number, id(place)) in tried:
                continue
            tried.add((number, id(place)))
            if (tried_ := found.try_(place, number)) is not None:
                kind, last = tried_
                return Kink(kind, steps[suspect].where, found.names(number, place, max(last, suspect + 1)))
    for relu in (i for i, step in enumerate(steps) if rules(step)):
        if (joined := found.goes_past(relu)) is None:
            continue
        for number, place in found.sources(relu):
            if found.is_relu_by_what_goes_past(place, number, relu):
                return Kink("relu", steps[relu].where, found.names(number, place, joined + 1))
    for i, step in enumerate(steps):
        if step.differentiated and step.name not in LAYERS and _takes_signs(computation, i):
            return Kink("relu", step.where, (step.name,))
    return None


def _takes_signs(computation: Computation, number: int) -> bool:
    """Whether a constant that is taken goes by the signs of what is taken with it: a mask that was made elsewhere."""
    taken = computation.steps[number].taken
    masks = [place for place in taken if not place.follows and torch.Size(place.shape).numel() >= _FEWEST]
    if not masks:
        return False
    followed = [place for place in taken if _can_be_tried(place)]
    return any(
        _goes_by_signs(computation.value(mask, number), computation.value(place, number))
        for mask in masks
        for place in followed
        if mask.shape == place.shape
    )


def _goes_by_signs(mask: Tensor, values: Tensor) -> bool:
    above, below = mask[values > 0], mask[values < 0]
    if min(above.numel(), below.numel()) < _FEWEST // 4:
        return False
    return bool((above == above[0]).all() and (below == below[0]).all() and above[0] != below[0])


def _suspects(steps: Sequence[Executed], rules: Callable[[Executed], bool]) -> list[int]:
    harmless = (step.only_looks or step.name in LAYERS or is_smooth(step) or rules(step) for step in steps)
    return [i for i, is_harmless in enumerate(harmless) if not is_harmless]


def is_smooth(step: Executed) -> bool:
    """Whether it is known to be, whatever it takes."""
    if step.name == "pow":
        exponent = step.args[1]
        return isinstance(exponent, (int, float)) and exponent >= 1 and float(exponent).is_integer()
    return step.name in SMOOTH and not any(isinstance(value, str) for value in step.kwargs.values())  # as of rounding


@dataclass
class _Search:
    computation: Computation
    rules: Callable[[Executed], bool]
    end: int

    def stops(self, step: Executed) -> bool:
        return step.name in LAYERS or (step.differentiated and self.rules(step))

    def sources(self, suspect: int) -> Iterator[tuple[int, Place]]:
        """Values that reach the suspect from no further than a layer, with the number of the step after they are made.

        They are on the way back, and may lie on both sides of zero.
        """
        steps = self.computation.steps
        waiting = [(suspect, place) for place in steps[suspect].taken]
        seen: set[tuple[int, int]] = set()
        while waiting:
            number, place = waiting.pop()
            key = (number, place.memory)
            if key in seen:
                continue
            seen.add(key)
            place = self._followed(place)
            if _can_be_tried(place) and not self._never_negative(number, place):
                yield number, place
            for maker in self._makers(number, place):
                if not self.stops(steps[maker]):
                    waiting += [(maker, taken) for taken in steps[maker].taken]

    def _followed(self, place: Place) -> Place:
        """What is looked at without derivative may be looked at with one elsewhere."""
        if place.follows:
            return place
        same = (one for step in self.computation.steps for one in step.taken if one.memory == place.memory)
        return next((one for one in same if one.follows and one.shape == place.shape), place)

    def _makers(self, number: int, place: Place) -> Iterator[int]:
        """The steps that wrote what `place` shows before step `number`, the last one first."""
        for i in range(number - 1, -1, -1):
            step = self.computation.steps[i]
            if place.memory in step.written:
                yield i
                if place.memory not in step.changed or any(one.is_all_of(place.memory) for one in step.taken):
                    return

    def _never_negative(self, number: int, place: Place) -> bool:
        makers = list(self._makers(number, place))
        if not makers:
            return not place.follows and bool((self.computation.value(place, number) >= 0).all())
        return all(self._gives_none_negative(maker) for maker in makers)

    def _gives_none_negative(self, number: int) -> bool:
        step = self.computation.steps[number]
        if step.name in NEVER_NEGATIVE or self.rules(step):
            return True
        if step.name == "pow":
            return isinstance(step.args[1], (int, float)) and step.args[1] % 2 == 0
        if step.name == "mul" and len(step.taken) == 2 and _same(*step.taken):
            return True
        numbers = [one for one in (*step.args, *step.kwargs.values()) if isinstance(one, (int, float))]
        if step.name not in SIGNS_STAY or (step.name in _TAKE_NUMBERS and any(one < 0 for one in numbers)):
            return False
        taken = [place for place in step.taken if place.tensor.dtype.is_floating_point]
        if step.name == "copy":
            taken = taken[1:]  # the first is what is overwritten
        return all(self._never_negative(number, place) for place in taken)

    def goes_past(self, relu: int) -> int | None:
        """The step at which what went through this ReLU meets again what went past it, if there is one."""
        steps = self.computation.steps
        past = {place.memory for _, place in self.sources(relu)}
        through = {place.memory for place in steps[relu].given}
        past -= through
        for i in range(relu + 1, self.end):
            taken = {place.memory for place in steps[i].taken}
            if steps[i].name in LAYERS or not taken & (past | through):
                continue
            if taken & past and taken & through:
                return i
            (through if taken & through else past).update(steps[i].written)
        return None

    def is_relu_by_what_goes_past(self, place: Place, number: int, relu: int) -> bool:
        """Whether a sum such as x + ReLU(−x) is a ReLU of x, at whose parts its rule would not be followed."""
        scale = _scale(self.computation.value(place, number))
        ones = torch.ones(place.shape, dtype=torch.float64, device=place.tensor.device)
        h = _NEAR * scale

        def layers(step: Executed) -> bool:
            return step.name in LAYERS

        try:
            together = self._bends(place, number, lambda t: t * ones, scale, layers)
            far, near = (self._outcome(place, number, t * ones, layers, silent=relu) for t in (-2 * h, -h))
        except Exception:  # it is a ReLU that is known, and the rest of it could not be tried
            return False
        return any(
            bool((bends & is_relu & ((near[key] - far[key]).abs() > 1e-3 * h)).any())
            for key, (bends, is_relu) in together.items()
            if key in near
        )

    def names(self, number: int, source: Place, last: int) -> tuple[str, ...]:
        """The operations that take something of the source, on the way to the step `last`."""
        memories = {source.memory}
        names: dict[str, None] = {}
        for step in self.computation.steps[number:last]:
            if memories & {place.memory for place in step.taken} and not step.only_looks:
                memories |= step.written
                names |= {} if step.name in UNTOLD else {step.name.removeprefix("_"): None}
        return tuple(names)[:_MOST_NAMES]

    def try_(self, place: Place, number: int) -> tuple[Kind, int] | None:
        """What the function of these values is at zero, and the number of the step that takes what it gives."""
        scale = _scale(self.computation.value(place, number))
        ones = torch.ones(place.shape, dtype=torch.float64, device=place.tensor.device)
        try:
            together = self._bends(place, number, lambda t: t * ones, scale)
            if not any(bool(bend.any()) for bend, _ in together.values()):
                return None
            # What normalises or compares values also bends where all of them go through zero; what is elementwise
            # bends where a few do among others that do not, all of them by the same number, so that none overtakes one.
            around = scale * torch.randn(place.shape, generator=torch.Generator().manual_seed(0)).to(ones)
            few = _a_few(place.shape, [bend for bend, _ in together.values()]).to(ones.device)
            found = self._bends(place, number, lambda t: torch.where(few, t, around), scale)
        except Exception:  # an operation of someone's own, or one whose result has another size for other values
            return "unseen", number
        kinds = {key: bool(is_relu[bends].all()) for key, (bends, is_relu) in found.items() if bool(bends.any())}
        return ("relu" if all(kinds.values()) else "kink", min(kinds)[0]) if kinds else None

    def _bends(
        self,
        place: Place,
        number: int,
        values: Callable[[float], Tensor],
        scale: float,
        stops: Callable[[Executed], bool] | None = None,
    ) -> Mapping[Any, tuple[Tensor, Tensor]]:
        """Of all that comes of the source: where it bends or jumps as the source goes through zero, and is its ReLU."""
        h = _NEAR * scale
        tries = {t: self._outcome(place, number, values(t), stops) for t in (-scale, -2 * h, -h, h, 2 * h, scale)}
        found = {}
        for key in tries[h]:
            low, *near, high = (tries[t][key].double() for t in tries)
            found[key] = _bend(low, near, high, h, scale)
        return found

    def _outcome(
        self,
        place: Place,
        number: int,
        values: Tensor,
        stops: Callable[[Executed], bool] | None = None,
        silent: int | None = None,
    ) -> Mapping[Any, Tensor]:
        """What is made of these values, by the step that takes it and its turn there."""
        outcome: dict[Any, Tensor] = {}
        for step, value in self.computation.again(place, number, values, stops or self.stops, self.end, silent):
            if value.is_floating_point():
                outcome[step, sum(key[0] == step for key in outcome)] = value
        return outcome


_NEAR = 1e-4  # of the values' own size: as near to zero is seen as zero
_POLE = 1e3  # times what it is elsewhere
_FEW = 6
_MOST_NAMES = 5
_TAKE_NUMBERS = ("add", "mul", "div", "fill", "masked_fill", "constant_pad_nd", "clamp")  # that are no axes
_FEWEST = 16  # numbers, which do not go by signs by chance


def _bend(low: Tensor, near: Sequence[Tensor], high: Tensor, h: float, scale: float) -> tuple[Tensor, Tensor]:
    far_left, left, right, far_right = near
    falls, rises = (left - far_left) / h, (far_right - right) / h
    jump = (right - left) - h * (falls + rises)
    usual = torch.maximum((high - right).abs(), (left - low).abs()) / scale
    usual = torch.maximum(usual, torch.maximum(falls.abs(), rises.abs()))
    largest = torch.stack([low.abs(), high.abs()]).amax(0)
    noise = 1e-9 * torch.maximum(largest, right.abs()) / scale
    bends = (rises - falls).abs() > 0.1 * usual + noise
    jumps = jump.abs() > 0.01 * usual * scale + 1e-6 * largest
    pole = torch.maximum(left.abs(), right.abs()) > _POLE * largest + 1e-12
    where = (bends | jumps) & ~pole & (left.isfinite() & right.isfinite())
    is_relu = ~jumps & (falls.abs() <= 1e-3 * usual) & (rises > 0)
    return where, is_relu


def _can_be_tried(place: Place) -> bool:
    real = place.tensor.dtype.is_floating_point and place.follows and all(place.shape)
    return real and not any(step == 0 and size > 1 for size, step in zip(place.shape, place.stride, strict=True))


def _same(one: Place, other: Place) -> bool:
    return one.memory == other.memory and (one.shape, one.stride, one.offset) == (
        other.shape,
        other.stride,
        other.offset,
    )


def _scale(values: Tensor) -> float:
    size = float(torch.nan_to_num(values, 0, 0, 0).square().mean().sqrt())
    return size if size > 0 else 1.0


def _a_few(shape: Sequence[int], bends: Sequence[Tensor]) -> Tensor:
    """Places to be tried among values that are nowhere near zero: some where it bent, and some anywhere."""
    few = torch.zeros(torch.Size(shape), dtype=torch.bool)
    flat = few.view(-1)
    middles = (2 * torch.arange(_FEW) + 1) / (2 * _FEW)
    flat[(middles * len(flat)).long()] = True
    for bend in bends:
        if bend.numel() == len(flat) and bool(bend.any()):
            where = bend.flatten().nonzero()[:, 0].cpu()
            flat[where[(middles * len(where)).long()]] = True
    return few
