"""From what was swept to the atlas: the arrays of all units, their labels with evidence, and the cuttings.

All of it goes into a folder of its own and is taken into use by the last file that is written, so that an atlas which
is finished again, because its population has grown, is the old one or the new one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.files.whole_file import why_not_written, write_whole
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.sweeps.crops import Tuning, pack
from analysis.sweeps.evidence import Evidence, evidence, nearest, of_one_length, pearson, selectivity
from analysis.sweeps.layout import ABOUT, FORMAT, POOLED
from analysis.sweeps.node_file import read_node
from analysis.sweeps.spec import SweptLayer
from analysis.sweeps.statistics import BEST, Doubles, Ints, LayerStatistics
from analysis.sweeps.sweep import Sweep
from analysis.sweeps.tree import arrays_of
from analysis.sweeps.units_table import Columns, write_units

DUPLICATE = 0.95  # correlation from which on two units are called alike
SURE = 0.05  # of the corrected p-value
_AT_ONCE = 256  # units
_LOST = 0.01  # of the deviation of a unit's answers


@dataclass(frozen=True)
class Finishing:
    done: int
    total: int
    note: str


def finish(sweep: Sweep, network: Network) -> Iterator[Finishing]:
    """Of what is there, be it the whole population or a part of it."""
    manifest, spec = sweep.manifest, sweep.spec
    yield Finishing(0, 0, "Putting the shards together")
    whole = sweep.tree.whole()
    rows, pooled = _pooled(sweep)
    digest = _digest(whole, rows, pooled, sweep)
    about = _about(sweep)
    if about is not None and about.get("digest") == digest:
        return
    made = _new_folder(sweep.folder)
    try:
        labels = np.array([-1 if one.label is None else one.label for one in manifest.entries], np.int64)
        _write_arrays(made, whole, len(manifest.classes))
        np.save(made / "rows.npy", rows)
        columns = Columns(spec.units)
        places = []
        first = 0
        truth = None
        for number, (layer, known, values) in enumerate(zip(spec.layers, whole, pooled, strict=True)):
            yield Finishing(number, len(spec.layers), f"Labels of {layer.path or 'the whole network'}")
            np.save(made / f"maximum.{number}.npy", _halved(values[:, 0]))
            np.save(made / f"mean.{number}.npy", _halved(values[:, 1]))
            found = evidence(values[:, 0], labels[rows], len(manifest.classes))
            _describe(columns, first, number, layer, known, values, found, len(manifest.classes))
            if found is not None:
                np.savez(
                    made / f"evidence.{number}.npz",
                    classes=found.classes,
                    precision=found.precision,
                    area=found.area,
                    p=found.p,
                    share=found.share,
                    band=found.band,
                )
            if layer.is_answer:
                truth = _truth(layer, network.labels, manifest.classes, found)
            places.append(first)
            first += layer.units
        tuning = Tuning(spec.units)
        for done, total in pack(made, spec, manifest, whole, network, tuning):
            if done % 16 == 0 or done == total:
                yield Finishing(done, total, "Cutting out what the units saw")
        _tune(columns, tuning)
        yield Finishing(0, 0, "Writing the table of units")
        write_units(sweep.ledger.connection, made, columns, [one.path for one in spec.layers], manifest.classes)
        told = _told(sweep, network, whole, digest, made.name, places, truth, len(rows))
        write_whole(sweep.folder / ABOUT, (json.dumps(told, indent=2) + "\n").encode("ascii"))
    except OSError as error:
        why = why_not_written(error)
        raise Problem(f"The atlas could not be written: {why}; what was swept is kept.") from error
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    for old in sweep.folder.glob("made-*"):
        if old != made:
            shutil.rmtree(old, ignore_errors=True)


def _pooled(sweep: Sweep) -> tuple[Ints, list[NDArray[np.float32]]]:
    """Rows in the order of the manifest: which pictures they are, and layer by layer pictures × 2 × units."""
    there = sweep.state()[1]
    rows: list[Ints] = []
    parts: list[list[NDArray[np.float32]]] = [[] for _ in sweep.spec.layers]
    for shard in sorted(there):
        path = sweep.folder / POOLED / f"{shard}.npz"
        if not path.exists():
            continue
        arrays = read_node(path)
        rows.append(arrays["rows"])
        for place, part in enumerate(parts):
            part.append(arrays[f"{place}.pooled"])
    none = [np.zeros((0, 2, layer.units), np.float32) for layer in sweep.spec.layers]
    whole = [np.concatenate([nothing, *part]) for nothing, part in zip(none, parts, strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *rows]), whole


def _digest(whole: list[LayerStatistics], rows: Ints, pooled: list[NDArray[np.float32]], sweep: Sweep) -> str:
    digest = hashlib.sha256(f"{sweep.spec.hash} {sweep.manifest.hash} {sweep.ledger.bad()}".encode())
    arrays: dict[str, NDArray[Any]] = arrays_of(whole) | {"rows": rows}
    arrays |= {f"{place}.pooled": values for place, values in enumerate(pooled)}
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape};".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _about(sweep: Sweep) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads((sweep.folder / ABOUT).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return told if told.get("format") == FORMAT and (sweep.folder / str(told.get("made"))).is_dir() else None


def _new_folder(folder: Path) -> Path:
    for number in range(1, 10_000):
        made = folder / f"made-{number}"
        try:
            made.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise Problem(f"The folder {folder} cannot be written to: {error.strerror or error}.") from error
        return made
    raise Problem(f"There are too many old parts in {folder}: delete the folders whose names begin with “made-”.")


def _halved(values: NDArray[np.float32]) -> NDArray[Any]:
    """Pictures × units in half precision, where that keeps what tells the pictures apart."""
    half = np.empty(values.shape, np.float16)
    for first in range(0, values.shape[1], _AT_ONCE):
        part = values[:, first : first + _AT_ONCE].astype(np.float64)
        if np.abs(part).max(initial=0) > 65_000:
            return values
        half[:, first : first + _AT_ONCE] = part
        if not len(part):
            continue
        lost = np.sqrt(((half[:, first : first + _AT_ONCE] - part) ** 2).mean(0))
        if (lost > _LOST * part.std(0)).any() and of_one_length(part)[1][lost > _LOST * part.std(0)].any():
            return values
    return half


def _write_arrays(made: Path, whole: list[LayerStatistics], classes: int) -> None:
    for name in ("count", "mean", "low", "high", "zeros", "odd", "responded", "best", "best_picture", "best_place"):
        np.save(made / f"{name}.npy", np.concatenate([getattr(one, name) for one in whole]))
    np.save(made / "deviation.npy", np.concatenate([one.deviation() for one in whole]))
    np.save(made / "histogram.npy", np.concatenate([one.histogram for one in whole]))
    counts = np.zeros(classes, np.int64)
    counts[whole[0].classes] = whole[0].class_count
    np.save(made / "class_count.npy", counts)
    units = sum(len(one.mean) for one in whole)
    for name in ("class_sum", "class_squares"):
        shape = (units, classes)
        if not classes:
            np.save(made / f"{name}.npy", np.zeros(shape))
            continue
        spread = np.lib.format.open_memmap(made / f"{name}.npy", "w+", np.float64, shape)
        first = 0
        for one in whole:
            last = first + len(one.mean)
            spread[first:last, one.classes] = getattr(one, name).T
            first = last
        spread.flush()


def _describe(
    columns: Columns,
    first: int,
    number: int,
    layer: SweptLayer,
    known: LayerStatistics,
    pooled: NDArray[np.float32],
    found: Evidence | None,
    classes: int,
) -> None:
    """What can be asked of the layer's units in a query."""
    part = slice(first, first + layer.units)
    pictures = max(known.pictures, 1)
    columns["layer"][part] = number
    columns["unit"][part] = np.arange(layer.units)
    columns["count"][part] = known.count
    columns["mean"][part] = known.mean
    columns["std"][part] = known.deviation()
    columns["min"][part] = np.where(known.count > 0, known.low, 0)
    columns["max"][part] = np.where(known.count > 0, known.high, 0)
    columns["zeros"][part] = known.zeros / np.maximum(known.count, 1)
    columns["odd"][part] = known.odd
    columns["rate"][part] = known.responded / pictures
    dead = (known.high == 0) & (known.low == 0) & (known.count > 0) & (known.odd == 0)
    columns["dead"][part] = dead
    columns["always"][part] = (known.responded == known.pictures) & (known.pictures > 0)
    columns["bound"][part] = np.where(dead, min(3 / pictures, 1.0), 0.0)
    best = np.where(np.isfinite(known.best), known.best, 0)
    columns["before_relu"][part] = best[:, 0] if layer.before_relu else 0.0
    there = (known.best_picture >= 0) & (best > 0 if layer.before_relu else np.isfinite(known.best))
    rows, across = np.divmod(known.best_place, layer.columns)
    many = np.maximum(there.sum(1), 1)
    if layer.places > 1:
        at_row = (rows + 0.5) / layer.rows
        at_column = (across + 0.5) / layer.columns
        columns["row"][part] = np.where(there, at_row, 0).sum(1) / many
        columns["column"][part] = np.where(there, at_column, 0).sum(1) / many
        columns["scatter"][part] = _scatter(there, at_row, at_column)
    else:
        columns["row"][part] = columns["column"][part] = 0.5
    answers = pooled[:, 0].astype(np.float64)
    if len(answers):
        squares = (answers**2).mean(0)
        lively = squares > 0
        columns["sparseness"][part] = np.where(lively, 1 - answers.mean(0) ** 2 / np.where(lively, squares, 1), 0.0)
        top = answers >= np.quantile(answers, 0.9, axis=0)
        shares = np.where(top & (answers > 0), pooled[:, 1] / np.where(answers > 0, answers, 1), 0.0)
        columns["extent"][part] = np.clip(shares.sum(0) / np.maximum((top & (answers > 0)).sum(0), 1), 0, 1)
    who, how = nearest(pooled[:, 0])
    columns["twin"][part] = np.where(who >= 0, who, -1)
    columns["twin_r"][part] = how
    columns["duplicate"][part] = how > DUPLICATE
    if found is None:
        columns["fav"][part] = -1
        return
    favourite = found.classes[:, 0]
    share = found.share[favourite]
    columns["fav"][part] = np.where(dead, -1, favourite)
    columns["ap"][part] = found.precision[:, 0]
    columns["ap_lift"][part] = found.precision[:, 0] / np.where(share > 0, share, 1)
    columns["auroc"][part] = found.area[:, 0]
    columns["p"][part] = found.p[:, 0]
    columns["null"][part] = found.band[favourite]
    columns["sure"][part] = (found.precision[:, 0] > found.band[favourite]) & (found.p[:, 0] < SURE) & ~dead
    counts = np.zeros(classes, np.int64)
    counts[known.classes] = known.class_count
    sums, squares = np.zeros((layer.units, classes)), np.zeros((layer.units, classes))
    sums[:, known.classes], squares[:, known.classes] = known.class_sum.T, known.class_squares.T
    units = np.arange(layer.units)
    columns["pearson"][part] = pearson(counts, sums, squares)[units, favourite]
    columns["selectivity"][part] = selectivity(sums / np.maximum(counts, 1), counts)


