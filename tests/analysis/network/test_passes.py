"""A layer that is called several times: each of its calls can be looked at and asked about by its number."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.run import resolved, run
from analysis.network.capture import capture
from analysis.network.layer_times import layer_times
from analysis.network.listening import listening
from analysis.network.mean_sizes import mean_sizes, read_means
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.opening.layer_tree import MOST_PASSES
from analysis.opening.loading import finished
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import LiveRequest
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView

SIZE = Preprocessing(16, 16, 16, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
PIXELS = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)


class Thrice(nn.Module):
    """One ReLU for three places, of three sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 6, 3, stride=2)
        self.head = nn.Linear(6, 5)
        self.last = nn.Linear(5, 2)

    def parts(self, x: Tensor) -> list[Tensor]:
        one = self.relu(self.first(x).clone())
        two = self.relu(self.second(one).clone())
        three = self.relu(self.head(two.mean((2, 3))).clone())
        return [one, two, three, self.last(three)]

    def forward(self, x: Tensor) -> Tensor:
        return self.parts(x)[-1]


@pytest.fixture
def network() -> Network:
    torch.manual_seed(2)
    return assembled(Thrice(), ModelChoice("thrice"), "Thrice", SIZE)


def given(network: Network) -> Tensor:
    return network.input_of_fitted(network.picture(PIXELS))


def asked(network: Network, method: str, layer: str, target: str = "class:1", unit: int | None = None, **more: object):  # type: ignore[no-untyped-def]
    recipe = Recipe(network.choice, PictureChoice("noise:0"), layer, unit, target=target, method=method, settings=more)  # type: ignore[arg-type]
    return finished(run(resolved(network, recipe, PIXELS)), lambda step: None)


def test_that_each_call_is_a_layer_with_its_own_shape_and_field(network: Network) -> None:
    relu = network.node("relu")
    assert [one.path for one in relu.passes] == ["relu@1", "relu@2", "relu@3"]
    assert [one.shape for one in relu.passes] == [(4, 14, 14), (6, 6, 6), (5,)]
    assert [one.kind for one in relu.passes] == ["map", "map", "vector"]
    fields = [one.receptive_field.size if one.receptive_field else None for one in relu.passes]
    assert fields == [(3, 3), (5, 5), None]
    assert (relu.shape, relu.calls) == ((5,), 3)
    assert "relu@1 to relu@3" in relu.last_of_several
    assert network.node("first").passes == ()
    assert not any("@" in node.path for node in network.root.walk())


@pytest.mark.parametrize("layer", ["relu@4", "relu@0", "first@2", "relu@x", "nobody@1"])
def test_that_a_call_that_there_is_not_is_told(network: Network, layer: str) -> None:
    with pytest.raises(Problem, match=r"relu@1 to relu@3|is called once|has no layer"):
        network.node(layer)


def test_that_the_maps_of_each_call_are_kept_pass_after_pass(network: Network) -> None:
    module = network.module
    assert isinstance(module, Thrice)
    for seed in (0, 1):
        x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            wanted = module.parts(x)
            with capture(module, ["relu", "relu@1", "relu@2", "relu@3"]) as outputs:
                module(x), module(x)
        for number in (1, 2, 3):
            assert torch.equal(outputs[f"relu@{number}"], wanted[number - 1])
        assert torch.equal(outputs["relu"], wanted[2])
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_that_a_part_that_is_really_called_so_is_that_part() -> None:
    module = nn.Sequential()
    module.add_module("a", nn.ReLU())
    module.add_module("a@1", nn.Flatten())
    with capture(module, ["a@1", "a"]) as outputs:
        module(torch.ones(1, 2, 2))
    assert (outputs["a"].dim(), outputs["a@1"].dim()) == (3, 2)


