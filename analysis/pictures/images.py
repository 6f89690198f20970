"""What a network sees of a picture, and the pictures that recipes name: files, samples, noise and scenes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from analysis.pictures.animation import Animation
from analysis.pictures.decoding import PICTURE_SUFFIXES, decode
from analysis.pictures.noise import noise_of_origin
from analysis.protocol.frame import Picture, Pixels
from analysis.protocol.origin import TENSOR_SUFFIXES, Kind, Origin
from analysis.protocol.planes import Planes, Range
from analysis.protocol.problems import Problem
from analysis.protocol.raw_picture import RawPicture, image_of, size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.protocol.preprocessing import Preprocessing

__all__ = ["PICTURE_SUFFIXES", "decode", "fitted", "open_origin", "planes", "sha256_of"]

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_STRIP = 16  # times as long as it is wide


def fitted_planes(picture: Planes, preprocessing: Preprocessing, title: str) -> Planes:
    """The planes that the network gets, at its input size, in numbers: scaled as `fitted` scales levels, unrounded.

    What has that size already is taken as it lies. Outside of the picture there is the least number of each plane.
    """
    picture = _as_many(picture, preprocessing.channels, title)
    if picture.limits is not None:
        picture = replace(picture, notes=(*picture.notes, *_normalised_in_words(preprocessing)))
    size = (preprocessing.height, preprocessing.width)
    if (picture.height, picture.width) == size:
        return picture
    filter_ = _FILTERS[preprocessing.interpolation]
    short, long = sorted((picture.height, picture.width))
    if preprocessing.fit == "stretch":
        parts = [_scaled_numbers(picture.numbers(plane), *size, filter_) for plane in range(picture.count)]
    else:
        if long > _STRIP * short:
            raise Problem(f"{picture.name} is {picture.width}×{picture.height}, too long to be cut square: cut it.")
        scaled = (preprocessing.resize, int(preprocessing.resize * long / short))
        height, width = scaled if picture.height < picture.width else scaled[::-1]
        rows, columns = _middle(height, preprocessing.height), _middle(width, preprocessing.width)
        parts = []
        for plane in range(picture.count):
            whole = _scaled_numbers(picture.numbers(plane), height, width, filter_)
            seen = whole[rows.first : rows.first + rows.kept, columns.first : columns.first + columns.kept]
            least = np.float32(0 if picture.are_levels else picture.ranges[plane].least)
            padded = np.full(size, least, np.float32)
            padded[rows.margin : rows.margin + len(seen), columns.margin : columns.margin + seen.shape[1]] = seen
            parts.append(padded)
    ranges = picture.ranges
    if picture.are_levels:  # bytes no more
        ranges = tuple(Range(one.least / 255, one.most / 255, 0.0, 1.0) for one in ranges)
    return replace(picture, planes=tuple(parts), ranges=ranges)


def _as_many(picture: Planes, channels: int, title: str) -> Planes:
    """All of the planes where the network takes as many; else those that were chosen; a single one for all."""
    if picture.count == channels:
        return picture
    if len(picture.shown) == channels:
        note = f"{title} takes {_so_many(channels)}: of {picture.name} it gets {_listed(picture.shown)}."
        few = picture.of(picture.shown)
        return few if picture.chosen and channels == 1 else replace(few, notes=(*few.notes, note))
    if len(picture.shown) == 1 and channels == 3:
        note = f"{title} takes 3 planes: it gets {_listed(picture.shown)} of {picture.name} three times."
        few = picture.of(picture.shown * 3)
        return replace(few, notes=(*few.notes, note))
    way = ", such as #planes=0 behind its name" if channels == 1 else ""
    raise Problem(
        f"{title} takes {_so_many(channels)}, and {picture.name} has {picture.count}: "
        + (f"choose which it gets{way}." if channels in (1, 3) else "open a tensor of as many planes.")
    )


def _normalised_in_words(preprocessing: Preprocessing) -> tuple[str, ...]:
    """Of values that are no levels, where the network's mean and deviation may have been meant for levels."""
    mean, std = (dict.fromkeys(preprocessing.mean), dict.fromkeys(preprocessing.std))
    if list(mean) == [0] and list(std) == [1]:
        return (
            "The network gets these values as they are; a mean and a deviation (--mean, --std; in the window Change…) "
            "take something off.",
        )
    if any(abs(value) > 1 for value in mean) or any(value > 1 for value in std):
        return ()
    means, deviations = (", ".join(f"{value:.3g}" for value in of) for of in (mean, std))
    return (
        f"The network's mean {means} and deviation {deviations} are made for values from 0 to 1, and are applied to "
        "these as they are: --mean and --std (in the window Change…) say others, and 0 and 1 leave them.",
    )


