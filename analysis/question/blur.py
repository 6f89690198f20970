"""Pictures out of focus."""

import torch
from torch import Tensor
from torch.nn import functional


def blurred(pictures: Tensor, sigma: float, reach: int, weighed: torch.dtype = torch.float64) -> Tensor:
    """Under a Gaussian that goes `reach` pixels to each side; outside of a picture its outermost pixels go on.

    The weights are computed in the number format `weighed` before they get that of the pictures.
    """
    distance = torch.arange(-reach, reach + 1, dtype=weighed)
    bell = torch.exp(-distance.square() / (2 * sigma**2))
    bell = (bell / bell.sum()).to(pictures)
    channels = pictures.shape[1]
    wide = functional.pad(pictures, [reach] * 4, mode="replicate")
    down = functional.conv2d(wide, bell.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    return functional.conv2d(down, bell.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)
