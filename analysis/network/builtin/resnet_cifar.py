"""The CIFAR-10 residual network: 66 weighted layers in three stages, no pooling but the final average.

One convolution, 32 blocks of two, one fully connected layer: 1 + 2·32 + 1 = 66. Because it ends in an average
over all places, it takes pictures of any size.
"""

from collections import OrderedDict

from torch import nn

from analysis.network.builtin.residual import ResidualBlock, start_convolutions

# The first stage sees 4× and 16× the pixels of the others: most of the depth and width is put where it is cheap.
CHANNELS = (16, 32, 96)
BLOCKS = (3, 13, 16)


def build() -> nn.Module:
    stages = OrderedDict[str, nn.Module]()
    before = CHANNELS[0]
    for number, (channels, blocks) in enumerate(zip(CHANNELS, BLOCKS, strict=True), start=1):
        first = ResidualBlock(before, channels, stride=1 if number == 1 else 2)
        stages[f"stage{number}"] = nn.Sequential(first, *(ResidualBlock(channels, channels) for _ in range(blocks - 1)))
        before = channels
    network = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(3, CHANNELS[0], 3, padding=1, bias=False),
            bn=nn.BatchNorm2d(CHANNELS[0]),
            relu=nn.ReLU(),
            **stages,
            average=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            fc=nn.Linear(CHANNELS[-1], 10),
        )
    )
    start_convolutions(network)
    return network.eval()
