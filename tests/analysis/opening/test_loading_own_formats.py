"""Exported programs and TorchScript archives: their layers, and what is wrong with them in words."""

import copy
import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from analysis.network.capture import tensor_in
from analysis.network.network import Network
from analysis.opening.layer_tree import layer_tree
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem, TrustNeeded
from analysis.protocol.recipe import ModelChoice
from tests.analysis import to_the_end
from tests.analysis.exported_programs import exported
from tests.analysis.zoo import odd


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))


def opened(file: Path, trusted: bool = False) -> Network:
    return to_the_end.opened(ModelChoice(str(file)), trusted)


def described(root: LayerNode) -> dict[str, tuple[object, ...]]:
    return {n.path: (n.type, n.shape, n.units, n.kind, n.receptive_field) for n in root.walk() if n.kind and n.path}


@pytest.mark.parametrize("name", ["residual", "functional-relu", "grey-oblong", "windowed"])
def test_that_an_exported_program_has_the_layers_it_was_exported_from(name: str, tmp_path: Path) -> None:
    one = odd(name)
    network = opened(exported(name, tmp_path / "net.pt2"))
    p = network.preprocessing
    assert (p.channels, p.height, p.width) == (one.channels, one.height, one.width)
    expected, actual = described(layer_tree(one.module(), one.example())), described(network.root)
    assert actual == expected
    with torch.no_grad():
        torch.testing.assert_close(network.module(one.example()), one.module()(one.example()))
    assert any("one picture at a time" in note for note in network.notes)


def test_that_an_exported_program_keeps_its_gradient(tmp_path: Path) -> None:
    one = odd("in-place-relu")
    network = opened(exported("in-place-relu", tmp_path / "net.pt2"))
    gradients = []
    for module in (network.module, one.module()):
        picture = one.example().requires_grad_()
        gradients += torch.autograd.grad(module(picture)[0, 1], picture)
    torch.testing.assert_close(*gradients)


def test_that_a_dynamic_batch_is_open_and_a_fixed_one_is_told(tmp_path: Path) -> None:
    network = opened(exported("plain", tmp_path / "net.pt2", batch=2, dynamic=True))
    assert network.module(odd("plain").example(3)).shape == (3, 5)
    assert not any("one picture at a time" in note for note in network.notes)
    with pytest.raises(Problem, match="exactly 4 pictures at a time"):
        opened(exported("plain", tmp_path / "four.pt2", batch=4))


def test_that_a_program_for_anything_but_pictures_is_told(tmp_path: Path) -> None:
    program = torch.export.export(torch.nn.Linear(3, 2), (torch.zeros(1, 3),))
    torch.export.save(program, tmp_path / "line.pt2")
    with pytest.raises(Problem, match="does not take one batch of pictures"):
        opened(tmp_path / "line.pt2")


def test_that_a_program_with_a_dynamic_batch_can_be_copied(tmp_path: Path) -> None:
    network = opened(exported("plain", tmp_path / "net.pt2", batch=2, dynamic=True))
    pictures = odd("plain").example(3)
    torch.testing.assert_close(copy.deepcopy(network.module)(pictures), network.module(pictures))


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 and then the file was cut off"])
@pytest.mark.parametrize("trusted", [False, True])
def test_that_a_damaged_program_is_one_sentence_and_no_matter_of_trust(
    content: bytes, trusted: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.pt2").write_bytes(content)
    with pytest.raises(Problem, match="no exported program that torch can read") as said:
        opened(tmp_path / "net.pt2", trusted)
    assert not isinstance(said.value, TrustNeeded)
    assert capfd.readouterr() == ("", "")


def test_that_torch_is_silent_about_an_archive_that_is_no_program(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
        archive.writestr("net/models/model.json", "{}")
    with pytest.raises(Problem, match="no exported program that this torch can read"):
        opened(tmp_path / "net.pt2", trusted=True)
    assert capfd.readouterr() == ("", "")


def test_that_a_program_is_known_by_what_is_in_the_file(tmp_path: Path) -> None:
    exported("plain", tmp_path / "net.pt2")
    (tmp_path / "net.pt2").rename(tmp_path / "net.pt")
    assert opened(tmp_path / "net.pt").output == "classes"
    with pytest.raises(Problem, match=r"net\.pt is an exported program: open it as the network itself"):
        to_the_end.opened(ModelChoice("lenet", str(tmp_path / "net.pt")), trusted=True)


def test_that_weights_named_as_a_program_are_told(tmp_path: Path) -> None:
    torch.save(odd("plain").module().state_dict(), tmp_path / "net.pt2")
    with pytest.raises(Problem, match=r"net\.pt2 is no exported program"):
        opened(tmp_path / "net.pt2")


# TorchScript.


def scripted(name: str, file: Path, how: str) -> Path:
    one = odd(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.jit.trace(one.module(), one.example()) if how == "trace" else torch.jit.script(one.module())
        module.save(str(file))
    return file


@pytest.mark.parametrize("how", ["trace", "script"])
@pytest.mark.parametrize("name", ["plain", "functional-relu", "in-place-relu", "concatenating"])
def test_that_a_torchscript_archive_shows_its_layers_once_it_is_trusted(name: str, how: str, tmp_path: Path) -> None:
    one = odd(name)
    file = scripted(name, tmp_path / "net.pt", how)
    with pytest.raises(TrustNeeded, match="TorchScript archive, which runs as a program"):
        opened(file)
    network = opened(file, trusted=True)
    assert (network.preprocessing.channels, network.preprocessing.height) == (3, 32 if name == "plain" else 224)
    with torch.no_grad():
        torch.testing.assert_close(network.module(one.example()), one.module()(one.example()))
    assert described(layer_tree(network.module, one.example())) == described(layer_tree(one.module(), one.example()))
    gradients = []
    for module in (network.module, one.module()):
        picture = one.example().requires_grad_()
        gradients += torch.autograd.grad(module(picture)[0, 1], picture)
    torch.testing.assert_close(*gradients)


def test_that_an_archive_with_more_inputs_is_refused_by_their_names(tmp_path: Path) -> None:
    class Two(torch.nn.Module):
        def forward(self, picture: torch.Tensor, prompt: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
            return picture * scale + prompt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(Two()).save(str(tmp_path / "net.pt"))
    with pytest.raises(Problem, match=r"takes 2 inputs \(picture, prompt\)"):
        opened(tmp_path / "net.pt", trusted=True)


def test_that_what_torchscript_runs_as_a_whole_is_told(tmp_path: Path) -> None:
    network = opened(scripted("windowed", tmp_path / "net.pt", "script"), trusted=True)
    assert any("TorchScript runs them as a whole" in note for note in network.notes)
    tensor = tensor_in(network.module(odd("windowed").example()))
    assert tensor is not None


def test_that_a_torchscript_archive_moves_with_its_weights(tmp_path: Path) -> None:
    network = opened(scripted("residual", tmp_path / "net.pt", "trace"), trusted=True)
    moved = network.module.to(torch.float64)
    assert moved(odd("residual").example().double()).dtype == torch.float64
