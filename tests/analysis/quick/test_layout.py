"""The engine's layout of the weights changes no result, and no network of one's own fails with it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.commands.arguments import model_choice, parser
from analysis.commands.opening import opened
from analysis.commands.running import run_on
from analysis.protocol.events import Live, Loaded, MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import PictureChoice, Recipe
from analysis.protocol.requests import LiveRequest, LoadRequest, MethodRequest
from analysis.results.looks import MapsLook
from analysis.results.numbers import numbers_of
from analysis.running.engine import Engine
from tests.analysis.input_of import input_of

NETS = """
import torch
from torch import nn
from torch.nn import functional

class Views(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.head = nn.Linear(6 * 8 * 8, 4)

    def forward(self, x):
        maps = functional.max_pool2d(self.conv(x).relu(), 2)
        return self.head(maps.view(maps.size(0), -1))

class FiveAxes(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 6, 3)
        self.head = nn.Linear(6, 4)
        self.scale = nn.Parameter(torch.rand(1, 4, 2, 2, 2))

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3))) * self.scale.mean((0, 2, 3, 4))

class Standardised(FiveAxes):
    def __init__(self):
        super().__init__()
        del self.scale

    def forward(self, x):
        weight = self.conv.weight
        weight = weight / weight.view(weight.size(0), -1).std(1).view(-1, 1, 1, 1)
        return self.head(functional.conv2d(x, weight).relu().mean((2, 3)))
"""

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "nets.py"
    made.write_text(NETS)
    return made


@pytest.mark.parametrize("name", ["Views", "FiveAxes", "Standardised"])
def test_that_the_window_runs_networks_that_rely_on_the_order_in_memory(file: Path, name: str) -> None:
    arguments = parser().parse_args(["layers", f"{file}:{name}", "--size", "16", "--trust"])
    network = opened(model_choice(arguments.model, arguments), arguments)
    recipe = Recipe(network.choice, PictureChoice("noise:0"), method="occlusion", settings={"mask": 5, "stride": 4})
    alone = run_on(network, recipe, PIXELS)
    engine = Engine()
    assert isinstance(list(engine.job(LoadRequest(1, 1, network.choice, "cpu", trusted=True)))[-1], Loaded)
    frame = Frame(PIXELS, 1, "noise:0", 0.0)
    live = engine.live(LiveRequest(2, 1, frame, "head", 0, MapsLook(), layer_means=True))
    assert isinstance(live, Live)
    result = list(engine.job(MethodRequest(3, 1, recipe, frame)))[-1]
    assert isinstance(result, MethodResult)
    np.testing.assert_array_equal(numbers_of(result.result)["result"], numbers_of(alone.result)["result"])
    with torch.no_grad():
        logits = network.module.to(memory_format=torch.contiguous_format)(input_of(network, PIXELS))
    assert live.logits is not None
    np.testing.assert_allclose(live.logits, logits[0].numpy(), atol=1e-5)


@pytest.mark.parametrize("method", ["gradient", "grad-cam"])
def test_that_the_command_line_computes_what_the_window_does_to_the_bit(method: str) -> None:
    arguments = parser().parse_args(["layers", "resnet-cifar"])
    network = opened(model_choice(arguments.model, arguments), arguments)
    recipe = Recipe(network.choice, PictureChoice("noise:0"), method=method)
    alone = run_on(network, recipe, PIXELS)
    engine = Engine()
    list(engine.job(LoadRequest(1, 1, network.choice, "cpu")))
    result = list(engine.job(MethodRequest(3, 1, recipe, Frame(PIXELS, 1, "noise:0", 0.0))))[-1]
    assert isinstance(result, MethodResult)
    np.testing.assert_array_equal(numbers_of(result.result)["result"], numbers_of(alone.result)["result"])
