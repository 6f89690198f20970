"""The pictures that a unit is shown: those of the recipe's data set, or noise of the network's own planes and size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.methods.settings import setting
from analysis.question.question import Question

if TYPE_CHECKING:
    import torch

    from analysis.protocol.frame import Pixels
    from analysis.protocol.layers import LayerNode


def many() -> Any:
    return setting(100, "How many pictures of the data set, as many of each class as can be.", low=1, high=50_000)


def noise() -> Any:
    return setting(False, "Noise in place of the pictures: of the network's own planes and size, drawn by the seed.")


@dataclass(frozen=True, eq=False)
class Given:
    """A picture as the network's input and as it is looked at; `problem` says why there is none."""

    number: int  # in the set
    input: torch.Tensor | None
    seen: Pixels | None
    problem: str = ""


def unit_asked(question: Question) -> tuple[LayerNode, int]:
    from analysis.protocol.problems import Problem
    from analysis.question.scalar import asked_layer

    layer = asked_layer(question)
    if question.unit is None:
        raise Problem(f"No unit of {layer.path} was chosen; click one, or name it with --unit.")
    return layer, question.unit


def chosen(question: Question, most: int, noise: bool) -> tuple[int, ...]:
    """The numbers of the pictures that are shown, drawn as the maps of a data set draw theirs."""
    from analysis.datasets.sampling import stratified
    from analysis.protocol.problems import Problem

    if noise:
        return tuple(range(most))
    data = question.data
    if data is None:
        raise Problem("What a unit does over many pictures is about a data set: choose one first, or noise.")
    if not data.count:
        raise Problem(f"There is no picture in “{data.title}”: choose another set.")
    return tuple(sorted(stratified(data, most, question.seed)))


def inputs(question: Question, numbers: Sequence[int], noise: bool) -> Iterator[Given]:
    """One after the other; of those that cannot be read only why."""
    import numpy as np
    import torch

    from analysis.datasets.data_set import each

    network = question.network
    if noise:
        size = network.preprocessing
        random = np.random.default_rng(question.seed)
        wanted = set(numbers)
        for number in range(max(wanted, default=-1) + 1):
            levels = random.integers(0, 256, (size.channels, size.height, size.width)).astype(np.uint8)
            if number in wanted:
                seen = levels if len(levels) == 3 else np.repeat(levels[:1], 3, 0)
                given = network.normalised(torch.from_numpy(levels)).to(question.input)
                yield Given(number, given, seen.transpose(1, 2, 0).copy())
        return
    assert question.data is not None
    for looked in each(question.data, numbers):
        if looked.pixels is None:
            yield Given(looked.index, None, None, str(looked.problem))
            continue
        fitted = network.picture(looked.pixels)
        assert isinstance(fitted, np.ndarray)
        yield Given(looked.index, network.input_of_fitted(fitted).to(question.input), fitted)


def left_out(lost: Sequence[str], total: int) -> str:
    """A sentence on those that could not be read; nothing where all could."""
    if not lost:
        return ""
    return f"{len(lost):,} of {total:,} pictures could not be read and are left out. {lost[-1]}"


def none_could_be_read(question: Question, lost: Sequence[str]) -> str:
    title = question.data.title if question.data is not None else "the set"
    return f"None of the {len(lost):,} pictures of “{title}” could be read: {lost[-1]}"


def maps(question: Question, layer: LayerNode, given: torch.Tensor) -> torch.Tensor:
    """Units × rows × columns of the layer for this picture."""
    from dataclasses import replace

    from analysis.network.maps import maps_of
    from analysis.question.scalar import layer_output

    return maps_of(layer, layer_output(replace(question, input=given, layer=layer))[None])[0].float()
