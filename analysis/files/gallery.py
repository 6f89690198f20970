"""The gallery: recipes that ship with the program and can be asked for by name."""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import resources
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, from_json

FOLDER = resources.FOLDER / "gallery"


@dataclass(frozen=True)
class GalleryRow:
    """What stands in its file besides the recipe is for a reader: what to see, under which topic, and its twin.

    The twin is the row that shows the same on a network that ships with the program.
    """

    name: str
    title: str
    recipe: Recipe
    sentence: str = ""
    topic: str = ""
    twin: str = ""


def rows() -> tuple[GalleryRow, ...]:
    """Every recipe of the gallery, by name."""
    return tuple(_row(path) for path in sorted(FOLDER.glob("*.json")))


def named(name: str) -> GalleryRow:
    """The row of this name, or one sentence with the nearest ones."""
    found = {path.stem: path for path in FOLDER.glob("*.json")}
    if name in found:
        return _row(found[name])
    near = get_close_matches(name, found, n=3, cutoff=0.4)
    advice = f"did you mean {' or '.join(near)}?" if near else "`main.py gallery` lists what there is."
    raise Problem(f"There is neither a file nor a recipe of the gallery called “{name[:80]}”: {advice}")


def _row(path: Path) -> GalleryRow:
    text = path.read_text(encoding="utf-8")
    data = json.loads(text)
    words = (str(data.get(key, "")) for key in ("sentence", "topic", "twin"))
    return GalleryRow(path.stem, data["title"], from_json(text), *words)
