"""Writes an atlas as a site: a page of all layers, pages of each, one for every unit, and maps of the pictures."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import resources
from analysis.pictures.images import fitted, open_origin
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.publishing import pages
from analysis.publishing.pages import Shown
from analysis.publishing.words import data
from analysis.sweeps.atlas import Atlas
from analysis.sweeps.statistics import BEST

MARK = "published-by-underhood"  # a file that tells a site of ours, which may be written again
UNITS_A_PAGE = 400
POINTS = 1500  # of a map
MAPS = 12  # layers that have one
_THUMBNAIL = 128  # pixels of a whole picture
_SMALL = 72  # of one on a map


def publish_atlas(atlas: Atlas, folder: Path, title: str = "") -> Iterator[tuple[int, int, str]]:
    """Yields how far it is; what stands in the folder from an earlier time is written over."""
    site = _Site(atlas, folder, title or atlas.title)
    yield from site.write()


class _Site:
    def __init__(self, atlas: Atlas, folder: Path, title: str) -> None:
        self._atlas, self._folder, self._title = atlas, folder, title
        self._wholes: dict[int, str] = {}
        self._written: set[str] = set()
        told = atlas.about["preprocessing"]
        self._preprocessing = Preprocessing(**told | {"mean": tuple(told["mean"]), "std": tuple(told["std"])})

    def write(self) -> Iterator[tuple[int, int, str]]:
        self._begin()
        total = self._atlas.units
        done = 0
        maps = self._mapped()
        pages_of: dict[int, int] = {}
        for place, layer in enumerate(self._atlas.layers):
            many = -(-layer.units // UNITS_A_PAGE)
            pages_of[place] = many
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
        for place in maps:
            yield done, total, f"The map of {self._atlas.layers[place].path}"
            self._map(place)
        self._save("units.js", f"window.UNITS={data(self._list())};\n")
        self._save("index.html", pages.index(self._atlas, self._title, maps, pages_of))
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
            shown.append(Shown(best, self._picture(content), self._whole(best.picture, best.name)))
        synthesis = self._picture(atlas.synthesis(identity))
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

    def _whole(self, number: int, name: str, side: int = _THUMBNAIL) -> str:
        """The picture as the network saw it; empty where it is not there any more."""
        if number not in self._wholes:
            try:
                given = open_origin(self._atlas.path(name))
                seen = fitted(given, self._preprocessing)
            except (Problem, OSError):
                self._wholes[number] = ""
            else:
                image = Image.fromarray(seen)
                image.thumbnail((side, side))
                stream = io.BytesIO()
                image.save(stream, "JPEG", quality=82)
                self._wholes[number] = self._picture(stream.getvalue())
        return self._wholes[number]

    def _mapped(self) -> list[int]:
        """Layers that have a map: evenly over the depth, where they are many."""
        if len(self._atlas.rows) < 3:
            return []
        layers = [place for place, layer in enumerate(self._atlas.layers) if layer.units >= 2]
        if len(layers) <= MAPS:
            return layers
        return [layers[round(one)] for one in np.linspace(0, len(layers) - 1, MAPS)]

    def _map(self, place: int) -> None:
        atlas = self._atlas
        chosen = np.arange(len(atlas.rows))
        if len(chosen) > POINTS:
            chosen = np.sort(np.random.default_rng(0).permutation(len(chosen))[:POINTS])
        values = np.asarray(atlas.maxima(place)[chosen], np.float64)
        places, shares = principal(values)
        others = by_neighbours(values)
        numbers = atlas.rows[chosen].tolist()
        entries = atlas.entries(numbers)
        told = {
            "x": places[:, 0].tolist(),
            "y": places[:, 1].tolist(),
            "other": others.T.tolist() if others is not None else [],
            "group": [-1 if entries[one].label is None else entries[one].label for one in numbers],
            "classes": list(atlas.classes),
            "name": [entries[one].name for one in numbers],
            "picture": [self._whole(one, entries[one].name, _SMALL) for one in numbers],
        }
        self._save(f"maps/{place}.js", f"window.MAP={data(told)};\n")
        name = atlas.layers[place].path or "(the whole network)"
        words = (
            f"{len(numbers):,} pictures by what the units of the layer answer at most: the two directions in which "
            f"they differ most (PCA), which hold {shares.sum():.0%} of the differences."
        )
        body = pages.map_page(self._title, name, words, others is not None)
        script = f'<script src="{place}.js"></script>\n'
        self._save(f"maps/{place}.html", pages.page(f"{name} · {self._title}", body, "../", script))

    def _list(self) -> list[list[object]]:
        """For the search: layer, unit, class, number of the layer."""
        columns = self._atlas.columns
        found: list[list[object]] = []
        for place, layer in enumerate(self._atlas.layers):
            for unit in range(layer.units):
                identity = self._atlas.firsts[place] + unit
                favourite = int(columns["fav"][identity])
                words = self._atlas.classes[favourite] if favourite >= 0 and columns["sure"][identity] else ""
                found.append([layer.path, unit, "dead" if columns["dead"][identity] else words, place])
        return found

    def _save(self, name: str, content: str) -> None:
        self._write(name, content.encode())

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise Problem(f"{path} could not be written: {error.strerror or error}.") from error


def by_neighbours(values: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Places by t-SNE, from 0 to 1000; None where there is nothing to tell neighbours by."""
    from analysis.population.plane import neighbourly

    found = neighbourly(np.nan_to_num(values))
    return None if found is None else _in_thousands(np.asarray(found, np.float64))


def principal(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places in the plane of the first two principal components, from 0 to 1000, and the share of variance of each."""
    centred = values - values.mean(0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    found = centred @ directions[:2].T
    if found.shape[1] < 2:
        found = np.hstack([found, np.zeros((len(found), 2 - found.shape[1]))])
    squares = lengths**2
    shares = squares[:2] / squares.sum() if squares.sum() > 0 else np.zeros(2)
    return _in_thousands(found), shares


def _in_thousands(places: NDArray[np.float64]) -> NDArray[np.int64]:
    middle = (places.max(0) + places.min(0)) / 2
    whole = max(float((places.max(0) - places.min(0)).max()), 1e-12)
    thousands: NDArray[np.int64] = np.rint((places - middle) / whole * 1000 + 500).astype(np.int64)
    return thousands
