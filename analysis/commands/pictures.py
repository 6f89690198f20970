"""The pictures that a command names: one by one, or all of a folder or of a data set."""

import os
from collections.abc import Iterable
from pathlib import Path

from analysis.commands import arguments as given
from analysis.protocol.origin import Origin
from analysis.protocol.problems import Problem


def are_many(image: str) -> bool:
    """Whether it stands for all pictures of a folder or of a data set."""
    if os.path.isdir(image):
        return True
    origin = Origin.parse(image)
    return origin.kind == "data" and origin.place is None


def origins_of(images: Iterable[str]) -> list[str]:
    found = []
    for image in images:
        found += _all_in(image) if are_many(image) else [given.picture_origin(image)]
    return found


def _all_in(image: str) -> list[str]:
    if not os.path.isdir(image):
        from analysis.datasets.opening import data_set

        pictures = data_set(Origin.parse(given.picture_origin(image)).path)
        return [pictures.origin(index) for index in range(pictures.count)]
    from analysis.pictures.decoding import PICTURE_SUFFIXES
    from analysis.pictures.tensors import is_tensor

    names = sorted(
        name
        for name in os.listdir(image)
        if Path(name).suffix.lower() in PICTURE_SUFFIXES or is_tensor(os.path.join(image, name))
    )
    if not names:
        raise Problem(
            f"There is no picture in the folder {image}: name one that holds pictures, or data:{image} for a folder "
            "of folders."
        )
    return [os.path.abspath(os.path.join(image, name)) for name in names]
