"""What a network answers for each class: one number, or one at each of many places of a map, a sequence or a list."""

from dataclasses import replace

import torch
from torch import Tensor

from analysis.network.network import Network
from analysis.protocol.answer_words import classes_are_in_front
from analysis.protocol.problems import Problem
from analysis.protocol.target import At, ClassTarget, at_text, text_of


def is_vector(network: Network, output: Tensor, pictures: int) -> bool:
    """Whether it is the plain case: a number for each class and picture."""
    return network.output == "classes" and output.ndim == 2 and len(output) == pictures


def by_places(network: Network, output: Tensor, pictures: int, target: ClassTarget) -> Tensor:
    """N × classes × places (a grid or a row of them), or one sentence on what else can be asked.

    A map has its classes in front. Of a list, as steps of a sequence or boxes, the axis that is as long as there are
    names is that of the classes; where nothing tells, it is the last one. The scores of boxes that
    were found are those of a single class.
    """
    if output.ndim == 1 and pictures == 1 and network.output == "other" and output.is_floating_point() and len(output):
        return output[None, None]  # a number for each of the boxes that were found
    if output.ndim > 1 and len(output) == pictures and output.is_floating_point() and output.numel():
        if output.ndim == 4 and (network.output != "picture" or target.index is not None):
            return output.movedim(-1, 1) if network.root.layout == "HWC" else output
        if output.ndim == 3 and network.root.layout == "HW" and target.index is not None:
            return output[:, None]
        if output.ndim == 3 and network.root.layout != "HW":
            return output if _classes_are_in_front(network, output) else output.transpose(1, 2)
    raise Problem(refusal(network, output, pictures))


def _classes_are_in_front(network: Network, output: Tensor) -> bool:
    names = len(network.labels) if network.labels else 0
    return classes_are_in_front(network.root.layout, output.shape[1], output.shape[2], names)


def at_places(target: ClassTarget, scores: Tensor, region: Tensor | None, network: Network) -> tuple[Tensor, Tensor]:
    """N × classes × the places that are asked about, and which of them count: N × places."""
    flat = scores.flatten(2)
    if target.at is None:
        return flat, torch.ones_like(flat[:, 0], dtype=torch.bool)
    if target.at == "region":
        where = region if region is not None else _region(target, flat)
        if not bool(where.any(1).all()):
            raise Problem(
                f"{network.title} answers class {target.index} most at no place of this picture: "
                f"ask {text_of(replace(target, at=None))}, its mean over all places."
            )
        return flat, where.expand(len(flat), -1)
    place = _place(target.at, tuple(scores.shape[2:]), network)
    chosen = torch.zeros_like(flat[:, 0], dtype=torch.bool)
    chosen[:, place] = True
    return flat, chosen


def best_class(target: ClassTarget, scores: Tensor, network: Network) -> Tensor:
    """Of each picture: the class that answers most, in the mean over the places or at the one that is asked about."""
    somewhere = replace(target, at=None) if target.at == "region" else target
    flat, where = at_places(somewhere, scores, None, network)
    return mean_at(flat, where[:, None]).argmax(1)


def region_of(target: ClassTarget, scores: Tensor) -> Tensor:
    """N × places: where no class answers more than the one that is asked about."""
    return _region(target, scores.flatten(2)).detach()


def _region(target: ClassTarget, flat: Tensor) -> Tensor:
    assert target.index is not None
    return flat.argmax(1).eq(target.index)


def mean_at(values: Tensor, where: Tensor) -> Tensor:
    """The mean of N × … × places over those that count; what lies elsewhere has no part in it, be it infinite."""
    return torch.where(where, values, 0).sum(-1) / where.sum(-1)


def _place(at: At, shape: tuple[int, ...], network: Network) -> int:
    places = at if isinstance(at, tuple) else (at,)
    if len(places) != len(shape) or any(int(one) >= size for one, size in zip(places, shape, strict=True)):
        there = f"{shape[0]} rows and {shape[1]} columns" if len(shape) == 2 else f"{shape[0]} steps"
        how = "class:N@ROW,COL" if len(shape) == 2 else "class:N@STEP"
        raise Problem(f"The answer of {network.title} has {there}; there is no @{at_text(at)}: ask {how}, each from 0.")
    return int(places[0]) if len(places) == 1 else int(places[0]) * shape[1] + int(places[1])


def refusal(network: Network, output: Tensor, pictures: int) -> str:
    shape = "×".join(map(str, output.shape)) or "a single number"
    start = (
        f"{network.title} does not answer with a vector of classes (its answer to {pictures} "
        f"picture{'s'[: pictures != 1]} is {shape}); "
    )
    if network.output == "picture" and output.ndim == 4 and output.numel():
        return (
            start + "it is taken for a picture: ask for the mean of a channel with class:0, or of a place of it "
            "with class:0@ROW,COL, or choose a unit of a layer instead."
        )
    last = next((node for node in reversed(list(network.root.walk())) if node.path and node.kind is not None), None)
    line = f", as with --layer {last.path} --unit 0 --target unit:mean" if last is not None else ""
    return f"{start}choose a unit of a layer instead{line}."
