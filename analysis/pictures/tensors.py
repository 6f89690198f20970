"""Tensors in files as pictures of planes: NumPy's `.npy` and `.npz`, and a tensor that torch saved alone or by a name.

Files come from anywhere: nothing in them is run, what is large is looked at where it lies, and what is too large or
no array of numbers is refused in a sentence.
"""

from __future__ import annotations

import os
import pickletools
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.pictures.decoding import open_regular_file
from analysis.protocol.number_words import short
from analysis.protocol.origin import TENSOR_SUFFIXES, Origin
from analysis.protocol.planes import Planes, Range, range_of
from analysis.protocol.problems import Problem, in_one_line
from analysis.results.planes_seen import shown_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_PLANES = 4096
MOST_PIXELS = 100_000_000  # of a plane
MOST_NUMBERS = 1_000_000_000  # of a picture
_LARGEST = float(np.finfo(np.float32).max)
_PACKED = 512 << 20  # bytes that what is compressed may unpack to, however small it is
_LONGEST = 1 << 20  # bytes of a pickle that says what is in a file of torch's
_NAMED_ALIKE = ("image", "picture", "x", "input", "data", "arr_0")
_REBUILDS = ("torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor_v3", "torch._utils _rebuild_parameter")


def is_tensor(path: str) -> bool:
    """Whether the file is one to be seen so: by its name, and of torch's files and figures by what is in them."""
    if not path.lower().endswith(TENSOR_SUFFIXES) or not os.path.isfile(path):
        return False
    if path.lower().endswith(".npz"):
        return not _holds_a_recipe(path)
    return path.lower().endswith(".npy") or _holds_one_tensor(path)


def open_tensor(origin: Origin) -> Planes:
    """What an origin names, of kind "tensor" or the whole file."""
    name = f"“{origin.name}”"
    open_regular_file(origin.path).close()
    notes: list[str] = []
    found = _array_in(origin, name, notes)
    if found.dtype.kind not in "buif":
        raise Problem(f"{name} holds {_kind(found.dtype)}, and a picture is made of real numbers: save it as floats.")
    planes, more = _planes_of(found, origin, name, notes)
    ranges = tuple(_range(plane, number, name) for number, plane in enumerate(planes))
    shown = origin.planes or shown_of(len(planes))
    if len(shown) not in (1, 3):
        raise Problem(f"One plane is looked at in grey or three in colours, not {len(shown)}: name one or three.")
    if max(shown) >= len(planes):
        raise Problem(f"{name} has no plane {max(shown)}: it has {_so_many(len(planes))}, counted from 0.")
    picture = Planes(planes, shown=shown, ranges=ranges, name=name, chosen=bool(origin.planes), more=more)
    return replace(picture, notes=(in_words(picture), *notes))


def in_words(picture: Planes) -> str:
    """A sentence on what it is made of: planes, sizes, values, and what is looked at."""
    least, most = min(one.least for one in picture.ranges), max(one.most for one in picture.ranges)
    kind = "levels" if picture.are_levels else "values"
    which = ", ".join(map(str, picture.shown))
    seen = f"plane {which} is looked at" if len(picture.shown) == 1 else f"{which} are looked at as red, green and blue"
    first = picture.ranges[picture.shown[0]]
    if picture.limits is None:
        ends = ""
    elif len(picture.shown) == 1:
        ends = f", {short(first.black)} as black and {short(first.white)} as white"
    else:
        ends = ", each from its darkest to its brightest"
    return (
        f"{picture.name} is {_so_many(picture.count)} of {picture.width}×{picture.height} {kind} from {short(least)} "
        f"to {short(most)}; {seen}{ends}."
    )


# --- which array


def _array_in(origin: Origin, name: str, notes: list[str]) -> NDArray[Any]:
    ending = os.path.splitext(origin.path)[1].lower()
    with _told(name):
        if ending == ".npz":
            return _of_archive(origin, name, notes)
        if ending != ".npy":
            return _of_torch(origin, name, notes)
        _no_array_named(origin, name)
        _check_header(origin.path, name)
        found: NDArray[Any] = np.load(origin.path, mmap_mode="r", allow_pickle=False)
        return found


