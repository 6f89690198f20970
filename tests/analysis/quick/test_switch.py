"""The plain way gives what the quick one gives, and there is no trick on it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.method import needs_layer
from analysis.methods.registry import METHODS, method
from analysis.network.network import Network
from analysis.occlusion.masks import masks
from analysis.occlusion.sweep import sweep
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.scalar import settled
from analysis.quick.folding import folded
from analysis.quick.freed_memory import keep_freed_memory
from analysis.quick.layout import laid_out
from analysis.quick.switch import TRICKS, VARIABLE, plain
from analysis.results.numbers import numbers_of
from tests.analysis.zoo import odd
from tests.contract.test_every_method import SMALL as EVERYWHERE

SMALL = {
    **EVERYWHERE,
    "smoothgrad": {"samples": 9, "batch": 9},
    "integrated-gradients": {"steps": 8, "batch": 8},
    "local-irregularity": {"steps": 4, "batch": 2},
    "rise": {"masks": 5, "batch": 2},
    "insertion-deletion": {"pixels": 300},
    "ascent": {"steps": 3},
}


class Wide(nn.Module):
    """What every trick works on: large 3×3 convolutions with normalisations and activations behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1, bias=False), nn.BatchNorm2d(128), nn.ReLU())
        self.fc = nn.Linear(128, 5)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.body(self.stem(x)).mean((2, 3)))
        return y


def wide() -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = Wide().eval().requires_grad_(False)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.3)  # type: ignore[union-attr]
                part.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return replace(odd("plain").network(), module=module)


def question(network: Network, name: str) -> Question:
    layer = None
    if needs_layer(method(name)):
        layer = next(node for node in network.root.walk() if node.path and node.kind is not None)
    return Question(network, odd("plain").example(), layer=layer, seed=7)


def numbers(asked: Question, name: str) -> dict[str, np.ndarray] | str:
    try:
        *_, last = method(name)(**SMALL.get(name, {})).run(asked)
    except Problem as problem:
        return str(problem)
    return dict(numbers_of(last.result))


# Adam divides by the gradient's size, so that of a picture that grows a value may be rounded ten times as much; attacks
# go on from rounded steps; of a training gradients are counted, and one may fall into the next bin.
SHARES = {"synthesis": 1e-3, "adversaries": 1e-3, "training": 0.05}


@pytest.mark.parametrize("one", ["plain", "residual", "concatenating", "functional-relu"])
@pytest.mark.parametrize("name", [technique.name for technique in METHODS])
def test_that_the_plain_way_gives_what_the_quick_one_gives(
    name: str, one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    quick = numbers(question(laid_out(odd(one).network()), name), name)
    monkeypatch.setenv(VARIABLE, "1")
    slow = numbers(question(laid_out(odd(one).network()), name), name)
    if isinstance(slow, str) or isinstance(quick, str):
        assert slow == quick
        return
    assert slow.keys() == quick.keys()
    for key, expected in slow.items():
        if expected.dtype.kind not in "fc" or key == "error":
            continue
        largest = float(np.abs(expected).max(initial=0))
        share = SHARES.get(method(name).family, 1e-4)
        np.testing.assert_allclose(quick[key], expected, rtol=1e-3, atol=share * largest, err_msg=key)


def test_that_plainly_no_trick_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    asked = settled(Question(laid_out(wide()), odd("plain").example()))
    assert asked.network.module.body[0].weight.is_contiguous()
    assert folded(asked) is asked
    *_, last = sweep(asked, masks(asked.network, asked.input, 16, 16, "grey"), True)
    assert "went through the whole network" in last.note
    assert not keep_freed_memory()


def test_that_tricks_are_turned_off_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "runtime, winograd")
    assert [trick for trick in TRICKS if plain(trick)] == ["runtime", "winograd"]
    asked = Question(wide(), odd("plain").example())
    assert folded(asked) is not asked
    for nothing in ("", "0"):
        monkeypatch.setenv(VARIABLE, nothing)
        assert not any(map(plain, TRICKS))
    monkeypatch.setenv(VARIABLE, "1")
    assert all(map(plain, TRICKS))


def test_that_a_trick_that_there_is_not_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "runtime,magic")
    with pytest.raises(Problem, match="magic"):
        plain("runtime")
