"""Decoding pictures safely: whatever the file holds, an RGB picture or one sentence comes out.

What is transparent is shown on white. Pictures above 25 megapixels are halved until they fit: no network sees more.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import math
import os
import stat
import threading
import time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from analysis.protocol.frame import Pixels
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

PictureFile: TypeAlias = "str | os.PathLike[str] | bytes"

PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"),
    *(".apng", ".avif", ".jfif", ".jpe", ".jp2", ".tga", ".ico"),
)
PIXELS_REFUSED = 100_000_000
PIXELS_KEPT = 25_000_000
SIDE_REFUSED = 1_000_000  # pixels; each row has a price of its own
PATIENCE = 30.0  # seconds that the reading of a picture may take
PASSES = 30  # of a JPEG that is coded from coarse to fine: ten are usual, and each goes over all its pixels
_WORK = 4_000_000_000  # pixels in all its passes that are still taken on
_BLOCK = 4096  # bytes that are read at once, so that what unpacks to much is stopped in time
_STRIP = 1 << 20  # pixels that are averaged at once

# Only formats that are pictures and nothing else: EPS, for one, would run a program on what is in the file.
# TGA comes last, because it has no mark at its beginning and would take much for its own.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000", "ICO", "TGA")
_PLUGINS = ("Png", "Jpeg", "WebP", "Gif", "Bmp", "Tiff", "Ppm", "Avif", "Jpeg2K", "Ico", "Tga")
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(file: PictureFile, enough: int | None = None) -> Pixels:
    """H×W×3 levels of the picture in a file, or in the bytes of one; of an animated picture the first frame.

    With `enough` a JPEG is decoded at a half, a quarter or an eighth of its size where its shorter side still has as
    many pixels, which takes a fraction of the time and changes levels by a little.
    """
    with faults_in_words(file), open_picture(file) as image:
        if enough is not None and image.format in ("JPEG", "MPO"):
            image.draft(None, _drafted(image.size, enough))
        return rgb_pixels(image)


def _drafted(size: tuple[int, int], enough: int) -> tuple[int, int]:
    """The size in the picture's own aspect whose shorter side is `enough`, for a decoder that gives no less."""
    scale = enough / max(min(size), 1)
    return (size[0], size[1]) if scale >= 1 else (math.ceil(size[0] * scale), math.ceil(size[1] * scale))


@contextlib.contextmanager
def faults_in_words(file: PictureFile) -> Iterator[None]:
    """Turns whatever goes wrong while a picture is read into one sentence."""
    # Pillow's notes on odd files are for programmers. The filter is set each time and never taken away, because
    # `catch_warnings` must not be used when several threads decode at once.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    name = _name(file)
    before, _clock.until = _clock.until, time.monotonic() + PATIENCE
    try:
        yield
    except Problem:
        raise
    except _TookTooLong as error:
        raise Problem(
            f"{name} takes longer than {PATIENCE:.0f} seconds to read: make it smaller, or save it again as a PNG."
        ) from error
    except UnidentifiedImageError as error:
        raise Problem(f"{name} is not a picture that can be read: choose a PNG, JPEG, WebP, GIF or TIFF.") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except MemoryError as error:
        raise Problem(f"{name} does not fit into the memory: make it smaller first.") from error
    except Exception as error:  # damaged files raise nearly every kind of error inside Pillow's decoders
        raise Problem(f"{name} is damaged or cut off and cannot be read: save or download it again.") from error
    finally:
        _clock.until = before


class _Clock(threading.local):
    """Until when what this thread reads has to be read."""

    until = math.inf


_clock = _Clock()


class _TookTooLong(Exception):  # noqa: N818 - it becomes a sentence
    pass


