"""A folder of checkpoints as a film: how the weights of every layer lay in each, and what TensorBoard was told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analysis.opening.consent import Consent
from analysis.opening.weights_file import read_weights
from analysis.protocol.problems import Problem
from analysis.results.kinds import Array, Floats, Kept, Learning, Line, Plot, Ridge, Ridges
from analysis.training.event_file import Counted, Events, read_events

SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".checkpoint")
EVENTS = "events.out.tfevents."
MOST_FILES, MOST_LAYERS, MOST_PLOTS, MOST_LINES, MOST_TAGS = 400, 40, 4, 6, 24
BINS = 40
TOLD_EVERY = 1 << 20  # bytes of an event file


@dataclass(eq=False)
class Film:
    """What was read so far; `left_out` are sentences on files that could not be."""

    files: list[tuple[int, Path]] = field(default_factory=list)
    counts: list[dict[str, tuple[Floats, float, float, float]]] = field(default_factory=list)
    moved: list[dict[str, float]] = field(default_factory=list)
    events: Events = field(default_factory=Events)
    left_out: list[str] = field(default_factory=list)
    over: bool = False


def checkpoints_in(folder: Path) -> list[tuple[int, Path]]:
    """The iteration of each by the last number in its name, or in its folder's; in this order."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
        inner = [
            path
            for pattern in ("*/*", "cells/*.kept/*")  # the latter are those of a training of ours
            for path in folder.glob(pattern)
            if path.suffix.lower() in SUFFIXES and path.is_file()
        ]
    except OSError as error:
        raise Problem(f"The folder {folder} cannot be listed: {error.strerror or error}.") from error
    named = [(_number(path, folder), path) for path in found or inner]
    known = [number for number, _ in named if number is not None]
    if len(set(known)) < len(named):  # names that say nothing: as they are sorted
        named = [(at, path) for at, (_, path) in enumerate(sorted(named, key=lambda one: str(one[1])))]
    return sorted((number, path) for number, path in named if number is not None)


def events_in(folder: Path) -> list[Path]:
    return sorted({*folder.glob(f"{EVENTS}*"), *folder.glob(f"*/{EVENTS}*")})


def _number(path: Path, folder: Path) -> int | None:
    names = [path.stem] if path.parent == folder else [path.stem, path.parent.name]
    for name in names:
        numbers = re.findall(r"\d+", name)
        if numbers:
            return int(numbers[-1][:18])
    return None


