"""Predicts the picture of a table of rectangles after one is dragged (after Fleuret 2016): 18 weighted layers.

In: the scene S and the grasp G. A convolution to a quarter of the size, seven residual blocks, a layer of 1024 units,
and two convolutions that make of these, at full size again, what to keep of S and what to draw:
S·sigmoid(keep) + draw. So what does not move needs no work.
"""

import torch
from torch import Tensor, nn

from analysis.shipped.residual_block import ResidualBlock, start_convolutions

WIDTH, BLOCKS, SHRINK = 64, 7, 4
UNITS, MAPS = 1024, 16
KEEP_AT_FIRST = 4.0


class Dynamics(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, WIDTH, 2 * SHRINK, SHRINK, SHRINK // 2, bias=False)
        self.bn = nn.BatchNorm2d(WIDTH)
        self.relu = nn.ReLU()
        self.blocks = nn.Sequential(*(ResidualBlock(WIDTH) for _ in range(BLOCKS)))
        self.units = nn.Conv2d(WIDTH, UNITS, 1)
        self.units_relu = nn.ReLU()
        self.maps = nn.Conv2d(UNITS, MAPS * SHRINK**2, 1)
        self.enlarge = nn.PixelShuffle(SHRINK)
        self.maps_relu = nn.ReLU()
        self.keep_and_draw = nn.Conv2d(MAPS, 2, 3, padding=1)
        start_convolutions(self)
        nn.init.zeros_(self.keep_and_draw.weight)
        with torch.no_grad():
            self.keep_and_draw.bias.copy_(torch.tensor([KEEP_AT_FIRST, 0.0]))  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        state = self.blocks(self.relu(self.bn(self.conv(x))))
        maps = self.maps_relu(self.enlarge(self.maps(self.units_relu(self.units(state)))))
        keep, draw = self.keep_and_draw(maps).chunk(2, dim=1)
        result: Tensor = x[:, :1] * keep.sigmoid() + draw
        return result


def build() -> nn.Module:
    return Dynamics().eval()
