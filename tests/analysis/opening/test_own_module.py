"""Modules of the person's own made ready: other precisions, lazy layers, more inputs, unsteady answers."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.opening.own_module import readied
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.question.scalar import values
from tests.analysis.to_the_end import opened

SMALL = Preprocessing(24, 20, resize=24, mean=(0.5,) * 3, std=(0.25,) * 3)


def _plain(channels: int = 3) -> nn.Sequential:
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(nn.Conv2d(channels, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), pooled, nn.Linear(6, 4))


def _opened(file: Path, **more: Any) -> Network:
    return opened(ModelChoice(str(file), **more), trusted=True)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("said", [None, SMALL])
def test_that_another_precision_becomes_single(kind: torch.dtype, said: Preprocessing | None) -> None:
    torch.manual_seed(0)
    module = _plain().eval()
    expected = module(torch.ones(1, 3, 24, 20))
    ready = readied(module.to(kind), said, 0)
    found = module(torch.ones(1, 3, 24, 20))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.02)
    assert str(kind).removeprefix("torch.") in ready.notes[0]
    assert ready.together


def test_that_a_network_that_casts_for_itself_is_left_as_it_is() -> None:
    class Casting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3).double()

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.conv(x.double()).mean((2, 3)).float()
            return y

    module = Casting()
    assert readied(module, SMALL, 0).notes == ()
    assert module.conv.weight.dtype == torch.float64


def _lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(5, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))


class _Late(nn.Module):
    """Its last layer is made in the first pass."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.last: nn.Linear | None = None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x).flatten(1)
        if self.last is None:
            self.last = nn.Linear(y.shape[1], 4)
        z: Tensor = self.last(y)
        return z


@pytest.mark.parametrize("make", [_lazy, _Late])
@pytest.mark.parametrize("said", [None, SMALL])
def test_that_lazy_layers_get_the_weights_of_the_seed(make: Any, said: Preprocessing | None) -> None:
    found = []
    for seed in (3, 3, 4):
        module = make()
        torch.manual_seed(0)
        for parameter in _sound(module):
            nn.init.ones_(parameter)
        ready = readied(module, said, seed)
        network = assembled(module, ModelChoice("own"), "own", ready.preprocessing)
        assert all(not parameter.requires_grad for parameter in module.parameters())
        assert not any(part.training for part in module.modules())
        assert [node.shape for node in network.root.children][-1] == (4,)
        found.append(network.choice.weights_hash)
    assert found[0] == found[1] != found[2]


def _sound(module: nn.Module) -> list[nn.Parameter]:
    lazy = nn.parameter.UninitializedParameter
    return [parameter for parameter in module.parameters() if not isinstance(parameter, lazy)]


def test_that_a_lazy_network_takes_weights_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from tests.analysis.opening.test_own_module import _lazy as make\n")
    module = _lazy()
    module(torch.zeros(2, 3, 24, 24))
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    size = Preprocessing(24, 24, resize=24)
    network = _opened(Path(f"{tmp_path / 'net.py'}:make"), weights=str(tmp_path / "weights.pt"), preprocessing=size)
    assert torch.equal(network.module[0].weight, module[0].weight)


def test_that_more_than_one_input_is_refused_by_name() -> None:
    class Two(nn.Module):
        def forward(self, picture: Tensor, question: Tensor, beam: int = 3, *, mask: Tensor | None = None) -> Tensor:
            return picture + question

    with pytest.raises(Problem, match=r"takes 2 inputs \(picture, question\)"):
        readied(Two(), None, 0)


class _Restless(nn.Module):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        if self.how == "batch norm":
            y = functional.batch_norm(y, None, None, training=True)
        if self.how == "mean of the batch":
            y = y - y.mean(0, keepdim=True) / 2
        y = functional.relu(y).mean((2, 3))
        z: Tensor = self.fc(functional.dropout(y) if self.how == "dropout" else y)
        return z


def test_that_dropout_that_is_left_on_is_told() -> None:
    torch.manual_seed(0)
    (note,) = readied(_Restless("dropout"), SMALL, 0).notes
    assert "differently each time" in note


@pytest.mark.parametrize("how", ["batch norm", "mean of the batch"])
@pytest.mark.parametrize("name", ["occlusion", "integrated-gradients", "score-cam"])
def test_that_what_depends_on_the_batch_is_asked_picture_by_picture(tmp_path: Path, how: str, name: str) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        f"from tests.analysis.opening.test_own_module import _Restless\ndef make(): return _Restless({how!r})\n"
    )
    network = _opened(Path(f"{file}:make"), preprocessing=SMALL)
    assert "depends on the others of a batch" in network.notes[-1]
    pictures = torch.randn(3, 3, 24, 20)
    context = Question(network, pictures[:1])
    assert values(context, pictures).tolist() == [float(values(context, one[None])) for one in pictures]
    settings = {"occlusion": {"mask": 8, "stride": 6}, "integrated-gradients": {"steps": 5, "batch": 1}}
    one_by_one = {**settings.get(name, {}), **({"batch": 1} if name == "score-cam" else {})}
    many = {**settings.get(name, {}), **({"batch": 5} if name != "occlusion" else {})}
    *_, few_at_once = method(name)(**one_by_one).run(context)
    *_, many_at_once = method(name)(**many).run(context)
    torch.testing.assert_close(*(torch.from_numpy(one.arrays["result"]) for one in (few_at_once, many_at_once)))
    if name == "occlusion":
        masked = pictures[:1].clone()
        masked[0, :, 6:14, 6:14] = network.normalised(torch.full((3, 1, 1), 127.5))[0]
        clean = network.module(pictures[:1])[0]
        expected = clean.max() - network.module(masked)[0, int(clean.argmax())]
        assert float(few_at_once.arrays["result"][1, 1]) == pytest.approx(float(expected), abs=1e-5)


