"""An atlas, opened: what is known of every unit over a population. Nothing of it is read before it is looked at."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.files.album import made_for
from analysis.files.whole_file import write_whole
from analysis.protocol.origin import origin_in_data
from analysis.protocol.problems import Problem
from analysis.sweeps.bins import BINS, occupied
from analysis.sweeps.evidence import is_spread, pearson
from analysis.sweeps.layout import ABOUT, DATABASE, FORMAT, INDEX, PACK
from analysis.sweeps.ledger import named
from analysis.sweeps.manifest import Entry
from analysis.sweeps.query import Asked, ask
from analysis.sweeps.spec import SweptLayer
from analysis.sweeps.statistics import BEST, Doubles
from analysis.sweeps.units_table import TABLE, Columns, read_columns, told

_ROWS = 8192  # pictures of a pooled matrix that are worked on at once
MOST_NAMED = 5  # of the pictures that could not be swept


@dataclass(frozen=True)
class Best:
    """One of a unit's nine pictures. `value` is its activation there; `before` what came into the ReLU, where the
    unit itself was silent."""

    picture: int
    name: str
    value: float
    before: float | None
    row: int
    column: int
    box: tuple[int, int, int, int]
    label: str | None


@dataclass(frozen=True)
class ClassScore:
    """What a unit has to do with a class, and how far from chance that is."""

    name: str
    mean: float
    ap: float | None
    lift: float | None
    auroc: float | None
    pearson: float
    p: float | None
    null: float | None


@dataclass(frozen=True)
class CounterExample:
    """`answered` though it is of another class, or silent though it is of the favourite one."""

    picture: int
    name: str
    label: str | None
    value: float
    answered: bool


class Atlas:
    """All of one folder, which stays as it is; a query, a unit and a cutting cost a few milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about = _about(folder)
        self._made = folder / str(self.about["made"])
        if not self._made.is_dir():
            raise Problem(f"The atlas in {folder} is not whole: the same sweep again puts it together.")
        try:
            self.layers: tuple[SweptLayer, ...] = tuple(_layer(one) for one in self.about["layers"])
            self.firsts = tuple(int(one["first"]) for one in self.about["layers"])
            self.size = (int(self.about["preprocessing"]["height"]), int(self.about["preprocessing"]["width"]))
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise self._damaged(ABOUT) from error
        self.classes: tuple[str, ...] = tuple(self.about["classes"])
        ends = np.cumsum([0, *(layer.units for layer in self.layers)]).tolist()
        sound = all(min(layer.units, layer.rows, layer.columns) > 0 for layer in self.layers)
        if not sound or min(self.size) < 1 or ends[:-1] != list(self.firsts):
            raise self._damaged(ABOUT)

    # the whole

    @property
    def title(self) -> str:
        return f"{self.about['title']} on {Path(str(self.about['population'])).name or self.about['population']}"

    @property
    def pictures(self) -> int:
        """That are in the statistics."""
        return int(self.about["done"])

    @property
    def seen(self) -> str:
        """How many pictures it is of, in words, and of how many while a sweep goes on."""
        whole = int(self.about["pictures"]) - int(self.about["bad"])
        if self.pictures < whole:
            return f"{self.pictures:,} of {whole:,} pictures so far"
        return f"{self.pictures:,} picture{'' if self.pictures == 1 else 's'}"

    def held(self) -> Atlas:
        """The same, with its files open: it can be looked at until the atlas that takes its place is opened."""
        for name in ("best", "best_picture", "best_place", "histogram", "class_count", "class_sum", "class_squares"):
            self._array(name)
        self._array("rows")
        self._array(Path(INDEX).stem)
        len(self.columns["unit"])
        len(self._pack)
        for layer in range(len(self.layers)):
            self.maxima(layer)
            self._evidence(layer)
        return self

    @property
    def units(self) -> int:
        return sum(layer.units for layer in self.layers)

    @cached_property
    def columns(self) -> Columns:
        try:
            found = read_columns(self._made, self.units)
        except (OSError, ValueError, EOFError) as error:
            raise self._damaged("table of units") from error
        for name, many in (("layer", len(self.layers)), ("fav", len(self.classes))):
            if len(found[name]) and not -1 <= found[name].min() <= found[name].max() < many:
                raise self._damaged("table of units")
        return found

    def state(self) -> dict[str, Any]:
        """How far it is, for programs and people."""
        about = self.about
        unfinished = max(int(about["pictures"]) - int(about["done"]) - int(about["bad"]), 0)
        return {
            "format": about["format"],
            "network": about["title"],
            "weights_hash": about["weights_hash"],
            "population": about["population"],
            "manifest_hash": about["manifest_hash"],
            "pictures": about["pictures"],
            "done": about["done"],
            "bad": [{"picture": name, "why": why} for name, why in self.bad()],
            "left": unfinished,
            "engine": about.get("engine", ""),
            "shards": about["shards"],
            "generations": about["generations"],
            "classes": list(self.classes),
            "kept": about["kept"],
            "layers": [{"layer": one.path, "type": one.type, "units": one.units} for one in self.layers],
            "units": self.units,
            "dead": int(self.columns["dead"].sum()),
            "truth": about["truth"],
            "preprocessing": about["preprocessing"],
            "digest": about["digest"],
        }

    def of_other_weights(self, weights_hash: str | None) -> str:
        """A sentence where a network's weights are not those of the atlas; nothing where they are."""
        made = self.about["weights_hash"]
        if weights_hash is None or made is None or weights_hash == made:
            return ""
        return (
            f"This atlas was made with other weights ({str(made)[:8]}, and the network has {weights_hash[:8]}): "
            "what it says of units is not about this network."
        )

    # units

    def place(self, layer: str) -> int:
        for number, one in enumerate(self.layers):
            if one.path == layer:
                return number
        import difflib

        near = difflib.get_close_matches(layer, [one.path for one in self.layers], n=3, cutoff=0.4)
        advice = f"did you mean {' or '.join(near)}?" if near else "`main.py atlas` lists those it has."
        raise Problem(f"The layer “{layer[:80]}” is not in this atlas: {advice}")

    def id_of(self, layer: str, unit: int) -> int:
        number = self.place(layer)
        if not 0 <= unit < self.layers[number].units:
            raise Problem(f"The layer {layer} has units 0 to {self.layers[number].units - 1}, not {unit}.")
        return self.firsts[number] + unit

    def has(self, layer: str, unit: int) -> bool:
        return any(one.path == layer and 0 <= unit < one.units for one in self.layers)

    def where(self, identity: int) -> tuple[SweptLayer, int]:
        """The layer and the number in it."""
        number = int(np.searchsorted(self.firsts, identity, "right")) - 1
        return self.layers[number], identity - self.firsts[number]

    def row(self, identity: int) -> dict[str, Any]:
        """What the table says of a unit, with names in place of numbers."""
        layers = [one.path for one in self.layers]
        return {name: told(self.columns, name, identity, layers, self.classes) for name in TABLE}

    def ask(self, query: str, order: str | None = None, falling: bool = True, limit: int | None = None) -> Asked:
        return ask(query, self.columns, [one.path for one in self.layers], self.classes, order, falling, limit)

    def histogram(self, identity: int) -> tuple[Doubles, NDArray[np.int64], float]:
        """Edges, counts, and which share of the values was counted."""
        low, high = float(self.columns["min"][identity]), float(self.columns["max"][identity])
        edges, counts = occupied(np.asarray(self._array("histogram")[identity]), low, high)
        return edges, counts, float(self.about["layers"][self.layers.index(self.where(identity)[0])]["counted"])

    def best(self, identity: int) -> list[Best]:
        """Its nine pictures, the best first; of a unit that was silent on some what came nearest."""
        layer, _ = self.where(identity)
        found = []
        numbers = self._array("best_picture")[identity].tolist()
        entries = self.entries([number for number in numbers if number >= 0])
        for rank in range(BEST):
            if numbers[rank] < 0:
                continue
            value = float(self._array("best")[identity, rank])
            row, column = divmod(int(self._array("best_place")[identity, rank]), layer.columns)
            entry = entries[numbers[rank]]
            silent = layer.before_relu and value <= 0
            found.append(
                Best(
                    numbers[rank],
                    entry.name,
                    0.0 if silent else value,
                    value if silent else None,
                    row,
                    column,
                    layer.box(row, column, *self.size),
                    None if entry.label is None else self.classes[entry.label],
                )
            )
        return found

    def class_scores(self, identity: int) -> list[ClassScore]:
        """The best class first; of more than fifty classes the best fifty."""
        layer, unit = self.where(identity)
        counts = self._array("class_count")
        if not len(self.classes) or not counts.sum():
            return []
        sums = np.asarray(self._array("class_sum")[identity : identity + 1])
        squares = np.asarray(self._array("class_squares")[identity : identity + 1])
        means = sums[0] / np.maximum(counts, 1)
        correlations = pearson(np.asarray(counts), sums, squares)[0]
        known = self._evidence(self.layers.index(layer))
        if known is None:
            order = np.argsort(-means, kind="stable")
            return [
                ClassScore(self.classes[one], float(means[one]), None, None, None, float(correlations[one]), None, None)
                for one in order.tolist()
                if counts[one]
            ]
        found = []
        for place, one in enumerate(known["classes"][unit].tolist()):
            share = float(known["share"][one])
            precision = float(known["precision"][unit, place])
            found.append(
                ClassScore(
                    self.classes[one],
                    float(means[one]),
                    precision,
                    precision / share if share else None,
                    float(known["area"][unit, place]),
                    float(correlations[one]),
                    float(known["p"][unit, place]),
                    float(known["band"][one]),
                )
            )
        return found

    def counter_examples(self, identity: int, most: int = 3) -> list[CounterExample]:
        """What speaks against its favourite class, on both sides, among the pictures of the pooled matrix."""
        favourite = int(self.columns["fav"][identity])
        if favourite < 0:
            return []
        layer, unit = self.where(identity)
        values = self.maxima(self.layers.index(layer))[:, unit].astype(np.float64)
        rows, labels = self.rows, self._labels
        found = []
        for answered, mask, sign in (
            (True, (labels != favourite) & (labels >= 0), -1),
            (False, labels == favourite, 1),
        ):
            places = np.flatnonzero(mask)
            order = places[np.argsort(sign * values[places], kind="stable")][:most]
            entries = self.entries(rows[order].tolist())
            for place in order.tolist():
                entry = entries[int(rows[place])]
                label = None if entry.label is None else self.classes[entry.label]
                found.append(CounterExample(int(rows[place]), entry.name, label, float(values[place]), answered))
        return found

    def neighbours(self, identity: int, most: int = 8) -> list[tuple[int, float]]:
        """The units of its layer that answer most alike, and the correlation."""
        layer, unit = self.where(identity)
        place = self.layers.index(layer)
        values = self.maxima(place)
        if len(values) < 3:
            return []
        mean, length = self._spread(place)
        if length[unit] == 0:
            return []
        products = sum((part.T @ part[:, unit] for part in _centred(values, mean)), np.zeros(layer.units))
        with np.errstate(divide="ignore", invalid="ignore"):
            likeness = np.where(length > 0, products / (length * length[unit]), -np.inf)
        likeness[unit] = -np.inf
        order = np.argsort(-likeness, kind="stable")[:most]
        first = identity - unit
        return [(first + int(one), float(likeness[one])) for one in order if np.isfinite(likeness[one])]

    def unit(self, layer: str, unit: int) -> dict[str, Any]:
        """All there is of a unit, for programs."""
        identity = self.id_of(layer, unit)
        row = self.row(identity)
        edges, counts, share = self.histogram(identity)
        return {
            **row,
            "pictures": self.pictures,
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist(), "share": share},
            "top": [
                {
                    "picture": one.name,
                    "value": one.value,
                    "row": one.row,
                    "column": one.column,
                    "box": list(one.box),
                    "class": one.label,
                    **({} if one.before is None else {"before_relu": one.before}),
                }
                for one in self.best(identity)
            ],
            "classes": [vars(one) for one in self.class_scores(identity)],
            "counter_examples": [
                {"picture": one.name, "class": one.label, "value": one.value, "answered": one.answered}
                for one in self.counter_examples(identity)
            ],
            "neighbours": [
                {"unit": self.where(other)[1], "r": likeness} for other, likeness in self.neighbours(identity)
            ],
            "notes": self.notes(identity),
        }

    # matrices

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Which pictures the pooled matrices have, by their number in the manifest."""
        return np.asarray(self._array("rows"))

    def maxima(self, layer: int) -> NDArray[Any]:
        """Pictures × units: the largest value on each of `rows`."""
        return self._array(f"maximum.{layer}")

    def _spread(self, layer: int) -> tuple[Doubles, Doubles]:
        """Of each unit of a layer the mean of `maxima`, and how long the rest is as a vector; 0 if it is rounding."""
        if layer not in self._spreads:
            values = self.maxima(layer)
            mean = np.asarray(values.mean(0, dtype=np.float64))
            squares = sum(((part**2).sum(0) for part in _centred(values, mean)), np.zeros(values.shape[1]))
            largest = np.maximum(values.max(0), -values.min(0)).astype(np.float64)
            length = np.sqrt(squares)
            self._spreads[layer] = mean, np.where(is_spread(length, len(values), largest), length, 0.0)
        return self._spreads[layer]

    @cached_property
    def _spreads(self) -> dict[int, tuple[Doubles, Doubles]]:
        return {}

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        """Of the pictures of `rows`; −1 for none."""
        numbers = self.rows.tolist()
        entries = self.entries(numbers)
        labels = [entries[number].label for number in numbers]
        return np.array([-1 if label is None else label for label in labels], np.int64)

    def means(self, layer: int) -> NDArray[Any]:
        return self._array(f"mean.{layer}")

    def class_means(self, layer: int) -> Doubles:
        """Units × classes: mean of each picture's largest value, over the whole population."""
        first = self.firsts[layer]
        part = slice(first, first + self.layers[layer].units)
        counts = np.asarray(self._array("class_count"))
        return np.asarray(np.asarray(self._array("class_sum")[part]) / np.maximum(counts, 1), np.float64)

    # pictures

    def entries(self, numbers: Sequence[int]) -> Mapping[int, Entry]:
        found = {}
        with self._reading() as base:
            for start in range(0, len(numbers), 500):
                part = numbers[start : start + 500]
                slots = ",".join("?" * len(part))
                rows = base.execute(
                    f"select number, name, label, size, time, kept from pictures where number in ({slots})", part
                )
                for number, name, label, size, time, kept in rows:
                    found[number] = Entry(named(name), label, size, time, bool(kept))
        for one in found.values():
            if one.label is not None and not (isinstance(one.label, int) and 0 <= one.label < len(self.classes)):
                raise self._damaged(DATABASE)
        if len(found) < len(set(numbers)):
            raise self._damaged(DATABASE)
        return found

    def path(self, name: str) -> str:
        """Where a folder's picture lies, or by what a recipe finds that of another set."""
        source = str(self.about["population"])
        return str(Path(source) / name) if self.about["is_folder"] else origin_in_data(source, int(name))

    def bad(self) -> list[tuple[str, str]]:
        with self._reading() as base:
            query = "select name, why from bad join pictures using (number) order by number"
            return [(named(name), str(why)) for name, why in base.execute(query)]

    def left_out(self, most: int = MOST_NAMED) -> tuple[str, ...]:
        """Which pictures could not be swept and why, a line each; of more than `most` how many there are besides."""
        bad = self.bad()
        lines = [f"{name}: {why}" for name, why in bad[:most]]
        return (*lines, f"and {len(bad) - most:,} more") if len(bad) > most else tuple(lines)

    def crop(self, identity: int, rank: int) -> bytes:
        """What the unit saw on one of its nine pictures, as a PNG or JPEG; empty where there is none."""
        place, length = self._array(Path(INDEX).stem)[identity, rank].tolist()
        if not length:
            return b""
        if not 0 <= place < place + length <= len(self._pack):
            raise self._damaged(PACK)
        return self._pack[place : place + length].tobytes()

    def synthesis(self, identity: int) -> bytes:
        """The picture that was made for the unit: kept here, or else the newest of the album; empty without one."""
        layer, unit = self.where(identity)
        made = [one.path for one in made_for(self.about["weights_hash"], layer.path, unit)]
        for path in (self._synthesis(identity), *made):
            with suppress(OSError):
                return path.read_bytes()
        return b""

    def keep_synthesis(self, identity: int, picture: bytes) -> None:
        """A PNG or JPEG."""
        path = self._synthesis(identity)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(f"The picture could not be kept in {self.folder}: {error.strerror or error}.") from error
        write_whole(path, picture)

    def _synthesis(self, identity: int) -> Path:
        layer, unit = self.where(identity)
        return self.folder / "synthesis" / str(self.layers.index(layer)) / f"{unit}.png"

    # what people add

    def notes(self, identity: int) -> list[str]:
        with self._reading() as base:
            rows = base.execute("select text from notes where unit = ? order by time", (identity,))
            return [str(text) for (text,) in rows]

    def add_note(self, identity: int, text: str) -> None:
        self._change("insert into notes values (?, ?, datetime('now'))", (identity, text))

    def queries(self) -> dict[str, str]:
        """Those that were saved, by their names."""
        with self._reading() as base:
            return {str(name): str(query) for name, query in base.execute("select * from queries order by name")}

    def save_query(self, name: str, query: str) -> None:
        self.ask(query, limit=0)
        self._change("insert or replace into queries values (?, ?)", (name, query))

    def forget_query(self, name: str) -> None:
        self._change("delete from queries where name = ?", (name,))

    def _change(self, statement: str, values: tuple[Any, ...]) -> None:
        try:
            with sqlite3.connect(self.folder / DATABASE) as base:
                base.execute(statement, values)
            base.close()
        except sqlite3.Error as error:
            raise Problem(f"The atlas in {self.folder} could not be written to: {error}.") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        path = self.folder / DATABASE
        try:
            base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                yield base
            finally:
                base.close()
        except sqlite3.Error as error:
            raise Problem(f"{path} could not be read ({error}): sweep into a new folder.") from error

    def _damaged(self, what: str) -> Problem:
        return Problem(f"The {what} of the atlas in {self.folder} is damaged: sweep into a new folder.")

    def _array(self, name: str) -> NDArray[Any]:
        if name not in self._arrays:
            try:
                found = np.load(self._made / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                raise Problem(f"{name}.npy of the atlas in {self.folder} could not be read: sweep again.") from error
            wanted = self._shape(name)
            if (
                found.dtype.kind not in "iuf"
                or len(wanted) != found.ndim
                or any(many not in (-1, size) for many, size in zip(wanted, found.shape, strict=True))
            ):
                raise self._damaged(f"{name}.npy")
            self._arrays[name] = found
        return self._arrays[name]

    def _shape(self, name: str) -> tuple[int, ...]:
        """That it has in an atlas like this; -1 is any number."""
        kind, _, layer = name.partition(".")
        if layer:
            return len(self.rows), self.layers[int(layer)].units
        classes = len(self.classes)
        shapes: dict[str, tuple[int, ...]] = {
            "rows": (-1,),
            "class_count": (classes,),
            "class_sum": (self.units, classes),
            "class_squares": (self.units, classes),
            "histogram": (self.units, BINS),
            Path(INDEX).stem: (self.units, BEST, 2),
        }
        return shapes.get(kind, (self.units, BEST))

    @cached_property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {}

    @cached_property
    def _pack(self) -> NDArray[np.uint8]:
        path = self._made / PACK
        try:
            if not path.stat().st_size:
                return np.zeros(0, np.uint8)
            return np.memmap(path, np.uint8, "r")
        except OSError as error:
            raise self._damaged(PACK) from error

    def _evidence(self, layer: int) -> Mapping[str, NDArray[Any]] | None:
        if layer not in self._known:
            path = self._made / f"evidence.{layer}.npz"
            if not path.exists():
                self._known[layer] = None
            else:
                try:
                    with (
                        open(path, "rb") as file,
                        np.load(file, allow_pickle=False) as archive,
                    ):
                        known = {name: archive[name] for name in archive.files}
                    self._check_evidence(known, self.layers[layer].units)
                except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
                    raise self._damaged(path.name) from error
                self._known[layer] = known
        return self._known[layer]

    def _check_evidence(self, known: Mapping[str, NDArray[Any]], units: int) -> None:
        kept = known["classes"].shape[1:]
        for name in ("classes", "precision", "area", "p"):
            if known[name].shape != (units, *kept) or len(kept) != 1 or known[name].dtype.kind not in "iuf":
                raise ValueError(name)
        for name in ("share", "band"):
            if known[name].shape != (len(self.classes),) or known[name].dtype.kind != "f":
                raise ValueError(name)
        if known["classes"].size and not 0 <= known["classes"].min() <= known["classes"].max() < len(self.classes):
            raise ValueError("classes")

    @cached_property
    def _known(self) -> dict[int, Mapping[str, NDArray[Any]] | None]:
        return {}


def _centred(values: NDArray[Any], mean: Doubles) -> Iterator[Doubles]:
    """Some rows after the other, so that a large population takes no more room than a small one."""
    for first in range(0, len(values), _ROWS):
        yield values[first : first + _ROWS].astype(np.float64) - mean


def is_atlas(folder: Path) -> bool:
    return (folder / ABOUT).is_file()


def _about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    try:
        told = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError as error:
        if (folder / DATABASE).exists():
            raise Problem(f"The sweep in {folder} has not come to an atlas yet: run the same sweep again.") from error
        raise Problem(f"There is no atlas in {folder}: make one with `main.py sweep`.") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "it is damaged"
        raise Problem(f"{path} could not be read: {said}.") from error
    if not isinstance(told, dict) or not isinstance(told.get("format"), int):
        raise Problem(f"{path} is not that of an atlas: choose the folder that a sweep was written to.")
    if told["format"] > FORMAT:
        raise Problem(f"The atlas in {folder} was made by a newer Underhood: open it with that one.")
    missing = _KINDS.keys() - told.keys()
    if missing:
        raise Problem(f"{path} is damaged ({sorted(missing)[0]} is missing): sweep again.")
    odd = [name for name, kinds in _KINDS.items() if not _is_of(told[name], kinds)]
    if odd or not _MADE.fullmatch(told["made"]) or not all(isinstance(one, str) for one in told["classes"]):
        raise Problem(f"{path} is damaged ({(odd or ['made or classes'])[0]} is not what it should be): sweep again.")
    truth = told["truth"]
    if truth is not None and not (truth.keys() >= {"layer", "units", "right"}):
        raise Problem(f"{path} is damaged (truth is not what it should be): sweep again.")
    return told


# What a sweep writes there, by the kinds of its values.
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("made", "title", "population", "digest", "manifest_hash"), (str,)),
    **dict.fromkeys(("pictures", "done", "bad", "kept"), (int,)),
    **dict.fromkeys(("classes", "layers", "generations"), (list,)),
    **dict.fromkeys(("preprocessing", "shards"), (dict,)),
    "is_folder": (bool,),
    "truth": (dict, type(None)),
    "weights_hash": (str, type(None)),
}
_MADE = re.compile(r"made-\d+")


def _is_of(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _layer(told: Mapping[str, Any]) -> SweptLayer:
    places = int(told["rows"]) * int(told["columns"])
    field = told["field"]
    pairs = None if field is None else tuple((int(one[0]), int(one[1])) for one in field)
    return SweptLayer(
        str(told["path"]),
        int(told["units"]),
        int(told["rows"]),
        int(told["columns"]),
        str(told["type"]),
        round(float(told["counted"]) * places),
        bool(told["before_relu"]),
        pairs,  # type: ignore[arg-type]
        bool(told["is_answer"]),
    )
