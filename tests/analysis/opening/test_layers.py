"""The layer tree of any network: order, shapes, units, how each layer is drawn, and why some are not."""

import pytest
import torch
from torch import Tensor, nn

from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.opening.layer_tree import layer_tree
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from tests.analysis.zoo import ZOO, Odd, odd


def tree_of(name: str) -> LayerNode:
    one = odd(name)
    return layer_tree(one.module(), one.example())


def node_of(name: str, path: str) -> LayerNode:
    node = tree_of(name).find(path)
    assert node is not None
    return node


RUNNING = [one for one in ZOO if one.runs]


@pytest.mark.parametrize("one", RUNNING, ids=lambda one: one.name)
def test_that_every_layer_can_be_drawn_or_says_why_not(one: Odd) -> None:
    for node in layer_tree(one.module(), one.example()).walk():
        assert (node.kind is None) == (node.reason is not None), node
        if node.kind is not None:
            assert node.units > 0
            assert node.shape is not None
            assert node.layout is not None


@pytest.mark.parametrize("one", RUNNING, ids=lambda one: one.name)
def test_that_maps_have_the_units_and_the_grid_of_the_tree_and_the_layers_values(one: Odd) -> None:
    module, example = one.module(), one.example(batch=2)
    nodes = [node for node in layer_tree(module, example[:1]).walk() if node.kind is not None and node.path]
    with torch.no_grad(), capture(module, [node.path for node in nodes]) as outputs:
        module(example)
    for node in nodes:
        output = outputs[node.path]
        maps = maps_of(node, output)
        assert maps.shape == (2, node.units, *(node.grid or (1, 1))), node
        assert maps.untyped_storage().data_ptr() == output.untyped_storage().data_ptr(), "a view, no copy"


@pytest.mark.parametrize("one", RUNNING, ids=lambda one: one.name)
def test_that_the_parameters_of_the_root_are_those_of_the_module(one: Odd) -> None:
    module = one.module()
    root = layer_tree(module, one.example())
    assert root.parameters == sum(parameter.numel() for parameter in module.parameters())
    assert {node.path for node in root.walk()} == {name for name, _ in module.named_modules()}


def test_that_layers_come_in_the_order_of_their_first_call() -> None:
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Conv2d(2, 2, 1)
            self.never = nn.Conv2d(2, 2, 1)
            self.first = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.last(self.first(x))
            return y

    root = layer_tree(Backwards(), torch.zeros(1, 3, 4, 4))
    assert [node.path for node in root.walk()] == ["", "first", "first.0", "first.1", "last", "never"]
    assert node_reason(root, "never") == "it is not called for this picture"


def node_reason(root: LayerNode, path: str) -> str | None:
    node = root.find(path)
    assert node is not None
    return node.reason


def test_that_a_layer_called_twice_shows_its_last_call() -> None:
    assert node_of("reused-relu", "relu").shape == (8, 15, 15)


def test_that_tokens_stand_on_the_grid_of_their_patches_without_the_class_token() -> None:
    one = odd("tokens")
    module = one.module()
    node = node_of("tokens", "encoder.layers.0.norm1")
    assert (node.kind, node.layout, node.units, node.grid, node.shape) == ("tokens", "TC", 12, (4, 6), (25, 12))
    with torch.no_grad(), capture(module, [node.path]) as outputs:
        module(one.example())
    tokens = outputs[node.path]
    maps = maps_of(node, tokens)
    assert torch.equal(maps[0, :, 2, 3], tokens[0, 1 + 2 * 6 + 3])


def test_that_token_layers_with_as_many_channels_as_places_are_not_mixed_up() -> None:
    """Where sizes could mean either, only following the places tells them apart."""

    class Mixer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(3, 16, 4, stride=4)
            self.of_channels = nn.Linear(16, 16)
            self.of_places = nn.Linear(16, 16)
            self.flat = nn.Flatten(2)

        def forward(self, x: Tensor) -> Tensor:
            channels_first = self.flat(self.patches(x))
            tokens = self.of_channels(channels_first.transpose(1, 2))
            y: Tensor = self.of_places(tokens.transpose(1, 2)).mean(2)
            return y

    root = layer_tree(Mixer(), torch.zeros(1, 3, 16, 16))
    layouts = {node.path: node.layout for node in root.walk()}
    assert layouts["flat"] == "CT"
    assert layouts["of_channels"] == "TC"
    mixed = root.find("of_places")
    assert mixed is not None
    assert (mixed.layout, mixed.has_places, mixed.receptive_field) == ("TD", False, None)  # a table and no places


def test_that_maps_with_the_channels_last_are_recognised() -> None:
    node = node_of("windowed", "mixers.1")
    assert (node.kind, node.layout, node.units, node.grid) == ("tokens", "HWC", 8, (8, 12))
    windows = node_of("windowed", "mixers.0.attention")
    assert windows.kind is None


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("spectrum", "complex"),
        ("argmax", "whole numbers"),
        ("positive", "true and false"),
        ("text", "no tensor"),
        ("nothing", "nothing"),
        ("empty", "empty"),
        ("scalar", "batch"),
        ("volume", "no places"),
    ],
)
def test_that_answers_that_are_no_activations_say_what_they_are(path: str, word: str) -> None:
    assert word in str(node_of("odd-types", path).reason)


def test_that_lists_of_layers_only_hold_others() -> None:
    assert node_of("concatenating", "branches").reason == "it only holds other layers"


def test_that_a_network_that_raises_is_told_with_its_words_and_the_size() -> None:
    one = odd("raising")
    with pytest.raises(Problem, match=r"3 × 32 × 32 .* the cat sat on the weights"):
        layer_tree(one.module(), one.example())


@pytest.mark.parametrize("name", ["raising", "plain", "odd-types"])
def test_that_measuring_leaves_no_hook_and_no_changed_weight(name: str) -> None:
    one = odd(name)
    module = one.module()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    try:
        layer_tree(module, one.example())
    except Problem:
        assert name == "raising"
    assert all(not layer._forward_hooks and not layer._forward_pre_hooks for layer in module.modules())
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