def _scatter(there: NDArray[np.bool_], rows: Doubles, columns: Doubles) -> Doubles:
    """How far the places of the best pictures lie apart, as a share of the map; 0.29 is anywhere."""
    many = np.maximum(there.sum(1, keepdims=True), 1)
    spread = np.zeros(len(there))
    for places in (rows, columns):
        mean = np.where(there, places, 0).sum(1, keepdims=True) / many
        spread += np.where(there, (places - mean) ** 2, 0).sum(1) / many[:, 0]
    return np.sqrt(spread / 2)


def _tune(columns: Columns, tuning: Tuning) -> None:
    for name, values in zip(("red", "green", "blue"), tuning.colour().T, strict=True):
        columns[name][:] = values
    columns["orientation"][:], columns["coherence"][:] = tuning.orientation()
    columns["frequency"][:] = tuning.frequency()


def _truth(
    layer: SweptLayer, labels: tuple[str, ...] | None, classes: tuple[str, ...], found: Evidence | None
) -> dict[str, Any] | None:
    """The units of the last layer have known labels: of how many the favourite is their own."""
    own = own_classes(labels, layer.units, classes)
    if found is None or not own:
        return None
    right = sum(int(found.classes[unit, 0]) == number for unit, number in own.items())
    return {"layer": layer.path, "units": len(own), "right": right}


