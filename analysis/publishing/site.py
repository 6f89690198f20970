"""Writes an atlas as a site: a page of all layers, pages of each, one for every unit, and maps of the pictures."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import resources
from analysis.pictures.images import fitted, open_origin
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.publishing import pages
from analysis.publishing.folded import Folded, folded_in
from analysis.publishing.pages import Shown
from analysis.publishing.words import data, shortened
from analysis.sweeps.atlas import Atlas
from analysis.sweeps.statistics import BEST

MARK = "published-by-underhood"  # a file that tells a site of ours, which may be written again
UNITS_A_PAGE = 400
POINTS = 1500  # of a map
MAPS = 12  # layers that have one
_A_MAP = 200  # units that take as long
_THUMBNAIL = 128  # pixels of a whole picture
_SMALL = 72  # of one on a map


def publish_atlas(
    atlas: Atlas, folder: Path, title: str = "", maps: Sequence[Path] = ()
) -> Iterator[tuple[int, int, str]]:
    """Yields how far it is; what stands in the folder from an earlier time is written over.

    `maps` are files of numbers that `embed` wrote; their maps stand beside those of the components.
    """
    folded = [one for path in maps for one in folded_in(path)]
    site = _Site(atlas, folder, title or atlas.title, folded)
    yield from site.write()


class _Site:
    def __init__(self, atlas: Atlas, folder: Path, title: str, folded: Sequence[Folded]) -> None:
        self._atlas, self._folder, self._title = atlas, folder, title
        self._folded = folded
        self._wholes: dict[str, str] = {}
        self._written: set[str] = set()
        told = atlas.about["preprocessing"]
        self._preprocessing = Preprocessing(**told | {"mean": tuple(told["mean"]), "std": tuple(told["std"])})

    def write(self) -> Iterator[tuple[int, int, str]]:
        self._begin()
        maps = self._mapped()
        total = self._atlas.units + _A_MAP * (len(maps) + len(self._folded))
        done = 0
        for place, layer in enumerate(self._atlas.layers):
            many = -(-layer.units // UNITS_A_PAGE)
            items: list[str] = []
            for unit in range(layer.units):
                crop = self._unit(place, unit)
                items.append(pages.item(self._atlas, place, unit, crop))
                done += 1
                if done % 10 == 0:
                    yield done, total, f"Unit {unit} of {layer.path}"
            for which in range(many):
                part = items[which * UNITS_A_PAGE : (which + 1) * UNITS_A_PAGE]
                self._save(
                    f"layers/{pages.layer_file(place, which)}",
                    pages.layer_page(self._atlas, self._title, place, which, many, part),
                )
        links = []
        for place in maps:
            yield done, total, f"The map of {self._atlas.layers[place].path}"
            links.append(self._components(place))
            done += _A_MAP
        for number, one in enumerate(self._folded):
            yield done, total, f"The map of {one.layer}"
            links.append(self._folded_map(number, one))
            done += _A_MAP
        self._save("units.js", f"window.UNITS={data(self._list())};\n")
        self._save("index.html", pages.index(self._atlas, self._title, links))
        yield total, total, "The site is written"

    def _begin(self) -> None:
        folder = self._folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = [path.name for path in folder.iterdir()]
            if others and MARK not in others:
                raise Problem(f"{folder} holds other files, such as {sorted(others)[0]}: choose an empty folder.")
            (folder / MARK).write_text("made by main.py publish\n", encoding="ascii")
            for name in ("layers", "maps", "pictures", "units"):
                (folder / name).mkdir(exist_ok=True)
            for name in ("site.css", "site.js"):
                (folder / name).write_bytes((resources.FOLDER / "site" / name).read_bytes())
        except OSError as error:
            raise Problem(f"The site could not be written to {folder}: {error.strerror or error}.") from error

    def _unit(self, place: int, unit: int) -> str:
        """Writes its page; where the cutting of its best picture is."""
        atlas = self._atlas
        identity = atlas.firsts[place] + unit
        shown = []
        for rank, best in enumerate(atlas.best(identity)[:BEST]):
            content = atlas.crop(identity, rank)
            shown.append(Shown(best, self._picture(content), self._whole(atlas.path(best.name))))
        synthesis = self._picture(_bare(atlas.synthesis(identity)))
        self._save(f"units/{place}/{unit}.html", pages.unit_page(atlas, self._title, place, unit, shown, synthesis))
        return shown[0].crop if shown else ""

    def _picture(self, content: bytes) -> str:
        """What is the same is there once, under a name that says what is in it."""
        if not content:
            return ""
        ending = "png" if content[:4] == b"\x89PNG" else "jpg"
        name = f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        if name not in self._written:
            self._written.add(name)
            self._write(name, content)
        return name

    def _whole(self, origin: str, side: int = _THUMBNAIL) -> str:
        """The picture as the network saw it; empty where it is not there any more."""
        if origin not in self._wholes:
            try:
                given = open_origin(origin)
                seen = fitted(given, self._preprocessing)
            except (Problem, OSError):
                self._wholes[origin] = ""
            else:
                image = Image.fromarray(seen)
                image.thumbnail((side, side))
                stream = io.BytesIO()
                image.save(stream, "JPEG", quality=82)
                self._wholes[origin] = self._picture(stream.getvalue())
        return self._wholes[origin]

    def _mapped(self) -> list[int]:
        """Layers that have a map: evenly over the depth, where they are many."""
        if len(self._atlas.rows) < 3:
            return []
        layers = [place for place, layer in enumerate(self._atlas.layers) if layer.units >= 2]
        if len(layers) <= MAPS:
            return layers
        return [layers[round(one)] for one in np.linspace(0, len(layers) - 1, MAPS)]

    def _components(self, place: int) -> pages.MapLink:
        """The picture plane of the layer's two principal components, from the numbers that the sweep kept."""
        atlas = self._atlas
        chosen = _some(len(atlas.rows))
        values = np.asarray(atlas.maxima(place)[chosen], np.float64)
        places, shares = principal(values)
        others = by_neighbours(values)
        numbers = atlas.rows[chosen].tolist()
        entries = atlas.entries(numbers)
        labels = [entries[one].label for one in numbers]
        words = (
            f"{len(numbers):,} pictures by what the units of the layer answer at most: the two directions in which "
            f"they differ most (PCA), which hold {shares.sum():.0%} of the differences."
        )
        layer = atlas.layers[place].path
        names = [entries[one].name for one in numbers]
        groups = [-1 if one is None else one for one in labels]
        origins = [atlas.path(name) for name in names]
        self._write_map(str(place), layer, words, places, groups, atlas.classes, names, origins, others)
        return pages.MapLink(layer, "components", f"maps/{place}.html")

    def _folded_map(self, number: int, one: Folded) -> pages.MapLink:
        chosen = _some(len(one.pictures))
        origins = [one.pictures[place] for place in chosen.tolist()]
        names = [Path(origin).name for origin in origins]
        places = within(one.places[chosen])
        part = "" if len(chosen) == len(one.pictures) else f" {len(chosen):,} of them are shown."
        name = f"folded-{number}"
        groups = one.groups[chosen].tolist()
        self._write_map(name, one.layer, one.words + part, places, groups, one.classes, names, origins)
        return pages.MapLink(one.layer, one.title, f"maps/{name}.html")

    def _write_map(
        self,
        file: str,
        layer: str,
        words: str,
        places: NDArray[np.int64],
        groups: Sequence[int],
        classes: Sequence[str],
        names: Sequence[str],
        origins: Sequence[str],
        others: NDArray[np.int64] | None = None,
    ) -> None:
        told = {
            "x": places[:, 0].tolist(),
            "y": places[:, 1].tolist(),
            "other": others.T.tolist() if others is not None else [],
            "group": list(groups),
            "classes": list(classes),
            "name": [shortened(name) for name in names],
            "picture": [self._whole(origin, _SMALL) for origin in origins],
        }
        self._save(f"maps/{file}.js", f"window.MAP={data(told)};\n")
        name = layer or "(the whole network)"
        body = pages.map_page(self._title, name, words, others is not None)
        script = f'<script src="{file}.js"></script>\n'
        self._save(f"maps/{file}.html", pages.page(f"{name} · {self._title}", body, "../", script))

    def _list(self) -> dict[str, object]:
        """For the search: of each unit of each layer the number of its class; −1 for none, −2 where it is dead."""
        columns = self._atlas.columns
        sure = np.where(np.asarray(columns["sure"]), np.asarray(columns["fav"]), -1)
        groups = np.where(np.asarray(columns["dead"]), -2, sure)
        ends = [first + layer.units for first, layer in zip(self._atlas.firsts, self._atlas.layers, strict=True)]
        return {
            "layers": [layer.path for layer in self._atlas.layers],
            "classes": list(self._atlas.classes),
            "of": [groups[first:end].tolist() for first, end in zip(self._atlas.firsts, ends, strict=True)],
        }

    def _save(self, name: str, content: str) -> None:
        self._write(name, content.encode(errors="replace"))  # names of files may hold bytes that are no text

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise Problem(f"{path} could not be written: {error.strerror or error}.") from error


