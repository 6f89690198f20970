"""Pictures as waves: what is changed is how much of every wave a picture has, so that no pixel is alone."""

from __future__ import annotations

import torch
from torch import Tensor

from analysis.synthesis.crop import Size

MAGIC = 4.0  # Lucid's own word for it


def frequencies(size: Size) -> Tensor:
    """Rows × columns of the half plane, in waves a pixel; an odd width has one column more than need be (Lucid)."""
    height, width = size
    down, across = torch.fft.fftfreq(height, dtype=torch.float64), torch.fft.fftfreq(width, dtype=torch.float64)
    columns = width // 2 + (2 if width % 2 and width > 1 else 1)
    found: Tensor = (down[:, None].square() + across[None, :columns].square()).sqrt()
    return found


def fourier_scale(size: Size, decay: float) -> Tensor:
    """1 / max(frequency, 1 / longer side)^decay: how strong each wave is in photographs, about."""
    return (1.0 / frequencies(size).clamp_min(1.0 / max(size)) ** decay).float()


def of_waves(waves: Tensor, scale: Tensor, size: Size) -> Tensor:
    """N×C×rows×columns×2 numbers as N×C×H×W: the inverse transform, times √(H·W)."""
    spectrum = torch.view_as_complex((scale[..., None] * waves).contiguous())
    pictures: Tensor = torch.fft.irfft2(spectrum, s=size, norm="ortho")
    return pictures / MAGIC


def waves_of(pictures: Tensor, scale: Tensor) -> Tensor:
    """What `of_waves` makes these pictures of."""
    spectrum = torch.fft.rfft2(pictures * MAGIC, norm="ortho")
    spare = scale.shape[1] - spectrum.shape[3]
    return torch.nn.functional.pad(torch.view_as_real(spectrum), (0, 0, 0, spare)) / scale[..., None]
