"""The incremental engine against whole passes, on random small networks of every kind of operation it knows."""

import random

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.occlusion.incremental import Incremental
from analysis.occlusion.masks import Masks, coarse_to_fine
from analysis.occlusion.operations import Global
from analysis.quick.winograd import transformed, winograd
from analysis.tracing.steps import record


def complete_answers(module: nn.Module, picture: Tensor, masks: Masks) -> tuple[Tensor, Incremental]:
    """What the engine answers for every place: places × …, rows of places first."""
    with torch.inference_mode():
        engine = Incremental(record(module, picture, None), picture, masks, torch.float32)
        for _ in engine.prepare():
            pass
        found: dict[tuple[int, int], Tensor] = {}
        for patch in coarse_to_fine(len(masks.rows), len(masks.columns)):
            numbers = [(row, column) for row in patch.rows for column in patch.columns]
            kept: list[Tensor] = []

            def keep(output: Tensor, kept: list[Tensor] = kept) -> Tensor:
                kept.append(output)
                return torch.arange(sum(len(k) for k in kept) - len(output), sum(len(k) for k in kept))

            parts = [part for part in engine.parts(patch, keep) if part is not None]
            answers = torch.cat(kept)
            for part in parts:
                for i, row in enumerate(part.rows):
                    for j, column in enumerate(part.columns):
                        assert (row, column) in numbers
                        found[row, column] = answers[int(part.scores[i, j])]
    places = [(row, column) for row in range(len(masks.rows)) for column in range(len(masks.columns))]
    return torch.stack([found[place] for place in places]), engine


def assert_exact(module: nn.Module, picture: Tensor, size: int, stride: int) -> Incremental:
    height, width = picture.shape[-2:]
    rows, columns = (tuple(range(0, side - size + 1, stride)) for side in (height, width))
    masks = Masks(rows, columns, size, torch.randn(picture.shape, generator=torch.Generator().manual_seed(10**6)))
    places = [(row, column) for row in range(len(rows)) for column in range(len(columns))]
    with torch.inference_mode():
        expected = module(masks.applied(picture, places))
    found, engine = complete_answers(module, picture, masks)
    spread = float(expected.max() - expected.min())
    assert float((found - expected).abs().max()) <= 1e-5 * max(spread, 1e-3)
    if size > 4:  # smaller masks may slip between what strided kernels see
        assert float(expected.std(0).max()) > 0
    return engine


def known_throughout(engine: Incremental) -> bool:
    """Whether everything before the vectors is computed window by window."""
    sizes = engine.program.sizes
    unknown = [one for one in engine.program.head if isinstance(one, Global)]
    return all(sizes.get(value, (1, 1)) == (1, 1) for one in unknown for value in one.outputs)


class Residual(nn.Module):
    def __init__(self, *branches: nn.Module, relu: bool) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        for branch in self.branches:
            x = x + branch(x)
        return functional.relu(x) if self.relu else x


class SideBySide(nn.Module):
    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


