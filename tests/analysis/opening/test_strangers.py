"""Repositories of strangers open at the first try, or say what to do; what is ours stays ours."""

import builtins
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from analysis.network.network import Network
from analysis.opening.missing_package import sentence
from analysis.protocol.problems import Problem, TrustNeeded
from analysis.protocol.recipe import ModelChoice
from tests.analysis.opening.strangers import BLOCK, IMPORTS, OF_BLOCK, REPOSITORIES, net
from tests.analysis.to_the_end import opened


@pytest.fixture(autouse=True)
def _nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)


def test_that_there_are_as_many_repositories_as_were_promised() -> None:
    assert len(REPOSITORIES) >= 36


@pytest.mark.parametrize("name", REPOSITORIES)
def test_that_a_strangers_repository_opens_or_says_what_to_do(name: str, tmp_path: Path) -> None:
    repository = REPOSITORIES[name]
    choice = ModelChoice(repository.written(tmp_path / "it"))
    with pytest.raises(TrustNeeded):
        opened(choice)
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("analysis", "tests")}
    before = list(sys.path), list(sys.argv)
    if repository.said is not None:
        with pytest.raises(Problem, match=repository.said) as said:
            opened(choice, trusted=True)
        assert "\n" not in str(said.value)
    else:
        network = opened(choice, trusted=True)
        assert network.root.units == repository.units
        assert repository.size in (None, network.preprocessing.height)
        assert network.labels == repository.labels
        assert any("are assumed" in note for note in network.notes)
    assert (list(sys.path), list(sys.argv)) == before
    assert {name: sys.modules.get(name) for name in ours} == ours


def test_that_their_names_are_looked_for_anew_in_every_repository(tmp_path: Path) -> None:
    """Two of them, each with a package of the same name as ours, and one that is edited."""
    choices = []
    for units in (5, 6):
        folder = tmp_path / str(units)
        files = {"net.py": IMPORTS + "from analysis.parts import block" + OF_BLOCK, "analysis/__init__.py": ""}
        files |= {"analysis/parts.py": BLOCK.replace("5, 3", f"{units}, 3")}
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        choices.append(ModelChoice(f"{folder}/net.py:make"))
    assert [opened(one, trusted=True).root.units for one in (*choices, choices[0])] == [5, 6, 5]
    (tmp_path / "5" / "analysis" / "parts.py").write_text(BLOCK.replace("5, 3", "17, 3"))
    assert opened(choices[0], trusted=True).root.units == 17


def test_that_what_is_run_in_a_package_is_what_was_agreed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package imports the file itself, which may be another by then."""
    from analysis.opening.consent import Consent

    repository = REPOSITORIES["a package that imports its file again"]
    choice = ModelChoice(repository.written(tmp_path))
    file = tmp_path / "models" / "net.py"
    content = file.read_bytes()

    def read_and_changed(consent: Consent, path: Path, reason: str) -> bytes:
        file.write_text("raise RuntimeError('changed since')\n")
        return content

    monkeypatch.setattr(Consent, "content_to_run", read_and_changed)
    assert opened(choice, trusted=True).root.units == 5


@pytest.mark.parametrize(
    ("module", "installed"),
    [("cv2", "opencv-python-headless"), ("skimage.io", "scikit-image"), ("yaml", "pyyaml"), ("einops", "einops")],
)
def test_that_a_missing_package_is_told_by_the_name_that_installs_it(module: str, installed: str) -> None:
    error = ModuleNotFoundError(f"No module named '{module}'", name=module)
    assert str(sentence(error, ())).endswith(f"{sys.executable} -m pip install {installed}")


def test_that_no_package_of_a_stranger_is_advised_for_what_a_repository_lacks() -> None:
    for name in ("models", "utils.blocks", "apex", "clip"):
        assert "pip install" not in str(sentence(ModuleNotFoundError("none", name=name), (Path("/a"),)))
    newer = ModuleNotFoundError("none", name="torch._six")
    assert "another version" in str(sentence(newer, ()))
    assert sentence(ValueError("unlike"), ()) is None


# --- pickles


def _saved(folder: Path, program: str, by: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole network as another process would have saved it, whose class is that of the module `by`."""
    from types import ModuleType

    made = ModuleType(by)
    exec(program, vars(made))
    vars(made)["Net"].__module__ = by
    with monkeypatch.context() as there:
        there.setitem(sys.modules, by, made)
        for parent in (by.rpartition(".")[0],) if "." in by else ():
            there.setitem(sys.modules, parent, ModuleType(parent))
        torch.save(vars(made)["Net"](), folder / "whole.pth")
    return folder / "whole.pth"


