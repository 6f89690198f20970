"""`python -m analysis.artwork FOLDER` draws every sample picture into the folder."""

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from analysis.artwork import charts, nature, things
from analysis.artwork.canvas import Pixels
from analysis.artwork.digits import digit
from analysis.artwork.still_life import still_life
from analysis.files.whole_file import write_whole
from analysis.simulation import random_scene, with_grasp

LARGEST = 60_000


def _pushed_rectangles() -> Pixels:
    scene = random_scene(12)
    first = scene.rectangles[0]
    return with_grasp(scene, (first.x, first.y), (32.0, 32.0))


PICTURES: dict[str, Callable[[], Pixels]] = {
    "cat.jpg": things.cat,
    "airplane.jpg": things.airplane,
    "ship.jpg": things.ship,
    "truck.jpg": things.truck,
    "traffic-light.jpg": things.traffic_light,
    "clock.jpg": things.clock,
    "still-life.jpg": still_life,
    "lake.jpg": nature.lake,
    "julia.jpg": nature.julia,
    "shapes.png": charts.shapes,
    "gratings.png": charts.gratings,
    "zone-plate.png": charts.zone_plate,
    "page.png": charts.page,
    "digit-2.png": lambda: digit(2),
    "digit-5.png": lambda: digit(5, tilt=0.12),
    "digit-8.png": lambda: digit(8, tilt=0.06),
    "pushed-rectangles.png": _pushed_rectangles,
}


def encoded(pixels: Pixels, name: str) -> bytes:
    """PNG for drawings with flat areas; JPEG, as fine as fits, for the others."""
    image = Image.fromarray(pixels)
    if (pixels == pixels[..., :1]).all():
        image = image.convert("L")
    if name.endswith(".png"):
        file = io.BytesIO()
        image.save(file, "PNG", optimize=True)
        return file.getvalue()
    for quality in (92, 85, 75, 60):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if len(file.getvalue()) <= LARGEST:
            break
    return file.getvalue()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m analysis.artwork", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        write_whole(folder / name, encoded(draw(), name))
        print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
