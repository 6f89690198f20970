"""A place of an occlusion map that is asked about is the very picture that the map was made of."""

from typing import get_args

import numpy as np
import pytest
import torch

from analysis.occlusion.masks import masked as seen
from analysis.pictures.images import open_origin
from analysis.pictures.masked import masked
from analysis.protocol.events import Answer, MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.mask import Fill, Mask
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import AnswerRequest, LoadRequest, MethodRequest
from analysis.results.kinds import Heat, Windows
from analysis.running.engine import Engine
from tests.analysis.to_the_end import opened


@pytest.mark.parametrize("fill", get_args(Fill))
@pytest.mark.parametrize("model", ["lenet", "resnet-cifar"])
def test_that_the_answer_at_a_place_is_the_maps_value(model: str, fill: Fill) -> None:
    engine = Engine()
    list(engine.job(LoadRequest(1, 1, ModelChoice(model), "cpu")))
    pixels = open_origin("sample:digit-5" if model == "lenet" else "sample:cat")
    settings = {"mask": 7, "stride": 5, "fill": fill}
    recipe = Recipe(
        ModelChoice(model), PictureChoice("noise:0"), target="class:3", method="occlusion", settings=settings
    )
    *_, found = engine.job(MethodRequest(2, 1, recipe, Frame(pixels, 1, "noise:0", 0.0)))
    assert isinstance(found, MethodResult)
    heat = found.result
    assert isinstance(heat, Heat)
    assert isinstance(heat.over, Windows)
    asked = engine.answer(AnswerRequest(3, 1, found.picture))
    assert isinstance(asked, Answer)
    clean = float(heat.beside["baseline"])
    size = max(1.0, float(np.abs(asked.logits).max()))
    assert abs(float(asked.logits[3]) - clean) <= 1e-5 * size
    for row, column in ((0, 0), (1, 2), (len(heat.values) - 1, 0)):
        top, left = (int(one) for one in heat.over.corners[row, column])
        answer = engine.answer(AnswerRequest(4, 1, found.picture, Mask(top, left, heat.over.side, fill)))
        assert isinstance(answer, Answer)
        assert abs(float(answer.logits[3]) - (clean - float(heat.values[row, column]))) <= 1e-5 * size


@pytest.mark.parametrize("fill", get_args(Fill))
def test_that_the_picture_that_is_shown_of_it_is_the_same_rounded_to_levels(fill: Fill) -> None:
    network = opened(ModelChoice("resnet-cifar"))
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    mask = Mask(9, 14, 11, fill)
    given = seen(network, network.input_of_fitted(pixels), mask)
    shown = network.input_of_fitted(masked(pixels, mask))
    one_level = network.normalised(torch.ones(3, 1, 1)) - network.normalised(torch.zeros(3, 1, 1))
    assert float(((given - shown) / one_level).abs().max()) <= 0.501
