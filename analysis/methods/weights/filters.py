"""The weights of a layer as tiles: what each of its filters looks for, as it was learnt."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Tile, Tiles

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.methods.weights.of_layer import LayerWeights

MOSAIC, ROWS, COLUMNS = 256, 20, 15  # filters of a mosaic; filters × input channels of a table
UNITS, INPUTS = 256, 1024  # of a matrix
PLANES = ("red", "green", "blue")
FEW = 4  # input channels, so that a table that stands would be a strip
_SPECTRUM = 32  # cells a side


@dataclass(frozen=True)
class Filters:
    name: ClassVar[str] = "filters"
    title: ClassVar[str] = "Filters"
    summary: ClassVar[str] = "The weights of a layer as small pictures: what each of its filters looks for."
    family: ClassVar[Family] = "weights"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer", "units"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the weights as they are, of the filters and input channels that are drawn; against another state "
        "of the network by how much they are more than there",
        "filters": "the numbers of these filters",
        "channels": "the numbers of these input channels, counted within a filter's group",
        "factors": "by what each of these filters was multiplied to be drawn: 1, or what its batch norm does",
        "dead": "which of these filters have next to no weights: under a thousandth of the layer's median norm",
        "alike": "the filter that points most nearly in the direction of each; −1 where that was not looked for",
        "likeness": "the cosine between the two",
        "moved": "how long the difference to the other state is, in lengths of the filter there; 0 without another one",
    }
    live: ClassVar[bool] = True

    scale: str = setting("one", "One scale for the whole layer, or one for each filter.", choices=("one", "each"))
    colours: bool = setting(True, "A filter over red, green and blue as one picture in colours.")
    seen: str = setting(
        "weights",
        "The weights, or the strength of their frequencies with 0 in the middle.",
        choices=("weights", "spectrum"),
    )
    folded: bool = setting(False, "Multiply each filter by what its batch norm makes of it.")
    against: str = setting(
        "",
        "Their difference to another state of this network: a file of its weights, default, or random:SEED.",
        names="network",
    )
    page: int = setting(1, "Which page of filters.", low=1, high=9999)
    inputs_page: int = setting(1, "Which page of input channels.", low=1, high=9999)
    filters: int = setting(0, "How many filters a page has.", low=0, high=256, lowest="as they fit")
    inputs: int = setting(0, "How many input channels a page has.", low=0, high=1024, lowest="as they fit")

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np
        import torch

        from analysis.methods.weights import of_layer
        from analysis.network.network import as_array

        layer = learnt = of_layer.weights_of(question)
        moved, than = torch.zeros(layer.count), ""
        notes: tuple[str, ...] = ()
        if self.against:
            layer, moved, notes = yield from _difference(question, learnt, self.against)
            share = float(layer.flat.norm() / (learnt.flat - layer.flat).norm().clamp_min(1e-30))
            than = f" By how much they are more than in {_state_words(self.against)}: {share:.3g} of the length there."
        factors, words = torch.ones(layer.count), ""
        if self.folded:
            norm = of_layer.norm_factors(question, layer)
            factors, words = (norm[0], f" Folded with {norm[1]}.") if norm is not None else (factors, _NOT_FOLDED)
        near = of_layer.alike(learnt.flat)
        index, likeness = near if near is not None else (torch.full((layer.count,), -1), torch.zeros(layer.count))
        lifeless = of_layer.dead(learnt.flat)
        chosen, channels = self._shown(layer, question.unit)
        marks = _marks(chosen, lifeless.tolist(), index.tolist(), likeness.tolist())
        tiles, columns, rows_named, columns_named, of = _Drawing(self, layer, factors, chosen, marks).made(
            chosen, channels, question.unit is not None
        )
        picked = layer.values[chosen.start : chosen.stop, channels.start : channels.stop]
        twins = int((likeness >= of_layer.ALIKE).sum())
        of = of if layer.node.path and of.startswith(layer.called) else of[0].upper() + of[1:]
        of += "" if near is not None else " They are too many to be compared with each other."
        of += f" {int(lifeless.sum())} of all are dead, {twins} nearly the same as another.{than}{words}"
        yield Progress(
            1,
            1,
            Tiles(
                tiles,
                columns,
                of,
                {
                    "result": as_array(picked),
                    "filters": np.array(chosen, np.int64),
                    "channels": np.array(channels, np.int64),
                    "factors": as_array(factors)[chosen.start : chosen.stop],
                    "dead": lifeless.numpy()[chosen.start : chosen.stop],
                    "alike": index.numpy().astype(np.int64)[chosen.start : chosen.stop],
                    "likeness": as_array(likeness)[chosen.start : chosen.stop],
                    "moved": as_array(moved)[chosen.start : chosen.stop],
                },
                rows_named,
                columns_named,
            ),
            " ".join(notes),
        )

    def _shown(self, layer: LayerWeights, unit: int | None) -> tuple[range, range]:
        """The filters and the input channels of the page; the last one where there are not so many."""
        inputs = layer.values.shape[1]
        if layer.form == "matrix":
            most, wide = UNITS, INPUTS
        elif inputs == 1 or (self.colours and _in_colours(layer)):
            most, wide = MOSAIC, inputs
        else:
            most, wide = ROWS, COLUMNS
        if unit is not None:
            if not layer.has_units:
                from analysis.protocol.problems import Problem

                raise Problem(
                    f"{layer.called} has {layer.count} filters for {layer.node.units} units: none is one's own."
                )
            return range(unit, unit + 1), _page(inputs, self.inputs or max(MOSAIC, wide), self.inputs_page)
        whole = wide == inputs
        return _page(layer.count, self.filters or most, self.page), (
            range(inputs) if whole and not self.inputs else _page(inputs, self.inputs or wide, self.inputs_page)
        )


def _difference(
    question: Question, layer: LayerWeights, against: str
) -> Generator[Progress, None, tuple[LayerWeights, Tensor, tuple[str, ...]]]:
    """The layer's weights less those of the other state, how far each filter is from there, and what was assumed."""
    from analysis.methods.weights import of_layer
    from analysis.opening.other_state import other_state
    from analysis.protocol.problems import Problem

    opening = other_state(question.network, against)
    try:
        while True:
            yield Progress(0, 1, note=next(opening).note)
    except StopIteration as stop:
        module, notes = stop.value
    other = of_layer.weights_of(replace(question, network=replace(question.network, module=module)))
    if other.values.shape != layer.values.shape:
        raise Problem(
            f"{layer.called} has {_size(layer)} weights here and {_size(other)} in {_state_words(against)}: there "
            "is no difference between them."
        )
    difference = replace(layer, values=layer.values - other.values)
    moved = difference.flat.norm(dim=1) / other.flat.norm(dim=1).clamp_min(1e-30)
    return difference, moved, tuple(notes)