def read_film(folder: Path) -> Iterator[tuple[int, int, Film]]:
    """File by file: how many are read, of how many, and what there is."""
    if not folder.is_dir():
        raise Problem(f"There is no folder “{folder}”: name the one that the checkpoints or event files are in.")
    files, events = checkpoints_in(folder), events_in(folder)
    if not files and not events:
        raise Problem(
            f"There is neither a checkpoint ({', '.join(SUFFIXES)}) nor an event file of TensorBoard in “{folder}”."
        )
    if len(files) > MOST_FILES:
        step = -(-len(files) // MOST_FILES)
        files = files[::step]
    film, total, done = Film(), len(files) + len(events), 0
    before: dict[str, Array] = {}
    for number, path in files:
        try:
            weights = {
                name.removesuffix(".weight"): tensor.float().numpy()
                for name, tensor in read_weights(path, Consent()).items()
                if tensor.ndim > 1 and tensor.is_floating_point() and tensor.numel()
            }
        except Problem as problem:
            film.left_out.append(str(problem))
        else:
            film.files.append((number, path))
            film.counts.append({name: _counted(value) for name, value in weights.items()})
            film.moved.append({name: _change(before.get(name), value) for name, value in weights.items()})
            before = weights
        done += 1
        yield done, total, film
    for path in events:
        told = 0
        try:
            for at in read_events(path, film.events):
                if at - told > TOLD_EVERY:
                    told = at
                    yield done, total, film
        except Problem as problem:
            film.left_out.append(str(problem))
        done += 1
        yield done, total, film
    if not film.files and not film.events.scalars and not film.events.histograms:
        raise Problem(film.left_out[0] if film.left_out else f"Nothing of “{folder}” could be read.")
    film.over = True
    yield total, total, film


def _counted(value: Array) -> tuple[Floats, float, float, float]:
    finite = value[np.isfinite(value)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    high = high if high > low else low + 1e-6 + abs(low) * 1e-6
    counts = np.histogram(finite, BINS, (low, high))[0].astype(np.float32)
    return counts, low, high, float(np.sqrt((finite.astype(np.float64) ** 2).sum()))


def _change(before: Array | None, now: Array) -> float:
    """By the length of what was before; 0 of the first one, and of another shape."""
    if before is None or before.shape != now.shape:
        return 0.0
    length = float(np.linalg.norm(before.astype(np.float64)))
    moved = float(np.linalg.norm(now.astype(np.float64) - before)) / max(length, 1e-30)
    return moved if np.isfinite(moved) else 0.0


def seen_of(film: Film, network: str) -> Learning:
    """The layers that are in every checkpoint, as far as they can be shown."""
    common = [name for name in (film.counts[0] if film.counts else ()) if all(name in one for one in film.counts)]
    layers = common[:: max(-(-len(common) // MOST_LAYERS), 1)]
    at = np.array([number for number, _ in film.files], np.float32)
    counts = np.array([[one[name][0] for one in film.counts] for name in layers], np.float32)
    shape = len(layers), len(at)  # of a folder of event files alone both are none
    counts = counts.reshape(*shape, BINS)
    of = {
        key: np.array([[one[name][place] for one in film.counts] for name in layers], np.float32).reshape(shape)
        for key, place in (("low", 1), ("high", 2), ("norm", 3))
    }
    moved = np.array([[one[name] for one in film.moved] for name in layers], np.float32).reshape(shape)
    tags = sorted(film.events.scalars)
    steps = [np.array([step for step, _ in film.events.scalars[tag]], np.int64) for tag in tags]
    values = [np.array([value for _, value in film.events.scalars[tag]], np.float64) for tag in tags]
    numbers: dict[str, Array] = {
        "result": moved,
        "layers": np.array(layers, dtype=np.str_),
        "iterations": np.array([number for number, _ in film.files], np.int64),
        "weights": counts,
        "weight_ranges": np.stack([of["low"], of["high"]], -1),
        "norms": of["norm"],
        "tags": np.array(tags, dtype=np.str_),
        "tag_of": np.repeat(np.arange(len(tags)), [len(one) for one in steps]),
        "steps": np.concatenate([*steps, np.zeros(0, np.int64)]),
        "scalars": np.nan_to_num(np.concatenate([*values, np.zeros(0)]), nan=0.0, posinf=1e30, neginf=-1e30),
    }
    last = max([*at.tolist(), *(float(one.max()) for one in steps if len(one))], default=1.0)
    kept = tuple(Kept(number, str(path)) for number, path in film.files)
    plots, groups = _drawn(numbers, film.events)
    told = [_ridge(tag, rows) for tag, rows in list(film.events.histograms.items())[:MOST_TAGS]]
    if told:
        groups.append(Ridges("histograms of TensorBoard", tuple(told)))
    return Learning(tuple(plots), tuple(groups), at, (), int(last), _words(film, len(layers)), numbers, kept, network)


def seen_of_numbers(numbers: dict[str, Array], words: str) -> Learning:
    """What a film that was kept looks like: as it did, but for histograms that TensorBoard was told."""
    events = Events()
    for number, tag in enumerate(numbers["tags"].tolist()):
        of = numbers["tag_of"] == number
        pairs = zip(numbers["steps"][of].tolist(), numbers["scalars"][of].tolist(), strict=True)
        events.scalars[str(tag)] = list(pairs)
    plots, groups = _drawn(numbers, events)
    at = numbers["iterations"].astype(np.float32)
    last = max([*at.tolist(), *numbers["steps"].tolist()], default=1.0)
    return Learning(tuple(plots), tuple(groups), at, (), int(last), words, numbers)


def _drawn(numbers: dict[str, Array], events: Events) -> tuple[list[Plot], list[Ridges]]:
    layers = [str(name) for name in numbers["layers"]]
    at, ranges = numbers["iterations"].astype(np.float32), numbers["weight_ranges"]
    plots = _scalar_plots(events)
    if len(at) > 1:
        lines = tuple(Line(name, numbers["result"][row, 1:]) for row, name in enumerate(layers))
        plots.append(Plot("‖Δw‖ / ‖w‖ since the one before", lines, (at[1:],) * len(lines), logarithms=True))
    ridges = [
        Ridge(name, numbers["weights"][row], ranges[row, :, 0], ranges[row, :, 1]) for row, name in enumerate(layers)
    ]
    return plots, [Ridges("weights", tuple(ridges))] if ridges else []


def _words(film: Film, layers: int) -> str:
    said = []
    if film.files:
        first, last = film.files[0][0], film.files[-1][0]
        said.append(f"{len(film.files)} checkpoints, {first:,} to {last:,}, {layers} layers.")
    if film.events.scalars or film.events.histograms:
        many = " and ".join(
            f"{number} {one}{'s'[: number != 1]}"
            for number, one in ((len(film.events.scalars), "curve"), (len(film.events.histograms), "histogram"))
        )
        said.append(f"TensorBoard was told {many}.")
    if film.left_out:
        said.append(f"Left out: {' '.join(film.left_out[:2])}")
    return " ".join(said) or "Nothing is read yet."


def _scalar_plots(events: Events) -> list[Plot]:
    """Those whose tags begin alike, up to the last stroke, share a plot."""
    groups: dict[str, list[str]] = {}
    for tag in sorted(events.scalars):
        groups.setdefault(tag.rpartition("/")[0] or tag, []).append(tag)
    plots = []
    for name, tags in list(groups.items())[:MOST_PLOTS]:
        lines, x = [], []
        for tag in tags[:MOST_LINES]:
            rows = events.scalars[tag]
            lines.append(Line(tag.rpartition("/")[2], np.array([value for _, value in rows], np.float32)))
            x.append(np.array([step for step, _ in rows], np.float32))
        plots.append(Plot(name, tuple(lines), tuple(x)))
    return plots


def _ridge(tag: str, rows: Sequence[tuple[int, Counted]]) -> Ridge:
    """Bins of any width as bins of one, each count spread evenly over its own."""
    counts, low, high = [], [], []
    for _, one in rows[:: max(-(-len(rows) // 48), 1)]:
        first, last = float(one.edges[0]), float(one.edges[-1])
        last = last if last > first else first + 1e-6 + abs(first) * 1e-6
        places = np.linspace(first, last, BINS + 1)
        below = np.interp(places, one.edges, np.append(0.0, np.cumsum(one.counts)))
        counts.append(np.diff(below).astype(np.float32))
        low.append(first)
        high.append(last)
    return Ridge(tag, np.stack(counts), np.array(low, np.float32), np.array(high, np.float32))
