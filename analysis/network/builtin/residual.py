"""The residual block that our deeper networks are made of (He et al. 2016), with a shortcut that has no parameters."""

from torch import Tensor, nn
from torch.nn import functional


class Shortcut(nn.Module):
    """Carries a block's input past it: every `stride`-th pixel, with new channels that are zero."""

    def __init__(self, new_channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels = new_channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


class ResidualBlock(nn.Module):
    """relu(shortcut(x) + bn(conv(relu(bn(conv(x)))))), both convolutions of `kernel`×`kernel`."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, kernel, 1, kernel // 2, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        changes = stride > 1 or outputs > inputs
        self.shortcut: nn.Module = Shortcut(outputs - inputs, stride) if changes else nn.Identity()
        self.relu2 = nn.ReLU()
        # A block that begins as the identity lets a deep stack learn from the first step (Goyal et al. 2017).
        nn.init.zeros_(self.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        result: Tensor = self.relu2(self.shortcut(x) + change)
        return result


def start_convolutions(network: nn.Module) -> None:
    """He et al.'s start: the signal keeps its variance through ReLUs."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