def _so_many(count: int) -> str:
    return "1 plane" if count == 1 else f"{count} planes"


def _listed(planes: tuple[int, ...]) -> str:
    return f"plane{'s' if len(planes) > 1 else ''} {', '.join(map(str, planes))}"


def _scaled_numbers(
    plane: NDArray[np.float32], height: int, width: int, filter_: Image.Resampling
) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(plane).resize((width, height), filter_))


def fitted(picture: Picture, preprocessing: Preprocessing, quick: bool = False) -> Pixels:
    """The part of a picture that the network sees, at its input size, in RGB.

    "crop" equals torchvision's Resize(resize) and CenterCrop(height, width). `quick`, for frames of a stream, has torch
    scale the bytes in a third of Pillow's time; where rounding is a tie, its levels differ by one, very rarely two.
    What a stream gave as it was decoded is scaled before it becomes RGB, so that rounding adds up to a few levels more.
    """
    height, width = size_of(picture)
    short, long = sorted((height, width))
    # A strip of pixels may be too large when scaled as a whole.
    strip = long > _STRIP * short
    scale = _scaling(picture, preprocessing, quick and not strip)
    if preprocessing.fit == "stretch":
        return scale(preprocessing.height, preprocessing.width)
    scaled = (preprocessing.resize, int(preprocessing.resize * long / short))
    scaled_height, scaled_width = scaled if height < width else scaled[::-1]
    rows, columns = _middle(scaled_height, preprocessing.height), _middle(scaled_width, preprocessing.width)
    if strip:
        filter_ = _FILTERS[preprocessing.interpolation]
        seen = _scaled_partly(_whole(picture), scaled_height, scaled_width, rows, columns, filter_)
    else:
        whole = scale(scaled_height, scaled_width)
        seen = whole[rows.first : rows.first + rows.kept, columns.first : columns.first + columns.kept]
    if rows.margin == columns.margin == 0 and seen.shape[:2] == (preprocessing.height, preprocessing.width):
        return np.ascontiguousarray(seen)
    padded = np.zeros((preprocessing.height, preprocessing.width, 3), np.uint8)  # what is outside is black
    padded[rows.margin : rows.margin + len(seen), columns.margin : columns.margin + seen.shape[1]] = seen
    return padded


def planes(picture: Pixels, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """C×H×W levels of a fitted picture: its luminance, its red and green, or all three planes."""
    if preprocessing.channels == 1:
        return np.asarray(Image.fromarray(picture).convert("L"))[None].copy()
    if preprocessing.channels > 3:
        raise Problem(
            f"The network takes {preprocessing.channels} planes, and this picture gives 3 of them: open a tensor of "
            f"{preprocessing.channels} planes × height × width (.npy, .npz, .pt)."
        )
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[: preprocessing.channels])


def sha256_of(picture: Picture) -> str:
    """The fingerprint of a decoded picture: of its height, its width and its RGB levels, or its planes' numbers."""
    height, width = size_of(picture)
    if isinstance(picture, Planes):
        digest = hashlib.sha256(f"{picture.count}x{height}x{width}:{picture.planes[0].dtype.str}:".encode())
        for plane in picture.planes:
            digest.update(np.ascontiguousarray(plane).data)
        return digest.hexdigest()
    digest = hashlib.sha256(f"{height}x{width}:".encode())
    digest.update(np.ascontiguousarray(_whole(picture)).data)
    return digest.hexdigest()


def open_origin(origin: str) -> Picture:
    """The picture that a recipe or the command line names, as `Origin` reads it."""
    found = Origin.found(origin)
    return _OPENERS[found.kind](found)


def _file(origin: Origin) -> Picture:
    if origin.path.lower().endswith(TENSOR_SUFFIXES):
        return _tensor(origin)
    return decode(origin.text)


def _tensor(origin: Origin) -> Picture:
    from analysis.pictures.tensors import open_tensor

    return open_tensor(origin)


def _gone(origin: Origin) -> Pixels:
    raise Problem(f"The picture came from {origin.in_words} and was not kept in a file: choose another picture.")


