"""Backward mode: what flows back equals autograd by hand, to the picture and to every layer on the way."""

from dataclasses import replace
from itertools import count
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.drawing.captions import Subject
from analysis.drawing.results import page_of
from analysis.methods.run import resolved
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import BackwardChoice, ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import Backward, BackwardRule, LiveRequest
from analysis.results.kinds import Maps
from analysis.results.looks import MapsLook
from analysis.results.numbers import numbers_of
from analysis.running.live import LiveView
from tests.analysis.input_of import input_of

SMALL = Preprocessing(12, 12, 12, "stretch", 3, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
NUMBERS = count(1)


class Deep(nn.Module):
    """Two convolutions with ReLUs in place, and a head; counts its passes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 5, 3, padding=1)
        self.relu2 = nn.ReLU(inplace=True)
        self.head = nn.Linear(5, 3)
        self.passes = 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        deep = self.relu2(self.conv2(self.relu1(self.conv1(x))))
        return cast(Tensor, self.head(deep.mean((2, 3))))


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return assembled(Deep(), ModelChoice("deep"), "Deep", SMALL)


def request(backward: Backward | None, layer: str = "conv1", number: int | None = None) -> LiveRequest:
    pixels = np.random.default_rng(1).integers(0, 256, (12, 12, 3), np.uint8)
    frame = Frame(pixels, number or next(NUMBERS), "camera", 0.0, True)
    return LiveRequest(next(NUMBERS), 1, frame, layer, None, MapsLook(), backward=backward)


def by_hand(network: Network, rule: BackwardRule, unit: int) -> tuple[Tensor, Tensor]:
    """½‖map‖² of the unit of relu2, backwards by the rule: to the output of conv1, and to the picture."""
    module = cast(Deep, network.module)
    picture = input_of(network, request(None).frame.pixels)
    with torch.no_grad():
        before1 = module.conv1(picture)
        after1 = before1.relu()
        before2 = module.conv2(after1)
        seed = torch.zeros_like(before2)
        seed[:, unit] = before2.relu()[:, unit]

        def through(arriving: Tensor, entered: Tensor) -> Tensor:
            if rule == "deconvolution":
                return arriving.clamp_min(0)
            passed = arriving * (entered > 0)
            return passed.clamp_min(0) if rule == "guided" else passed

        to_relu1 = nn.functional.conv_transpose2d(through(seed, before2), module.conv2.weight, padding=1)
        to_conv1 = through(to_relu1, before1)
        return to_conv1, nn.functional.conv_transpose2d(to_conv1, module.conv1.weight, padding=1)


@pytest.mark.parametrize("rule", ["gradient", "deconvolution", "guided"])
def test_that_it_is_what_the_rule_says(network: Network, rule: BackwardRule) -> None:
    live = LiveView(network).answer(request(Backward(rule, "relu2", 2)), 1)
    to_conv1, to_picture = by_hand(network, rule, 2)
    assert live.backward_mosaic
    assert live.derivative is not None
    assert np.allclose(live.derivative, to_picture[0].numpy(), atol=1e-6)
    assert live.mosaic is not None
    largest = to_conv1[0].abs().amax((1, 2)).numpy()
    assert np.allclose(live.mosaic.high, largest, atol=1e-6)


def test_that_the_seed_layer_gets_back_the_map_itself(network: Network) -> None:
    view = LiveView(network)
    plain = view.answer(request(None, "relu2", 7), 1)
    back = view.answer(request(Backward("gradient", "relu2", 2), "relu2", 7), 1)
    assert plain.mosaic is not None
    assert back.mosaic is not None
    assert not plain.backward_mosaic
    assert back.mosaic.high[2] == pytest.approx(plain.mosaic.high[2])
    assert back.mosaic.high.sum() == pytest.approx(plain.mosaic.high[2])


def test_that_a_layer_behind_the_unit_says_why_nothing_comes(network: Network) -> None:
    live = LiveView(network).answer(request(Backward("gradient", "conv1", 0), "relu2"), 1)
    assert not live.backward_mosaic
    assert live.derivative is not None
    assert live.mosaic is not None
    assert any("Nothing flows back to relu2" in note for note in live.notes)


def test_that_the_mosaic_can_keep_the_activations(network: Network) -> None:
    view = LiveView(network)
    plain = view.answer(request(None, number=9), 1)
    back = view.answer(request(Backward("gradient", "relu2", 2, in_mosaic=False), number=9), 1)
    assert plain.mosaic is not None
    assert back.mosaic is not None
    assert np.array_equal(plain.mosaic.levels, back.mosaic.levels)
    assert back.derivative is not None


def test_that_looking_forward_only_costs_one_pass(network: Network) -> None:
    module = cast(Deep, network.module)
    view = LiveView(network)
    view.answer(request(None, number=1), 1)  # finds out once what can be computed together
    module.passes = 0
    live = view.answer(request(None, number=2), 1)
    assert module.passes == 1
    assert live.derivative is None


def test_that_another_scale_of_the_same_picture_is_not_computed_again(network: Network) -> None:
    module = cast(Deep, network.module)
    view = LiveView(network)
    first = request(Backward("guided", "relu2", 2))
    view.answer(first, 1)
    module.passes = 0
    view.answer(replace(first, look=MapsLook(scale="shared")), 1)
    assert module.passes == 0


def test_that_a_unit_that_there_is_not_is_said(network: Network) -> None:
    live = LiveView(network).answer(request(Backward("gradient", "relu2", 99)), 1)
    assert live.derivative is None
    assert live.mosaic is not None
    assert any("99" in note for note in live.notes)


def test_that_nothing_stays_behind_in_the_network(network: Network) -> None:
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    LiveView(network).answer(request(Backward("guided", "relu2", 2)), 1)
    assert not any(part._forward_hooks or part._backward_hooks for part in network.module.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.module.state_dict().items())
    assert not any(parameter.requires_grad for parameter in network.module.parameters())


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
def test_that_the_first_layer_can_be_asked(network: Network, rule: BackwardRule) -> None:
    """The square of the map is the question's own, not a power that the network takes."""
    live = LiveView(network).answer(request(Backward(rule, "conv1", 2)), 1)
    module = cast(Deep, network.module)
    seed = torch.zeros(1, 4, 12, 12)
    seed[:, 2] = module.conv1(input_of(network, request(None).frame.pixels))[:, 2]
    expected = nn.functional.conv_transpose2d(seed, module.conv1.weight, padding=1)
    assert live.derivative is not None
    assert np.allclose(live.derivative, expected[0].numpy(), atol=1e-6)


def computed(network: Network, recipe: Recipe) -> Maps:
    """What a figure of the recipe is drawn from."""
    pixels = request(None).frame.pixels
    asked = resolved(network, recipe, pixels)
    (step,) = asked.technique.run(asked.question)
    assert isinstance(step.result, Maps)
    return step.result


def looked_back(rule: BackwardRule, in_mosaic: bool = True) -> Recipe:
    mode = BackwardChoice(rule, "relu2", 2, in_mosaic, "raw")
    return Recipe(ModelChoice("deep"), PictureChoice("sample:cat"), layer="conv1", unit=0, backward=mode)


@pytest.mark.parametrize("rule", ["gradient", "deconvolution", "guided"])
def test_that_a_recipe_gives_what_the_live_view_shows(network: Network, rule: BackwardRule) -> None:
    to_layer, to_picture = by_hand(network, rule, 2)
    result = computed(network, looked_back(rule))
    np.testing.assert_allclose(result.values, to_layer[0].numpy(), rtol=1e-4, atol=1e-6)
    assert result.to_picture is not None
    np.testing.assert_allclose(result.to_picture, to_picture[0].numpy(), rtol=1e-4, atol=1e-6)
    live = LiveView(network).answer(request(Backward(rule, "relu2", 2)), 1)
    assert live.derivative is not None
    np.testing.assert_allclose(result.to_picture, live.derivative, rtol=1e-5, atol=1e-7)
    assert set(numbers_of(result)) == {"result", "to_picture"}


def test_that_a_recipe_of_activations_beside_what_flows_back_has_both(network: Network) -> None:
    result = computed(network, looked_back("guided", in_mosaic=False))
    plain = computed(network, replace(looked_back("guided"), backward=None))
    assert np.array_equal(result.values, plain.values)
    assert result.to_picture is not None
    assert plain.to_picture is None


def words_of_figure(network: Network, recipe: Recipe) -> tuple[str, int]:
    """All that stands on it, and how many pictures there are."""
    frame = request(None).frame
    subject = Subject(recipe, "Deep", frame.pixels, network.node("conv1"))
    page = page_of(subject, computed(network, recipe))
    return " ".join(text.get_text() for text in page.figure.texts), sum(bool(axes.images) for axes in page.figure.axes)


def test_that_the_figure_says_and_shows_what_flows_back(network: Network) -> None:
    plain, few = words_of_figure(network, replace(looked_back("guided"), backward=None, unit=None))
    assert "flows back" not in plain
    words, pictures = words_of_figure(network, looked_back("guided"))
    assert "Guided that flows back from relu2 · unit 2" in words
    assert "It is the derivative of half the squares of that unit's map." in words
    assert "what flows back to the picture, seen as raw" in words
    assert pictures == few + 1
    words, _ = words_of_figure(network, looked_back("guided", in_mosaic=False))
    assert words.startswith("Deep · conv1 · unit 0")
    assert "what flows back to the picture (guided, from relu2 · unit 2), seen as raw" in words


def test_that_a_recipe_of_a_layer_behind_the_unit_says_so(network: Network) -> None:
    behind = replace(looked_back("gradient"), layer="head", unit=None)
    with pytest.raises(Problem, match="Nothing flows back to head from relu2"):
        computed(network, behind)