def own_classes(labels: tuple[str, ...] | None, units: int, classes: tuple[str, ...]) -> dict[int, int]:
    """Which class of the population each class of the network is, where their names say so."""
    numbers = {_plain(name): number for number, name in enumerate(classes)}
    if len(numbers) < len(classes):
        return {}
    names = [str(unit) for unit in range(units)] if labels is None else list(labels[:units])
    return {unit: numbers[_plain(name)] for unit, name in enumerate(names) if _plain(name) in numbers}


def _plain(name: str) -> str:
    return name.strip().casefold().replace("_", " ")


def _told(
    sweep: Sweep,
    network: Network,
    whole: list[LayerStatistics],
    digest: str,
    made: str,
    firsts: list[int],
    truth: dict[str, Any] | None,
    kept: int,
) -> dict[str, Any]:
    manifest, spec = sweep.manifest, sweep.spec
    preprocessing = network.preprocessing
    bad = sweep.ledger.bad()
    return {
        "format": FORMAT,
        "made": made,
        "title": network.title,
        "model": json.loads(spec.text())["model"],
        "weights_hash": network.choice.weights_hash,
        "population": manifest.source,
        "is_folder": manifest.is_folder,
        "manifest_hash": manifest.hash,
        "classes": list(manifest.classes),
        "pictures": len(manifest.entries),
        "done": whole[0].pictures,
        "bad": len(bad),
        "kept": kept,
        "shards": {"done": len(sweep.state()[1]), "total": len(sweep.shards)},
        "generations": list(manifest.ends),
        "digest": digest,
        "preprocessing": {
            name: getattr(preprocessing, name)
            for name in ("height", "width", "resize", "fit", "channels", "mean", "std", "interpolation")
        },
        "draft": spec.draft,
        "device": spec.device,
        "engine": spec.engine,
        "truth": truth,
        "best": BEST,
        "layers": [
            {
                "path": layer.path,
                "type": layer.type,
                "first": first,
                "units": layer.units,
                "rows": layer.rows,
                "columns": layer.columns,
                "counted": layer.counted / layer.places,
                "before_relu": layer.before_relu,
                "field": layer.field,
                "is_answer": layer.is_answer,
            }
            for layer, first in zip(spec.layers, firsts, strict=True)
        ],
    }


def forget_made(folder: Path) -> None:
    """Parts of an atlas that a killed program left behind."""
    about = folder / ABOUT
    with suppress(OSError, ValueError):
        used = json.loads(about.read_text(encoding="ascii")).get("made")
        for old in folder.glob("made-*"):
            if old.name != used:
                shutil.rmtree(old, ignore_errors=True)
