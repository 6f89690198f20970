"""Colours whose three numbers vary independently of each other over photographs, and back to levels (Lucid)."""

from __future__ import annotations

import torch
from torch import Tensor

# Square root of the covariance of colours over ImageNet, by Lucid; rows are red, green, blue.
LUCID = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
# The same as MACO's three implementations have it.
MACO = (
    (0.56282854, 0.58447580, 0.58447580),
    (0.19482528, 0.00000000, -0.19482528),
    (0.04329450, -0.10823626, 0.06494176),
)


def correlated(pictures: Tensor) -> Tensor:
    """Of N×3×H×W: each pixel by Lucid's matrix, over the largest norm of its columns. Other channels as they are."""
    if pictures.shape[1] != 3:
        return pictures
    matrix = pictures.new_tensor(LUCID)
    matrix = matrix / matrix.norm(dim=0).max()
    mixed: Tensor = (pictures.permute(0, 2, 3, 1) @ matrix.T).permute(0, 3, 1, 2)
    return mixed


def correlated_by_maco(pictures: Tensor) -> Tensor:
    if pictures.shape[1] != 3:
        return pictures
    mixed: Tensor = (pictures.permute(0, 2, 3, 1) @ pictures.new_tensor(MACO)).permute(0, 3, 1, 2)
    return mixed


def uncorrelated(pictures: Tensor) -> Tensor:
    """What `correlated` makes these of."""
    if pictures.shape[1] != 3:
        return pictures
    matrix = pictures.new_tensor(LUCID, dtype=torch.float64)
    matrix = matrix / matrix.norm(dim=0).max()
    return _mixed(pictures, torch.linalg.inv(matrix.T))


def uncorrelated_by_maco(pictures: Tensor) -> Tensor:
    if pictures.shape[1] != 3:
        return pictures
    return _mixed(pictures, torch.linalg.inv(pictures.new_tensor(MACO, dtype=torch.float64)))


def _mixed(pictures: Tensor, matrix: Tensor) -> Tensor:
    mixed: Tensor = (pictures.permute(0, 2, 3, 1) @ matrix.to(pictures)).permute(0, 3, 1, 2)
    return mixed
