"""What was proven of a known network is not proven again; whatever differs from it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from analysis.files import whole_file
from analysis.network.network import Network
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.quick.measured import remember
from analysis.quick.runtime import batches, beside, proven_before
from analysis.quick.runtime.beside import ALIKE, BesidePass
from analysis.quick.runtime.operations import table, words
from analysis.quick.runtime.trials import digest_of_sums
from analysis.quick.runtime.written_down import written_down
from analysis.quick.switch import VARIABLE
from tests.analysis.to_the_end import opened
from tests.tricks import uses

pytest.importorskip("onnxruntime")
pytestmark = uses("runtime", "kept-proofs")
PROVING = 2 * 5  # passes of torch: two sessions, five pictures each


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of the batches that torch computes; each network here flattens once."""
    seen: list[int] = []
    forward = nn.Flatten.forward
    monkeypatch.setattr(nn.Flatten, "forward", lambda self, x: (seen.append(len(x)), forward(self, x))[1])
    return seen


def layered(*inner: nn.Module, scale: float = 1.0) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = nn.Sequential(nn.Conv2d(3, 40, 3), *(inner or [nn.ReLU()]), nn.Conv2d(40, 5, 3), nn.Flatten())
        net.eval().requires_grad_(False)
        net[0].weight.data[0, 0, 0, 0] *= scale
        return net


def picture(seed: int = 0, count: int = 1) -> Tensor:
    return torch.randn(count, 3, 12, 12, generator=torch.Generator().manual_seed(seed))


def proving(net: nn.Module, passes: list[int], layer: str = "0", serves: bool = True) -> int:
    """How many passes torch made to prove it at another start, from which on the runtime serves rightly."""
    proven_before.forget()
    live = BesidePass(net, True, [path for path, _ in net.named_modules()])
    passes.clear()
    for seed in range(ALIKE):
        assert live.answer(picture(seed), [layer]) is None
    live.settle()
    made = len(passes)
    for bars in (False, True):
        found = live.answer(picture(9), [layer], with_means=bars)
        assert (found is not None) == serves
        if found is not None:
            torch.testing.assert_close(found.answer, net(picture(9)))
            torch.testing.assert_close(found.outputs[layer], net[: int(layer) + 1](picture(9)))  # type: ignore[index]
    live.close()
    return made - 1  # which was written down


def test_that_it_is_proven_once(passes: list[int]) -> None:
    assert proving(layered(), passes) == PROVING
    assert proving(layered(), passes) == 0


