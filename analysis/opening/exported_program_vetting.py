"""What is in an exported program (`.pt2`), looked at and written anew: torch then reads what was looked at.

torch.export.load trusts its file: it falls back to full pickles, loads machine code, and does what the program's
description says. And its reader of archives is not Python's: of two parts of one name, or of two lists of parts, each
may take another. So every part is read once, has to be one that an honest export has, and goes into a new archive.
"""

import io
import json
import pickle
import re
import warnings
import zipfile
import zlib
from collections.abc import Mapping

import torch
from torch import Tensor

from analysis.opening.exported_graph_vetting import CodeFound, vetted_graph

LARGEST_DESCRIPTION = 200_000_000
LARGEST_UNPACKED = 1 << 30  # where that is more than ten times the file

# What reading an archive that is damaged raises.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, IndexError, TypeError),
    *(RecursionError, NotImplementedError, RuntimeError),
)

_DESCRIPTION = re.compile(r"models/\w+\.json|serialized_exported_program\.json")
_LIST = re.compile(r"data/(weights/\w+_weights|constants/\w+_constants)_config\.json")
_NUMBERS = re.compile(r"data/(weights/weight|constants/tensor)_\d+")
_PICKLED_NUMBERS = re.compile(r"data/(weights|constants)/\w+\.pt|serialized_(state_dict|constants)\.pt")
_EXAMPLES = re.compile(r"data/sample_inputs/\w+\.pt|serialized_example_inputs\.pt")
_MARKS = re.compile(
    r"archive_format|archive_version|version|byteorder|\.format_version|\.storage_alignment|"
    r"\.data/(version|serialization_id)"
)
_FOR_OTHERS = re.compile(r"(extra|extra_files)/.*", re.DOTALL)


def without_code(content: bytes) -> bytes:
    """A new archive of the program. `CodeFound` if something in it could run, one of `UNREADABLE` if it is damaged."""
    rewritten = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(rewritten, "w") as new:
        parts = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in parts) > max(10 * len(content), LARGEST_UNPACKED):
            raise CodeFound("holds more than can be checked")
        folder = _folder([info.filename for info in parts])
        seen = set()
        for info in parts:
            name = info.filename.removeprefix(folder)
            if name.casefold() in seen:
                raise CodeFound(f"holds two parts of one name ({name[:60]})")
            seen.add(name.casefold())
            if not _FOR_OTHERS.fullmatch(name):
                new.writestr(f"program/{name}" if folder else name, _vetted(name, info, archive))
    return rewritten.getvalue()


def _folder(names: list[str]) -> str:
    """In which all parts lie, with a slash; archives of torch 2.7 have none."""
    folders = {name.partition("/")[0] for name in names}
    if "serialized_exported_program.json" in folders:
        return ""
    if len(folders) != 1:
        raise CodeFound("holds parts beside the program")
    return folders.pop() + "/"


def _vetted(name: str, info: zipfile.ZipInfo, archive: zipfile.ZipFile) -> bytes:
    if _DESCRIPTION.fullmatch(name):
        return json.dumps(vetted_graph(_json(info, archive))).encode("ascii")
    if _LIST.fullmatch(name):
        return json.dumps(_vetted_list(_json(info, archive))).encode("ascii")
    if _NUMBERS.fullmatch(name) or _MARKS.fullmatch(name):
        return archive.read(info)
    if _PICKLED_NUMBERS.fullmatch(name):
        return _pickled_anew(archive.read(info), name)
    if _EXAMPLES.fullmatch(name):
        return b""  # nothing here needs them, and torch would take any pickle for them
    raise CodeFound(f"holds something of its own ({name.rpartition('/')[2][:60]})")


def _json(info: zipfile.ZipInfo, archive: zipfile.ZipFile) -> object:
    if info.file_size > LARGEST_DESCRIPTION:
        raise CodeFound("holds a description too large to check")
    content: object = json.loads(archive.read(info).decode())
    return content


def _vetted_list(content: object) -> object:
    """Where the numbers of each tensor are."""
    entries = content.get("config") if isinstance(content, dict) else None
    for entry in entries.values() if isinstance(entries, dict) else ():
        if not isinstance(entry, dict) or entry.get("use_pickle"):
            raise CodeFound("holds a pickle that is more than numbers")
        if not re.fullmatch(r"(weight|tensor)_\d+", str(entry.get("path_name"))):
            raise CodeFound(f"holds an object of its own ({str(entry.get('path_name'))[:60]})")
    return vetted_graph(content)


def _pickled_anew(content: bytes, name: str) -> bytes:
    """The tensors of a pickle by name, in a pickle of our own."""
    if not content:
        return b""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tensors = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise CodeFound(f"holds a pickle that is more than numbers ({name.rpartition('/')[2]})") from error
    if not isinstance(tensors, Mapping) or not all(isinstance(one, Tensor) for one in tensors.values()):
        raise CodeFound(f"holds a pickle that is more than numbers ({name.rpartition('/')[2]})")
    stream = io.BytesIO()
    torch.save(dict(tensors), stream)
    return stream.getvalue()
