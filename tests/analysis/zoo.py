"""A zoo of odd networks, each tiny and seeded, for every test that must hold on any network.

`ZOO` lists them; `odd(name)` finds one; `.module()`, `.example()` and `.network()` make it fresh each time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.network import Network
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice


@dataclass(frozen=True)
class Odd:
    """One inhabitant: `channels`, `height`, `width` of its input, and what is odd about it.

    `classes` is 0 where the output is no vector of logits. `runs` is False where the forward pass raises.
    """

    name: str
    make: Callable[[], nn.Module]
    oddity: str
    channels: int = 3
    height: int = 32
    width: int = 32
    classes: int = 5
    runs: bool = True
    finite: bool = True
    layers: bool = True  # has at least one layer below the root

    def module(self) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return self.make().eval().requires_grad_(False)

    def example(self, batch: int = 1, seed: int = 1) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(batch, self.channels, self.height, self.width, generator=generator)

    def preprocessing(self) -> Preprocessing:
        return Preprocessing(
            self.height,
            self.width,
            resize=min(self.height, self.width),
            fit="stretch",
            channels=self.channels,
            mean=(0.5,) * self.channels,
            std=(0.25,) * self.channels,
        )

    def network(self) -> Network:
        from analysis.opening.assembly import assembled

        return assembled(self.module(), ModelChoice(self.name, "random"), self.name, self.preprocessing())


def odd(name: str) -> Odd:
    return next(one for one in ZOO if one.name == name)


def runnable() -> tuple[Odd, ...]:
    """Those whose forward pass ends well with finite numbers and which have layers."""
    return tuple(one for one in ZOO if one.runs and one.finite and one.layers)


class ReusedReLU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 8, 3, stride=2)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv2(self.relu(self.conv1(x))))
        y: Tensor = self.fc(x.mean((2, 3)))
        return y


class FunctionalReLU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 8, 3)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        x = self.conv3(x).relu()
        y: Tensor = self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))
        return y


class InPlaceReLU(nn.Module):
    """Modules with inplace=True, F.relu(inplace=True) and relu_, each overwriting what the layer before returned."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(6, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 8, 3)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu1(self.conv1(x))
        x = self.conv2(x).relu_()
        x = functional.relu(self.conv3(x), inplace=True)
        y: Tensor = self.fc(x.amax((2, 3)))
        return y


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.down = nn.Conv2d(inputs, outputs, 1, stride) if stride > 1 or inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.down is None else self.down(x)
        z: Tensor = self.relu(y)
        return z


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.blocks = nn.Sequential(Block(6, 6), Block(6, 10, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(10, 5)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.pool(self.blocks(self.stem(x))).flatten(1))
        return y


class Concatenating(nn.Module):
    """Branches of different kernels, sizes and dilations, put side by side as in Inception."""

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [
                nn.Conv2d(3, 4, 1),
                nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()),
                nn.Sequential(nn.Conv2d(3, 4, 3, padding=2, dilation=2), nn.ReLU(inplace=True)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(3, 4, 1)),
            ]
        )
        self.after = nn.Conv2d(16, 8, (3, 5), stride=(2, 1))
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.cat([branch(x) for branch in self.branches], 1)
        z: Tensor = self.fc(functional.relu(self.after(y)).mean((2, 3)))
        return z