def _bare(content: bytes) -> bytes:
    """The pixels alone: a picture of the album says inside how it was made, with paths of whose machine it was."""
    if not content:
        return b""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            image = opened.convert("RGB")
    except (OSError, ValueError):
        return b""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def by_neighbours(values: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Places by t-SNE, from 0 to 1000; None where there is nothing to tell neighbours by."""
    from analysis.population.plane import neighbourly

    found = neighbourly(np.nan_to_num(values))
    return None if found is None else within(np.asarray(found, np.float64))


def principal(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places in the plane of the first two principal components, from 0 to 1000, and the share of variance of each."""
    centred = values - values.mean(0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    found = centred @ directions[:2].T
    if found.shape[1] < 2:
        found = np.hstack([found, np.zeros((len(found), 2 - found.shape[1]))])
    squares = lengths**2
    shares = squares[:2] / squares.sum() if squares.sum() > 0 else np.zeros(2)
    return within(found), shares


def within(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places from 0 to 1000, about the middle, of the same scale along both axes."""
    middle = (places.max(0) + places.min(0)) / 2
    whole = max(float((places.max(0) - places.min(0)).max()), 1e-12)
    thousands: NDArray[np.int64] = np.rint((places - middle) / whole * 1000 + 500).astype(np.int64)
    return thousands


def _some(count: int) -> NDArray[np.int64]:
    """Which points a map has: all, or as many as a page can carry."""
    if count <= POINTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[:POINTS])
