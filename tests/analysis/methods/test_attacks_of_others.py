"""FGSM and PGD, equal to the bit to those of foolbox and torchattacks."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis.methods.adversaries.pgd import Pgd
from analysis.methods.adversaries.victim import Goal, Victim, climb
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # foolbox imports what looks for git, and needs none here

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
SIDE, COUNT = 16, 6


class WithNormalisation(nn.Module):
    """What their attacks are given: pictures from 0 to 1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        mean, std = (torch.tensor(one).view(1, -1, 1, 1) for one in (MEAN, STD))
        answer: Tensor = self.network((pictures - mean) / std)
        return answer


@pytest.fixture
def of() -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, stride=2), nn.Tanh(), nn.Flatten()]
        module = nn.Sequential(*layers, nn.Linear(8 * 7 * 7, 6)).eval().requires_grad_(False)
    p = Preprocessing(height=SIDE, width=SIDE, resize=SIDE, fit="stretch", mean=MEAN, std=STD)
    return assembled(module, ModelChoice("small", "random"), "Small", p)


@pytest.fixture
def clean() -> Tensor:
    return torch.randint(0, 256, (COUNT, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1)) / 255


def ours(of: Network, clean: Tensor, labels: Tensor, pgd: Pgd, steps: int, targeted: bool = False) -> Tensor:
    goal = Goal(labels, targeted, pgd.loss == "margin")
    *_, last = climb(Victim(of), clean, goal, steps, pgd.ball(clean)[1])
    return last.pictures


BOOK = Pgd(loss="cross-entropy")  # 8/255, by 2/255
ONCE = Pgd(loss="cross-entropy", rate=1.0)


@pytest.mark.parametrize(("pgd", "steps"), [(ONCE, 1), (BOOK, 10)])
def test_that_ours_is_that_of_torchattacks(of: Network, clean: Tensor, pgd: Pgd, steps: int) -> None:
    torchattacks = pytest.importorskip("torchattacks")
    theirs = WithNormalisation(of.module).eval()
    labels = theirs(clean).argmax(1)
    attack: Callable[[Tensor, Tensor], Tensor] = (
        torchattacks.FGSM(theirs, eps=8 / 255)
        if steps == 1
        else torchattacks.PGD(theirs, eps=8 / 255, alpha=2 / 255, steps=steps, random_start=False)
    )
    assert torch.equal(attack(clean, labels), ours(of, clean, labels, pgd, steps))


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize(("pgd", "steps"), [(ONCE, 1), (BOOK, 10)])
def test_that_ours_is_that_of_foolbox(of: Network, clean: Tensor, pgd: Pgd, steps: int, targeted: bool) -> None:
    foolbox: Any = pytest.importorskip("foolbox")
    theirs = WithNormalisation(of.module).eval()
    labels = theirs(clean).argmax(1)
    aims = (labels + 1) % 6 if targeted else labels
    criterion = (
        foolbox.criteria.TargetedMisclassification(aims) if targeted else foolbox.criteria.Misclassification(aims)
    )
    attack = foolbox.attacks.LinfPGD(abs_stepsize=pgd.share * 8 / 255, steps=steps, random_start=False)
    model = foolbox.PyTorchModel(theirs, bounds=(0, 1), device="cpu")
    found = attack.run(model, clean, criterion, epsilon=8 / 255)
    assert torch.equal(found, ours(of, clean, aims, pgd, steps, targeted))


def test_that_the_length_of_a_ball_is_kept_as_foolbox_keeps_it(of: Network, clean: Tensor) -> None:
    foolbox: Any = pytest.importorskip("foolbox")
    theirs = WithNormalisation(of.module).eval()
    labels = theirs(clean).argmax(1)
    attack = foolbox.attacks.L2PGD(abs_stepsize=0.25 * 0.5, steps=10, random_start=False)
    model = foolbox.PyTorchModel(theirs, bounds=(0, 1), device="cpu")
    found = attack.run(model, clean, foolbox.criteria.Misclassification(labels), epsilon=0.5)
    pgd = Pgd(norm="l2", radius=0.5, loss="cross-entropy")
    assert torch.allclose(found, ours(of, clean, labels, pgd, 10), atol=1e-5)
