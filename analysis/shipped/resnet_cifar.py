"""The CIFAR-10 residual network: 66 weighted layers in three stages, no pooling but the final average.

Each stage begins with a convolution that halves rows and columns. Wide blocks of two convolutions learn quickly; most
of the depth is in blocks of three with a narrow waist (He et al. 2016), where the picture is small and depth is cheap:
1 + 3 + 2·5 + 3·17 + 1 = 66. Because it ends in an average over all places, it takes pictures of any size.
"""

from collections import OrderedDict

from torch import nn

from analysis.shipped.residual_block import ResidualBlock, WaistedBlock, halving

CHANNELS = (32, 96, 160, 192)
BLOCKS = (2, 2, 1)
WAIST, WAISTED_BLOCKS = 32, 17


def build() -> nn.Module:
    stages = [
        OrderedDict[str, nn.Module](
            [
                ("halving", halving(before, channels)),
                *((f"block{n + 1}", ResidualBlock(channels)) for n in range(blocks)),
            ]
        )
        for before, channels, blocks in zip(CHANNELS, CHANNELS[1:], BLOCKS, strict=False)
    ]
    for number in range(BLOCKS[-1], BLOCKS[-1] + WAISTED_BLOCKS):
        stages[-1][f"block{number + 1}"] = WaistedBlock(CHANNELS[-1], WAIST)
    network = nn.Sequential(
        OrderedDict[str, nn.Module](
            conv=nn.Conv2d(3, CHANNELS[0], 3, padding=1, bias=False),
            bn=nn.BatchNorm2d(CHANNELS[0]),
            relu=nn.ReLU(),
            **{f"stage{number}": nn.Sequential(stage) for number, stage in enumerate(stages, start=1)},
            average=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            fc=nn.Linear(CHANNELS[-1], 10),
        )
    )
    return network.eval()
