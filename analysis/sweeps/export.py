"""The table of units for other tools."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from analysis.files.whole_file import writing_whole
from analysis.protocol.problems import Problem
from analysis.sweeps.atlas import Atlas
from analysis.sweeps.units_table import TABLE

_ROWS = 10_000  # at once
_MISSING = "Parquet files are written by pyarrow, which is not installed: pip install 'underhood[parquet]', or --csv."


def to_csv(atlas: Atlas, path: Path) -> None:
    """Names of layers and classes in words; a class that there is none of is empty."""
    with writing_whole(path) as stream:
        stream.write((",".join(TABLE) + "\r\n").encode())
        for first in range(0, atlas.units, _ROWS):
            lists = [_words(atlas, name, first) for name in TABLE]
            text = io.StringIO()
            csv.writer(text).writerows(zip(*lists, strict=True))
            stream.write(text.getvalue().encode())


def to_parquet(atlas: Atlas, path: Path) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise Problem(_MISSING) from error
    arrays: dict[str, Any] = {}
    words = {"layers": [one.path for one in atlas.layers], "classes": list(atlas.classes)}
    silent = np.asarray(atlas.columns["fav"]) < 0
    for name, column in TABLE.items():
        values = np.asarray(atlas.columns[name])
        if column.words:
            numbers = pyarrow.array(np.maximum(values, 0), mask=values < 0)
            arrays[name] = pyarrow.DictionaryArray.from_arrays(numbers, pyarrow.array(words[column.words] or [""]))
        else:
            arrays[name] = pyarrow.array(values, mask=silent if column.of_fav else None)
    with writing_whole(path) as stream:
        parquet.write_table(pyarrow.table(arrays), stream, compression="zstd")


def _words(atlas: Atlas, name: str, first: int) -> list[Any]:
    values = atlas.columns[name][first : first + _ROWS].tolist()
    words = TABLE[name].words
    if TABLE[name].of_fav:
        favourites = atlas.columns["fav"][first : first + _ROWS].tolist()
        return [value if fav >= 0 else "" for value, fav in zip(values, favourites, strict=True)]
    if not words:
        return [int(value) if isinstance(value, bool) else value for value in values]
    names = [one.path for one in atlas.layers] if words == "layers" else atlas.classes
    return [names[value] if value >= 0 else "" for value in values]
