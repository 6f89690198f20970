"""Which places of the picture the axes of a tensor stand for, and how much of the picture each of its values sees.

A tensor's axis is a product of factors: rows of the picture's grid, columns of it, or anything else (channels, heads,
batch). Reshaping regroups factors, so the places are still known after flatten, transpose and windows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

ROWS, COLUMNS, OTHER = 0, 1, -1


@dataclass(frozen=True)
class Span:
    """Along one side of the picture, place i sees `size` pixels from `start + i * stride` on."""

    start: Fraction
    stride: Fraction
    size: Fraction

    def windowed(self, first: Fraction, step: Fraction, reach: Fraction) -> "Span":
        """The span of new places of which j sees the old places `first + j * step` and the `reach` after it."""
        return Span(self.start + self.stride * first, self.stride * step, self.size + self.stride * reach)


@dataclass(frozen=True)
class Factor:
    """`count` steps of `weight` places each along `side` (ROWS, COLUMNS or OTHER)."""

    side: int
    weight: int
    count: int


@dataclass(frozen=True)
class Axis:
    """One axis of a tensor; `prefix` entries before the places stand for none (class token, registers)."""

    factors: tuple[Factor, ...]
    prefix: int = 0

    @property
    def size(self) -> int:
        return self.prefix + prod(factor.count for factor in self.factors)

    def sides(self) -> set[int]:
        return {factor.side for factor in self.factors} - {OTHER}

    def plain(self) -> int | None:
        """The side whose places this axis is, one after the other, and nothing else."""
        if self.prefix == 0 and len(self.factors) == 1 and self.factors[0].weight == 1:
            side = self.factors[0].side
            return None if side == OTHER else side
        return None


def other(count: int) -> Axis:
    return Axis((Factor(OTHER, 0, count),))


def along(side: int, count: int) -> Axis:
    return Axis((Factor(side, 1, count),))


@dataclass(frozen=True)
class Places:
    """`spans` are those of rows and columns; None where a value sees the picture's whole side, or nobody can tell.

    `global_context`: something computed from the whole picture scales or shifts the values (squeeze-excitation,
    group norm), which the spans leave out.
    """

    axes: tuple[Axis, ...]
    spans: tuple[Span | None, Span | None]
    global_context: bool = False

    def with_span(self, side: int, span: Span | None) -> "Places":
        return replace(self, spans=(span, self.spans[1]) if side == ROWS else (self.spans[0], span))

    def with_axis(self, index: int, axis: Axis) -> "Places":
        return replace(self, axes=(*self.axes[:index], axis, *self.axes[index + 1 :]))

    def without_axis(self, index: int) -> "Places":
        return replace(self, axes=self.axes[:index] + self.axes[index + 1 :])

    def blinded(self, sides: Iterable[int] = (ROWS, COLUMNS)) -> "Places":
        """Every value now sees these whole sides."""
        result = self
        for side in sides:
            result = result.with_span(side, None)
        return result

    def carries(self, side: int) -> bool:
        return any(side in axis.sides() for axis in self.axes)


def of_picture(shape: Sequence[int]) -> Places:
    """A batch of pictures, N×C×H×W: every pixel sees itself."""
    one = Span(Fraction(0), Fraction(1), Fraction(1))
    n, c, h, w = shape
    return Places((other(n), other(c), along(ROWS, h), along(COLUMNS, w)), (one, one))


def collapsed(places: Places, index: int) -> Places:
    """The axis is summed over; it stays with a single entry that stands for no place."""
    axis = places.axes[index]
    result = places.with_axis(index, other(1))
    for factor in axis.factors:
        if factor.side == OTHER or (span := result.spans[factor.side]) is None:
            continue
        if result.carries(factor.side):  # only some of the digits of the place were summed over
            widened = span.windowed(Fraction(0), Fraction(1), Fraction(factor.weight * (factor.count - 1)))
            result = result.with_span(factor.side, widened)
        elif factor.count > 1:
            result = result.with_span(factor.side, None)
    return normalised(result)


def normalised(places: Places) -> Places:
    """Where one factor holds all the places of a side, counts in its own steps."""
    for side in (ROWS, COLUMNS):
        found = [(i, j) for i, axis in enumerate(places.axes) for j, f in enumerate(axis.factors) if f.side == side]
        if len(found) != 1:
            continue
        i, j = found[0]
        axis = places.axes[i]
        factor = axis.factors[j]
        if factor.weight == 1:
            continue
        factors = (*axis.factors[:j], Factor(side, 1, factor.count), *axis.factors[j + 1 :])
        places = places.with_axis(i, replace(axis, factors=factors))
        if (span := places.spans[side]) is not None:
            places = places.with_span(side, span.windowed(Fraction(0), Fraction(factor.weight), Fraction(0)))
    return places


def sliced(places: Places, index: int, start: int, step: int, count: int) -> Places:
    """Entries start, start + step, … of one axis."""
    axis = places.axes[index]
    if start == 0 and step == 1 and count == axis.size:
        return places
    if not axis.sides():
        return places.with_axis(index, other(count))
    if axis.prefix and start == axis.prefix and step == 1 and count == axis.size - axis.prefix:
        return places.with_axis(index, replace(axis, prefix=0))
    if axis.prefix or len(axis.factors) != 1:
        return places.blinded(axis.sides()).with_axis(index, other(count))
    factor = axis.factors[0]
    if (span := places.spans[factor.side]) is not None:
        moved = span.windowed(Fraction(factor.weight * start), Fraction(1), Fraction(0))
        places = places.with_span(factor.side, moved)
    return normalised(places.with_axis(index, Axis((Factor(factor.side, factor.weight * step, count),))))


def windowed(places: Places, index: int, first: Fraction, step: Fraction, reach: Fraction, count: int) -> Places:
    """New places along one axis, of which j sees the old ones from `first + j * step` to `reach` after it."""
    axis = places.axes[index]
    side = axis.plain()
    if side is None:
        if not axis.sides():
            return places.with_axis(index, other(count))
        if first == 0 and step == 1 and reach == 0 and count == axis.size:
            return places
        return places.blinded(axis.sides()).with_axis(index, other(count))
    if (span := places.spans[side]) is not None:
        places = places.with_span(side, span.windowed(first, step, reach))
    return places.with_axis(index, along(side, count))


def reshaped(places: Places, shape: Sequence[int]) -> Places:
    """The same values in the same order under another shape."""
    atoms = [(axis, factor) for axis in places.axes for factor in _atoms(axis)]
    axes: list[Axis] = []
    position = 0
    for size in shape:
        factors: list[Factor] = []
        missing, prefix = size, 0
        while missing > 1:
            if position == len(atoms):
                return unknown(places, shape)
            axis, factor = atoms[position]
            if axis.prefix:
                if missing != size or axis.size != size:
                    return unknown(places, shape)
                factors, prefix, missing = list(axis.factors), axis.prefix, 1
                position += len(_atoms(axis))
            elif missing % factor.count == 0:
                factors.append(factor)
                missing //= factor.count
                position += 1
            elif factor.count % missing == 0:
                inner = factor.count // missing
                factors.append(Factor(factor.side, factor.weight * inner, missing))
                atoms[position] = (axis, Factor(factor.side, factor.weight, inner))
                missing = 1
            else:
                return unknown(places, shape)
        axes.append(Axis(_joined(factors), prefix) if factors else other(size))
    return normalised(replace(places, axes=tuple(axes)))


def unknown(places: Places, shape: Sequence[int]) -> Places:
    """Nobody can tell any more which entry stands for which place, nor what it sees."""
    return Places(tuple(other(size) for size in shape), (None, None), places.global_context)


def _atoms(axis: Axis) -> tuple[Factor, ...]:
    return tuple(factor for factor in axis.factors if factor.count > 1 or axis.prefix)


def _joined(factors: list[Factor]) -> tuple[Factor, ...]:
    result: list[Factor] = []
    for factor in factors:
        last = result[-1] if result else None
        if last is not None and last.side == factor.side and last.weight == factor.weight * factor.count:
            result[-1] = Factor(factor.side, factor.weight, last.count * factor.count)
        else:
            result.append(factor)
    return tuple(result)


def together(operands: Sequence[tuple[Places | None, Sequence[int]]], shape: Sequence[int]) -> Places | None:
    """Values computed place by place from several tensors (None: one that does not depend on the picture)."""
    known = [_aligned(places, len(shape)) for places, _shape in operands if places is not None]
    if not known:
        return None
    axes = []
    clash = False
    for index, size in enumerate(shape):
        found = {p.axes[index] for p in known if p.axes[index].size == size and p.axes[index].sides()}
        clash |= len(found) > 1
        axes.append(min(found, key=repr) if found else other(size))
    result = Places(tuple(axes), (None, None), any(p.global_context for p in known))
    if clash:
        return result
    for side in (ROWS, COLUMNS):
        carriers: list[Places] = []
        rest: list[Places] = []
        for places in known:
            (carriers if _full(places, result, side) else rest).append(places)
        spans = [places.spans[side] if places.carries(side) else None for places in carriers]
        if not carriers:
            spans = [places.spans[side] for places in rest]
        elif any(places.spans[side] is None for places in rest):
            result = replace(result, global_context=True)
        result = result.with_span(side, union(spans))
    return result


def union(spans: Sequence[Span | None]) -> Span | None:
    """The smallest span that holds all of them."""
    sure = [span for span in spans if span is not None]
    if len(sure) < len(spans) or len({span.stride for span in sure}) != 1:
        return None
    start = min(span.start for span in sure)
    return Span(start, sure[0].stride, max(span.start + span.size for span in sure) - start)


def _aligned(places: Places, rank: int) -> Places:
    return replace(places, axes=(other(1),) * (rank - len(places.axes)) + places.axes)


def _full(places: Places, result: Places, side: int) -> bool:
    """Whether the tensor has an entry for each of the result's places along this side, rather than one for all."""
    carrying = [index for index, axis in enumerate(result.axes) if side in axis.sides()]
    return bool(carrying) and all(
        places.axes[index].size == result.axes[index].size > 1 or side in places.axes[index].sides()
        for index in carrying
    )