class DictOutput(nn.Module):
    """The whole net and one of its layers answer with dictionaries, as detection and segmentation nets do."""

    class Features(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
            self.conv2 = nn.Conv2d(6, 8, 3, stride=2, padding=1)

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            fine = functional.relu(self.conv1(x))
            return {"fine": fine, "coarse": functional.relu(self.conv2(fine))}

    def __init__(self) -> None:
        super().__init__()
        self.features = self.Features()
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.features(x)
        return {"out": self.fc(features["coarse"].mean((2, 3))), "fine": features["fine"]}


class TupleOutput(nn.Module):
    """A layer that returns values and indices, and a net that returns logits and an extra map."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y, _places = self.pool(torch.tanh(self.conv(x)))
        return self.fc(y.mean((2, 3))), y


class GreyOblong(nn.Module):
    """One channel, not square, fully connected layers over the flattened map."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, stride=2)
        self.relu1 = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.relu2 = nn.ReLU()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(6 * 2 * 7, 20)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(20, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu1(self.conv1(x)))
        x = self.flatten(self.relu2(self.conv2(x)))
        y: Tensor = self.fc2(self.relu3(self.fc1(x)))
        return y


class Tokens(nn.Module):
    """A small vision transformer with a class token; its patch embedding has a grid of 4×6."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 8, stride=8)
        self.class_token = nn.Parameter(torch.randn(1, 1, 12))
        self.positions = nn.Parameter(torch.randn(1, 25, 12) * 0.1)
        layer = nn.TransformerEncoderLayer(12, 3, 24, dropout=0.1, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(12)
        self.head = nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), tokens], 1) + self.positions
        y: Tensor = self.head(self.norm(self.encoder(tokens))[:, 0])
        return y


class Windowed(nn.Module):
    """Maps with the channels last (N×H×W×C), shifted and mixed in windows as in a Swin transformer."""

    class Mixer(nn.Module):
        def __init__(self, channels: int, shift: int) -> None:
            super().__init__()
            self.norm = nn.LayerNorm(channels)
            self.attention = nn.MultiheadAttention(channels, 2, batch_first=True)
            self.shift = shift

        def forward(self, x: Tensor) -> Tensor:
            n, h, w, c = x.shape
            y = torch.roll(self.norm(x), (-self.shift, -self.shift), (1, 2))
            y = y.view(n, h // 2, 2, w // 2, 2, c).transpose(2, 3).reshape(-1, 4, c)
            y = self.attention(y, y, y, need_weights=False)[0]
            y = y.view(n, h // 2, w // 2, 2, 2, c).transpose(2, 3).reshape(n, h, w, c)
            return x + torch.roll(y, (self.shift, self.shift), (1, 2))

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)
        self.mixers = nn.Sequential(self.Mixer(8, 0), self.Mixer(8, 1))
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.mixers(self.norm(self.patches(x).permute(0, 2, 3, 1)))
        z: Tensor = self.head(y.mean((1, 2)))
        return z


class Raising(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.conv(x)
        raise RuntimeError("the cat sat on the weights")


class NotANumber(nn.Module):
    """A layer in the middle answers with NaN and infinity."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.conv1(x)) / 0.0
        z: Tensor = self.fc(self.conv2(y).mean((2, 3)))
        return z


class Bare(nn.Module):
    """No layers and no parameters at all: a function of the picture."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.adaptive_avg_pool2d(x.sum(1), (1, 5)).flatten(1)


class CalledTwice(nn.Module):
    """The same convolution twice in one pass."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.shared = nn.Conv2d(6, 6, 3, padding=1)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.stem(x))
        x = functional.relu(self.shared(functional.relu(self.shared(x))))
        y: Tensor = self.fc(x.mean((2, 3)))
        return y


class Unused(nn.Module):
    """A head that is never called in eval mode, as googlenet's auxiliary ones."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.auxiliary = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5))
        self.nothing = nn.Identity()
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(functional.relu(self.conv(x)).mean((2, 3)))
        return y


class Recurrent(nn.Module):
    """The rows of the map as a sequence for an LSTM, which returns a tuple with a tuple in it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.lstm = nn.LSTM(64, 10, batch_first=True)
        self.fc = nn.Linear(10, 5)

    def forward(self, x: Tensor) -> Tensor:
        maps = torch.relu(self.conv(x))
        rows, _state = self.lstm(maps.permute(0, 2, 1, 3).flatten(2))
        y: Tensor = self.fc(rows[:, -1])
        return y


class SqueezeExcitation(nn.Module):
    """A gate computed from the whole picture multiplies every channel; the activations have no ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.excite = nn.Conv2d(8, 8, 1)
        self.act = nn.SiLU(inplace=True)
        self.conv2 = nn.Conv2d(8, 8, 3, groups=4)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.conv1(x))
        y = y * torch.sigmoid(self.excite(self.squeeze(y)))
        z: Tensor = self.fc(functional.gelu(self.conv2(y)).mean((2, 3)))
        return z


class PictureOutput(nn.Module):
    """Down and up again: the answer is a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 6, 4, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(6, 3, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = torch.sigmoid(self.up(torch.relu(self.down(x))))
        return y


class WithSoftmax(nn.Module):
    """Ends in a softmax, so that its output is no logit."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.relu = nn.ReLU()
        self.pool = nn.AvgPool2d(30)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(6, 5)
        self.softmax = nn.Softmax(1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.softmax(self.fc(self.flatten(self.pool(self.relu(self.conv(x))))))
        return y


class OddTypes(nn.Module):
    """Layers that answer with complex numbers, whole numbers, truth values, text, nothing, and empty tensors."""

    class Answers(nn.Module):
        def __init__(self, answer: Callable[[Tensor], object]) -> None:
            super().__init__()
            self.answer = answer

        def forward(self, x: Tensor) -> object:
            return self.answer(x)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.spectrum = self.Answers(torch.fft.rfft2)
        self.argmax = self.Answers(lambda x: x.argmax(1))
        self.positive = self.Answers(lambda x: x > 0)
        self.text = self.Answers(lambda x: "a word")
        self.nothing = self.Answers(lambda x: None)
        self.empty = self.Answers(lambda x: x[:, :0])
        self.scalar = self.Answers(lambda x: x.mean())
        self.volume = self.Answers(lambda x: x[:, :, None].expand(-1, -1, 2, -1, -1))
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        for odd_one in (self.spectrum, self.argmax, self.positive, self.text, self.nothing, self.empty, self.scalar):
            odd_one(x)
        self.volume(x)
        y: Tensor = self.fc(torch.relu(x).mean((2, 3)))
        return y


def _as_trained(norm: nn.BatchNorm2d) -> nn.BatchNorm2d:
    """With statistics and factors that are far from 0 and 1."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.normal_(0, 0.5)
    norm.running_var.uniform_(0.05, 0.6)
    nn.init.uniform_(norm.weight, 0.3, 2)
    nn.init.normal_(norm.bias, 0, 0.5)
    return norm


class PreActivation(nn.Module):
    """Residual, and what a convolution makes goes to a normalisation and past it; its answers are very sure."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm1, self.norm2, self.norm3 = (_as_trained(nn.BatchNorm2d(8)) for _ in range(3))
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(8, 5)
        nn.init.normal_(self.fc.weight, 0, 25)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = self.conv1(self.relu(self.norm1(x)))
        x = x + self.conv2(self.relu(self.norm2(y)))
        z: Tensor = self.fc(self.relu(self.norm3(x)).mean((2, 3)))
        return z


class EarlyExit(nn.Module):
    """A picture whose first maps are strong does not go all the way."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, stride=2)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.norm = _as_trained(nn.BatchNorm2d(6))
        self.sure = nn.Linear(6, 5)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv1(x))
        if x.amax() > 3:
            early: Tensor = self.sure(x.mean((2, 3)))
            return early
        late: Tensor = self.fc(torch.relu(self.norm(self.conv2(x))).mean((2, 3)))
        return late


class BatchMaximum(nn.Module):
    """Divides by the largest number of all its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv(x))
        y: Tensor = self.fc((x / x.amax().clamp_min(1e-3)).mean((2, 3)))
        return y


class Keeping(nn.Module):
    """Keeps a tensor for as many pictures as came last, and works with it the next time."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.fc = nn.Linear(6, 5)
        self.window: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv(x))
        if self.window is None or self.window.shape != x.shape:
            self.window = torch.linspace(0.5, 1, x.shape[-1]).expand(x.shape).clone()
        y: Tensor = self.fc((x * x * self.window).mean((2, 3)))
        return y


