"""A network as the program knows it: its input, its layers by name, its hash, and what the doctor says of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from analysis.network.doctor import Finding, examine
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.opening.weights_hash import weights_hash
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from tests.analysis.input_of import input_of
from tests.analysis.zoo import ZOO, odd


def network_of(module: nn.Module, size: int = 8, channels: int = 3) -> Network:
    flat = (0.0,) * channels
    preprocessing = Preprocessing(size, size, size, "stretch", channels, flat, (1.0,) * channels)
    return assembled(module, ModelChoice("mine"), "mine", preprocessing)


def test_that_a_network_is_in_eval_mode_with_frozen_parameters_and_its_hash() -> None:
    network = network_of(nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.Dropout()).train())
    assert not any(layer.training for layer in network.module.modules())
    assert not any(parameter.requires_grad for parameter in network.module.parameters())
    assert network.choice.weights_hash == weights_hash(network.module)


@pytest.mark.parametrize(
    ("name", "output"),
    [("plain", "classes"), ("dict-output", "classes"), ("picture-output", "picture"), ("bare", "classes")],
)
def test_that_it_is_known_how_the_answer_is_read(name: str, output: str) -> None:
    assert odd(name).network().output == output


def test_that_the_input_is_normalised_as_the_preprocessing_says() -> None:
    one = odd("grey-oblong")
    network = one.network()
    pixels = np.full((30, 60, 3), 128, np.uint8)
    given = input_of(network, pixels)
    assert given.shape == (1, 1, 20, 40)
    assert given.unique().tolist() == pytest.approx([(128 / 255 - 0.5) / 0.25], abs=1e-6)


@pytest.mark.parametrize("name", ["resnet18", "vit_b_16", "mobilenet_v3_small"])
def test_that_the_input_is_what_torchvisions_transforms_make_of_the_picture(name: str) -> None:
    import torchvision

    from analysis.opening.torchvision_models import _preprocessing

    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    pixels = np.random.default_rng(0).integers(0, 256, (301, 407, 3), dtype=np.uint8)
    network = replace(odd("plain").network(), preprocessing=_preprocessing(transforms))
    assert torch.equal(input_of(network, pixels)[0], transforms(Image.fromarray(pixels)))


def test_that_a_layer_or_unit_that_is_not_there_is_one_sentence() -> None:
    network = odd("odd-types").network()
    with pytest.raises(Problem, match="has no layer “nowhere”"):
        network.node("nowhere")
    with pytest.raises(Problem, match="cannot be drawn: it answers with complex numbers"):
        network.unit_node("spectrum", 0)
    with pytest.raises(Problem, match="units 0 to 5, not 6"):
        network.unit_node("conv", 6)


def test_that_the_hash_tells_every_weight_name_shape_and_kind() -> None:
    class Holding(nn.Module):
        def __init__(self, **tensors: Tensor) -> None:
            super().__init__()
            for name, tensor in tensors.items():
                self.register_buffer(name, tensor)

    numbers = torch.arange(6.0)
    different = [
        Holding(a=numbers),
        Holding(b=numbers),
        Holding(a=numbers.view(2, 3)),
        Holding(a=numbers.double()),
        Holding(a=numbers + 1e-7),
        Holding(a=numbers, b=torch.zeros(0)),
        Holding(a=numbers.view(2, 3).T),
    ]
    hashes = [weights_hash(module) for module in different]
    assert len(set(hashes)) == len(hashes)
    assert weights_hash(Holding(b=numbers, a=numbers)) == weights_hash(Holding(a=numbers, b=numbers.clone()))
    strided = torch.zeros(3, 2).T.contiguous().T
    assert weights_hash(Holding(a=strided)) == weights_hash(Holding(a=torch.zeros(3, 2)))


# The doctor.


def findings(network: Network, severity: str) -> str:
    return " ".join(finding.sentence for finding in examine(network) if finding.severity == severity)


@pytest.mark.parametrize("name", ["plain", "functional-relu", "reused-relu", "grey-oblong", "called-twice"])
def test_that_a_sound_network_needs_no_word(name: str) -> None:
    assert examine(odd(name).network()) == ()


def test_that_a_softmax_at_the_end_is_found() -> None:
    assert "ends in a softmax" in findings(odd("with-softmax").network(), "warning")
    module = nn.Sequential(*list(odd("plain").module()), nn.LogSoftmax(1))
    assert "ends in a log-softmax" in findings(network_of(module, 32), "note")


@pytest.mark.parametrize("name", ["linear", "squeeze-excitation", "tokens"])
def test_that_a_network_without_a_relu_is_found(name: str) -> None:
    assert "no ReLU" in findings(odd(name).network(), "warning")


@pytest.mark.parametrize("name", ["in-place-relu", "residual"])
def test_that_in_place_operations_are_noted(name: str) -> None:
    assert "overwrite" in findings(odd(name).network(), "note")


def test_that_numbers_that_are_none_are_found_in_answers_and_weights() -> None:
    assert "not finite" in findings(odd("not-a-number").network(), "error")
    network = odd("plain").network()
    network.module.get_parameter("3.weight")[0, 0, 0, 0] = float("nan")
    assert "Weights of the network are not finite numbers (3.weight)" in findings(network, "error")


def test_that_training_mode_and_constant_answers_are_found() -> None:
    network = network_of(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Linear(72, 3)))
    network.module.train()
    assert "2 works as in training" in findings(network, "warning")
    dead = network_of(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3)))
    nn.init.zeros_(dead.module.get_parameter("3.weight"))
    assert "same answer to different pictures" in findings(dead, "warning")


def test_that_a_network_that_fails_after_it_was_opened_is_found() -> None:
    network = odd("plain").network()
    del network.module[3]
    assert "fails on a picture of its own size" in findings(network, "error")


@pytest.mark.parametrize("one", [one for one in ZOO if one.runs], ids=lambda one: one.name)
def test_that_examining_leaves_no_trace(one: object) -> None:
    network = one.network()  # type: ignore[attr-defined]
    before = weights_hash(network.module)
    state = torch.random.get_rng_state()
    found = examine(network)
    assert all(isinstance(finding, Finding) and finding.sentence.endswith(".") for finding in found)
    assert weights_hash(network.module) == before
    assert torch.equal(torch.random.get_rng_state(), state)