class Shuffle(nn.Module):
    """Channels change places and are parted, as in ShuffleNet."""

    def forward(self, x: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        x = x.view(n, 2, channels // 2, height, width).transpose(1, 2).reshape(n, channels, height, width)
        first, second = x.chunk(2, 1)
        return torch.cat([second, first[:, ::1]], 1)


class Shade(nn.Module):
    """A constant map, a number for each channel, and plain numbers join in."""

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.map = nn.Parameter(torch.randn(1, 1, height, width))
        self.levels = nn.Parameter(torch.randn(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return (2 - x) * self.levels + self.map * 0.5 + x / 3


def random_layer(draw: random.Random, channels: int, size: tuple[int, int]) -> tuple[nn.Module, int]:
    """A layer that this map can go through, and how many channels come out."""

    def odd(most: int) -> int:
        return draw.choice([k for k in (1, 3, 5) if k <= most])

    smallest = min(size)
    kind = draw.choice(
        ["conv", "conv", "conv", "max", "mean", "residual", "side", "norm", "act", "pad", "shuffle", "shade"]
    )
    match kind:
        case "conv":
            kernel = (draw.randint(1, min(5, size[0])), draw.randint(1, min(5, size[1])))
            dilation = draw.choice([1, 1, 2]) if smallest > 2 * max(kernel) else 1
            groups = draw.choice([1, 1, 2 - channels % 2, channels])
            outputs = 2 * channels if groups == channels else draw.choice([4, 6, 8])
            padding = (draw.randint(0, kernel[0]), draw.randint(0, kernel[1]))
            stride = (draw.randint(1, 3), draw.randint(1, 3)) if smallest > 8 else 1
            bias = draw.random() < 0.5
            return nn.Conv2d(channels, outputs, kernel, stride, padding, dilation, groups, bias), outputs
        case "max":
            kernel_size = draw.randint(1, min(4, smallest))
            options = {"padding": draw.randint(0, kernel_size // 2), "ceil_mode": draw.random() < 0.5}
            apart = 2 if smallest > 2 * kernel_size and draw.random() < 0.3 else 1
            return nn.MaxPool2d(kernel_size, draw.randint(1, 3), dilation=apart, **options), channels
        case "mean":
            kernel_size = draw.randint(1, min(4, smallest))
            border = draw.randint(0, kernel_size // 2)
            counted, ceil = draw.random() < 0.5, draw.random() < 0.5
            divisor = draw.choice([None, None, 5])
            return nn.AvgPool2d(kernel_size, draw.randint(1, 3), border, ceil, counted, divisor), channels
        case "residual":
            near, far = odd(smallest), odd(smallest)
            branches = (
                nn.Sequential(
                    nn.Conv2d(channels, channels, near, padding=near // 2), nn.BatchNorm2d(channels), nn.ReLU()
                ),
                nn.Conv2d(channels, channels, far, padding=far // 2, groups=channels),
            )
            return Residual(*branches, relu=draw.random() < 0.5), channels
        case "side":
            kernel_size = odd(smallest)
            conv = nn.Conv2d(channels, 4, kernel_size, padding=kernel_size // 2)
            pool = nn.MaxPool2d(kernel_size, 1, kernel_size // 2)
            return SideBySide(conv, pool, nn.Identity()), 2 * channels + 4
        case "norm":
            return nn.BatchNorm2d(channels, affine=draw.random() < 0.5), channels
        case "act":
            choices = [nn.SiLU(), nn.GELU(), nn.Hardswish(True), nn.LeakyReLU(0.1), nn.ReLU6(), nn.PReLU(channels)]
            return draw.choice([*choices, nn.Tanh(), nn.ELU(inplace=True)]), channels
        case "pad":
            return nn.ConstantPad2d(tuple(draw.randint(0, 2) for _ in range(4)), 0.7), channels
        case "shuffle":
            return Shuffle() if channels % 4 == 0 else nn.Identity(), channels
    return Shade(channels, *size), channels


def random_network(seed: int) -> tuple[nn.Module, Tensor]:
    draw = random.Random(seed)
    torch.manual_seed(seed)
    height, width = draw.randint(14, 30), draw.randint(14, 30)
    picture = torch.randn(1, draw.choice([1, 3]), height, width)
    layers: list[nn.Module] = []
    maps = picture
    while len(layers) < draw.randint(3, 8):
        layer, _ = random_layer(draw, maps.shape[1], (maps.shape[2], maps.shape[3]))
        with torch.no_grad():
            _give_statistics(layer)
            after = layer.eval()(maps.clone())
        if after.shape[1] > 48 or min(after.shape[2:]) < 3 or after.numel() > 60_000:
            continue
        layers.append(layer)
        maps = after
    end: list[nn.Module] = [nn.Flatten(), nn.Linear(maps[0].numel(), 6)]
    if draw.random() < 0.3:
        end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(maps.shape[1], 6)]
    if draw.random() < 0.2:
        end = []  # the answer is a map
    return nn.Sequential(*layers, *end).eval().requires_grad_(False), picture


def _give_statistics(layer: nn.Module) -> None:
    for part in layer.modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)


@pytest.mark.parametrize("seed", range(120))
def test_that_random_networks_give_what_whole_passes_give(seed: int) -> None:
    module, picture = random_network(seed)
    size = random.Random(seed).choice([3, 4, 6, 9])
    assert known_throughout(assert_exact(module, picture, size, random.Random(-seed).choice([2, 3, 5])))


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("size", [(17, 20), (18, 19)])
def test_that_means_at_the_border_are_divided_as_torch_does(ceil: bool, counted: bool, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(2, 4, 3), nn.AvgPool2d(3, 2, 1, ceil, counted), nn.Conv2d(4, 3, 3)).eval()
    assert known_throughout(assert_exact(module.requires_grad_(False), torch.randn(1, 2, *size), 4, 1))


def test_that_a_stride_wider_than_its_kernel_is_exact() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 2, 5), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)).requires_grad_(False)
    assert_exact(module, torch.randn(1, 3, 31, 31), 2, 1)


def test_that_pooling_into_equal_cells_is_exact_and_local() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d(6), nn.Conv2d(4, 3, 3))
    assert known_throughout(assert_exact(module.requires_grad_(False), torch.randn(1, 3, 24, 24), 5, 2))


def test_that_pooling_into_unequal_cells_is_exact() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d(7), nn.Conv2d(4, 3, 3))
    assert_exact(module.requires_grad_(False), torch.randn(1, 3, 24, 24), 5, 2)


@pytest.mark.parametrize("size", [(6, 6), (10, 14), (9, 6), (19, 23)])
@pytest.mark.parametrize("padding", [0, 1])
def test_that_tiles_are_the_direct_convolution(size: tuple[int, int], padding: int) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(96, 80, 3, 3, generator=generator) / 27
    bias = torch.randn(96, generator=generator)
    x = torch.randn(5, 80, *size, generator=generator).contiguous(memory_format=torch.channels_last)

    def direct(x: Tensor) -> Tensor:
        raise AssertionError("tiles fit")

    exact = functional.conv2d(x.double(), weight.double(), bias.double(), padding=padding).relu()
    found = winograd(transformed(weight), bias, True, (padding, padding), direct, cost=0.1)(x)
    assert found.shape == exact.shape
    assert float((found - exact).abs().max()) < 1e-5 * float(exact.max())
