"""Python files of the person's own: where in them an error arose, and what they import while they run."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from analysis.network.network import Network
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.derivative import derivative
from analysis.question.question import Question
from analysis.question.scalar import class_vector
from tests.analysis.to_the_end import opened

SMALL = Preprocessing(24, 20, resize=24, mean=(0.5,) * 3, std=(0.25,) * 3)

NET = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.scores(self.conv(x))

    def scores(self, y):
        return y.mean((2, 3))

def make():
    return Net()
"""


def _opened(file: Path, **more: str) -> Network:
    choice = ModelChoice(f"{file}:make", preprocessing=SMALL, **more)  # type: ignore[arg-type]
    return opened(choice, trusted=True)


def _written(folder: Path, **files: str) -> Path:
    for name, program in files.items():
        file = folder / name.replace("__", "/")
        file = file.with_name(f"{file.name}.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(program)
    return folder / "net.py"


def _sentence(act: Callable[[], object]) -> str:
    with pytest.raises(Problem) as told:
        act()
    sentence = str(told.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (NET + "nothing_there\n", "NameError: name 'nothing_there' is not defined (net.py, line 17)"),
        ("import torch\nimport nowhere_to_be_found\n", "No module named 'nowhere_to_be_found' (net.py, line 2)"),
        (NET.replace("return Net()", "return nn.Conv2d(3)"), "(net.py, line 16)"),
        (NET.replace("nn.Conv2d(3, 4, 3)", "nn.Conv2d(3, 4, 3).missing"), "(net.py, line 7)"),
        ("def make():\n    return [\n", "was never closed (net.py, line 2)"),
    ],
)
def test_that_an_error_while_a_network_is_made_names_its_line(tmp_path: Path, program: str, said: str) -> None:
    assert said in _sentence(lambda: _opened(_written(tmp_path, net=program)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raise KeyError('forgot')", "KeyError: 'forgot' (net.py, line 13)"),
        ("return y @ torch.zeros(3, 3, 3, 3)", "(net.py, line 13)"),
        ("return nn.Linear(7, 2)(y)", "(net.py, line 13)"),  # which fails inside torch
        ("raise SystemExit", "it says: SystemExit (net.py, line 13)"),
    ],
)
def test_that_an_error_in_forward_names_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = _written(tmp_path, net=NET.replace("return y.mean((2, 3))", line))
    sentence = _sentence(lambda: _opened(file))
    assert said in sentence
    assert "cannot take a picture of 3 × 24 × 20" in sentence


def test_that_an_error_in_a_file_beside_it_names_that_one(tmp_path: Path) -> None:
    file = _written(
        tmp_path,
        net=NET.replace("return y.mean((2, 3))", "return blocks_of_mine.heads.head(y)").replace(
            "from torch import nn", "from torch import nn; import blocks_of_mine.heads"
        ),
        blocks_of_mine____init__="",
        blocks_of_mine__heads="def head(y):\n    x = y\n    return x.no_such_thing\n",
    )
    assert f"({Path('blocks_of_mine', 'heads.py')}, line 3)" in _sentence(lambda: _opened(file))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("assert y.max() < 50, 'too bright'", "AssertionError: too bright (net.py, line 13)"),
        ("y.max() > 50 and exit('too bright')", "SystemExit: too bright (net.py, line 13)"),
    ],
)
def test_that_an_error_of_one_picture_only_names_its_line(tmp_path: Path, line: str, said: str) -> None:
    picky = f"{line}; return y.mean((2, 3))"
    network = _opened(_written(tmp_path, net=NET.replace("return y.mean((2, 3))", picky)))
    assert said in _sentence(lambda: class_vector(network, torch.full((1, 3, 24, 20), 1e4)))


def test_that_an_error_on_the_way_back_names_its_line(tmp_path: Path) -> None:
    program = NET.replace("return y.mean((2, 3))", "return Own.apply(y).mean((2, 3))") + (
        "class Own(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, x):\n"
        "        return x * 1\n"
        "    @staticmethod\n"
        "    def backward(ctx, slope):\n"
        "        return slope[{}]\n"
    )
    network = _opened(_written(tmp_path, net=program))
    picture = torch.zeros(1, 3, 24, 20)
    assert "(net.py, line 23)" in _sentence(lambda: derivative(Question(network, picture), picture))


LATE = NET.replace("return y.mean((2, 3))", "from late_one import reduced; return reduced(y)")


def test_that_a_file_beside_it_may_be_imported_while_it_runs(tmp_path: Path) -> None:
    file = _written(tmp_path, net=LATE, late_one="def reduced(y):\n    return y.amax((2, 3))\n")
    network = _opened(file)
    picture = torch.randn(1, 3, 24, 20)
    assert torch.equal(class_vector(network, picture), network.module.conv(picture).amax((2, 3)))


def test_that_what_is_imported_while_it_runs_is_its_own_and_read_anew(tmp_path: Path) -> None:
    """Two folders each with such a file, and one of them edited while the program runs."""
    program = "def reduced(y):\n    return y.mean((2, 3))[:, :{}]\n"
    files = {
        name: _written(tmp_path / name, net=LATE, late_one=program.format(units))
        for name, units in (("first", 2), ("second", 3))
    }
    assert [_opened(files[name]).root.units for name in ("first", "second", "first")] == [2, 3, 2]
    _written(tmp_path / "first", late_one=program.format(12 - 8) + "# edited\n")
    assert _opened(files["first"]).root.units == 4


def test_that_a_folder_beside_it_hides_no_library(tmp_path: Path) -> None:
    """A folder without Python files is a package for Python only where nothing else has its name."""
    program = NET.replace("return y.mean((2, 3))", "import colorsys; return y.mean((2, 3)) + colorsys.ONE_THIRD")
    import sys

    sys.modules.pop("colorsys", None)
    (tmp_path / "colorsys").mkdir()
    assert _opened(_written(tmp_path, net=program)).root.units == 4
