"""Pictures that were made for units, kept per network, layer and unit, so that they stand beside the unit from then on.

A network is its weights, whatever its name. Each picture is a PNG with the recipe that makes it again inside; nothing
is lost with the folder but time. UNDERHOOD_CACHE names another one.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from analysis.files.cache import cache_folder
from analysis.files.recipe_inside import png_with, read_recipe
from analysis.files.whole_file import write_whole
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, to_json

MOST = 12  # of a unit; the oldest ones go


@dataclass(frozen=True)
class Made:
    path: Path
    recipe: Recipe


def keep(recipe: Recipe, png: bytes, layer: str, unit: int) -> None:
    """For the unit, which a run may have been steered to. Whether there is room for it is nobody's worry."""
    folder = _folder(recipe.model.weights_hash, layer, unit)
    if folder is None:
        return
    content = png_with(recipe, png)
    name = f"{recipe.method}-{sha256(to_json(recipe).encode()).hexdigest()[:16]}.png"
    with suppress(OSError, Problem):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, content)
        for old in _newest_first(folder)[MOST:]:
            old.unlink(missing_ok=True)


def made_for(weights_hash: str | None, layer: str | None, unit: int | None) -> tuple[Made, ...]:
    """What there is, the newest first; a file that is damaged is none."""
    folder, found = _folder(weights_hash, layer, unit), []
    if folder is None:
        return ()
    for path in _newest_first(folder):
        with suppress(OSError, Problem):
            found.append(Made(path, read_recipe(path)))
    return tuple(found)


def _newest_first(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.png"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    except OSError:
        return []


def _folder(weights_hash: str | None, layer: str | None, unit: int | None) -> Path | None:
    if weights_hash is None or layer is None or unit is None:
        return None
    if (cache := cache_folder()) is None:
        return None
    sound = re.sub(r"[^A-Za-z0-9._-]+", "-", layer)[:40]
    layer_name = f"{sound}-{sha256(layer.encode()).hexdigest()[:8]}"
    return cache / "made-for-units" / weights_hash[:32] / layer_name / str(unit)
