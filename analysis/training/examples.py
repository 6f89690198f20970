"""What a network learns from and is judged by, read from an `.npz` file or through torchvision's data sets."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import UnidentifiedImageError
from torch import Tensor

from analysis.datasets.numpy_arrays import all_pictures, loaded
from analysis.protocol.problems import Problem


@dataclass(frozen=True)
class Examples:
    """Inputs are uint8 pictures N×C×H×W; targets are class numbers or uint8 pictures."""

    inputs: Tensor
    targets: Tensor
    test_inputs: Tensor
    test_targets: Tensor

    def with_few_tests(self, count: int) -> "Examples":
        return replace(self, test_inputs=self.test_inputs[:count], test_targets=self.test_targets[:count])


def read_examples(file: Path, side: int, channels: int, classes: int) -> Examples:
    """`x_train` holds pictures, or `jpeg_train` their JPEG bytes in a row, which begin at `offset_train`."""
    arrays = loaded(file)
    parts: list[Tensor] = []
    for part in ("train", "test"):
        try:
            pictures, labels = all_pictures(arrays, part), arrays[f"y_{part}"]
        except (KeyError, ValueError, UnidentifiedImageError, OSError) as error:
            raise Problem(
                f"{file} lacks usable {part}ing pictures ({error}): it needs x_{part} or jpeg_{part} with "
                f"offset_{part}, and y_{part}."
            ) from error
        parts += _checked(file, pictures, labels, side, channels, classes)
    return Examples(*parts)


def download_examples(name: str, folder: Path) -> Examples:
    """Through torchvision's data sets `MNIST` and `CIFAR10`, kept in `folder`."""
    from torchvision import datasets

    parts: list[Tensor] = []
    for train in (True, False):
        try:
            stored = getattr(datasets, name)(folder, train=train, download=True)
        except (OSError, RuntimeError) as error:
            raise Problem(f"{name} could not be downloaded ({error}): give the data with --data FILE.npz.") from error
        pictures = torch.as_tensor(np.asarray(stored.data))
        parts += [_channels_first(pictures), torch.as_tensor(stored.targets).long()]
    return Examples(*parts)


def _checked(
    file: Path, pictures: NDArray[np.generic], labels: NDArray[np.generic], side: int, channels: int, classes: int
) -> list[Tensor]:
    shape = (side, side) if channels == 1 else (side, side, channels)
    if pictures.dtype != np.uint8 or pictures.shape[1:] != shape or len(pictures) == 0:
        wanted = "×".join(map(str, shape))
        raise Problem(f"{file} holds {pictures.dtype} pictures of shape {pictures.shape}: uint8 N×{wanted} is needed.")
    if labels.shape != (len(pictures),) or labels.dtype.kind not in "iu":
        raise Problem(f"{file} holds {len(pictures)} pictures but labels of shape {labels.shape}.")
    if labels.min() < 0 or labels.max() >= classes:
        raise Problem(f"{file} holds labels outside 0 to {classes - 1}.")
    return [_channels_first(torch.from_numpy(pictures)), torch.from_numpy(labels.astype(np.int64))]


def _channels_first(pictures: Tensor) -> Tensor:
    return pictures[:, None] if pictures.ndim == 3 else pictures.permute(0, 3, 1, 2).contiguous()
