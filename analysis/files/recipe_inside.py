"""A figure carries the recipe that made it: PNG, SVG, PDF and NPZ files, and JSON itself.

Files come from anywhere, so nothing in them is trusted: no XML parser, no pickle, and limits on what is unpacked.
"""

import html
import io
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, from_json, to_json

NAME = "underhood-recipe"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_FILE = 512 << 20
_LARGEST_RECIPE = 1 << 20


class NoRecipe(Problem):
    """The file may be sound, but it holds no recipe: it may still be a picture to look at."""


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """The recipe inside a figure, an .npz or a .json file, or one sentence on why there is none."""
    path = Path(path)
    content = _content(path)
    try:
        text = _text_in(content)
    except Exception as error:  # damaged files raise nearly every kind of error in NumPy's and the zip reader
        raise Problem(f"“{path.name}” is damaged or cut off: no recipe could be read from it.") from error
    if text is None:
        raise NoRecipe(
            f"There is no recipe in “{path.name}”: it was not made by Underhood, or another program saved it again."
        )
    return from_json(text)


def has_recipe(path: str | os.PathLike[str]) -> bool:
    """Whether opening the file means more than looking at a picture."""
    try:
        return _text_in(_content(Path(path))) is not None
    except Exception:  # whatever is wrong with the file is said by whoever opens it
        return False


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise Problem(f"{path} is not a file that can be read: check the name.")
        if path.stat().st_size > _LARGEST_FILE:
            raise NoRecipe(f"“{path.name}” is larger than any figure made by Underhood: it holds no recipe.")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        reason = getattr(error, "strerror", None) or "its name is not one that a file can have"
        raise Problem(f"“{path.name}” could not be read: {reason}.") from error


def _text_in(content: bytes) -> str | None:
    """Told by what is in the file, not by its name."""
    if content.startswith(_PNG):
        return _in_png(content)
    if content.startswith(b"PK"):
        return _in_npz(content)
    if content.startswith(b"%PDF"):
        return _in_pdf(content)
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return content.decode("utf-8-sig") if len(content) <= _LARGEST_RECIPE * 4 else None
    if start.startswith(b"<"):
        return _in_svg(content)
    return None


# --- PNG: an international text chunk


def png_with(recipe: Recipe, png: bytes) -> bytes:
    """The PNG with the recipe as a chunk after its header."""
    data = NAME.encode() + b"\0\0\0\0\0" + to_json(recipe).encode("ascii")  # uncompressed, no language, no translation
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
    header_end = len(_PNG) + 25
    return png[:header_end] + chunk + png[header_end:]


def _in_png(content: bytes) -> str | None:
    position = len(_PNG)
    while position + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        if kind == b"iTXt" and length <= _LARGEST_RECIPE:
            keyword, _, rest = content[position + 8 : position + 8 + length].partition(b"\0")
            if keyword == NAME.encode():
                compressed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[2]
                return _unpacked(rest).decode() if compressed else rest.decode()
        position += 12 + length
    return None


def _unpacked(data: bytes) -> bytes:
    """Another program may have compressed the chunk while saving the picture again."""
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, _LARGEST_RECIPE)
    if not unpacker.eof:
        raise ValueError("cut off, or larger than any recipe")
    return text


# --- SVG: an element of its own before everything else

_SVG_START = f'<metadata id="{NAME}">'.encode()


def svg_with(recipe: Recipe, svg: bytes) -> bytes:
    element = _SVG_START + html.escape(to_json(recipe), quote=False).encode() + b"</metadata>"
    opening = re.search(rb"<svg\b[^>]*>", svg)
    assert opening is not None
    return svg[: opening.end()] + b"\n " + element + svg[opening.end() :]


def _in_svg(content: bytes) -> str | None:
    start = content.find(_SVG_START) + len(_SVG_START)
    end = content.find(b"<", start, start + _LARGEST_RECIPE)
    if start < len(_SVG_START) or end < 0:
        return None
    text = content[start:end].decode()
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


# --- PDF: the keywords of its information dictionary

_PDF_START = f"/Keywords ({NAME}:".encode()


def pdf_keywords(recipe: Recipe) -> str:
    """What to write as the PDF's keywords."""
    return f"{NAME}:{to_json(recipe)}"


def _in_pdf(content: bytes) -> str | None:
    start = content.find(_PDF_START) + len(_PDF_START)
    if start < len(_PDF_START):
        return None
    literal = re.match(rb"[^()\\]*+(?:\\.[^()\\]*+)*+", content[start : start + _LARGEST_RECIPE], re.DOTALL)
    assert literal is not None
    letters = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
    return re.sub(rb"\\(.)", lambda escape: letters.get(escape[1], escape[1]), literal[0], flags=re.DOTALL).decode()


# --- NPZ: a text beside the arrays


def npz_text(recipe: Recipe) -> np.ndarray[tuple[()], np.dtype[np.str_]]:
    """What to store as the array `recipe`."""
    return np.array(to_json(recipe))


def _in_npz(content: bytes) -> str | None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "recipe.npy" not in archive.namelist():
            return None
        with archive.open("recipe.npy") as member:
            data = member.read(_LARGEST_RECIPE * 4)
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(stream)
    if shape != () or dtype.kind != "U":
        return None
    return str(np.frombuffer(stream.read(), dtype, count=1)[0])
