"""The sample pictures: those that ship in `resources/samples`, and two photographs that come with scikit-learn."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import resources

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["photographs", "digits", "things", "scenes"]  # of pictures that a kind of network was made for

FOLDER = resources.FOLDER / "samples"

# In the order in which they are offered: what a first start shows comes first, drawings come last.
PHOTOGRAPHS = {
    "chelsea.jpg": "Chelsea the cat, photograph by Stéfan van der Walt",
    "coffee.jpg": "a cup of coffee, photograph by Rachel Michetti",
    "photographer.jpg": "a photographer at work, photograph by Lav Varshney",
    "rocket.jpg": "a rocket takes off, photograph by SpaceX",
    "astronaut.jpg": "the astronaut Eileen Collins, photograph by NASA",
    "grace-hopper.jpg": "Grace Hopper, photograph by the U.S. Navy",
}
SCIKIT_LEARN = {
    "china": "a Chinese palace, photograph by danielbuechele (CC BY 2.0)",
    "flower": "a dahlia, photograph by vultilion (CC BY 2.0)",
}
DRAWN = {
    "digit-2.png": "a handwritten 2",
    "digit-5.png": "a handwritten 5",
    "digit-8.png": "a handwritten 8",
    "cat.jpg": "a cat, drawn",
    "airplane.jpg": "an aeroplane, drawn",
    "ship.jpg": "a ship, drawn",
    "truck.jpg": "a lorry, drawn",
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
SHIPPED = PHOTOGRAPHS | DRAWN

# What is drawn for one kind of network; what is not here says something to all of them.
_KINDS: dict[str, Kind] = {
    **{Path(name).stem: "photographs" for name in (*PHOTOGRAPHS, *SCIKIT_LEARN)},
    **dict.fromkeys(("digit-2", "digit-5", "digit-8"), "digits"),
    **dict.fromkeys(("cat", "airplane", "ship", "truck"), "things"),
    "pushed-rectangles": "scenes",
}


@dataclass(frozen=True)
class Sample:
    """`open` gives the picture as uint8 H×W×3."""

    name: str
    title: str
    open: Callable[[], NDArray[np.uint8]]


def samples() -> tuple[Sample, ...]:
    files = {FOLDER / file: title for file, title in PHOTOGRAPHS.items()}
    # The package's folder is looked up without importing it, which would take seconds.
    package = importlib.util.find_spec("sklearn")
    if package is not None and package.submodule_search_locations:
        folder = Path(package.submodule_search_locations[0]) / "datasets" / "images"
        installed = {folder / f"{name}.jpg": title for name, title in SCIKIT_LEARN.items()}
        files |= {file: title for file, title in installed.items() if file.exists()}
    files |= {FOLDER / file: title for file, title in DRAWN.items()}
    return tuple(Sample(file.stem, title, partial(_opened, file)) for file, title in files.items())


def kind_of_sample(name: str) -> Kind | None:
    return _KINDS.get(name)


def _opened(file: Path) -> NDArray[np.uint8]:
    from analysis.pictures.decoding import decode

    return decode(str(file))
