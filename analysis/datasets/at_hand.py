"""The data sets that a person can choose without naming a path, and which of them is the nearest to a network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from analysis.datasets.names import CIFAR, IDX, known, places

if TYPE_CHECKING:
    from analysis.pictures.samples import Kind

FEW = 4  # pictures of which there is a map


def at_hand() -> tuple[str, ...]:
    """Those that ship, and those of the known ones that were downloaded."""
    found = ["written-digits", "samples", "scenes"]
    for name in (*IDX, *CIFAR):
        if _is_here(name):
            found += [f"{name}/test", name]
    return tuple(found)


def was_not_downloaded(name_or_path: str) -> str:
    """The name of the known set that this asks for and that is nowhere here; nothing of any other.

    Of those that torchvision alone can read it is seen when they are asked.
    """
    name, _part = known(name_or_path) or ("", "")
    return name if name in (*IDX, *CIFAR) and not _is_here(name) else ""


def _is_here(name: str) -> bool:
    from analysis.datasets.cifar import cifar_folder
    from analysis.datasets.idx import holds_idx

    if name in IDX:
        return any(holds_idx(os.path.join(place, name)) for place in places())
    return any(cifar_folder(place, name) is not None for place in places())


def nearest_to(kind: Kind) -> str:
    """What a network of this kind was made for, as far as it is here."""
    if kind == "digits":
        return "written-digits"
    if kind == "scenes":
        return "scenes"
    there = at_hand()
    if kind == "things" and "CIFAR10/test" in there:
        return "CIFAR10/test"
    return "samples"
