"""What a hook returned is what the layer returned, whatever happens to it afterwards, and no hook stays behind."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from analysis.network.capture import capture, tensor_in
from analysis.opening.layer_tree import layer_tree
from tests.analysis.zoo import Odd, odd, runnable


def without_in_place(module: nn.Module) -> nn.Module:
    for layer in module.modules():
        if hasattr(layer, "inplace"):
            layer.inplace = False
    return module


def called_leaves(module: nn.Module, example: Tensor) -> list[str]:
    root = layer_tree(module, example)
    return [node.path for node in root.walk() if not node.children and node.shape is not None]


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "mobilenet_v3_large"])
def test_that_in_place_operations_change_no_captured_output(name: str) -> None:
    """In-place modules are most of these networks; a hook that kept references would be wrong in many leaves."""
    import torchvision

    torch.manual_seed(0)
    build = torchvision.models.get_model_builder(name)
    slim = {"alexnet": {}, "vgg16": {"init_weights": False}, "mobilenet_v3_large": {}}[name]
    module = build(weights=None, num_classes=10, **slim).eval()
    if name != "mobilenet_v3_large":  # the dense layers are large and their geometry does not matter
        module.avgpool = nn.AdaptiveAvgPool2d(1)
        channels = 256 if name == "alexnet" else 512
        module.classifier = nn.Sequential(nn.Linear(channels, 32), nn.ReLU(inplace=True), nn.Linear(32, 10))
    example = torch.randn(1, 3, 64, 64)
    leaves = called_leaves(module, example)
    assert sum(getattr(layer, "inplace", False) is True for layer in module.modules()) > 5
    with torch.no_grad():
        with capture(module, leaves) as captured:
            module(example)
        with capture(without_in_place(module), leaves) as expected:
            module(example)
    assert list(captured) == list(expected)
    assert all(torch.equal(captured[path], expected[path]) for path in leaves)


@pytest.mark.parametrize("one", runnable(), ids=lambda one: one.name)
def test_that_a_layer_captured_alone_is_the_same_as_with_all_others(one: Odd) -> None:
    """torch takes other ways through a transformer when nobody looks at its layers."""
    module, example = one.module(), one.example()
    paths = [node.path for node in layer_tree(module, example).walk() if node.path and node.kind is not None]
    with torch.no_grad():
        with capture(module, paths) as together:
            module(example)
        for path in paths:
            with capture(module, [path]) as alone:
                module(example)
            torch.testing.assert_close(alone[path], together[path])


def test_that_functional_and_method_in_place_calls_change_nothing_either() -> None:
    module = odd("in-place-relu").module()
    with torch.no_grad(), capture(module, ["conv1", "conv2", "conv3"]) as outputs:
        module(odd("in-place-relu").example())
    assert all(bool((output < 0).any()) for output in outputs.values())


def test_that_captured_outputs_are_part_of_the_graph() -> None:
    one = odd("in-place-relu")
    picture = one.example().requires_grad_()
    module = one.module()
    with capture(module, ["conv2"]) as outputs:
        module(picture)
    (gradient,) = torch.autograd.grad(outputs["conv2"].sum(), picture)
    assert bool(gradient.abs().sum() > 0)


def hooks_in(module: nn.Module) -> int:
    return sum(len(layer._forward_hooks) + len(layer._forward_pre_hooks) for layer in module.modules())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit, SystemExit])
def test_that_no_hook_is_left_after_any_error(error: type[BaseException]) -> None:
    module = odd("plain").module()

    def interrupted() -> None:
        with capture(module, ["0", "3"]):
            raise error

    with pytest.raises(error):
        interrupted()
    assert hooks_in(module) == 0


def test_that_no_hook_is_left_when_the_model_raises() -> None:
    one = odd("raising")
    module = one.module()
    with pytest.raises(RuntimeError), capture(module, ["conv"]) as outputs:
        module(one.example())
    assert list(outputs) == ["conv"]
    assert hooks_in(module) == 0


def test_that_no_hook_is_left_when_a_layer_does_not_exist() -> None:
    module = odd("plain").module()
    with pytest.raises(AttributeError), capture(module, ["0", "nowhere"]):
        pass
    assert hooks_in(module) == 0


def test_that_the_tensor_of_a_nested_answer_is_found() -> None:
    tensor = torch.ones(1)
    assert tensor_in({"a": None, "b": ("text", [tensor])}) is tensor
    assert tensor_in(("text", None)) is None


SCORES, LOSS, LABELS, EACH = torch.zeros(2, 5), torch.tensor(0.7), torch.tensor([1, 4]), torch.zeros(2)
MAP = torch.zeros(2, 3, 4, 4)


class _Named(NamedTuple):
    loss: Tensor
    logits: Tensor


@dataclass
class _Kept:
    feature: Tensor
    scores: Tensor


@pytest.mark.parametrize(
    "answer",
    [
        {"loss": LOSS, "logits": SCORES},
        {"loss": LOSS, "y": SCORES},
        {"loss": EACH, "y": SCORES},
        {"features": MAP, "logits": SCORES},
        {"features": MAP, "Output": SCORES},
        {"out": SCORES, "aux": torch.zeros(2, 7)},
        {"prediction": LABELS, "y": SCORES},
        {"loss": None, "outputs": {"hidden": MAP, "logits": SCORES}},
        (LOSS, SCORES),
        [LABELS, SCORES],
        (SCORES, MAP),
        _Named(LOSS, SCORES),
        _Kept(MAP, SCORES),
    ],
)
def test_that_scores_stand_for_an_answer_that_holds_more(answer: object) -> None:
    assert tensor_in(answer) is SCORES


@pytest.mark.parametrize(
    "answer", [{"loss": LOSS}, (LOSS, LABELS), (LOSS, torch.tensor(0.2)), {"out": LABELS, "loss": LOSS}]
)
def test_that_without_scores_the_first_number_stands_for_the_answer(answer: object) -> None:
    first = tensor_in(answer)
    assert first is LOSS or first is LABELS


def test_that_class_scores_without_an_axis_for_pictures_keep_their_place() -> None:
    alone = torch.zeros(5)
    assert tensor_in((alone, torch.zeros(1, 3, 4, 4))) is alone