def test_that_what_it_depends_on_is_proven(passes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    proving(layered(), passes)
    assert proving(layered(), passes, layer="1") == PROVING
    assert proving(layered(scale=1.0001), passes) == PROVING
    assert proving(layered(nn.ReLU6()), passes) == PROVING
    for name in ("machine", "our_code", "version_of"):
        with monkeypatch.context() as patch:
            patch.setattr(proven_before, name, lambda *_: "another")
            assert proving(layered(), passes) == PROVING
            assert proving(layered(), passes) == 0
    assert proving(layered(), passes) == 0


def test_that_networks_that_are_written_alike_by_mistake_are_told_apart(
    passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is forgotten: the graph is that of a network without it."""
    monkeypatch.setitem(table._TABLE, "aten::hardtanh", forgetful)
    assert proving(layered(nn.Hardtanh(-1e9, 1e9)), passes) == PROVING
    assert proving(layered(nn.Hardtanh(-0.1, 0.1)), passes, serves=False) > 0
    assert proving(layered(nn.Hardtanh(-0.1, 0.1)), passes, serves=False) > 0


def forgetful(write: words.Writer, args: object, _result: object) -> str:
    return write.add("Identity", write.name(args[0]))  # type: ignore[index]


class Own(nn.Sequential):
    pass


def test_that_own_code_is_proven_each_time(passes: list[int]) -> None:
    for _ in range(2):
        assert proving(Own(*layered()), passes) == PROVING


def test_that_it_is_turned_off_by_name(passes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    proving(layered(), passes)
    monkeypatch.setenv(VARIABLE, "kept-proofs")
    assert proving(layered(), passes) == PROVING


@pytest.mark.parametrize("content", [b"", b"\xff" * 99, b"{}", b"\n" * 9, b"0" * 1_000_000, b"f" * 64])
def test_that_a_damaged_file_costs_the_proof_once(content: bytes, passes: list[int], folder: Path) -> None:
    proving(layered(), passes)
    (folder / "proven.txt").write_bytes(content)
    assert proving(layered(), passes) == PROVING
    assert proving(layered(), passes) == 0


def test_that_a_line_that_was_broken_off_costs_only_itself(passes: list[int], folder: Path) -> None:
    proving(layered(), passes)
    file = folder / "proven.txt"
    file.write_bytes(file.read_bytes()[:-9])
    assert proving(layered(), passes) == PROVING / 2
    assert proving(layered(), passes) == 0


def test_that_where_nothing_can_be_written_it_is_known_until_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("UNDERHOOD_CACHE", str(folder / "file" / "no folder"))
    proven_before.keep("0" * 64)
    assert proven_before.was_passed("0" * 64)
    proven_before.forget()
    assert not proven_before.was_passed("0" * 64)


def test_that_a_full_disk_costs_the_proof(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    proven_before.keep("0" * 64)
    assert not [*folder.iterdir()]


def test_that_two_windows_keep_what_the_other_proved(folder: Path) -> None:
    proven_before.keep("1" * 64)
    with (folder / "proven.txt").open("ab") as theirs:
        theirs.write(b"\n" + b"2" * 64)
    assert proven_before.was_passed("2" * 64)
    proven_before.keep("3" * 64)
    proven_before.forget()
    assert all(proven_before.was_passed(one * 64) for one in "123")


def test_that_the_older_half_goes(folder: Path) -> None:
    lines = [f"{number:064x}" for number in range(proven_before.MOST)]
    (folder / "proven.txt").write_text("\n".join([*lines, ""]))
    proven_before.keep("f" * 64)
    proven_before.forget()
    kept = (folder / "proven.txt").read_text().split()
    assert kept == [*lines[proven_before.MOST // 2 :], "f" * 64]


def test_that_nothing_is_kept_where_our_code_was_written_to_since_the_start(
    passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proven_before, "our_code", proven_before.our_code.__wrapped__)
    monkeypatch.setattr(proven_before, "_begun", 0.0)
    assert proving(layered(), passes) == PROVING
    assert proving(layered(), passes) == PROVING


def many(network: Network, passes: list[int]) -> tuple[list[list[int]], list[Tensor]]:
    """The passes of torch with each batch, and the answers, of a technique at another start."""
    proven_before.forget()
    question = Question(network, picture_of(network), seed=7)
    one = written_down(network.module, question.input, [])
    assert one is not None
    remember(f"batch {digest_of_sums(one.graph)}", "2×1×1")
    asked = batches.in_batches(question, 4, 1000).network.module
    torch.manual_seed(3)
    counts, answers = [], []
    for _ in range(8):
        passes.clear()
        with torch.no_grad():
            answers.append(asked(torch.randn(4, *question.input.shape[1:])))
        counts.append([*passes])
    return counts, answers


def picture_of(network: Network) -> Tensor:
    import numpy as np

    shown = network.picture(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    return network.input_of_fitted(shown)


def test_that_of_many_pictures_the_same_are_torchs_whether_it_was_proven_before_or_not(passes: list[int]) -> None:
    network = opened(ModelChoice("lenet"))
    first, answers = many(network, passes)
    again, others = many(network, passes)
    assert [four.count(4) for four in first] == [four.count(4) for four in again]
    assert sum(four.count(4) for four in first) < len(first)
    assert sum(map(len, first)) - sum(map(len, again)) == 3  # turns of a proof for two places
    for one, other in zip(answers, others, strict=True):
        assert torch.equal(one, other)


def test_that_a_refusal_is_not_kept(passes: list[int], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(beside, "proven", lambda *_: iter([False]))
        assert proving(layered(), passes, serves=False) == 0
    assert not (folder / "proven.txt").exists()
    assert proving(layered(), passes) == PROVING