def _check_header(path: str, name: str) -> None:
    with open(path, "rb") as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(stream)
        except ValueError as error:  # NumPy tells it of its own insides
            raise Problem(
                f"{name} is damaged, or no array of NumPy's whatever its name says: save it with numpy.save."
            ) from error
        length = stream.tell()
    _check_kind(dtype, name)
    if prod(shape) * dtype.itemsize > os.path.getsize(path) - length:
        raise Problem(f"{name} is cut off: it says that it holds {_size(shape)} numbers, and does not.")


def _of_archive(origin: Origin, name: str, notes: list[str]) -> NDArray[Any]:
    from analysis.datasets.numpy_arrays import stored_arrays

    stored = {one.name: one for one in stored_arrays(origin.path)}
    able = [one for one in stored if stored[one].dtype.kind in "buif" and 2 <= len(stored[one].shape) <= 4]
    chosen = stored[_chosen(origin, name, tuple(stored), able, notes)]
    _check_kind(chosen.dtype, name)
    _check_size(chosen.shape, name)
    if chosen.offset is None:  # packed, so that all of it comes into memory
        _check_packed(prod(chosen.shape) * chosen.dtype.itemsize, os.path.getsize(origin.path), name)
    return chosen.values


def _of_torch(origin: Origin, name: str, notes: list[str]) -> NDArray[Any]:
    import torch

    is_archive = zipfile.is_zipfile(origin.path)
    if is_archive:
        with zipfile.ZipFile(origin.path) as archive:
            whole = sum(member.file_size for member in archive.infolist())
        _check_packed(whole, os.path.getsize(origin.path), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if is_archive:
            content: object = torch.load(origin.path, map_location="cpu", weights_only=True, mmap=True)
        else:
            with open(origin.path, "rb") as stream:
                content = torch.load(stream, map_location="cpu", weights_only=True)
    if isinstance(content, torch.Tensor):
        _no_array_named(origin, name)
        return _numpy(content, name)
    tensors = content if isinstance(content, Mapping) else {}
    named = {str(key): one for key, one in tensors.items() if isinstance(one, torch.Tensor)}
    able = [key for key, one in named.items() if 2 <= one.dim() <= 4]
    return _numpy(named[_chosen(origin, name, tuple(named), able, notes)], name)


def _numpy(tensor: Tensor, name: str) -> NDArray[Any]:
    import torch

    if tensor.is_sparse or tensor.layout != torch.strided or tensor.is_meta:
        raise Problem(f"{name} holds a tensor without its numbers in a row: save it dense (tensor.to_dense()).")
    tensor = tensor.detach()
    if tensor.is_complex():
        raise Problem(f"{name} holds complex numbers, and a picture is made of real ones: save their size or parts.")
    _check_size(tuple(tensor.shape), name)
    tensor = tensor.dequantize() if tensor.is_quantized else tensor
    of_torch_alone = tensor.is_floating_point() and tensor.dtype not in (torch.float16, torch.float32, torch.float64)
    found: NDArray[Any] = (tensor.float() if of_torch_alone else tensor).numpy()
    return found


def _chosen(origin: Origin, name: str, there: tuple[str, ...], able: list[str], notes: list[str]) -> str:
    listed = ", ".join(there[:12]) + (" …" if len(there) > 12 else "")
    if origin.array:
        if origin.array not in there:
            raise Problem(f"There is no array “{origin.array}” in {name}: it holds {listed or 'none'}.")
        return origin.array
    if not able:
        raise Problem(
            f"{name} holds no array that could be a picture (planes × height × width): it holds {listed or 'none'}."
        )
    known = {one.lower(): one for one in reversed(able)}
    first = next((known[one] for one in _NAMED_ALIKE if one in known), able[0])
    others = [one for one in able if one != first]
    if others:
        notes.append(f"Of {name} the array {first} is seen; #array={others[0]} behind its name shows another.")
    return first


def _no_array_named(origin: Origin, name: str) -> None:
    if origin.array:
        raise Problem(f"{name} holds one array without a name: leave “#array={origin.array}” out.")


# --- which picture of it, and its planes


def _planes_of(
    found: NDArray[Any], origin: Origin, name: str, notes: list[str]
) -> tuple[tuple[NDArray[Any], ...], int]:
    _check_size(found.shape, name)
    item, more = int(origin.place or 0), 1
    if found.ndim == 4:
        more = found.shape[0]
        if item >= more:
            raise Problem(f"{name} holds {more} pictures, counted from 0, and no picture {item}.")
        if more > 1 and origin.place is None:
            notes.append(f"It holds {more} pictures; #item=1 behind its name shows the second.")
        found = found[item]
    elif item:
        raise Problem(f"{name} holds one picture: leave “#item={item}” out.")
    if found.ndim == 2:
        found = found[None]
    if found.ndim != 3:
        raise Problem(
            f"{name} is {_size(found.shape) or 'one number'}: a picture is planes × height × width, "
            "height × width × planes, or several of them."
        )
    # The planes are fewer than the pixels of a side, wherever they lie.
    last = found.shape[2] < found.shape[0]
    if last:
        found = np.moveaxis(found, 2, 0)
        if len(found) not in (1, 3, 4):
            notes.append(f"Its last axis is taken for its {len(found)} planes, because it is the shorter one.")
    if len(found) > MOST_PLANES:
        raise Problem(f"{name} has {len(found):,} planes, and {MOST_PLANES:,} are the most: save some of them.")
    if found.shape[1] * found.shape[2] > MOST_PIXELS:
        raise Problem(f"{name} is {found.shape[2]}×{found.shape[1]}, larger than a picture can be: cut a part out.")
    return tuple(found), more


def _range(plane: NDArray[Any], number: int, name: str) -> Range:
    with np.errstate(all="ignore"):
        found = range_of(plane)
    if found is None:
        raise Problem(
            f"Plane {number} of {name} holds values that are not finite numbers, with which a network answers nothing: "
            "put others in their place first (numpy.nan_to_num)."
        )
    if max(abs(found.least), abs(found.most)) > _LARGEST:
        raise Problem(f"Plane {number} of {name} holds numbers beyond what networks compute with: scale them first.")
    return found


# --- what is refused


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except Problem:
        raise
    except MemoryError as error:
        raise Problem(f"{name} does not fit into the memory: cut a part out of it.") from error
    except Exception as error:  # damaged and hostile files raise nearly every kind of error
        said = in_one_line(error, 120)
        if any(sign in in_one_line(error, 4000).lower() for sign in ("pickle", "weights_only", "python objects")):
            raise Problem(
                f"{name} holds Python's objects, which could run as a program, and no plain array: save it as numbers "
                "alone."
            ) from error
        raise Problem(f"{name} cannot be read as a tensor: {said}.") from error


def _check_kind(dtype: np.dtype[Any], name: str) -> None:
    if dtype.hasobject:
        raise Problem(
            f"{name} holds Python's objects, which could run as a program, and no plain array: save it as numbers "
            "alone."
        )
    if dtype.kind not in "buif":
        raise Problem(f"{name} holds {_kind(dtype)}, and a picture is made of real numbers: save it as floats.")


def _check_size(shape: tuple[int, ...], name: str) -> None:
    if 0 in shape:
        raise Problem(f"{name} is empty ({_size(shape)}): there is nothing to see in it.")
    one = shape[1:] if len(shape) == 4 else shape
    if prod(one) > MOST_NUMBERS:
        raise Problem(f"{name} holds {prod(one):,} numbers, and {MOST_NUMBERS:,} are the most: cut a part out of it.")


def _check_packed(whole: int, size: int, name: str) -> None:
    """What was packed by a factor of a thousand was packed to do harm."""
    if whole > max(_PACKED, 200 * size) or whole > 8 * MOST_NUMBERS:
        raise Problem(f"{name} unpacks to {whole:,} bytes, which is far more than it holds: save it unpacked.")


def _kind(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        return "records"
    return {"c": "complex numbers", "S": "text", "U": "text", "M": "times", "m": "times"}.get(dtype.kind, str(dtype))


def _so_many(count: int) -> str:
    return "1 plane" if count == 1 else f"{count:,} planes"


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


# --- what a file is, looked at from outside


def _holds_a_recipe(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "recipe.npy" in archive.namelist()
    except Exception:  # what is damaged is told by who reads it
        return False


def _holds_one_tensor(path: str) -> bool:
    """Whether torch saved nothing but a tensor: the first thing that its pickle asks for is how one is put together."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.rpartition("/")[2] == "data.pkl"]
            if len(members) != 1 or members[0].file_size > _LONGEST:
                return False
            for operation, value, _ in pickletools.genops(archive.read(members[0])):
                if operation.name == "GLOBAL":
                    return value in _REBUILDS
                if operation.name in ("EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "STACK_GLOBAL"):
                    return False
    except Exception:  # it may be anything
        return False
    return False
