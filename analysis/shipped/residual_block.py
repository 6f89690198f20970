"""The residual blocks that our deeper networks are made of (He et al. 2016)."""

from collections import OrderedDict

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """relu(x + bn(conv(relu(bn(conv(x)))))), both convolutions of 3×3."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu2 = nn.ReLU()
        # A block that begins as the identity lets a deep stack learn from the first step (Goyal et al. 2017).
        nn.init.zeros_(self.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        result: Tensor = self.relu2(x + change)
        return result


class WaistedBlock(nn.Module):
    """relu(x + widen(relu(look(relu(narrow(x)))))): convolutions of 1×1, 3×3 and 1×1, each with its normalisation."""

    def __init__(self, channels: int, waist: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, waist, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(waist)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(waist, waist, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(waist)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(waist, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        self.relu3 = nn.ReLU()
        nn.init.zeros_(self.bn3.weight)

    def forward(self, x: Tensor) -> Tensor:
        narrow: Tensor = self.relu1(self.bn1(self.conv1(x)))
        change: Tensor = self.bn3(self.conv3(self.relu2(self.bn2(self.conv2(narrow)))))
        result: Tensor = self.relu3(x + change)
        return result


def halving(inputs: int, outputs: int) -> nn.Module:
    """Half as many rows and columns: relu(bn(conv(x))) with a stride of 2."""
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
            bn=nn.BatchNorm2d(outputs),
            relu=nn.ReLU(),
        )
    )


def start_convolutions(network: nn.Module) -> None:
    """He et al.'s start: the signal keeps its variance through ReLUs."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