def _plain() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3),
        nn.ReLU(),
        nn.AvgPool2d(2, ceil_mode=True),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, 5),
    )


def _linear() -> nn.Module:
    """No non-linearity anywhere: every backward rule gives the same gradient."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 3, stride=2), nn.Flatten(), nn.Linear(8 * 15 * 15, 5)
    )


ZOO: tuple[Odd, ...] = (
    Odd("plain", _plain, "nothing: convolution, ReLU and pooling modules in a row"),
    Odd("linear", _linear, "no activation function"),
    Odd("reused-relu", ReusedReLU, "one ReLU module called twice"),
    Odd("functional-relu", FunctionalReLU, "F.relu, torch.relu and Tensor.relu instead of modules"),
    Odd("in-place-relu", InPlaceReLU, "in-place ReLU as a module, a function and a method"),
    Odd("residual", Residual, "in-place additions and ReLUs that are used twice"),
    Odd("concatenating", Concatenating, "branches in a ModuleList, a kernel that is not square"),
    Odd("dict-output", DictOutput, "answers with a dictionary, and so does a layer", classes=0),
    Odd("tuple-output", TupleOutput, "answers with a tuple, and so does a layer", classes=0),
    Odd("grey-oblong", GreyOblong, "one channel, 20×40 pixels, fully connected layers", 1, 20, 40),
    Odd("tokens", Tokens, "a transformer with a class token", height=32, width=48),
    Odd("windowed", Windowed, "channels-last maps and windows of attention", height=32, width=48),
    Odd("called-twice", CalledTwice, "the same convolution twice"),
    Odd("unused", Unused, "layers that are never called"),
    Odd("recurrent", Recurrent, "an LSTM over the rows"),
    Odd("squeeze-excitation", SqueezeExcitation, "a gate from the whole picture, SiLU and GELU"),
    Odd("picture-output", PictureOutput, "answers with a picture", classes=0),
    Odd("with-softmax", WithSoftmax, "ends in a softmax"),
    Odd("odd-types", OddTypes, "layers that answer with anything but real numbers"),
    Odd("pre-activation", PreActivation, "a convolution's output goes to a normalisation and past it"),
    Odd("early-exit", EarlyExit, "what it computes depends on values"),
    Odd("batch-maximum", BatchMaximum, "divides by the largest number of a batch"),
    Odd("keeping", Keeping, "keeps a tensor from pass to pass"),
    Odd("bare", Bare, "no layers at all", layers=False),
    Odd("raising", Raising, "raises in its forward pass", runs=False),
    Odd("not-a-number", NotANumber, "NaN and infinity from the middle on", finite=False),
)
