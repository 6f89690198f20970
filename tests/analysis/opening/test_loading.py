"""Opening the person's own files: weights for a known architecture, Python files, pickles; and hostile ones."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from analysis.network.network import Network
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem, TrustNeeded, WeightsAlone
from analysis.protocol.recipe import ModelChoice
from tests.analysis.to_the_end import opened


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))


def lenet_weights() -> dict[str, Tensor]:
    return opened(ModelChoice("lenet", "random", seed=5)).module.state_dict()


def same(network: Network, weights: dict[str, Tensor]) -> bool:
    own = network.module.state_dict()
    return list(own) == list(weights) and all(torch.equal(own[name], weights[name]) for name in own)


# Weights for an architecture of the catalogue.


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_that_weights_are_read_from_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    weights, file = lenet_weights(), tmp_path / f"w{suffix}"
    if suffix == ".safetensors":
        save_file({name: value.contiguous() for name, value in weights.items()}, file)
    else:
        torch.save(weights, file)
    assert same(opened(ModelChoice("lenet", str(file))), weights)


def test_that_weights_are_known_by_what_is_in_the_file(tmp_path: Path) -> None:
    weights = lenet_weights()
    torch.save(weights, tmp_path / "w.safetensors")
    for name in ("w.pth", "W.SAFETENSORS"):
        save_file({name: value.contiguous() for name, value in weights.items()}, tmp_path / name)
    torch.save(weights, tmp_path / "W.PTH")
    for name in ("w.safetensors", "w.pth", "W.SAFETENSORS", "W.PTH"):
        assert same(opened(ModelChoice("lenet", str(tmp_path / name))), weights)


@pytest.mark.parametrize("device", ["meta", "sparse"])
def test_that_weights_without_numbers_are_one_sentence_and_sparse_ones_are_taken(tmp_path: Path, device: str) -> None:
    weights, file = lenet_weights(), tmp_path / "w.pth"
    if device == "sparse":
        torch.save({name: value.to_sparse() for name, value in weights.items()}, file)
        assert same(opened(ModelChoice("lenet", str(file))), weights)
        return
    torch.save({name: value.to("meta") for name, value in weights.items()}, file)
    with pytest.raises(Problem, match=r"^w\.pth holds shapes without numbers \(.*\): "):
        opened(ModelChoice("lenet", str(file)))


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module.", "module._orig_mod."])
def test_that_checkpoints_and_wrapped_names_are_understood(tmp_path: Path, key: str, prefix: str) -> None:
    weights, file = lenet_weights(), tmp_path / "checkpoint.pth"
    torch.save({"epoch": 3, key: {prefix + name: value for name, value in weights.items()}, "lr": 0.1}, file)
    assert same(opened(ModelChoice("lenet", str(file))), weights)


def test_that_a_state_dict_under_its_authors_own_name_is_found(tmp_path: Path) -> None:
    weights, file = lenet_weights(), tmp_path / "checkpoint.pth"
    optimizer = torch.optim.Adam([nn.Parameter(torch.ones(2))])
    torch.save({"ema": weights, "optimizer": optimizer.state_dict(), "accuracy": torch.tensor(0.9)}, file)
    assert same(opened(ModelChoice("lenet", str(file))), weights)
    torch.save({"student": weights, "teacher": weights}, file)
    with pytest.raises(Problem, match="holds no weights by name"):
        opened(ModelChoice("lenet", str(file)))


def test_that_what_stands_beside_the_network_is_left_out_and_told(tmp_path: Path) -> None:
    weights, file = lenet_weights(), tmp_path / "lightning.ckpt"
    beside = {"criterion.weight": torch.ones(10), "metric.total": torch.zeros(())}
    torch.save({"state_dict": {f"model.{name}": value for name, value in weights.items()} | beside}, file)
    network = opened(ModelChoice("lenet", str(file)))
    assert same(network, weights)
    assert "2 tensors beside the network" in network.notes[0]


def test_that_a_network_within_a_trusted_checkpoint_is_found(tmp_path: Path) -> None:
    network = opened(ModelChoice("lenet", "random", seed=5)).module
    torch.save({"model": network, "epoch": 3}, tmp_path / "whole.pt")
    choice = ModelChoice(str(tmp_path / "whole.pt"), preprocessing=Preprocessing(28, 28, 28, "crop", 1, (0,), (1,)))
    assert same(opened(choice, trusted=True), network.state_dict())
    assert same(opened(ModelChoice("lenet", str(tmp_path / "whole.pt")), trusted=True), network.state_dict())
    with pytest.raises(TrustNeeded):
        opened(choice)


def test_that_weights_of_another_network_are_told_apart_by_name_and_shape(tmp_path: Path) -> None:
    weights, file = lenet_weights(), tmp_path / "other.pth"
    weights["conv1.weight"] = torch.zeros(7, 1, 5, 5)
    weights["conv9.bias"] = weights.pop("conv2.bias")
    torch.save(weights, file)
    with pytest.raises(Problem) as said:
        opened(ModelChoice("lenet", str(file)))
    sentence = str(said.value)
    assert "1 is missing (conv2.bias)" in sentence
    assert "1 of the file is not in it (conv9.bias)" in sentence
    assert "conv1.weight is 7×1×5×5 instead of 32×1×5×5" in sentence
    assert "\n" not in sentence


def test_that_a_head_for_other_classes_is_fitted_and_told(tmp_path: Path) -> None:
    weights, file = lenet_weights(), tmp_path / "letters.pth"
    weights["fc2.weight"], weights["fc2.bias"] = torch.ones(26, 200), torch.ones(26)
    torch.save(weights, file)
    network = opened(ModelChoice("lenet", str(file)))
    assert network.root.units == 26
    assert network.labels is None, "the ten digits are no names for them"
    assert "26 classes apart instead of 10" in network.notes[0]


def test_that_torchvisions_head_is_fitted_where_it_is_a_convolution(tmp_path: Path) -> None:
    import torchvision

    file = tmp_path / "mine.pth"
    torch.save(torchvision.models.squeezenet1_1(num_classes=7).state_dict(), file)
    assert opened(ModelChoice("squeezenet1_1", str(file))).root.units == 7


def test_that_old_names_of_densenets_are_understood() -> None:
    from analysis.opening.torchvision_models import _renamed

    old = "features.denseblock1.denselayer1.norm.1.weight"
    assert list(_renamed({old: torch.zeros(1)})) == ["features.denseblock1.denselayer1.norm1.weight"]


# Files that are damaged, or no weights, or would run code.


class Harmful:
    """A pickle that makes a file when it is opened."""

    def __init__(self, traces: Path) -> None:
        self.traces = traces

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.traces),)


def damaged(tmp_path: Path) -> dict[str, bytes]:
    torch.save(lenet_weights(), tmp_path / "sound")
    sound = (tmp_path / "sound").read_bytes()
    return {
        "empty": b"",
        "text": b"these are no weights",
        "noise": bytes((i * 7919 + 13) % 251 for i in range(4000)),
        "truncated": sound[: len(sound) // 2],
        "zip": b"PK\x05\x06" + bytes(18),
        "header": b"\x80\x02",
        "huge header": b"\xff" * 8 + b"{}",
    }


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".pt2", ".pt"])
@pytest.mark.parametrize("kind", ["empty", "text", "noise", "truncated", "zip", "header", "huge header"])
@pytest.mark.parametrize("trusted", [False, True])
def test_that_damaged_files_are_one_sentence(tmp_path: Path, suffix: str, kind: str, trusted: bool) -> None:
    file = tmp_path / f"damaged{suffix}"
    file.write_bytes(damaged(tmp_path)[kind])
    choices = [ModelChoice(str(file))]
    if suffix != ".pt2":
        choices.append(ModelChoice("lenet", str(file)))
    for choice in choices:
        with pytest.raises(Problem) as said:
            opened(choice, trusted)
        assert file.name in str(said.value)
        assert "\n" not in str(said.value)


def test_that_a_pickle_that_runs_code_is_refused_until_it_is_trusted(tmp_path: Path) -> None:
    file, traces = tmp_path / "harmful.pth", tmp_path / "traces"
    torch.save({"conv1.weight": Harmful(traces)}, file)
    for choice in (ModelChoice("lenet", str(file)), ModelChoice(str(file))):
        with pytest.raises(TrustNeeded) as asked:
            opened(choice)
        assert asked.value.code.path == str(file.resolve())
        assert not traces.exists()
    with pytest.raises(Problem):
        opened(ModelChoice("lenet", str(file)), trusted=True)
    assert traces.exists(), "or this test would not notice code that runs"


def test_that_weights_alone_are_no_network(tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    torch.save(lenet_weights(), file)
    with pytest.raises(
        WeightsAlone, match=r"holds weights but no network: .*fit lenet.* --weights .*weights\.pth"
    ) as said:
        opened(ModelChoice(str(file)))
    assert said.value.network == "lenet"


def test_that_a_file_that_is_not_there_is_told() -> None:
    for choice in (ModelChoice("nowhere.pt2"), ModelChoice("nowhere.py:net"), ModelChoice("lenet", "nowhere.pth")):
        with pytest.raises(Problem, match="There is no file nowhere"):
            opened(choice)


@pytest.mark.parametrize("suffix", [".pt2", ".pth", ".py:net"])
def test_that_a_name_too_long_for_any_file_is_one_sentence(suffix: str) -> None:
    name = "n" * 5000 + suffix
    for choice in (ModelChoice(name), ModelChoice("lenet", name)):
        with pytest.raises(Problem, match="There is no file n"):
            opened(choice)


def test_that_endings_may_be_capitals(tmp_path: Path) -> None:
    file = tmp_path / "NET.PY"
    file.write_text("from torch import nn\ndef net():\n    return nn.Conv2d(3, 4, 3)\n")
    assert opened(ModelChoice(f"{file}:net"), trusted=True).root.units == 4
    torch.save(nn.Conv2d(3, 4, 3), tmp_path / "NET.PT")
    assert opened(ModelChoice(str(tmp_path / "NET.PT")), trusted=True).root.units == 4


def test_that_a_pickled_module_opens_when_it_is_trusted(tmp_path: Path) -> None:
    file = tmp_path / "whole.pth"
    torch.save(nn.Sequential(nn.Conv2d(1, 3, 5), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 24 * 24, 4)), file)
    with pytest.raises(TrustNeeded):
        opened(ModelChoice(str(file)))
    network = opened(ModelChoice(str(file)), trusted=True)
    assert (network.preprocessing.channels, network.preprocessing.height, network.root.units) == (1, 28, 4)
    assert "are assumed" in network.notes[0]
    with pytest.raises(Problem, match="brings its own weights"):
        opened(ModelChoice(str(file), "random"), trusted=True)


# Python files.

SOURCE = """
import torch
from torch import nn
from beside import KERNEL

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, KERNEL)
        self.fc = nn.Linear(4, 6)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))

