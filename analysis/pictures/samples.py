"""The sample pictures: those that ship in `resources/samples`, and two photographs that come with scikit-learn."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import resources

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = resources.FOLDER / "samples"

# In the order in which they are offered: what a first start shows comes first.
SHIPPED = {
    "cat.jpg": "a cat, drawn",
    "airplane.jpg": "an aeroplane, drawn",
    "ship.jpg": "a ship, drawn",
    "truck.jpg": "a lorry, drawn",
    "digit-2.png": "a handwritten 2",
    "digit-5.png": "a handwritten 5",
    "digit-8.png": "a handwritten 8",
    "traffic-light.jpg": "a traffic light, drawn",
    "clock.jpg": "a clock, drawn",
    "still-life.jpg": "a ball, an egg, a cube and a ring, rendered",
    "lake.jpg": "a mountain lake, rendered",
    "julia.jpg": "a Julia set",
    "shapes.png": "coloured shapes",
    "gratings.png": "gratings of four directions and wavelengths",
    "zone-plate.png": "a zone plate: every frequency and direction",
    "page.png": "a printed page",
    "pushed-rectangles.png": "a table with rectangles, for the dynamics network",
}
SCIKIT_LEARN = {
    "china": "a Chinese palace, photograph by danielbuechele (CC BY 2.0)",
    "flower": "a dahlia, photograph by vultilion (CC BY 2.0)",
}


@dataclass(frozen=True)
class Sample:
    """`open` gives the picture as uint8 H×W×3."""

    name: str
    title: str
    open: Callable[[], NDArray[np.uint8]]


def samples() -> tuple[Sample, ...]:
    found = [Sample(Path(file).stem, title, partial(_opened, FOLDER / file)) for file, title in SHIPPED.items()]
    # The package's folder is looked up without importing it, which would take seconds.
    package = importlib.util.find_spec("sklearn")
    if package is not None and package.submodule_search_locations:
        photographs = Path(package.submodule_search_locations[0]) / "datasets" / "images"
        for name, title in SCIKIT_LEARN.items():
            if (photographs / f"{name}.jpg").exists():
                found.append(Sample(name, title, partial(_opened, photographs / f"{name}.jpg")))
    return tuple(found)


def _opened(file: Path) -> NDArray[np.uint8]:
    from analysis.pictures.decoding import decode

    return decode(str(file))
