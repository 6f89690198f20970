"""Trainings of networks of a person's own that are odd, of rates that ruin, and on disks that are full."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.method import Progress
from analysis.methods.training.monitor import Monitor
from analysis.methods.training.monitor_own import MonitorOwn
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from tests.analysis.training.made_places import Place
from tests.analysis.zoo import odd

SEEN = Preprocessing(20, 20, resize=20, channels=1, mean=(0.5,), std=(0.5,))
SHORT: dict[str, Any] = {"iterations": 6, "measure": 2, "tests": 20, "batch": 16}


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(400, 6)
        self.last = nn.Linear(6, 10)

    def forward(self, x: Tensor) -> Any:
        return self.last(self.first(x.flatten(1)).relu())


class HalfFrozen(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.first.requires_grad_(False)


class Several(Plain):
    def forward(self, x: Tensor) -> Any:
        hidden = self.first(x.flatten(1)).relu()
        return {"answer": self.last(hidden), "hidden": hidden}


class RaisesLater(Plain):
    asked = 0

    def forward(self, x: Tensor) -> Any:
        if self.training:
            self.asked += 1
        if self.asked > 3:
            raise ValueError("three pictures are enough")
        return super().forward(x)


class Nothing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :10]


class Counting(Plain):
    """Has a parameter of whole numbers, as quantised networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.count = nn.Parameter(torch.arange(3), requires_grad=False)


def learnt(module: nn.Module, asked: MonitorOwn, **more: Any) -> Progress:
    network = assembled(module, ModelChoice("own"), "Own", SEEN)
    *_, last = asked.run(Question(network, torch.zeros(1, 1, 20, 20), **more))
    return last


def test_that_what_its_code_freezes_stays_as_it_is(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    module = HalfFrozen()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    last = learnt(module, MonitorOwn(rate=0.1, **SHORT), keep=Place(tmp_path / "so-far"))
    after = load_file(last.result.kept[-1].file)  # type: ignore[union-attr]
    assert torch.equal(after["first.weight"], before["first.weight"]), "not even drawn anew"
    assert not torch.equal(after["last.weight"], before["last.weight"])
    assert last.arrays["layers"].tolist() == ["first", "last"]
    assert not last.arrays["ratios"][0].any()
    assert last.arrays["ratios"][1].all()
    assert "froze 2 of its weights" in last.result.words  # type: ignore[union-attr]
    assert not last.result.findings, "a layer that may not learn does not vanish"  # type: ignore[union-attr]


@pytest.mark.parametrize("module", [Several, Counting])
def test_that_odd_networks_learn_all_the_same(module: Callable[[], nn.Module]) -> None:
    last = learnt(module(), MonitorOwn(**SHORT))
    assert len(last.arrays["result"]) == 6


@pytest.mark.parametrize(
    ("module", "words"),
    [(RaisesLater, "could not be trained: .*three pictures are enough"), (Nothing, "has no weights that could learn")],
)
def test_that_what_cannot_learn_is_one_sentence(module: Callable[[], nn.Module], words: str) -> None:
    with pytest.raises(Problem, match=words):
        learnt(module(), MonitorOwn(**SHORT))


def test_that_a_full_disk_is_told_once_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "so-far")
    asked = Monitor(network="dense", width=7, side=20, **{**SHORT, "iterations": 12, "measure": 1})
    plain: Any = list(asked.run(Question(odd("residual").network(), odd("residual").example())))[-1]

    def full(path: Path, content: bytes) -> None:
        raise Problem(f"{path} could not be written: the disk is full.")

    steps = asked.run(Question(odd("residual").network(), odd("residual").example(), keep=place))
    before = next(step for step in steps if step.result is not None)  # the digits are there, and the network
    (tmp_path / "full").touch()
    with monkeypatch.context() as patched:
        patched.setattr("analysis.files.whole_file.write_whole", full)
        *_, last = steps
    told = [one.sentence for one in last.result.findings if one.kind == "not kept"]  # type: ignore[union-attr]
    assert len(told) == 1
    assert "the disk is full" in told[0]
    assert "The training goes on" in told[0]
    assert np.array_equal(last.arrays["result"], plain.arrays["result"])
    assert [one.iteration for one in last.result.kept] == [0]  # type: ignore[union-attr]
    assert place.read() is not None, "what was kept before is there"
    assert before.done == 0


def test_that_a_step_that_ruins_is_taken_back(tmp_path: Path) -> None:
    """A rate that makes numbers overflow in a step: the network that is kept still answers."""
    from safetensors.torch import load_file

    asked = Monitor(network="dense", width=7, side=20, optimiser="sgd", rate=1000.0, **SHORT)
    asked = replace(asked, rate=1e38)  # further than the form goes
    place = Place(tmp_path / "so-far")
    *_, last = asked.run(Question(odd("residual").network(), odd("residual").example(), keep=place))
    assert last.done == last.total
    assert "are no numbers any more" in last.note
    assert all(tensor.isfinite().all() for tensor in load_file(last.result.kept[-1].file).values())  # type: ignore[union-attr]
