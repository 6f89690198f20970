"""Maps of layers that were folded before, by t-SNE or another way: what `embed` wrote as numbers, for the site."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.files.recipe_inside import read_recipe
from analysis.methods.registry import method
from analysis.protocol.problems import Problem

_NAMES = ("result", "layers", "labels", "classes", "pictures", "trust", "continuity", "accuracy")


@dataclass(frozen=True, eq=False)
class Folded:
    """A map: `pictures` are the origins of its points, `words` how it was made and how far to trust it."""

    layer: str
    title: str
    places: NDArray[np.float64]
    groups: NDArray[np.int64]
    classes: tuple[str, ...]
    pictures: tuple[str, ...]
    words: str


def folded_in(path: Path) -> list[Folded]:
    """A map for each layer, in the order in which they were made."""
    recipe = read_recipe(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in _NAMES if name not in archive.files]
            if missing:
                raise Problem(f"“{path.name}” holds no maps of layers: write them with `embed … -o {path.stem}.npz`.")
            found = {name: archive[name] for name in _NAMES}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise Problem(
            f"“{path.name}” holds no maps of layers: write them with `embed … -o {path.stem}.npz`."
        ) from error
    if found["result"].ndim != 3 or found["result"].shape[2] != 2:
        raise Problem(f"The maps in “{path.name}” are not in the plane: make them with --set dimensions=2.")
    title = method(recipe.method).title
    maps = []
    for place, layer in enumerate(found["layers"].tolist()):
        told = [f"{len(found['pictures']):,} pictures, {title}"]
        if found["accuracy"][place] >= 0:
            told.append(f"k-NN {found['accuracy'][place]:.1%}")
        told.append(f"trustworthiness {found['trust'][place].mean():.3f}")
        told.append(f"continuity {found['continuity'][place].mean():.3f}")
        maps.append(
            Folded(
                str(layer),
                title,
                found["result"][place].astype(np.float64),
                found["labels"].astype(np.int64),
                tuple(found["classes"].tolist()),
                tuple(found["pictures"].tolist()),
                "; ".join(told) + ".",
            )
        )
    return maps
