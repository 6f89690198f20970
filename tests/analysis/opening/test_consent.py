"""What runs is what was agreed to, byte for byte; a file that changes is asked about again."""

import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.protocol.problems import CodeFile, Problem, TrustNeeded
from analysis.protocol.recipe import ModelChoice
from tests.analysis.to_the_end import finished


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))


def opened(choice: ModelChoice, *agreed: CodeFile) -> Network:
    return finished(catalogue.load(choice, Consent(agreed)))


def asked(choice: ModelChoice, *agreed: CodeFile) -> CodeFile:
    with pytest.raises(TrustNeeded) as question:
        opened(choice, *agreed)
    return question.value.code


def source(file: Path, units: int) -> Path:
    file.write_text(
        f"from torch import nn\ndef net():\n    return nn.Sequential(nn.Conv2d(3, {units}, 1), nn.Flatten())\n"
    )
    return file


def pickled(file: Path, units: int) -> Path:
    torch.save(nn.Sequential(nn.Conv2d(3, units, 1), nn.Flatten()), file)
    return file


def scripted(file: Path, units: int) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit announces its end
        torch.jit.script(nn.Sequential(nn.Conv2d(3, units, 1), nn.Flatten())).save(str(file))
    return file


@pytest.mark.parametrize(
    ("make", "name", "factory"), [(source, "net.py", ":net"), (pickled, "net.pth", ""), (scripted, "net.pt", "")]
)
def test_that_a_file_that_changes_is_asked_about_again(tmp_path: Path, make: object, name: str, factory: str) -> None:
    assert callable(make)
    file = make(tmp_path / name, 2)
    before = file.read_bytes()
    choice = ModelChoice(f"{file}{factory}")
    first = asked(choice)
    assert first.path == str(file.resolve())
    assert opened(choice, first).node("0").units == 2
    make(file, 5)
    second = asked(choice, first)
    assert (second.path, second.sha256 != first.sha256) == (first.path, True)
    assert opened(choice, first, second).node("0").units == 5
    file.write_bytes(before)
    assert opened(choice, first, second).node("0").units == 2, "it is again what was agreed to"


def test_that_the_same_content_elsewhere_is_asked_about(tmp_path: Path) -> None:
    """A Python file imports what lies beside it, which is something else there."""
    (tmp_path / "elsewhere").mkdir()
    here, there = source(tmp_path / "net.py", 2), source(tmp_path / "elsewhere" / "net.py", 2)
    agreed = asked(ModelChoice(f"{here}:net"))
    assert asked(ModelChoice(f"{there}:net"), agreed).path == str(there.resolve())


def test_that_the_weights_of_a_python_file_are_asked_about_too(tmp_path: Path) -> None:
    file, weights = source(tmp_path / "net.py", 2), pickled(tmp_path / "whole.pth", 2)
    choice = ModelChoice(f"{file}:net", str(weights))
    program = asked(choice)
    assert program.path == str(file.resolve())
    pickle = asked(choice, program)
    assert pickle.path == str(weights.resolve())
    assert opened(choice, program, pickle).node("0").units == 2


def test_that_what_runs_is_what_was_read_when_it_was_agreed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when another file takes its place between the comparison and the run."""
    for make, name, factory in ((source, "net.py", ":net"), (pickled, "net.pth", ""), (scripted, "net.pt", "")):
        file = make(tmp_path / name, 2)
        choice = ModelChoice(f"{file}{factory}")
        agreed = asked(choice)
        to_run = Consent.content_to_run

        def swapping(self: Consent, path: Path, reason: str, make: object = make, to_run: object = to_run) -> bytes:
            assert callable(make)
            assert callable(to_run)
            content: bytes = to_run(self, path, reason)
            make(path, 7)
            return content

        with monkeypatch.context() as patch:
            patch.setattr(Consent, "content_to_run", swapping)
            assert opened(choice, agreed).node("0").units == 2


def test_that_what_was_run_is_told(tmp_path: Path) -> None:
    file = source(tmp_path / "net.py", 2)
    consent = Consent(everything=True)
    finished(catalogue.load(ModelChoice(f"{file}:net"), consent))
    assert consent.ran == {asked(ModelChoice(f"{file}:net"))}
    assert not Consent(consent.ran).ran


def test_that_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"net\.py cannot be read: "):
        Consent(everything=True).content_to_run(tmp_path / "net.py", "It runs.")


@pytest.fixture
def projects(tmp_path: Path) -> list[Path]:
    """Two, each with a module of the same name."""
    text = "from torch import nn\nimport layers\ndef net():\n    return nn.Sequential(layers.first(), nn.Flatten())\n"
    folders = [tmp_path / "one", tmp_path / "two"]
    for units, folder in enumerate(folders, 2):
        folder.mkdir()
        (folder / "net.py").write_text(text)
        (folder / "layers.py").write_text(f"from torch import nn\ndef first(): return nn.Conv2d(3, {units}, 1)\n")
    return folders


def test_that_modules_beside_a_file_are_its_own_and_read_anew(projects: list[Path]) -> None:
    def units(folder: Path) -> int:
        consent = Consent(everything=True)
        return finished(catalogue.load(ModelChoice(f"{folder / 'net.py'}:net"), consent)).node("0").units

    assert [units(folder) for folder in projects] == [2, 3]
    (projects[0] / "layers.py").write_text("from torch import nn\ndef first(): return nn.Conv2d(3, 40, 1)\n")
    assert [units(folder) for folder in projects] == [40, 3]