def make():
    return Net().train()

def wrong():
    return "a net"

def fails():
    raise ValueError("no weights\\ntoday")
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE)
    (tmp_path / "beside.py").write_text("KERNEL = 5\n")
    return file


def test_that_a_python_file_needs_trust_and_then_opens(source: Path) -> None:
    choice = ModelChoice(f"{source}:make")
    with pytest.raises(TrustNeeded) as asked:
        opened(choice)
    assert asked.value.code.path == str(source.resolve())
    network = opened(choice, trusted=True)
    assert network.title == "mine.py:make"
    assert network.node("conv").shape == (4, 220, 220)
    assert not network.module.training
    assert opened(choice, trusted=True).choice.weights_hash == network.choice.weights_hash, "seeded"
    assert opened(ModelChoice(f"{source}:Net"), trusted=True).root.units == 6, "a class makes one too"


def test_that_importing_a_python_file_leaves_the_path_as_it_was(source: Path) -> None:
    import sys

    before = list(sys.path)
    opened(ModelChoice(f"{source}:make"), trusted=True)
    assert sys.path == before


def test_that_a_python_file_takes_weights(source: Path, tmp_path: Path) -> None:
    first = opened(ModelChoice(f"{source}:make", seed=3), trusted=True)
    torch.save(first.module.state_dict(), tmp_path / "w.pth")
    again = opened(ModelChoice(f"{source}:make", str(tmp_path / "w.pth")), trusted=True)
    assert again.choice.weights_hash == first.choice.weights_hash


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        ("wrong", "must return an nn.Module; it returned str"),
        ("fails", "failed: ValueError: no weights today"),
        ("missing", "has no function missing; it has .*make"),
    ],
)
def test_that_a_wrong_factory_is_one_sentence(source: Path, factory: str, sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        opened(ModelChoice(f"{source}:{factory}"), trusted=True)


@pytest.mark.parametrize("text", ["def make(:\n", "raise SystemExit(3)\n", "import nowhere_to_be_found\n"])
def test_that_a_python_file_that_cannot_be_run_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.py"
    file.write_text(text)
    with pytest.raises(
        Problem, match=r"broken\.py (failed while it was run|is not written in Python 3\.\d+): \w+"
    ) as said:
        opened(ModelChoice(f"{file}:make"), trusted=True)
    assert "\n" not in str(said.value)


def test_that_a_python_file_without_a_function_asks_for_one(source: Path) -> None:
    with pytest.raises(Problem, match=r"Say which function of mine.py makes the network: mine.py:FUNCTION"):
        opened(ModelChoice(str(source)), trusted=True)


def test_that_two_files_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    for count in (1, 2):
        folder = tmp_path / str(count)
        folder.mkdir()
        text = f"from torch import nn\ndef net():\n    return nn.Sequential(nn.Conv2d(3, {count}, 1), nn.Flatten())\n"
        (folder / "net.py").write_text(text)
    shapes = [opened(ModelChoice(f"{tmp_path / str(n)}/net.py:net"), trusted=True).node("0").units for n in (1, 2)]
    assert shapes == [1, 2]


# What is remembered of own files.


def test_that_preprocessing_and_labels_of_an_own_file_are_remembered_when_asked(source: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\nc\nd\ne\nf\n")
    wanted = Preprocessing(40, 60, 40, "stretch", 3, (0.1, 0.2, 0.3), (1, 1, 1), "bicubic")
    choice = ModelChoice(f"{source}:make")
    said = ModelChoice(f"{source}:make", preprocessing=wanted, labels=str(labels))
    opened(said, trusted=True)
    assert opened(choice, trusted=True).labels is None, "nobody asked to remember"
    opened(said, trusted=True, remember=True)
    again = opened(choice, trusted=True)
    assert again.preprocessing == wanted
    assert again.labels == ("a", "b", "c", "d", "e", "f")
    assert again.choice.preprocessing == wanted, "a recipe says it, so that it holds elsewhere"
    assert again.notes == ()


def test_that_it_can_be_said_that_nothing_is_known_any_more(source: Path) -> None:
    choice = ModelChoice(f"{source}:make")
    said = ModelChoice(f"{source}:make", preprocessing=Preprocessing(40, 60, 40, "stretch"))
    opened(said, trusted=True, remember=True)
    opened(choice, trusted=True, remember=True)
    assert opened(choice, trusted=True).preprocessing.height != 40


def test_that_labels_of_own_weights_for_a_known_network_are_remembered(tmp_path: Path) -> None:
    weights, labels = tmp_path / "mine.pth", tmp_path / "labels.txt"
    torch.save(lenet_weights(), weights)
    labels.write_text("\n".join("abcdefghij"))
    opened(ModelChoice("lenet", str(weights), labels=str(labels)), remember=True)
    assert opened(ModelChoice("lenet", str(weights))).labels == tuple("abcdefghij")
    assert opened(ModelChoice("lenet")).labels != tuple("abcdefghij")


def test_that_a_network_opens_when_its_labels_of_last_time_are_gone(source: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\nc\nd\ne\nf\n")
    opened(ModelChoice(f"{source}:make", labels=str(labels)), trusted=True, remember=True)
    labels.unlink()
    network = opened(ModelChoice(f"{source}:make"), trusted=True)
    assert network.labels is None
    assert any(note.startswith("The class names of last time are gone") for note in network.notes)


def test_that_labels_of_another_number_are_a_note(source: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("only\ntwo\n")
    network = opened(ModelChoice(f"{source}:make", labels=str(labels)), trusted=True)
    assert any("2 labels for 6 classes" in note for note in network.notes)
    assert (network.label(1), network.label(5)) == ("two", "class 5")


@pytest.mark.parametrize(
    ("content", "word"), [(b"\x00\xff\x00", "not text"), (b"a\0b", "not text"), (b"\n\n", "no name")]
)
def test_that_a_labels_file_that_is_none_is_a_sentence(tmp_path: Path, content: bytes, word: str) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_bytes(content)
    with pytest.raises(Problem, match=word):
        opened(ModelChoice("lenet", labels=str(labels)))
    with pytest.raises(Problem, match="cannot be read"):
        opened(ModelChoice("lenet", labels=str(tmp_path / "nowhere.txt")))