def test_that_what_a_network_prints_is_not_in_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import main as program

    file = tmp_path / "net.py"
    file.write_text(
        "import torch\n"
        "class Loud(torch.nn.Conv2d):\n"
        "    def forward(self, x):\n"
        "        print('I was asked')\n"
        "        return super().forward(x)\n"
        "def make():\n"
        "    print('I am made')\n"
        "    return torch.nn.Sequential(Loud(3, 4, 3))\n"
    )
    assert program.main(["layers", f"{file}:make", "--trust", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)[0]["shape"] == [4, 222, 222]
    assert "I am made" in said.err
    assert "I was asked" in said.err


def test_that_a_file_that_ends_the_program_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("import sys\ndef make():\n    sys.exit('not today')\n")
    with pytest.raises(Problem, match="failed: SystemExit: not today"):
        _opened(Path(f"{file}:make"))


def test_that_what_a_file_does_to_torch_and_python_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "import sys, torch\n"
        "torch.set_default_dtype(torch.float64)\n"
        "sys.path[:] = [path for path in sys.path if path != sys.path[0]]\n"
        "def make():\n"
        "    return torch.nn.Conv2d(3, 4, 3)\n"
    )
    before = list(sys.path)
    network = _opened(Path(f"{file}:make"))
    assert torch.get_default_dtype() == network.module.weight.dtype == torch.float32
    assert sys.path == before


def test_that_what_a_file_does_to_the_program_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights.txt").write_text("6")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    file = tmp_path / "net.py"
    file.write_text(
        "import os, torch\n"
        "os.chdir(os.path.dirname(__file__))\n"
        "torch.set_grad_enabled(False)\n"
        "torch.set_default_device('meta')\n"
        "def make():\n"
        "    return torch.nn.Conv2d(3, int(open('weights.txt').read()), 3, device='cpu')\n"
    )
    assert _opened(Path(f"{file}:make"), preprocessing=SMALL).root.units == 6
    assert Path.cwd() == tmp_path / "elsewhere"
    assert torch.is_grad_enabled()
    assert torch.zeros(1).device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_that_a_network_that_was_made_on_a_gpu_opens() -> None:
    module = _plain().eval().cuda()
    ready = readied(module, SMALL, 0)
    assert ready.together
    assert {value.device.type for value in module.parameters()} == {"cpu"}


class _Ending(nn.Module):
    """A convolution and what its author does with its answer."""

    def __init__(self, end: Callable[[Tensor], object], outputs: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.fc = nn.Linear(6, outputs)
        self.end = end

    def forward(self, x: Tensor) -> object:
        return self.end(self.fc(self.conv(x).relu().mean((2, 3))))


def test_that_a_single_number_may_lose_its_axes() -> None:
    """`squeeze()` at the end of a classifier of two classes: a number alone, a vector for a batch."""
    module = _Ending(lambda y: y.squeeze())
    assert readied(module, SMALL, 0).together
    made = assembled(module, ModelChoice("squeezed"), "Squeezed", SMALL)
    assert (made.output, made.root.units, made.together) == ("classes", 1, False)


def test_that_an_answer_without_numbers_opens() -> None:
    """A detector that finds nothing answers with no boxes."""
    module = _Ending(lambda y: [{"boxes": y.new_zeros(0, 4), "scores": y.new_zeros(0)}])
    assert readied(module, SMALL, 0).together
    made = assembled(module, ModelChoice("finds nothing"), "Finds nothing", SMALL)
    assert (made.output, made.root.reason) == (
        "other",
        "its answer has no axis for the batch of pictures, or not as the first one",
    )


@pytest.mark.parametrize(
    "made", ["torch.jit.script(Net())", "torch.compile(Net())", "in_parts(torch.compile)", "in_parts(torch.jit.script)"]
)
def test_that_a_function_may_script_or_compile_what_it_makes(tmp_path: Path, made: str) -> None:
    """Neither could be looked into as it is; compiling alone takes minutes."""
    file = tmp_path / "net.py"
    file.write_text(
        "import torch\n"
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = nn.Conv2d(3, 4, 3)\n"
        "        self.fc = nn.Linear(4, 5)\n"
        "    def forward(self, x):\n"
        "        return self.fc(self.conv(x).mean((2, 3)))\n"
        "def in_parts(change):\n"
        "    net = Net()\n"
        "    net.conv = change(net.conv)\n"
        "    net.fc.compile()\n"
        "    return net\n"
        f"def make():\n    return {made}\n"
    )
    network = _opened(Path(f"{file}:make"), preprocessing=SMALL)
    assert (network.output, network.root.units) == ("classes", 5)
    assert [child.path for child in network.root.children] == ["conv", "fc"]


def test_that_files_that_it_imports_are_its_own_and_read_anew(tmp_path: Path) -> None:
    """Two folders each with a `layers.py`, and one of them edited while the program runs."""
    files = {}
    for folder, units in (("first", 3), ("second", 4)):
        (tmp_path / folder).mkdir()
        files[folder] = tmp_path / folder / "net.py"
        files[folder].write_text(
            "from torch import nn\nfrom layers_of_mine import UNITS\ndef make():\n    return nn.Conv2d(3, UNITS, 3)\n"
        )
        (tmp_path / folder / "layers_of_mine.py").write_text(f"UNITS = {units}\n")

    def units(folder: str) -> int:
        return _opened(Path(f"{files[folder]}:make"), preprocessing=SMALL).root.units

    assert [units("first"), units("second"), units("first")] == [3, 4, 3]
    (tmp_path / "first" / "layers_of_mine.py").write_text("UNITS = 12\n")
    assert units("first") == 12