def test_that_a_call_that_fails_does_not_shift_the_count(network: Network) -> None:
    module, heard = network.module, []

    def hear(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        heard.append(tuple(output.shape[1:]))

    with torch.no_grad(), listening(module, {"relu@2": hear}):
        with pytest.raises(RuntimeError):
            module(torch.zeros(1, 3, 3, 3))  # the second convolution has no room
        module(torch.zeros(1, 3, 16, 16))
    assert heard == [(6, 6, 6)]


def test_that_activations_and_what_is_live_show_the_call_that_was_chosen(network: Network) -> None:
    module = network.module
    assert isinstance(module, Thrice)
    with torch.no_grad():
        wanted = module.parts(given(network))[1][0].numpy()
    ran = asked(network, "activations", "relu@2")
    assert np.array_equal(ran.numbers["result"], wanted)
    assert ran.recipe.layer == "relu@2"
    assert not any("its last call" in note for note in ran.notes)
    view = LiveView(network)
    for number, moving in enumerate((False, True, True), start=1):
        frame = Frame(PIXELS, number, "camera", 0.0, moving)
        live = view.answer(LiveRequest(number, 1, frame, "relu@2", 3, MapsLook(), layer_means=not moving), 1)
        assert live.unit is not None
        assert np.allclose(live.unit.map, wanted[3], atol=1e-5)
        assert live.layer == "relu@2"


def test_that_moving_pictures_show_a_call_as_the_network_computes_it(network: Network) -> None:
    """Also once the passes over a stream are written down for the runtime."""
    view, module = LiveView(network), network.module
    assert isinstance(module, Thrice)
    for number in range(1, 14):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)
        live = view.answer(
            LiveRequest(number, 1, Frame(pixels, number, "camera", 0.0, True), "relu@1", 2, MapsLook()), 1
        )
        with torch.no_grad():
            wanted = module.parts(network.input_of_fitted(network.picture(pixels)))[0][0, 2].numpy()
        assert live.unit is not None
        assert np.allclose(live.unit.map, wanted, atol=1e-5)


@pytest.mark.parametrize("call", [1, 2])
def test_that_a_derivative_is_by_the_call_that_was_chosen(network: Network, call: int) -> None:
    module = network.module
    assert isinstance(module, Thrice)
    kept = module.parts(given(network).requires_grad_())
    (slope,) = torch.autograd.grad(kept[3][0, 1], kept[call - 1])
    weights = slope[0].mean((1, 2))
    wanted = (weights[:, None, None] * kept[call - 1][0]).sum(0).clamp_min(0).detach().numpy()
    ran = asked(network, "grad-cam", f"relu@{call}")
    assert np.allclose(ran.numbers["result"], wanted, atol=1e-6)


@pytest.mark.parametrize("call", [1, 2])
def test_that_a_unit_of_a_call_is_explained_and_left_out(network: Network, call: int) -> None:
    module = network.module
    assert isinstance(module, Thrice)
    x = given(network).requires_grad_()
    unit = module.parts(x)[call - 1][0, 1].mean()
    (wanted,) = torch.autograd.grad(unit, x)
    ran = asked(network, "gradient", f"relu@{call}", "unit:mean", 1)
    assert np.allclose(ran.numbers["result"], wanted[0].numpy(), atol=1e-6)
    ran = asked(network, "occlusion", f"relu@{call}", "unit:mean", 1, mask=8, stride=8, fill="black")
    covered = given(network).clone()
    covered[:, :, 8:, 8:] = network.normalised(torch.zeros(3, 1, 1)).view(1, 3, 1, 1)
    with torch.no_grad():
        drop = unit - module.parts(covered)[call - 1][0, 1].mean()
    assert float(ran.numbers["result"][1, 1]) == pytest.approx(float(drop), abs=1e-5)


def test_that_before_a_call_only_what_comes_before_it_is_weighted(network: Network) -> None:
    ran = asked(network, "grad-cam", "relu@2", "unit:mean", 1)
    assert str(ran.numbers["layer"]) == "second"


def test_that_means_and_times_are_those_of_each_call(network: Network) -> None:
    module, x = network.module, given(network)
    assert isinstance(module, Thrice)
    with torch.no_grad():
        wanted = module.parts(x)
        with mean_sizes(module, ["relu@1", "relu@2", "relu"]) as sizes:
            module(x)
        took = layer_times(module, ["relu", "relu@1", "relu@3"], x)
    means = read_means(sizes)
    for path, tensor in (("relu@1", wanted[0]), ("relu@2", wanted[1]), ("relu", wanted[2])):
        assert means[path] == pytest.approx(float(tensor.abs().mean()), rel=1e-5)
    assert took["relu"] >= took["relu@1"]


def test_that_of_very_many_calls_the_first_are_told_apart() -> None:
    class Many(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.step = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(MOST_PASSES + 5):
                x = self.step(x)
            return x.mean((2, 3))

    made = assembled(Many(), ModelChoice("many"), "Many", SIZE)
    assert (made.node("step").calls, len(made.node("step").passes)) == (MOST_PASSES + 5, MOST_PASSES)
