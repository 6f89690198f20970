"""Theoretical receptive fields: published numbers, and brute force on networks that nobody published."""

import random
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.opening.layer_tree import layer_tree
from analysis.protocol.layers import LayerNode, ReceptiveField
from tests.analysis.zoo import odd


def torchvision_tree(name: str, size: int = 224) -> LayerNode:
    import torchvision

    with torch.device("meta"):
        module = torchvision.models.get_model(name, weights=None, **_QUIET.get(name, {})).eval()
        return layer_tree(module, torch.zeros(1, 3, size, size))


_QUIET: dict[str, dict[str, bool]] = {"googlenet": {"init_weights": False}, "inception_v3": {"init_weights": False}}


def field_of(root: LayerNode, path: str) -> ReceptiveField:
    node = root.find(path)
    assert node is not None
    assert node.receptive_field is not None
    return node.receptive_field


PUBLISHED = {
    "alexnet": {"features.0": (11, 4), "features.6": (99, 16), "features.10": (163, 16), "features.12": (195, 32)},
    "vgg16": {"features.4": (6, 2), "features.16": (44, 8), "features.24": (132, 16), "features.30": (212, 32)},
    "resnet18": {"layer1": (43, 4), "layer2": (99, 8), "layer3": (211, 16), "layer4": (435, 32)},
    "resnet34": {"layer1": (59, 4), "layer2": (179, 8), "layer3": (547, 16), "layer4": (899, 32)},
    "resnet50": {"layer3": (267, 16), "layer4": (427, 32)},
    "mobilenet_v2": {"features.18": (491, 32)},
    "densenet121": {"features": (2071, 32)},
    "efficientnet_b0": {"features": (851, 32)},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_that_fields_are_the_published_ones(name: str) -> None:
    root = torchvision_tree(name)
    for path, (size, stride) in PUBLISHED[name].items():
        field = field_of(root, path)
        assert (field.size, field.stride) == ((size, size), (stride, stride)), path


def test_that_the_centre_of_a_place_follows_the_formula() -> None:
    """−pad + i·stride + (rf − 1)/2, with VGG16's padding of 90 at its last pooling."""
    field = field_of(torchvision_tree("vgg16"), "features.30")
    assert field.start == (-90, -90)
    top, left, bottom, right = field.box(3, 5)
    assert (top + bottom - 1) / 2 == -90 + 3 * 32 + (212 - 1) / 2
    assert (left + right - 1) / 2 == -90 + 5 * 32 + (212 - 1) / 2


@pytest.mark.parametrize(("name", "size"), [("googlenet", 224), ("inception_v3", 299), ("shufflenet_v2_x0_5", 224)])
def test_that_branches_shuffles_and_concatenations_keep_a_field(name: str, size: int) -> None:
    root = torchvision_tree(name, size)
    maps = [node for node in root.walk() if node.kind == "map" and node.grid != (1, 1)]
    assert len(maps) > 50
    assert all(node.receptive_field is not None and node.receptive_field.size[0] >= 1 for node in maps)


def test_that_a_gate_from_the_whole_picture_leaves_the_local_field_and_is_told() -> None:
    root = layer_tree(odd("squeeze-excitation").module(), odd("squeeze-excitation").example())
    gated = root.find("conv2")
    before = root.find("conv1")
    gate = root.find("excite")
    assert field_of(root, "conv2").size == (5, 5)
    assert [node and node.global_context for node in (before, gated)] == [False, True]
    assert gate is not None
    assert gate.receptive_field is None


def test_that_attention_sees_the_whole_picture_and_patches_their_patch() -> None:
    root = torchvision_tree("vit_b_32")
    assert field_of(root, "conv_proj").size == (32, 32)
    attended = root.find("encoder.layers.encoder_layer_3")
    assert attended is not None
    assert (attended.receptive_field, attended.kind, attended.grid) == (None, "tokens", (7, 7))


def test_that_windows_of_attention_stay_on_their_grid() -> None:
    root = torchvision_tree("swin_t")
    block = root.find("features.3.1")
    assert block is not None
    assert (block.kind, block.layout, block.grid, block.units) == ("tokens", "HWC", (28, 28), 192)
    assert field_of(root, "features.0").size == (4, 4)


Box = tuple[int, int, int, int]

# Brute force: with positive weights nothing cancels, so a pixel has a gradient if and only if the unit sees it.


def made_positive(module: nn.Module) -> nn.Module:
    """The same geometry with positive weights, and averages where a maximum would hide all pixels but one."""
    module = module.double().eval()
    for layer in list(module.modules()):
        for name, child in layer.named_children():
            if isinstance(child, nn.MaxPool2d):
                average = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode)
                setattr(layer, name, average if not child.return_indices else _WithIndices(average))
    for parameter in module.parameters():
        parameter.data = torch.rand_like(parameter) * 0.1 + 0.05
    return module.requires_grad_(False)


