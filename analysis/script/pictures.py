"""What a script gives as a picture: a path, an origin, a PIL image, an array of levels, or a network's very input."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

    from analysis.protocol.frame import Picture, Pixels
    from analysis.protocol.preprocessing import Preprocessing

GivenPicture: TypeAlias = "str | os.PathLike[str] | Image | NDArray[Any] | Tensor"
FROM_A_SCRIPT = PictureChoice("memory")


@dataclass(frozen=True, eq=False)
class Given:
    """`pixels` are RGB levels of any size, or planes from a file.

    In place of them `seen` is what the network is to see, 1×C×H×W.
    """

    choice: PictureChoice
    pixels: Picture | None = None
    seen: Tensor | None = None


def given(picture: GivenPicture) -> Given:
    """Whatever it is, or one sentence on what it should be."""
    if isinstance(picture, str | os.PathLike):
        return _named(os.fspath(picture))
    if hasattr(picture, "detach"):
        return _tensor(picture)  # type: ignore[arg-type]
    if hasattr(picture, "getbands"):
        from analysis.pictures.decoding import rgb_pixels

        return Given(FROM_A_SCRIPT, rgb_pixels(picture))  # type: ignore[arg-type]
    if isinstance(picture, np.ndarray):
        return Given(FROM_A_SCRIPT, levels_of(picture))
    raise Problem(
        f"A picture cannot be a {type(picture).__name__}: give a path, sample:NAME, a PIL image, an array "
        "(height × width × 3), or the network's input as a tensor (channels × height × width)."
    )


def _named(text: str) -> Given:
    from analysis.commands.arguments import picture_origin
    from analysis.pictures.chosen import picture_of

    choice = PictureChoice(picture_origin(os.path.expanduser(text)))
    return Given(choice, picture_of(choice))


def _tensor(tensor: Tensor) -> Given:
    """Whole numbers are levels of a picture, as torchvision reads them; fractions are the network's very input."""
    import torch

    if not isinstance(tensor, torch.Tensor):
        raise Problem(f"A picture cannot be a {type(tensor).__name__}: give a torch tensor or an array.")
    with torch.inference_mode(False), torch.no_grad():
        shape = tuple(tensor.shape)
        if tensor.dim() == 4 and len(tensor) == 1:
            tensor = tensor[0]
        if tensor.dim() == 4:
            raise Problem(f"This tensor holds {shape[0]} pictures ({_size(shape)}): give one of them, such as x[0:1].")
        if tensor.dim() != 3 or not tensor.numel():
            raise Problem(f"The network's input is channels × height × width; this is {_size(shape) or 'empty'}.")
        if tensor.dtype == torch.uint8:
            return Given(FROM_A_SCRIPT, levels_of(tensor.permute(1, 2, 0).cpu().numpy()))
        if not tensor.is_floating_point():
            raise Problem(f"The network's input holds fractions, not {_kind(tensor)}: give floats, or uint8 levels.")
        return Given(FROM_A_SCRIPT, seen=tensor[None].detach().to("cpu", torch.float32, copy=True).contiguous())


def levels_of(array: NDArray[Any]) -> Pixels:
    """RGB levels of height × width, × 1, × 3 or × 4 values: bytes, or fractions from 0 to 1 that are rounded to bytes.

    What is transparent is shown on white, as everywhere.
    """
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        hint = ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = "; array.transpose(1, 2, 0) brings the channels behind"
        raise Problem(f"A picture is an array of height × width × 3 values; this one is {_size(array.shape)}{hint}.")
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (low >= 0 and high <= 1):  # NaN is neither
            raise Problem(
                f"A picture of fractions goes from 0 to 1; this array goes from {low:g} to {high:g}: give uint8 "
                "levels, or the network's own input as a torch tensor."
            )
        array = np.rint(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise Problem(f"A picture holds uint8 levels, or fractions from 0 to 1, not {array.dtype}.")
    if array.shape[2] == 4:
        from PIL import Image

        from analysis.pictures.decoding import rgb_pixels

        return rgb_pixels(Image.fromarray(np.ascontiguousarray(array)))
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def levels_in(seen: Tensor, preprocessing: Preprocessing) -> Pixels:
    """What a network's input looks like, for those who see it."""
    import torch

    mean, std = (torch.tensor(of).view(-1, 1, 1) for of in (preprocessing.mean, preprocessing.std))
    shown = ((seen[0] * std + mean).nan_to_num() * 255).round().clamp(0, 255).to(torch.uint8)
    planes = shown.expand(3, -1, -1) if len(shown) == 1 else shown[:3]
    if len(planes) == 2:
        planes = torch.cat([planes, torch.zeros_like(planes[:1])])
    return np.ascontiguousarray(planes.permute(1, 2, 0).numpy())


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
