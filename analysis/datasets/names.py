"""The names of data sets that are no paths, and where their files are looked for. Nothing heavy is imported here."""

from __future__ import annotations

import os

from analysis.protocol.origin import PARTS, Origin, is_path, origin_in_data

OWN = ("samples", "scenes", "written-digits")
IDX = ("MNIST", "FashionMNIST", "KMNIST")
CIFAR = ("CIFAR10", "CIFAR100")
# Through torchvision's own readers: sets for classification that give one picture and one number.
READ_BY_TORCHVISION = (
    *("Caltech101", "Caltech256", "Country211", "DTD", "EuroSAT", "FER2013", "FGVCAircraft", "Flowers102", "Food101"),
    *("GTSRB", "ImageNet", "Imagenette", "OxfordIIITPet", "PCAM", "RenderedSST2", "SEMEION", "STL10", "SUN397"),
    *("SVHN", "StanfordCars", "USPS"),
)
KNOWN = (*OWN, *IDX, *CIFAR, *READ_BY_TORCHVISION)
SUFFIXES = (".npz", ".tar", ".txt", ".tsv")


def known(name: str) -> tuple[str, str] | None:
    """A known name as it is written here, and which part of the set is meant: `mnist/test` is MNIST's test pictures."""
    plain, _, part = name.partition("/")
    for one in KNOWN:
        if one.casefold() == plain.casefold():
            return one, part
    return None


def places() -> tuple[str, ...]:
    """The folders where downloaded sets and files named by their last part are looked for."""
    given = [place for place in os.environ.get("UNDERHOOD_DATA", "").split(os.pathsep) if place]
    return (*given, os.path.abspath("data"), os.path.expanduser("~/data"))


def where(name: str) -> str | None:
    """The path of a data set that is named without one: of a file or folder in one of the places."""
    if is_path(name):
        return None
    for place in places():
        for ending in ("", *SUFFIXES):
            path = os.path.join(place, name + ending)
            if os.path.exists(path):
                return path
    return None


def split(path: str) -> tuple[str, str]:
    """What is on the disk, and which part of it is meant: `digits.npz/test` is the test pictures in `digits.npz`."""
    outer, part = os.path.split(path)
    if not os.path.exists(path) and part in PARTS and os.path.exists(outer):
        return outer, part
    return path, ""


def whole_origin(origin: Origin) -> Origin:
    """The picture of a data set as a recipe stores it: paths from the root on, known names as they are."""
    name = origin.path
    if known(name) is not None:
        return origin
    path = os.path.abspath(name)
    if os.path.exists(split(path)[0]) or is_path(name) or os.sep in name:
        index = None if origin.place is None else int(origin.place)
        return Origin.parse(origin_in_data(path, index))
    return origin
