"""To which networks of the list weights belong that come alone: by their names and shapes."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import torch
from torch import Tensor, nn

from analysis.opening.weights_file import fit
from analysis.protocol.problems import Problem

MOST_BUILT = 10  # networks of a library that are built to compare
_NO_PARAMETERS = (
    "running_mean",
    "running_var",
    "num_batches_tracked",
    "relative_position_index",
    "relative_coords_table",
    "attn_mask",
)
_USUAL_CLASSES = 1000


@dataclass(frozen=True)
class Fitting:
    """A network's name in the list, and what had to be adapted."""

    name: str
    notes: tuple[str, ...]


def whose(weights: Mapping[str, Tensor], file: Path) -> Fitting | None:
    """The network that the weights fit, of the shipped ones, then torchvision's, then timm's where it is installed."""
    for name, build in _candidates(weights, file):
        try:
            with warnings.catch_warnings(), torch.device("meta"):
                warnings.simplefilter("ignore")  # nothing is copied into shapes without numbers
                module = build()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                notes = fit(module, dict(weights), file, name)
        except Problem:
            continue
        except Exception:  # a builder of a library that cannot do without numbers
            continue
        return Fitting(name, notes)
    return None


def _candidates(weights: Mapping[str, Tensor], file: Path) -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    from analysis.shipped import BUILTINS

    for builtin in BUILTINS:
        yield builtin.name, builtin.build
    yield from _of_torchvision(weights, file)
    yield from _of_timm(file)


def _of_torchvision(weights: Mapping[str, Tensor], file: Path) -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    """The file's name first, then those with as many numbers once the last layer tells as many classes apart."""
    import torchvision

    from analysis.opening import torchvision_models

    sizes = {
        name: int(torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"])
        for name in torchvision_models.names()
    }
    counts = _counts(weights)
    nearest = sorted(sizes, key=lambda name: min(abs(sizes[name] - count) for count in counts))
    named = sorted((name for name in sizes if _words(name) in _words(file.stem)), key=len, reverse=True)
    for name in list(dict.fromkeys([*named[:3], *nearest]))[:MOST_BUILT]:
        yield name, lambda name=name: torchvision_models.bare(name)  # type: ignore[misc]


def _of_timm(file: Path) -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    """By the file's name only: there are more than a thousand."""
    from analysis.opening import timm_models

    if not timm_models.installed():
        return
    import timm

    for name in sorted(timm.list_models(), key=len, reverse=True):
        if _words(name) in _words(file.stem):
            yield f"{timm_models.PREFIX}{name}", lambda name=name: timm.create_model(name)  # type: ignore[misc]
            return


def _counts(weights: Mapping[str, Tensor]) -> list[int]:
    """How many numbers there are, and would be if a last layer told the usual number of classes apart."""
    learned = {
        name: tuple(value.shape)
        for name, value in weights.items()
        if isinstance(value, Tensor) and not name.endswith(_NO_PARAMETERS)
    }
    total = sum(map(prod, learned.values()))
    counts = [total]
    heads = [name for name, shape in learned.items() if len(shape) >= 2 and name.endswith(".weight")]
    for head in heads[-2:]:
        shape = learned[head]
        of_one = prod(shape[1:]) + (head.removesuffix("weight") + "bias" in learned)
        counts.append(total + (_USUAL_CLASSES - shape[0]) * of_one)
    return counts


def _words(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