def _size(layer: LayerWeights) -> str:
    return "×".join(map(str, layer.values.shape))


def _state_words(against: str) -> str:
    return os.path.basename(against)


_NOT_FOLDED = " No batch norm alone takes what this layer gives, so nothing is folded."


def _page(count: int, size: int, number: int) -> range:
    first = min(number - 1, (count - 1) // size) * size
    return range(first, min(first + size, count))


def _in_colours(layer: LayerWeights) -> bool:
    return layer.form != "matrix" and layer.values.shape[1] == 3 and layer.groups == 1 and layer.slices == 1


def _marks(filters: range, dead: list[bool], near: list[int], likeness: list[float]) -> dict[int, str]:
    from analysis.methods.weights.of_layer import ALIKE

    found = {}
    for one in filters:
        if dead[one]:
            found[one] = "dead"
        elif likeness[one] >= ALIKE:
            found[one] = f"≈ {near[one]}"
    return found


class _Drawing:
    """Tiles of the weights of a page; of all others only the largest is asked, for the scale."""

    def __init__(
        self, asked: Filters, layer: LayerWeights, factors: Tensor, page: range, marks: Mapping[int, str]
    ) -> None:
        from analysis.network.network import as_array

        self._asked, self._layer, self._marks, self._first = asked, layer, marks, page.start
        ones = [1] * (layer.values.dim() - 1)
        here = slice(page.start, page.stop)
        self._page = as_array(layer.values[here] * factors[here].view(-1, *ones))
        self._spectrum = asked.seen == "spectrum" and layer.form == "slides" and layer.slices == 1
        self._largest = float((layer.largest() * factors.abs()).max()) or 1.0

    def _of(self, one: int) -> Any:
        """What is drawn of this filter."""
        return self._page[one - self._first]

    def made(
        self, filters: range, channels: range, alone: bool
    ) -> tuple[tuple[Tile, ...], int, tuple[str, ...], tuple[str, ...], str]:
        layer = self._layer
        if layer.form == "matrix":
            return self._matrix(filters, channels, alone)
        inputs, rows, columns = layer.values.shape[1:]
        kernel = f"{rows}×{columns // layer.slices}"
        if layer.slices > 1:
            kernel = f"{layer.slices}×{kernel}, its slices side by side"
        of = f"{_counted(filters, 'filter', layer.count)} of {layer.called}, each {kernel}"
        in_colours = self._asked.colours and _in_colours(layer) and channels == range(3) and not self._spectrum
        if in_colours and not alone:
            ends = f"±{self._largest:.3g}" if self._asked.scale == "one" else "its own largest weight"
            words = f"{of}, over red, green and blue: mid-grey is 0, the strongest colours are {ends}."
            return tuple(self._coloured(one) for one in filters), 0, (), (), words
        if len(channels) == 1 and not alone:
            tiles = tuple(self._tile(one, channels[0], f"{one}") for one in filters)
            return tiles, 0, (), (), f"{of}, over {_counted(channels, 'input channel', inputs)}."
        if alone:
            one = filters[0]
            tiles = tuple(self._tile(one, channel, self._plane(one, channel)) for channel in channels)
            tiles = (self._coloured(one), *tiles) if in_colours else tiles
            return tiles, 0, (), (), f"{of}, over {_counted(channels, 'input channel', inputs)}."
        named = tuple(f"{one} {self._marks.get(one, '')}".strip() for one in filters)
        of_channels = tuple(PLANES if _in_colours(layer) and channels == range(3) else (f"{one}" for one in channels))
        each = f"each of {_counted(channels, 'input channel', inputs)}{' of its group' if layer.groups > 1 else ''}"
        if len(channels) <= FEW and len(filters) > 2 * FEW:
            tiles = tuple(self._tile(one, channel, "") for channel in channels for one in filters)
            return tiles, len(filters), of_channels, named, f"{of}: a column for each, a row for {each}."
        tiles = tuple(self._tile(one, channel, "") for one in filters for channel in channels)
        return tiles, len(channels), named, of_channels, f"{of}: a row for each, a column for {each}."

    def _plane(self, one: int, channel: int) -> str:
        return PLANES[channel] if _in_colours(self._layer) else f"{self._layer.input_channel(one, channel)}"

    def _matrix(
        self, units: range, inputs: range, alone: bool
    ) -> tuple[tuple[Tile, ...], int, tuple[str, ...], tuple[str, ...], str]:
        layer, numbers = self._layer, self._page[:, inputs.start : inputs.stop]
        of = f"{layer.called}: {_counted(units, 'unit', layer.count)} × "
        of += _counted(inputs, "input", layer.values.shape[1])
        if alone:
            numbers, of = _wrapped(numbers[0]), f"{of}, row by row with {_WRAP} in a row"
        else:
            of += ", a row for each unit"
        high = self._high(units[0]) if alone else self._largest
        unit = units[0] if alone and layer.has_units else None
        return (Tile(numbers, "", -high, high, unit=unit),), 1, (), (), f"{of}."

    def _high(self, one: int) -> float:
        import numpy as np

        if self._asked.scale == "one":
            return self._largest
        return float(np.abs(self._of(one)).max(initial=0)) or 1.0

    def _tile(self, one: int, channel: int, title: str) -> Tile:
        import numpy as np

        layer, values = self._layer, self._of(one)[channel]
        words = f"filter {one}, input channel {layer.input_channel(one, channel)}"
        unit = one if layer.has_units else None
        if not self._spectrum:
            high = self._high(one)
            return Tile(values, title, -high, high, words, unit, self._marks.get(one, ""))
        side = (max(_SPECTRUM, values.shape[0]), max(_SPECTRUM, values.shape[1]))
        strength = np.abs(np.fft.fftshift(np.fft.fft2(values, side))).astype(np.float32)
        high = float(strength.max(initial=0)) or 1.0
        return Tile(strength, title, 0.0, high, words, unit, self._marks.get(one, ""))

    def _coloured(self, one: int) -> Tile:
        import numpy as np

        levels = 127.5 + 127.5 * self._of(one) / self._high(one)
        pixels = np.ascontiguousarray(np.rint(levels).clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
        high = f"{self._high(one):.3g}"
        words = f"filter {one}: mid-grey is 0, full colour {high}, no colour −{high}"
        return Tile(
            pixels, f"{one}", words=words, unit=one if self._layer.has_units else None, marked=self._marks.get(one, "")
        )


_WRAP = 64


def _wrapped(row: Any) -> Any:
    import numpy as np

    whole = np.zeros(-(-len(row) // _WRAP) * _WRAP, np.float32)
    whole[: len(row)] = row
    return whole.reshape(-1, min(_WRAP, len(whole)))


def _counted(shown: range, thing: str, all_: int) -> str:
    if len(shown) == all_:
        return f"{all_:,} {thing}{'s'[: all_ != 1]}"
    if len(shown) == 1:
        return f"{thing} {shown.start} of {all_:,}"
    return f"{thing}s {shown.start}–{shown.stop - 1} of {all_:,}"
