"""Pictures that are unlike each other: what holds for all of them is not owed to what a picture happens to show."""

from collections.abc import Sequence

import torch
from torch import Tensor

_SEED = 7
_SHARE = 0.1  # of the range, for dark and bright
_STRONG = 4


def unlike(picture: Tensor, mean: Sequence[float] = (0.5,), std: Sequence[float] = (0.25,)) -> dict[str, Tensor]:
    """Noise, a dark, a bright and a strong one, each 1×C×H×W as `picture`; the strong one leaves the range of pictures.

    Dark and bright differ in any statistic; two pictures of noise do not, however many numbers they have.
    """
    generator = torch.Generator().manual_seed(_SEED)
    levels = [torch.rand(picture.shape[1:], generator=generator) for _ in range(4)]
    less, scale = (torch.tensor(of).view(-1, 1, 1) for of in (mean, std))
    kinds = {
        "noise": levels[0],
        "dark": levels[1] * _SHARE,
        "bright": 1 - levels[2] * _SHARE,
        "strong": 0.5 + (levels[3] - 0.5) * _STRONG,
    }
    return {name: ((level - less) / scale)[None].to(picture) for name, level in kinds.items()}