def _frame(origin: Origin) -> Pixels:
    with Animation(origin.path) as animation:
        return animation.frame(int(origin.place or 0) % animation.count).pixels


def _moment(origin: Origin) -> Pixels:
    if origin.passing:
        return _gone(origin)
    raise Problem(f"“{origin.name}” is a video: export the picture first, or open it in the window.")


def _noise(origin: Origin) -> Pixels:
    return noise_of_origin(origin.text)


def _scene(origin: Origin) -> Pixels:
    from analysis.pictures.scene_choice import scene_choice

    return scene_choice(origin.text).picture


def _in_data(origin: Origin) -> Pixels:
    from analysis.datasets.recent import picture_in

    return picture_in(origin)


def _sample(origin: Origin) -> Pixels:
    from analysis.pictures.samples import samples

    known = {sample.name: sample for sample in samples()}
    if origin.path not in known:
        raise Problem(f"There is no sample picture “{origin.path[:60]}”; there are {', '.join(known)}.")
    pixels: Pixels = known[origin.path].open()
    return pixels


_OPENERS: dict[Kind, Callable[[Origin], Picture]] = {
    "file": _file,
    "tensor": _tensor,
    "animation": _frame,
    "video": _moment,
    "data": _in_data,
    "sample": _sample,
    "noise": _noise,
    "scene": _scene,
    "camera": _gone,
    "screen": _gone,
    "sketch": _gone,
    "clipboard": _gone,
    "memory": _gone,
}


@dataclass(frozen=True, slots=True)
class _Span:
    """Of the scaled rows or columns `kept` ones are seen, from `first` on, `margin` behind the edge of the input."""

    first: int
    kept: int
    margin: int


def _middle(scaled: int, size: int) -> _Span:
    """The centre of `scaled` pixels for an input of `size`, rounded as torchvision's CenterCrop does."""
    if size > scaled:
        return _Span(first=0, kept=scaled, margin=(size - scaled) // 2)
    return _Span(first=round((scaled - size) / 2), kept=size, margin=0)


def _scaling(picture: Picture, preprocessing: Preprocessing, quick: bool) -> Callable[[int, int], Pixels]:
    """How this picture is scaled to a height and a width."""
    by_pillow = partial(_scaled, filter_=_FILTERS[preprocessing.interpolation])
    scaler = partial(_scaled_by_torch, mode=preprocessing.interpolation) if quick else by_pillow
    if quick and isinstance(picture, RawPicture):
        return partial(picture.scaled, scaler=scaler)
    return partial(scaler, _whole(picture))


def _whole(picture: Picture) -> Pixels:
    return picture.pixels if isinstance(picture, RawPicture) else picture


def _scaled(pixels: Pixels, height: int, width: int, filter_: Image.Resampling) -> Pixels:
    return np.asarray(image_of(pixels).resize((width, height), filter_))


def _scaled_by_torch(pixels: Pixels, height: int, width: int, mode: str) -> Pixels:
    """H×W, or H×W×C."""
    import torch
    from torch.nn.functional import interpolate

    if not pixels.flags.writeable or min(pixels.strides) < 0:
        pixels = pixels.copy()  # torch warns of the one and does not take the other
    levels = torch.from_numpy(pixels)
    levels = levels.permute(2, 0, 1) if levels.dim() == 3 else levels[None]
    scaled = interpolate(levels[None], (height, width), mode=mode, antialias=True)[0]
    return (scaled.permute(1, 2, 0) if pixels.ndim == 3 else scaled[0]).numpy()


def _scaled_partly(
    pixels: Pixels, height: int, width: int, rows: _Span, columns: _Span, filter_: Image.Resampling
) -> Pixels:
    """Scaled to height×width and cut, without computing what is cut from the longer side."""
    image = Image.fromarray(pixels)
    if width >= height:
        step = image.width / width
        box = (columns.first * step, 0.0, (columns.first + columns.kept) * step, float(image.height))
        scaled = image.resize((columns.kept, height), filter_, box=box)
        return np.asarray(scaled)[rows.first : rows.first + rows.kept]
    step = image.height / height
    box = (0.0, rows.first * step, float(image.width), (rows.first + rows.kept) * step)
    scaled = image.resize((width, rows.kept), filter_, box=box)
    return np.asarray(scaled)[:, columns.first : columns.first + columns.kept]
