"""The pictures that a unit is shown: those that ship, simulated scenes, or noise of any number of planes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.question.question import Question

if TYPE_CHECKING:
    import torch

    from analysis.protocol.frame import Pixels
    from analysis.protocol.layers import LayerNode

DATA = ("samples", "scenes", "noise")
WHICH = "Which pictures: those that ship, simulated scenes, or noise. A folder of your own is swept (main.py sweep)."
MANY = "How many of them at most."


def unit_asked(question: Question) -> tuple[LayerNode, int]:
    from analysis.protocol.problems import Problem
    from analysis.question.scalar import asked_layer

    layer = asked_layer(question)
    if question.unit is None:
        raise Problem(f"No unit of {layer.path} was chosen; click one, or name it with --unit.")
    return layer, question.unit


def pictures(question: Question, data: str, most: int) -> int:
    """How many there are."""
    from analysis.datasets.opening import data_set

    return most if data == "noise" else min(most, data_set(data).count)


def inputs(question: Question, data: str, most: int) -> Iterator[tuple[torch.Tensor, Pixels]]:
    """Each as the network's input and as it is looked at."""
    import numpy as np
    import torch

    from analysis.datasets.opening import data_set

    network = question.network
    if data == "noise":
        size = network.preprocessing
        random = np.random.default_rng(question.seed)
        for _ in range(most):
            levels = random.integers(0, 256, (size.channels, size.height, size.width)).astype(np.uint8)
            seen = levels if len(levels) == 3 else np.repeat(levels[:1], 3, 0)
            yield network.normalised(torch.from_numpy(levels)).to(question.input), seen.transpose(1, 2, 0).copy()
        return
    opened = data_set(data)
    for index in range(min(most, opened.count)):
        fitted = network.picture(opened.picture(index))
        assert isinstance(fitted, np.ndarray)
        yield network.input_of_fitted(fitted).to(question.input), fitted


def maps(question: Question, layer: LayerNode, given: torch.Tensor) -> torch.Tensor:
    """Units × rows × columns of the layer for this picture."""
    from dataclasses import replace

    from analysis.network.maps import maps_of
    from analysis.question.scalar import layer_output

    return maps_of(layer, layer_output(replace(question, input=given, layer=layer))[None])[0].float()
