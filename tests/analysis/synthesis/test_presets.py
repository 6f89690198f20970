"""Yosinski's four presets step by step, in NumPy and SciPy beside the plain gradient."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from analysis.protocol.target import ClassTarget
from analysis.synthesis.toolbox import PRESETS, Preset, stepped
from tests.analysis.synthesis.asking import MEAN, STD, chain, network, question, steps_of

STEPS = 6
NUMBERS = {
    "1": {"progress": 2.0, "most": 100.0, "blur": 0.5, "norm": 50},
    "2": {"rate": 100.0, "decay": 0.3, "norm": 20},
    "3": {"rate": 100.0, "decay": 1e-4, "blur": 1.0},
    "4": {"progress": 2.0, "most": 1e8, "blur": 0.5, "benefit": 90},
}


@pytest.mark.parametrize("preset", NUMBERS)
def test_that_a_preset_is_the_toolboxs_to_the_letter(preset: str) -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    found = steps_of("yosinski", asked, preset=preset, steps=STEPS)
    said = NUMBERS[preset]
    mean, std = (255 * np.array(of).reshape(3, 1, 1) for of in (MEAN, STD))
    xx = 10 * torch.randn(3, 24, 32, generator=torch.Generator().manual_seed(9)).numpy().astype(np.float64)
    module = asked.network.module
    for step in range(STEPS):
        xx = np.clip(xx + mean, 0, 255) - mean
        leaf = torch.from_numpy((xx / std).astype(np.float32))[None].requires_grad_()
        answer = module(leaf)[0, 1]
        (slope,) = torch.autograd.grad(answer, leaf)
        grad = slope[0].double().numpy() / std
        assert float(found[step].arrays["objective"][step]) == pytest.approx(float(answer.detach()), rel=1e-3)
        rate = said.get("rate") or min(said["most"], said["progress"] / (grad**2).sum())
        if step == STEPS - 1:  # what was asked last is left as it is
            said, rate = {}, 0.0
        xx = (xx + rate * grad) * (1 - said.get("decay", 0.0))
        if "blur" in said and step % 4 == 0:
            xx = np.stack([gaussian_filter(channel, said["blur"]) for channel in xx])
        if "norm" in said:
            norms = np.sqrt((xx**2).sum(0))
            xx = np.where(norms < np.percentile(norms, said["norm"]), 0, xx)
        if "benefit" in said:
            benefit = np.abs((grad * -xx).sum(0))
            xx = np.where(benefit < np.percentile(benefit, said["benefit"]), 0, xx)
        shown = ((np.clip(xx + mean, 0, 255)) / 255).transpose(1, 2, 0)
        off = np.abs(found[step].arrays["result"] - shown)
        assert np.median(off) < 1e-4
        assert (off > 2e-3).mean() < 0.01, "a pixel at the percentile may fall on either side"


def test_that_the_steps_are_those_of_the_preset() -> None:
    asked = question(network(chain))
    running = iter(steps_of("yosinski", asked, preset="3", steps=2))
    assert next(running).total == 2
    assert [PRESETS[name].steps for name in "1234"] == [500, 750, 1000, 1000]


def test_that_a_gain_is_what_the_slope_promises_of_a_step() -> None:
    slope = torch.randn(2, 3, 8, 9, generator=torch.Generator().manual_seed(0))
    moved = stepped(torch.zeros_like(slope), slope, Preset(5).with_gain(2.0), 1)
    assert np.allclose((moved * slope).sum((1, 2, 3)).numpy(), [2, 2], rtol=1e-5)
    assert PRESETS["3"].with_gain(0.0) == PRESETS["3"]
    assert PRESETS["3"].with_gain(2.0).blur == PRESETS["3"].blur
