"""Own code that ends in ways of its own, or answers with what nothing can be computed from, is one sentence."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.network import own_code
from analysis.network.interrupts import interrupts_told_apart
from analysis.network.own_code import failures_told
from analysis.protocol.interrupted import Interrupted
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem, in_one_line
from analysis.protocol.recipe import ModelChoice
from tests.analysis.to_the_end import opened

ROOT = Path(__file__).parents[3]
NET = """
import threading, time
import torch
from torch import nn

class Stop(BaseException):
    pass

class Mute(BaseException):
    def __str__(self):
        raise Stop
    __repr__ = __str__

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        y = self.conv(x).mean((2, 3))
        return {answer}

    def fail(self, error):
        raise error

class Unnamed(Net):
    def named_modules(self, *a, **k):
        raise Mute

def interrupted():
    raise KeyboardInterrupt

def lasting():
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return Net()

def slow():
    print("begun", flush=True)
    time.sleep(100)
"""
SMALL = Preprocessing(16, 16, resize=16, mean=(0.5,) * 3, std=(0.25,) * 3)


def own(folder: Path, answer: str = "y") -> Path:
    (folder / "net.py").write_text(NET.replace("{answer}", answer))
    return folder / "net.py"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))


@pytest.mark.parametrize("error", ["Stop('so')", "GeneratorExit('so')", "SystemExit('so')", "Mute()"])
def test_that_whatever_a_network_raises_is_one_sentence_and_the_next_one_opens(error: str, tmp_path: Path) -> None:
    file = own(tmp_path, f"self.fail({error})")
    said = "Mute" if error == "Mute()" else "so"
    for preprocessing in (SMALL, None):
        with pytest.raises(Problem, match=rf"it says: .*{said} \(net\.py, line 24\)"):
            opened(ModelChoice(f"{file}:Net", preprocessing=preprocessing), trusted=True)
    own(tmp_path)
    assert opened(ModelChoice(f"{file}:Net", preprocessing=SMALL), trusted=True).root.units == 4


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("y.to_sparse()", "a sparse tensor"),
        ("y.to_sparse_csr()", "a sparse tensor"),
        ("y.to('meta')", "a tensor on the device “meta”"),
        ("torch.zeros(1).expand(len(x), 10**12)", "1,000,000,000,000 numbers"),
    ],
)
def test_that_an_odd_answer_is_told_in_words(answer: str, what: str, tmp_path: Path) -> None:
    from analysis.network.doctor import examine
    from analysis.question.scalar import class_vector

    network = opened(ModelChoice(f"{own(tmp_path, answer)}:Net", preprocessing=SMALL), trusted=True)
    assert what in str(network.root.reason)
    assert network.node("conv").kind == "map", "its layers can be looked at"
    with pytest.raises(Problem, match=f"answers with {what}"):
        class_vector(network, network.normalised(__import__("torch").zeros(3, 16, 16)))
    assert [found.severity for found in examine(network)][-1] == "error"


def test_that_code_without_end_is_told_soon_however_many_folders_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    belongs_to = own_code.belongs_to
    monkeypatch.setattr(own_code, "belongs_to", lambda *given: looked.append(given) or belongs_to(*given))
    monkeypatch.setattr(own_code, "_folders", {tmp_path / str(n): ((tmp_path,), ()) for n in range(20)})
    file = own(tmp_path, "self(x)")
    with pytest.raises(Problem, match=r"recursion depth exceeded.* \(net\.py, line \d+\)"):
        opened(ModelChoice(f"{file}:Net", preprocessing=SMALL), trusted=True)
    assert len(looked) < 20 * 50, "a thousand calls of the same function are in one file"


def test_that_words_of_an_error_that_fail_leave_its_name() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    assert in_one_line(MuteError()) == "MuteError"


def test_that_ctrl_c_is_told_apart_from_what_own_code_raises() -> None:
    with pytest.raises(Problem, match="It failed: KeyboardInterrupt"), failures_told("It failed"):
        raise KeyboardInterrupt
    with pytest.raises(Interrupted), failures_told("It failed"):
        signal.raise_signal(signal.SIGINT)
    with interrupts_told_apart():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def command(file: Path, factory: str, *more: str) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), "layers", f"{file}:{factory}", "--trust", *more]


@pytest.mark.parametrize(
    ("factory", "status", "said"),
    [
        ("interrupted", 2, "interrupted() of net.py failed: KeyboardInterrupt (net.py, line 31)."),
        ("Unnamed", 2, "net.py:Unnamed cannot be opened: Mute"),
        ("lasting", 0, ""),
    ],
)
def test_that_a_command_ends_whatever_own_code_does(factory: str, status: int, said: str, tmp_path: Path) -> None:
    """`lasting` leaves a thread behind that Python would wait for."""
    done = subprocess.run(command(own(tmp_path), factory), capture_output=True, text=True, timeout=100)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False)
    assert said in done.stderr
    assert ("conv" in done.stdout) == (status == 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT")
def test_that_ctrl_c_ends_a_command_within_own_code(tmp_path: Path) -> None:
    with subprocess.Popen(command(own(tmp_path), "slow"), stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "begun\n"
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert running.wait(60) == 130
        assert running.stderr.read() == ""
    assert time.monotonic() - began < 50
