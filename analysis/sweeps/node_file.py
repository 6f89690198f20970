"""Arrays of a shard, or of several together, as a file that is there whole or not at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.files.whole_file import write_whole
from analysis.protocol.problems import Problem

_DATE = (1980, 1, 1, 0, 0, 0)  # the first one that a zip file can have


def write_node(path: Path, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes that were written, which are the same whenever and wherever the arrays are."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(arrays[name], order="C"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), member.getbuffer())
    content = stream.getvalue()
    write_whole(path, content)
    return content


def read_node(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise Problem(f"{path.name} of this sweep is damaged: delete it, and the sweep computes it again.") from error
