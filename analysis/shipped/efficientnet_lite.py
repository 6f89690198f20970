"""EfficientNet-Lite0 (Liu, Tan 2020): MobileNet's inverted blocks without squeeze-and-excite, and ReLU6 throughout.

A block widens the channels, looks at each by itself and narrows them again; where neither size nor channels change,
what came in is added. The weights were trained with TensorFlow's padding: where a stride makes the map smaller it adds
no more than is needed, and what is odd of it at the right and below. `padded` does that before a convolution that pads
nothing itself.
"""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional

STEM, HEAD, CLASSES = 32, 1280, 1000
EPSILON = 1e-3  # of the normalisations, as in TensorFlow
# How many times wider, kernel, stride, channels, blocks.
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


class InvertedBlock(nn.Module):
    """project(depthwise(expand(x))), and x with it where the shapes allow; only behind the projection is no ReLU6."""

    def __init__(self, inputs: int, outputs: int, wider: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = inputs * wider
        self.adds = stride == 1 and inputs == outputs
        self.expands = wider > 1
        if self.expands:
            self.expand = nn.Conv2d(inputs, inner, 1, bias=False)
            self.bn1 = _normalisation(inner)
            self.relu1 = nn.ReLU6()
        self.depthwise = _looking(inner, inner, kernel, stride, groups=inner)
        self.bn2 = _normalisation(inner)
        self.relu2 = nn.ReLU6()
        self.project = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = _normalisation(outputs)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.relu1(self.bn1(self.expand(x))) if self.expands else x
        looked = self.relu2(self.bn2(self.depthwise(padded(wide, self.depthwise))))
        change: Tensor = self.bn3(self.project(looked))
        return x + change if self.adds else change


class EfficientNetLite(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = _looking(3, STEM, 3, 2)
        self.bn = _normalisation(STEM)
        self.relu = nn.ReLU6()
        channels = STEM
        for name, (wider, kernel, stride, outputs, blocks) in zip(_stage_names(), STAGES, strict=True):
            stage = OrderedDict[str, nn.Module]()
            for number in range(blocks):
                first = number == 0
                block = InvertedBlock(channels if first else outputs, outputs, wider, kernel, stride if first else 1)
                stage[f"block{number + 1}"] = block
            self.add_module(name, nn.Sequential(stage))
            channels = outputs
        self.head = nn.Conv2d(channels, HEAD, 1, bias=False)
        self.head_bn = _normalisation(HEAD)
        self.head_relu = nn.ReLU6()
        self.average = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(HEAD, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.relu(self.bn(self.conv(padded(x, self.conv))))
        for name in _stage_names():
            maps = self.get_submodule(name)(maps)
        maps = self.head_relu(self.head_bn(self.head(maps)))
        result: Tensor = self.fc(self.flatten(self.average(maps)))
        return result


def padded(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """With the zeros of TensorFlow's “same”, for a convolution that has a stride; others pad evenly by themselves."""
    stride, kernel = conv.stride[0], conv.kernel_size[0]
    if stride == 1:
        return x
    down, right = (max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[-2:])
    return functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))


def build() -> nn.Module:
    network = EfficientNetLite()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network.eval()


def by_our_names(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published state dict (`_conv_stem`, `_blocks.0._depthwise_conv`, …) by the names of `build`."""
    blocks = [
        f"{name}.block{b + 1}" for name, stage in zip(_stage_names(), STAGES, strict=True) for b in range(stage[-1])
    ]
    renamed = {}
    for name, tensor in stored.items():
        *where, what, kind = name.split(".")
        table = _IN_A_BLOCK if where else _AROUND
        path = f"{blocks[int(where[1])]}.{table[what]}" if where else table[what]
        renamed[f"{path}.{kind}"] = tensor
    return renamed


_AROUND = {"_conv_stem": "conv", "_bn0": "bn", "_conv_head": "head", "_bn1": "head_bn", "_fc": "fc"}
_IN_A_BLOCK = {
    "_expand_conv": "expand",
    "_bn0": "bn1",
    "_depthwise_conv": "depthwise",
    "_bn1": "bn2",
    "_project_conv": "project",
    "_bn2": "bn3",
}


def _stage_names() -> list[str]:
    return [f"stage{number}" for number in range(1, len(STAGES) + 1)]


def _looking(inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> nn.Conv2d:
    padding = kernel // 2 if stride == 1 else 0
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)


def _normalisation(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=0.01)
