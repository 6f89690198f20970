"""The deep visualisation toolbox's backward mode: ∂ of half the squares of a unit's map, to the picture and a layer."""

from dataclasses import replace

from torch import Tensor

from analysis.protocol.problems import Problem
from analysis.protocol.requests import Backward
from analysis.protocol.target import UnitTarget
from analysis.question.derivative import derivatives_on_the_way
from analysis.question.question import Question


def flowing_back(question: Question, asked: Backward, path: str | None) -> tuple[Tensor, Tensor | None]:
    """For each channel and pixel of the input, and for each value of the layer; None where nothing flows back to it."""
    source = question.network.unit_node(asked.layer, asked.unit)
    seed = replace(question, layer=source, unit=asked.unit, target=UnitTarget("map"))
    to_picture, slopes = derivatives_on_the_way(seed, asked.rule, [path] if path else [])
    return to_picture, slopes.get(path) if path else None


def not_on_the_way(path: str, asked: Backward) -> Problem:
    return Problem(f"Nothing flows back to {path} from {asked.layer}: choose a layer before it.")