class _WithIndices(nn.Module):
    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        return self.pool(x), None


def holds(box: Box, inner: Box | None) -> bool:
    if inner is None:
        return True
    return box[0] <= inner[0] and box[1] <= inner[1] and box[2] >= inner[2] and box[3] >= inner[3]


def seen_box(maps: Tensor, picture: Tensor, row: int, column: int) -> Box | None:
    """The smallest box around all pixels with a gradient; None where a place sees nothing but padding."""
    (gradient,) = torch.autograd.grad(maps[0, :, row, column].sum(), picture, retain_graph=True)
    rows, columns = (gradient[0].abs().sum((0, axis)).nonzero().flatten() for axis in (2, 1))
    if not len(rows):
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def assert_equals_brute_force(module: nn.Module, shape: tuple[int, int, int], gaps: bool = False) -> int:
    """How many layers were compared, each in the middle and at the borders.

    With `gaps` (strides and dilations that skip places) a place at the border may see less than the clipped box.
    """
    torch.manual_seed(0)
    module = made_positive(module)
    picture = (torch.rand(1, *shape, dtype=torch.float64) + 0.1).requires_grad_()
    nodes = [n for n in layer_tree(module, picture).walk() if n.receptive_field is not None and n.path]
    with capture(module, [node.path for node in nodes]) as outputs:
        module(picture)
    for node in nodes:
        maps = maps_of(node, outputs[node.path])
        rows, columns = maps.shape[2:]
        middle = (rows // 2, columns // 2)
        for row, column in {(0, 0), (0, columns - 1), (rows - 1, columns // 2), middle}:
            assert node.receptive_field is not None
            top, left, bottom, right = node.receptive_field.box(row, column)
            clipped = (max(top, 0), max(left, 0), min(bottom, shape[1]), min(right, shape[2]))
            seen = seen_box(maps, picture, row, column)
            if gaps and (row, column) != middle:
                assert holds(clipped, seen), (node.path, row, column, node.receptive_field)
            else:
                assert seen == clipped, (node.path, row, column, node.receptive_field)
    return len(nodes)


@pytest.mark.parametrize(
    "name",
    [
        "plain", "linear", "reused-relu", "functional-relu", "in-place-relu", "residual", "concatenating",
        "dict-output", "tuple-output", "grey-oblong", "called-twice", "unused", "recurrent", "with-softmax",
    ],
)  # fmt: skip
def test_that_fields_of_the_zoo_equal_brute_force(name: str) -> None:
    one = odd(name)
    assert assert_equals_brute_force(one.module(), (one.channels, one.height, one.width)) > 0


def test_that_fields_of_token_layers_equal_brute_force_up_to_the_first_attention() -> None:
    one = odd("windowed")
    root = layer_tree(one.module(), one.example())
    assert field_of(root, "norm").size == (4, 4)
    first = nn.Sequential(one.module().get_submodule("patches"), _ChannelsLast(), one.module().get_submodule("norm"))
    assert assert_equals_brute_force(first[:2], (3, 32, 48)) == 2


class _ChannelsLast(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


class RandomNet(nn.Module):
    """Random convolutions, poolings, branches, slices, paddings and reshapes, written as functions."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        rng = random.Random(seed)
        self.layers = nn.ModuleList()
        channels = 2
        for _ in range(rng.randint(3, 6)):
            layer, channels = self.layer(rng, channels)
            self.layers.append(layer)

    def layer(self, rng: random.Random, channels: int) -> tuple[nn.Module, int]:
        kinds: list[Callable[[], tuple[nn.Module, int]]] = [
            lambda: (self.convolution(rng, channels, 3), 3),
            lambda: (nn.AvgPool2d((rng.randint(1, 3), 2), (rng.randint(1, 2), 1)), channels),
            lambda: (_Function(lambda x: functional.pad(x, (1, 2, 0, 1), value=0.5)), channels),
            lambda: (_Function(lambda x: x[:, :, 1:, ::2]), channels),
            lambda: (_Function(lambda x: x.flatten(2).unflatten(2, x.shape[2:]).permute(0, 2, 3, 1).contiguous()
                                .permute(0, 3, 1, 2)), channels),
            lambda: (_Both(self.same(rng, channels, channels), self.same(rng, channels, channels), add=True), channels),
            lambda: (_Both(self.same(rng, channels, 2), self.same(rng, channels, 1), add=False), 3),
        ]  # fmt: skip
        return rng.choice(kinds)()

    def convolution(self, rng: random.Random, inputs: int, outputs: int) -> nn.Module:
        kernel, stride = (rng.randint(1, 3), rng.randint(1, 4)), (rng.randint(1, 2), rng.randint(1, 2))
        padding = (rng.randint(0, kernel[0] // 2), rng.randint(0, kernel[1] // 2))
        return nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation=(rng.randint(1, 2), 1))

    def same(self, rng: random.Random, inputs: int, outputs: int) -> nn.Module:
        dilation = rng.randint(1, 2)
        kernel = rng.choice((1, 3))
        return nn.Conv2d(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class _Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class _Both(nn.Module):
    def __init__(self, first: nn.Module, second: nn.Module, add: bool) -> None:
        super().__init__()
        self.first, self.second, self.add = first, second, add

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.first(x), self.second(x)
        return first + second if self.add else torch.cat((first, second), 1)


@pytest.mark.parametrize("seed", range(25))
def test_that_fields_of_random_networks_equal_brute_force(seed: int) -> None:
    assert assert_equals_brute_force(RandomNet(seed), (2, 60, 66), gaps=True) > 0


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1), True),
        (nn.ConvTranspose2d(2, 2, 3, stride=1), True),
        (nn.Upsample(scale_factor=2, mode="nearest"), True),
        (nn.Upsample(scale_factor=2, mode="bilinear"), True),
        (nn.Upsample(scale_factor=2, mode="bicubic"), True),
        (nn.PixelShuffle(2), True),
        (nn.PixelUnshuffle(2), True),
        (nn.Upsample(scale_factor=3, mode="bilinear", align_corners=True), False),
        (nn.AdaptiveAvgPool2d(5), False),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'mode', '')}",
)
def test_that_fields_of_resized_maps_hold_all_that_is_seen(layer: nn.Module, told: bool) -> None:
    """Their places see differently many pixels each, so the field is the smallest that holds for all of them.

    Where their step is no whole number of pixels, none is told.
    """
    torch.manual_seed(0)
    inner = 8 if isinstance(layer, nn.PixelShuffle) else 2
    module = made_positive(nn.Sequential(nn.Conv2d(2, inner, 3, stride=2, padding=1), layer))
    picture = torch.rand(1, 2, 24, 24, dtype=torch.float64, requires_grad=True)
    node = layer_tree(module, picture).find("1")
    assert node is not None
    assert (node.receptive_field is not None) == told
    if node.receptive_field is None:
        return
    with capture(module, ["1"]) as outputs:
        module(picture)
    maps = outputs["1"]
    for row in range(maps.shape[2]):
        assert holds(node.receptive_field.box(row, row), seen_box(maps, picture, row, row))


@pytest.mark.parametrize("kept", [True, False])
def test_that_writing_into_a_part_of_a_map_claims_no_field(kept: bool) -> None:
    """Its places are then of two kinds; a field that held for one of them would be wrong for the other."""

    class Writing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 5, padding=2)
            self.after = nn.Conv2d(2, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            y = x.clone() if kept else torch.zeros_like(x)
            y[:, :, 1:] = self.conv(x)[:, :, :-1]
            z: Tensor = self.after(y)
            return z

    node = layer_tree(Writing(), torch.zeros(1, 2, 12, 12)).find("after")
    assert node is not None
    assert (node.kind, node.receptive_field) == ("map", None)


def test_that_an_in_place_activation_of_a_view_keeps_the_field() -> None:
    class Viewing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 5)
            self.after = nn.Conv2d(2, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv(x)
            y.flatten(2).relu_()
            z: Tensor = self.after(y)
            return z

    assert field_of(layer_tree(Viewing(), torch.zeros(1, 2, 12, 12)), "after").size == (7, 7)