class _Timed:
    """A file that is not read any further when the time is over. Pillow's decoders ask for block after block."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > _clock.until:
            raise _TookTooLong
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()


@contextlib.contextmanager
def open_picture(file: PictureFile) -> Iterator[Image.Image]:
    """The picture with only its header read; refused here when it is too large to be decoded."""
    if file == b"":
        raise Problem("The picture is empty: there is nothing to read in it.")
    source = io.BytesIO(file) if isinstance(file, bytes) else open_regular_file(file)
    with source, Image.open(_Timed(source), formats=_formats()) as image:  # type: ignore[arg-type]
        if image.width * image.height > PIXELS_REFUSED:
            raise _too_large(_name(file), f" ({image.width}×{image.height})")
        if max(image.size) > SIDE_REFUSED:
            size = f"{image.width}×{image.height}"
            raise Problem(f"{_name(file)} is {size} pixels, longer than a picture can be here: cut a part out of it.")
        if image.format in ("JPEG", "MPO"):
            _check_passes(source, image, _name(file))
        if isinstance(image, ImageFile.ImageFile):
            image.decodermaxblock = _BLOCK
        yield image


def _check_passes(source: BinaryIO, image: Image.Image, name: str) -> None:
    """A small file can hold hundreds of passes over a large picture."""
    place = source.tell()
    source.seek(0)
    passes = source.read().count(b"\xff\xda")
    source.seek(place)
    if passes > PASSES and passes * image.width * image.height > _WORK:
        raise Problem(f"{name} is coded in {passes:,} passes over its pixels, which takes too long: save it again.")


@functools.cache
def _formats() -> tuple[str, ...]:
    """The formats of `_FORMATS` that this Pillow was built with, without loading its forty others."""
    for plugin in _PLUGINS:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"PIL.{plugin}ImagePlugin")
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def open_regular_file(file: str | os.PathLike[str]) -> io.BufferedReader:
    """The file opened for reading, or a sentence: missing, a folder, a device, not allowed, empty."""
    name = _name(file)
    try:
        # A pipe must not be opened: that would wait for somebody to write into it.
        mode = os.stat(file).st_mode
        if stat.S_ISDIR(mode):
            raise Problem(f"{name} is a folder, not a picture: choose a file in it.")
        if not stat.S_ISREG(mode):
            raise Problem(f"{name} is not a file that can be read: choose a picture file.")
        stream = open(file, "rb")  # noqa: SIM115 - the caller closes it
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Problem(f"{name} does not exist: check the name, or choose another picture.") from error
    except PermissionError as error:
        raise Problem(f"{name} may not be read by you: change its permissions, or choose another picture.") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        reason = getattr(error, "strerror", None) or "its name is not one that a file can have"
        raise Problem(f"{name} could not be opened: {reason}.") from error
    if os.fstat(stream.fileno()).st_size == 0:
        stream.close()
        raise Problem(f"{name} is empty: save or download it again.")
    return stream


def rgb_pixels(image: Image.Image) -> Pixels:
    """The levels of an opened picture: turned upright, on white where transparent, 16 bits scaled to 8."""
    factor = 1
    while image.width * image.height > PIXELS_KEPT * factor**2:
        factor *= 2
    if factor > 1 and image.format in ("JPEG", "MPO"):  # its decoder halves for nothing
        width = image.width
        image.draft(None, (image.width // factor, image.height // factor))
        factor = max(factor // max(round(width / image.width), 1), 1)
    turn = _UPRIGHT.get(_orientation(image))
    if factor > 1 and image.format == "JPEG2000":  # which holds smaller sizes of itself
        _load_smaller(image, factor)
        rgb = _as_rgb(image)
    else:
        image.load()
        rgb = _as_rgb(image) if factor == 1 else _reduced(image, factor)
    if turn is not None:
        rgb = rgb.transpose(turn)
    return np.array(rgb, np.uint8)


def _load_smaller(image: Image.Image, factor: int) -> None:
    size = f"{image.width}×{image.height}"
    image.reduce = factor.bit_length() - 1  # type: ignore[assignment, method-assign]
    try:
        image.load()
    except OSError as error:
        raise Problem(
            f"The picture is damaged, or has {size} pixels in JPEG 2000 without a smaller size of itself: "
            "save it as a PNG or JPEG."
        ) from error


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Every `factor` × `factor` pixels averaged; strip by strip, because the copies of a huge picture fill a memory."""
    if _is_deep(image):
        return _as_rgb(image).reduce(factor)
    rgb = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = max(64, _STRIP // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        rgb.paste(_as_rgb(strip).reduce(factor), (0, top // factor))
    return rgb


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged camera data beside a sound picture: show it as it lies
        return 1
    return value if isinstance(value, int) else 1


def _as_rgb(image: Image.Image) -> Image.Image:
    if _is_deep(image):
        levels = _levels(np.asarray(image), whole=image.mode != "F")
        return Image.fromarray(levels).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return image.convert("RGB")


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I;16") or image.mode in ("I", "F")


def _levels(values: NDArray[np.generic], whole: bool) -> NDArray[np.uint8]:
    """Eight bits of deep grey values: of 16-bit numbers the full range, of fractions 0–1, otherwise what occurs."""
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if whole and low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    elif not whole and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif not whole and low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scale = 255 / (high - low) if high > low else 0.0
    return np.asarray(np.rint((numbers - low) * scale).clip(0, 255), np.uint8)


def _name(file: PictureFile) -> str:
    return "The picture" if isinstance(file, bytes) else f"“{os.path.basename(os.fspath(file)) or os.fspath(file)}”"


def _too_large(name: str, size: str = "") -> Problem:
    limit = PIXELS_REFUSED // 1_000_000
    return Problem(f"{name} has more than {limit} million pixels{size}: make it smaller in a picture editor first.")
