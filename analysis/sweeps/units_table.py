"""The table of units: a number of each kind for every unit, as columns that are looked at where they lie on the disk.

The same stands in the atlas's SQLite file for other tools; what is asked here goes by the columns, of which a million
units are compared in a millisecond.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMNS = "columns"
_ROWS = 20_000  # written at once


@dataclass(frozen=True)
class Column:
    """`help` is what it says of a unit; those with `words` are numbers of names.

    What is `of_fav` says nothing of a unit that has no favourite class.
    """

    type: str
    help: str
    words: str = ""
    of_fav: bool = False


TABLE: dict[str, Column] = {
    "layer": Column("i4", "which layer it is of, as `layers` names it", "layers"),
    "unit": Column("i4", "its number in the layer"),
    "count": Column("i8", "how many values were seen"),
    "mean": Column("f8", "of all its values"),
    "std": Column("f8", "their standard deviation"),
    "min": Column("f4", "the smallest value"),
    "max": Column("f4", "the largest value"),
    "zeros": Column("f4", "share of values that are zero"),
    "odd": Column("i8", "values that are no finite numbers"),
    "rate": Column("f4", "share of pictures with any value above zero"),
    "dead": Column("?", "zero everywhere on every picture"),
    "always": Column("?", "above zero somewhere on every picture"),
    "bound": Column("f4", "of dead units: below which their rate is in 95 of 100 cases (3/n)"),
    "before_relu": Column("f4", "the largest value that came into its ReLU, where the layer ends in one"),
    "fav": Column("i4", "its favourite class: that with the best average precision over chance", "classes"),
    "ap": Column("f4", "average precision (area under the precision-recall curve) for it", of_fav=True),
    "ap_lift": Column("f4", "that, as a multiple of what a blind unit has", of_fav=True),
    "auroc": Column("f4", "area under the ROC curve for it", of_fav=True),
    "pearson": Column("f4", "correlation of its answer with being of that class", of_fav=True),
    "p": Column("f8", "p-value of the area, corrected for all units and classes", of_fav=True),
    "null": Column("f4", "average precision that 99 of 100 blind units stay below", of_fav=True),
    "sure": Column("?", "whether average precision and p-value are both beyond chance"),
    "selectivity": Column("f4", "best class against the mean of the others, of units that are never below zero"),
    "sparseness": Column("f4", "0: alike on all pictures, 1: on one only"),
    "twin": Column("i4", "the unit of its layer that answers most alike"),
    "twin_r": Column("f4", "their correlation"),
    "duplicate": Column("?", "whether that is above 0.95"),
    "row": Column("f4", "where its best places lie, 0 at the top, 1 at the bottom"),
    "column": Column("f4", "0 at the left, 1 at the right"),
    "scatter": Column("f4", "how far these places lie apart; anywhere is 0.29"),
    "extent": Column("f4", "its mean as a share of its maximum on its best pictures: small things or large ones"),
    "orientation": Column("f4", "degrees of the edges in what it saw: 0 lying, 90 standing"),
    "coherence": Column("f4", "how much these edges agree, from 0 to 1"),
    "frequency": Column("f4", "how fine what it saw is, in waves a pixel"),
    "red": Column("f4", "mean colour of what it saw, from 0 to 1"),
    "green": Column("f4", "likewise"),
    "blue": Column("f4", "likewise"),
}


class Columns(dict[str, NDArray[Any]]):
    """As they are filled in."""

    def __init__(self, units: int) -> None:
        super().__init__({name: np.zeros(units, one.type) for name, one in TABLE.items()})
        self["fav"][:] = -1
        self["twin"][:] = -1


def told(columns: Columns, name: str, unit: int, layers: Sequence[str], classes: Sequence[str]) -> Any:
    """What stands in a column of a unit, with names in place of numbers; None where that says nothing."""
    column = TABLE[name]
    if column.of_fav and columns["fav"][unit] < 0:
        return None
    value = columns[name][unit].item()
    if not column.words:
        return value
    return (layers if column.words == "layers" else classes)[value] if value >= 0 else None


def write_units(
    base: sqlite3.Connection, folder: Path, columns: Columns, layers: Sequence[str], classes: Sequence[str]
) -> None:
    place = folder / COLUMNS
    place.mkdir(exist_ok=True)
    for name, values in columns.items():
        np.save(place / f"{name}.npy", values)
    kinds = {"f": "real", "i": "integer", "?": "integer", "b": "integer"}
    told = ", ".join(
        f'"{name}" {"text" if one.words else kinds[np.dtype(one.type).kind]}' for name, one in TABLE.items()
    )
    base.execute("begin immediate")
    try:
        base.execute("drop table if exists units")
        base.execute(f"create table units (id integer primary key, {told})")
        slots = ", ".join("?" * (len(TABLE) + 1))
        base.executemany(f"insert into units values ({slots})", _rows(columns, layers, classes))
        base.execute('create index units_by_fav on units (fav, "ap_lift")')
        base.execute("create index units_by_layer on units (layer, unit)")
        base.execute("commit")
    except BaseException:
        base.execute("rollback")
        raise


def read_columns(folder: Path, units: int) -> Columns:
    """Looked at where they lie; those that an older atlas lacks are empty. Raises `ValueError` where one is damaged."""
    found = Columns(units)
    for name, one in TABLE.items():
        path = folder / COLUMNS / f"{name}.npy"
        if path.exists():
            found[name] = np.load(path, mmap_mode="r", allow_pickle=False)
            if found[name].shape != (units,) or found[name].dtype != np.dtype(one.type):
                raise ValueError(name)
    if not (folder / COLUMNS / "unit.npy").exists():
        raise ValueError("unit")
    return found


def _rows(columns: Columns, layers: Sequence[str], classes: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    words = {"layers": layers, "classes": classes}
    units = len(columns["unit"])
    for first in range(0, units, _ROWS):
        part = slice(first, min(first + _ROWS, units))
        lists: list[list[Any]] = [list(range(part.start, part.stop))]
        favourites = columns["fav"][part].tolist()
        for name, one in TABLE.items():
            values = columns[name][part].tolist()
            if one.words:
                values = [words[one.words][value] if value >= 0 else None for value in values]
            elif one.of_fav:
                values = [value if fav >= 0 else None for value, fav in zip(values, favourites, strict=True)]
            lists.append(values)
        yield from zip(*lists, strict=True)
