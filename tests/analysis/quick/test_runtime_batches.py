"""Techniques that only ask forward give the same through the runtime."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.quick.measured import remember
from analysis.quick.runtime import batches
from analysis.quick.runtime.trials import digest_of_sums, known_parts
from analysis.quick.runtime.written_down import written_down
from analysis.quick.switch import VARIABLE
from analysis.results.numbers import numbers_of
from tests.analysis.to_the_end import opened
from tests.tricks import uses

pytest.importorskip("onnxruntime")
SMALL: dict[str, dict[str, int]] = {
    "rise": {"masks": 130, "batch": 4},
    "score-cam": {"batch": 1},
    "insertion-deletion": {"pixels": 8, "batch": 4},
    "sphere": {"samples": 80, "batch": 4},
    "occlusion": {"mask": 8, "stride": 1},
}


@pytest.fixture(autouse=True)
def nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test before this one found out about the same network is another machine's."""
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))


def asked(network: Network, name: str) -> Question:
    layer = next(node for node in network.root.walk() if node.path == "conv2")
    picture = network.picture(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    return Question(network, network.input_of_fitted(picture), layer=layer if name == "score-cam" else None, seed=7)


@pytest.mark.parametrize("name", SMALL)
def test_that_it_gives_what_the_plain_way_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, runs = opened(ModelChoice("lenet")), []
    run = batches.Session.run
    monkeypatch.setattr(batches.Session, "run", lambda self, given: (runs.append(len(given)), run(self, given))[1])
    found = []
    for plainly in ("", "runtime"):
        others = ["incremental"] if name == "occlusion" else []  # which would go another quick way
        monkeypatch.setenv(VARIABLE, ",".join(filter(None, [plainly, *others])))
        *_, last = method(name)(**SMALL[name]).run(asked(network, name))
        found.append(numbers_of(last.result))
        if not plainly:
            assert len(runs) > 8  # more than the proof
            runs.clear()
    assert not runs
    for key, expected in found[1].items():
        if expected.dtype.kind == "f":
            reach = float(np.ptp(expected)) or 1.0
            np.testing.assert_allclose(found[0][key], expected, rtol=1e-5, atol=1e-5 * reach, err_msg=key)


def test_that_the_same_seed_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    network = opened(ModelChoice("lenet"))
    one, other = ([*method("rise")(masks=130, batch=4).run(asked(network, "rise"))][-1] for _ in range(2))
    np.testing.assert_array_equal(numbers_of(one.result)["result"], numbers_of(other.result)["result"])


def test_that_few_pictures_units_and_own_code_are_left_to_torch() -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    assert batches.in_batches(question, 4, 20) is question


class Counted(nn.Module):
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module, self.asked = module, 0

    def forward(self, pictures: torch.Tensor) -> object:
        self.asked += len(pictures)
        return self.module(pictures)


@uses("runtime")
@pytest.mark.parametrize("parts", ["1×2×1", "2×2×1", "4×1×2", "3×2×1", "8×1×2"])
def test_that_any_number_of_pictures_is_answered_in_their_order(parts: str) -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    one = written_down(question.network.module, question.input, [])
    assert one is not None
    remember(f"batch {digest_of_sums(one.graph)}", parts)
    quick = batches.in_batches(question, 4, 1000).network.module
    torch.manual_seed(3)
    pictures = torch.randn(9, *question.input.shape[1:])
    for _ in batches.made_ready(replace(question, network=replace(question.network, module=quick)), pictures[:4]):
        pass
    assert isinstance(quick, batches._Batches)
    quick.module = counted = Counted(quick.module)
    for count in (1, 3, 4, 9):
        torch.testing.assert_close(quick(pictures[:count]), counted.module(pictures[:count]), rtol=1e-4, atol=1e-4)
    assert not counted.asked


@uses("runtime")
@pytest.mark.parametrize("share", [16, 13])
def test_that_the_runtime_serves_from_the_third_batch_on(share: int) -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    one = written_down(question.network.module, question.input, [])
    assert one is not None
    remember(f"batch {digest_of_sums(one.graph)}", "2×2×1")
    quick = batches.in_batches(question, 16, 1000).network.module
    assert isinstance(quick, batches._Batches)
    quick.module = counted = Counted(quick.module)
    for _ in range(6):
        quick(torch.randn(share, *question.input.shape[1:]))
    assert counted.asked == 2 * share


@uses("runtime")
def test_that_the_quickest_way_is_found_while_pictures_are_answered_and_then_known() -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    one = written_down(question.network.module, question.input, [])
    assert one is not None
    assert known_parts(one.graph) is None
    quick = batches.in_batches(question, 2, 5000)
    pictures = torch.randn(2, *question.input.shape[1:])
    for _ in range(200):
        with torch.no_grad():
            quick.network.module(pictures)
    assert known_parts(one.graph) is not None
    assert isinstance(quick.network.module, batches._Batches)
    quick.network.module.module = counted = Counted(quick.network.module.module)
    with torch.no_grad():
        quick.network.module(pictures)
    assert not counted.asked


@uses("runtime")
def test_that_what_does_not_fill_a_part_is_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    one = written_down(question.network.module, question.input, [])
    assert one is not None
    remember(f"batch {digest_of_sums(one.graph)}", "4×1×1")
    quick = batches.in_batches(question, 4, 1000)
    pictures = torch.randn(11, *question.input.shape[1:])
    for _ in batches.made_ready(quick, pictures[:4]):
        pass
    given, run = [], batches.Session.run
    monkeypatch.setattr(batches.Session, "run", lambda self, some: (given.append(len(some)), run(self, some))[1])
    with torch.no_grad():
        quick.network.module(pictures[:2])
        assert given == [4]  # the first is filled up: there may be no other
        quick.network.module(pictures[:2])  # which makes it ready for such
        given.clear()
        for count in (1, 2, 3, 6, 11):
            torch.testing.assert_close(
                quick.network.module(pictures[:count]), question.network.module(pictures[:count]), rtol=1e-4, atol=1e-4
            )
    assert given == [1, 1, 1, 4, 4, 1, 1, 4, 4, 4]


@uses("runtime")
def test_that_a_network_that_mixes_the_pictures_of_a_part_is_left_to_torch() -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    quick = batches.in_batches(question, 4, 1000)
    pictures = torch.randn(4, *question.input.shape[1:])
    assert isinstance(quick.network.module, batches._Batches)
    run = batches.Session.run
    with pytest.MonkeyPatch.context() as patch:
        # What a wrong export could do: the answers of two places are exchanged.
        patch.setattr(
            batches.Session,
            "run",
            lambda self, some: {name: found.flip(0) for name, found in run(self, some).items()},
        )
        for _ in batches.made_ready(quick, pictures):
            pass
        with torch.no_grad():
            torch.testing.assert_close(
                quick.network.module(pictures), question.network.module(pictures), rtol=0, atol=0
            )


@uses("runtime")
def test_that_a_runtime_that_fails_leaves_the_word_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    quick = batches.in_batches(question, 2, 100)
    pictures = torch.randn(2, *question.input.shape[1:])
    for _ in batches.made_ready(quick, pictures):
        pass

    def fail(_session: batches.Session, _given: torch.Tensor) -> dict[str, torch.Tensor]:
        raise RuntimeError

    monkeypatch.setattr(batches.Session, "run", fail)
    with torch.no_grad():
        torch.testing.assert_close(quick.network.module(pictures), question.network.module(pictures))
