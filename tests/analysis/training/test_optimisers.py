"""What moves the weights is to the bit what torch's own optimisers do, and asks for nothing of torch's compiler."""

import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis.methods.training.monitor import Monitor
from analysis.question.question import Question
from analysis.training.optimisers import Optimiser
from tests.analysis.zoo import odd

MADE_BY_TORCH: dict[str, Any] = {
    "adam": torch.optim.Adam,
    "momentum": lambda groups, rate: torch.optim.SGD(groups, rate, momentum=0.9),
    "sgd": torch.optim.SGD,
}


def weights(kind: torch.dtype) -> list[Tensor]:
    random = torch.Generator().manual_seed(3)
    return [nn.Parameter(torch.randn(shape, generator=random, dtype=kind)) for shape in ((4, 3), (2, 4, 1, 1), (5,))]


@pytest.mark.parametrize("decay", [0.0, 0.03])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16, torch.complex64])
@pytest.mark.parametrize("name", MADE_BY_TORCH)
def test_that_steps_are_those_of_torch_to_the_bit(name: str, kind: torch.dtype, decay: float) -> None:
    ours, theirs, random = weights(kind), weights(kind), torch.Generator().manual_seed(5)
    optimiser = Optimiser(name, ours[:2], ours[2:], 0.07, decay)
    groups = [{"params": theirs[:2], "weight_decay": decay}, {"params": theirs[2:], "weight_decay": 0.0}]
    of_torch = MADE_BY_TORCH[name](groups, 0.07)
    for step in range(7):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            slope = torch.randn(one.shape, generator=random, dtype=kind) * 10.0**-step
            one.grad, other.grad = (None, None) if (step + number) % 4 == 0 else (slope.clone(), slope.clone())
        optimiser.step()
        of_torch.step()
        if step == 3:  # as a run does that is gone on with
            optimiser = Optimiser(name, ours[:2], ours[2:], 0.07, decay, state={})
            optimiser.go_on(by_torch(of_torch))
        assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True)), step


def by_torch(optimiser: torch.optim.Optimizer) -> dict[int, dict[str, Tensor]]:
    """What it keeps of each weight, as runs were kept with it."""
    known = optimiser.state_dict()["state"]
    kept = {number: {name: value for name, value in of.items() if value is not None} for number, of in known.items()}
    return {number: {name: _real(name, value) for name, value in of.items()} for number, of in kept.items()}


def _real(name: str, value: Tensor) -> Tensor:
    return torch.view_as_real(value) if name.startswith("exp") and value.is_complex() else value


def test_that_a_slope_that_is_sparse_counts_like_any_other() -> None:
    table = nn.EmbeddingBag(5, 2, mode="sum", sparse=True)
    twin = nn.EmbeddingBag(5, 2, mode="sum")
    twin.load_state_dict(table.state_dict())
    chosen = torch.tensor([[0, 3, 3], [1, 0, 4]])
    for one in (table, twin):
        one(chosen).square().sum().backward()
        Optimiser("adam", [one.weight], [], 0.1, 0.01).step()
    torch.testing.assert_close(table.weight, twin.weight)


def test_that_a_training_does_not_wait_for_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its import is seconds on a machine that is free, in which nothing is seen of the training."""
    question = Question(odd("residual").network(), odd("residual").example())
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)  # whoever imports it fails
    asked = Monitor(network="lenet", width=5, dropout=0.2, iterations=3, tests=20, batch=8, vary=True)
    *_, last = asked.run(question)
    assert len(last.arrays["result"]) == 3