def _opened(file: Path) -> Network:
    with pytest.raises(TrustNeeded):
        opened(ModelChoice(str(file)))
    return opened(ModelChoice(str(file)), trusted=True)


def test_that_a_pickle_finds_its_classes_in_its_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = IMPORTS + net()
    (tmp_path / "models_of_it").mkdir()
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "models_of_it" / "net.py").write_text(program)
    file = _saved(tmp_path / "checkpoints", program, "models_of_it.net", monkeypatch)
    assert _opened(file).root.units == 5


def test_that_a_pickle_of_their_analysis_is_none_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = IMPORTS + net()
    (tmp_path / "main.py").write_text(program)
    file = _saved(tmp_path, program, "main", monkeypatch)
    assert _opened(file).root.units == 5


@pytest.mark.parametrize("kind", ["script", "notebook"])
def test_that_a_network_of_a_notebook_is_defined_again_and_nothing_else_of_it_is_run(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    program = IMPORTS + "import package_of_nobody\nDEVICE = torch.device('cpu')\n" + net()
    trains = f"open({str(tmp_path / 'trained')!r}, 'w')\nmodel = Net()\nfor epoch in range(9): train(model)\n"
    if kind == "script":
        (tmp_path / "train.py").write_text(program + trains)
    else:
        cells = [
            {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install something\n"]},
            {"cell_type": "markdown", "source": ["# A network"]},
            *({"cell_type": "code", "source": part.splitlines(True)} for part in (program, trains)),
        ]
        (tmp_path / "train.ipynb").write_text(json.dumps({"cells": cells}))
    file = _saved(tmp_path, IMPORTS + net(), "__main__", monkeypatch)
    network = _opened(file)
    assert network.root.units == 5
    assert any(note.startswith("Net is taken from train.") for note in network.notes)
    assert not (tmp_path / "trained").exists()


def test_that_the_file_which_defines_a_pickles_network_is_asked_about_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.opening import catalogue
    from analysis.opening.consent import Consent
    from tests.analysis.to_the_end import finished

    (tmp_path / "train.py").write_text(IMPORTS + net())
    choice = ModelChoice(str(_saved(tmp_path, IMPORTS + net(), "__main__", monkeypatch)))
    asked = []
    for _question in range(2):
        with pytest.raises(TrustNeeded) as question:
            finished(catalogue.load(choice, Consent(asked)))
        asked.append(question.value.code)
    assert [Path(code.path).name for code in asked] == ["whole.pth", "train.py"]
    assert finished(catalogue.load(choice, Consent(asked))).root.units == 5


def test_that_a_network_whose_notebook_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _saved(tmp_path, IMPORTS + net(), "__main__", monkeypatch)
    with pytest.raises(Problem, match=r"saved by a notebook or script that defines Net itself.*state_dict"):
        opened(ModelChoice(str(file)), trusted=True)


# --- sizes


class _Counting(nn.Module):
    """Takes any size and counts its passes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.sizes: list[tuple[int, ...]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.sizes.append(tuple(x.shape[2:]))
        return self.conv(x).mean((2, 3))


def test_that_with_a_size_of_the_persons_no_other_is_tried() -> None:
    from dataclasses import replace

    from analysis.opening.input_guess import guessed

    module = _Counting()
    found = guessed(module, lambda plain: replace(plain, height=20, width=30, resize=30))
    assert (found.height, found.width, module.sizes) == (20, 30, [(20, 30)])
    refusing = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(7, 2))
    with pytest.raises(Problem, match=r"cannot take a picture of 3 × 20 × 30"):
        guessed(refusing, lambda plain: replace(plain, height=20, width=30, resize=30))


def test_that_an_error_that_no_size_mends_ends_the_trying() -> None:
    from analysis.opening.input_guess import guessed

    class Broken(_Counting):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x).nothing_of_the_kind  # type: ignore[no-any-return]

    module = Broken()
    with pytest.raises(Problem, match=r"fails for any picture.*nothing_of_the_kind"):
        guessed(module)
    assert len(module.sizes) == 2


def test_that_a_slow_network_is_tried_with_small_pictures_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.opening import input_guess

    class Picky(_Counting):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            super().forward(x)
            raise ValueError("no picture of this size")

    monkeypatch.setattr(input_guess, "MOST_SECONDS", -1)
    module = Picky()
    with pytest.raises(Problem, match="no square picture of 224, 32, 28, 64, 96, 128 pixels"):
        input_guess.guessed(module)
    assert max(size for size, _ in module.sizes[1:]) == 128


def test_that_code_which_wants_a_gpu_is_told_at_once() -> None:
    from analysis.opening.input_guess import guessed

    class OnGpu(_Counting):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            super().forward(x)
            raise RuntimeError("Found no NVIDIA driver on your system.")

    module = OnGpu()
    with pytest.raises(Problem, match=r"puts numbers on a GPU by itself.*x\.new_zeros"):
        guessed(module)
    assert len(module.sizes) == 1


class _ByAFunction(nn.Module):
    """Begins with a convolution whose kernel is the network's own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.ones(8, channels, 3, 3))
        self.conv = nn.Conv2d(8, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(nn.functional.conv2d(x, self.kernel)).mean((2, 3))


class _Projected(nn.Module):
    """Makes one plane of the colours by itself, before its first convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.colours = nn.Linear(3, 1)
        self.conv = nn.Conv2d(1, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(self.colours(x.movedim(1, 3)).movedim(3, 1)).mean((2, 3))


@pytest.mark.parametrize(
    ("module", "channels"),
    [
        (_ByAFunction(3), 3),
        (_ByAFunction(1), 1),
        (_ByAFunction(2), 2),
        (_Projected(), 3),
        (nn.Sequential(nn.Conv2d(8, 4, 3), nn.Flatten(2)), 8),
    ],
)
def test_that_the_channels_are_those_that_run(module: nn.Module, channels: int) -> None:
    from analysis.opening.input_guess import guessed

    assert guessed(module).channels == channels


# --- whose weights


@pytest.mark.parametrize("classes", [1000, 7])
@pytest.mark.parametrize("around", ["", "state_dict", "module."])
def test_that_weights_alone_are_told_whose_they_are(classes: int, around: str, tmp_path: Path) -> None:
    import torchvision

    from analysis.protocol.problems import WeightsAlone

    state = torchvision.models.squeezenet1_1(num_classes=classes).state_dict()
    if around.endswith("."):
        state = {f"{around}{name}": value for name, value in state.items()}
    file = tmp_path / "best.pth"
    torch.save({around: state, "epoch": 3} if around == "state_dict" else state, file)
    with pytest.raises(WeightsAlone, match=r"they fit squeezenet1_1.*layers squeezenet1_1 --weights") as said:
        opened(ModelChoice(str(file)))
    assert said.value.network == "squeezenet1_1"
    assert ("7 classes" in str(said.value)) == (classes == 7)
    assert opened(ModelChoice("squeezenet1_1", str(file))).root.units == classes


def test_that_weights_of_nobody_are_told_to_be_so(tmp_path: Path) -> None:
    from analysis.protocol.problems import WeightsAlone

    torch.save(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(4, 2)).state_dict(), tmp_path / "own.pth")
    with pytest.raises(WeightsAlone, match="fits none of the list") as said:
        opened(ModelChoice(str(tmp_path / "own.pth")))
    assert said.value.network is None
