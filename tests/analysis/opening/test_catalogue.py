"""The catalogue: what there is to choose, and what happens with each choice."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from tests.analysis.input_of import input_of
from tests.analysis.to_the_end import finished
from tests.analysis.zoo import odd


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def loaded(name: str, weights: str = "default", **more: object) -> Network:
    return finished(catalogue.load(ModelChoice(name, weights, **more)))  # type: ignore[arg-type]


def test_that_a_built_in_network_opens_without_torchvision_or_the_compiler() -> None:
    """Both take seconds to import, which a first start must not wait for."""
    code = """
import sys
from analysis.opening import catalogue
from analysis.protocol.recipe import ModelChoice
assert "torch" not in sys.modules
assert catalogue.entries("built in")
assert "torch" not in sys.modules
list(catalogue.load(ModelChoice("lenet")))
print([name for name in ("torchvision", "torch._dynamo", "sympy", "PySide6", "PIL.ImageQt") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_that_the_built_in_networks_are_listed_with_their_cards() -> None:
    entries = {entry.name: entry for entry in catalogue.entries("built in")}
    lenet = entries["lenet"]
    assert lenet.card is not None
    assert lenet.parameters == loaded("lenet").root.parameters
    assert lenet.megabytes == 0


def test_that_lenet_comes_with_all_that_is_known_of_it() -> None:
    network = loaded("lenet")
    assert (network.preprocessing.channels, network.preprocessing.height) == (1, 28)
    assert network.labels == tuple("0123456789")
    assert network.output == "classes"
    assert network.choice.weights_hash is not None
    assert not network.module.training
    assert not any(parameter.requires_grad for parameter in network.module.parameters())


def test_that_every_torchvision_classifier_is_listed_with_its_size() -> None:
    import torchvision

    entries = catalogue.entries("torchvision")
    assert {entry.name for entry in entries} == set(torchvision.models.list_models(module=torchvision.models))
    resnet = next(entry for entry in entries if entry.name == "resnet18")
    assert resnet.parameters == 11_689_512
    assert resnet.megabytes == pytest.approx(46.8, abs=0.1)
    assert "47 MB to download" in resnet.weights


def test_that_random_weights_come_back_with_their_seed_and_leave_torchs_generator_alone() -> None:
    torch.manual_seed(123)
    expected = torch.rand(1)
    torch.manual_seed(123)
    first, second, other = (loaded("lenet", "random", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert first.choice.weights_hash == second.choice.weights_hash != other.choice.weights_hash
    assert first.choice.weights_hash != loaded("lenet").choice.weights_hash


def test_that_torchvision_networks_bring_their_preprocessing_and_labels() -> None:
    network = loaded("mobilenet_v3_large", "random")
    assert network.preprocessing == Preprocessing(224, 224, resize=232)
    assert network.labels is not None
    assert network.label(207) == "golden retriever"
    assert network.root.units == 1000


def test_that_a_preprocessing_in_the_choice_overrules_the_networks_own() -> None:
    wanted = Preprocessing(96, 128, resize=96, fit="stretch", mean=(0, 0, 0), std=(1, 1, 1))
    network = loaded("squeezenet1_1", "random", preprocessing=wanted)
    assert network.preprocessing == wanted
    conv = network.node("features.0")
    assert conv.grid == (47, 63)


@pytest.mark.parametrize(
    ("name", "close"),
    [("Lenet", "lenet"), ("ResNet18", "resnet18"), ("sqeezenet1_0", "squeezenet1_0"), ("vgg_16", "vgg16")],
)
def test_that_a_wrong_name_is_told_with_close_ones(name: str, close: str) -> None:
    with pytest.raises(Problem, match=f"no network called “{name}”; did you mean .*{close}"):
        loaded(name)


def test_that_a_name_like_nothing_points_to_the_list() -> None:
    with pytest.raises(Problem, match="`models` lists"):
        loaded("")
    with pytest.raises(Problem, match="`models` lists"):
        loaded("qqqqqqqq")


def test_that_timm_networks_say_that_timm_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.opening.timm_models.installed", lambda: False)
    with pytest.raises(Problem, match="needs timm, which is not installed"):
        loaded("timm:resnet18")
    assert catalogue.entries("timm") == ()


def test_that_timm_says_size_crop_and_colours() -> None:
    from analysis.opening.timm_models import preprocessing

    configuration = {
        "input_size": (1, 240, 320),
        "crop_pct": 0.9,
        "interpolation": "bicubic",
        "mean": (0.5,),
        "std": (0.2,),
    }
    expected = Preprocessing(240, 320, 266, "crop", 1, (0.5,), (0.2,), "bicubic")
    assert preprocessing(configuration) == expected
    assert preprocessing({}) is None


class FakeTimm(ModuleType):
    """As much of timm as the provider uses; it is no dependency of the tests."""

    def __init__(self) -> None:
        super().__init__("timm")
        self.online = True

    def list_models(self, pretrained: bool = False) -> list[str]:
        return ["tiny.tag"] if pretrained else ["tiny", "bare"]

    def is_model(self, name: str) -> bool:
        return name.partition(".")[0] in ("tiny", "bare")

    def create_model(self, name: str, pretrained: bool) -> nn.Module:
        if pretrained and not self.online:
            raise OSError("no\nway out")
        module = odd("plain").make()
        if pretrained:
            nn.init.zeros_(module.get_parameter("0.weight"))
        module.pretrained_cfg = {"input_size": (3, 32, 32), "crop_pct": 1.0}  # type: ignore[assignment]
        return module


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> FakeTimm:
    fake = FakeTimm()
    monkeypatch.setitem(sys.modules, "timm", fake)
    monkeypatch.setattr("analysis.opening.timm_models.installed", lambda: True)
    return fake


def test_that_timm_networks_open_with_their_weights_or_random_ones(timm: FakeTimm) -> None:
    assert [entry.weights for entry in catalogue.entries("timm")] == ["to download, or in timm's cache", "random only"]
    network = loaded("timm:tiny.tag")
    assert not network.module.get_parameter("0.weight").any()
    assert (network.preprocessing.height, network.preprocessing.resize) == (32, 32)
    first, second = loaded("timm:tiny", "random", seed=4), loaded("timm:tiny", "random", seed=4)
    assert first.choice.weights_hash == second.choice.weights_hash != network.choice.weights_hash
    with pytest.raises(Problem, match="did you mean timm:tiny"):
        loaded("timm:tinny")


def test_that_timm_without_internet_is_one_sentence(timm: FakeTimm) -> None:
    timm.online = False
    with pytest.raises(Problem, match=r"could not get the weights of tiny: no way out\. Try .* random weights"):
        loaded("timm:tiny")


def test_that_a_cached_file_of_another_network_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save({"conv.weight": torch.zeros(1)}, folder / "squeezenet1_0-b66bff10.pth")
    with pytest.raises(Problem, match="do not fit squeezenet1_0; delete the file"):
        loaded("squeezenet1_0")


def test_that_a_file_in_torchs_cache_is_used_without_hash_or_internet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torchvision

    def no_internet(*_: object, **__: object) -> Iterator[bytes]:
        raise AssertionError("nothing may be downloaded")

    monkeypatch.setattr("analysis.opening.download._Transfer._chunks", no_internet)
    state = torchvision.models.squeezenet1_0(weights=None).state_dict()
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(state, folder / "squeezenet1_0-b66bff10.pth")
    network = loaded("squeezenet1_0")
    assert torch.equal(network.module.state_dict()["features.0.weight"], state["features.0.weight"])
    entry = next(entry for entry in catalogue.entries("torchvision") if entry.name == "squeezenet1_0")
    assert (entry.megabytes, entry.weights) == (0, "ImageNet, downloaded")


def test_that_a_cached_file_that_is_no_plain_data_is_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(torch.nn.Linear(2, 2), folder / "squeezenet1_0-b66bff10.pth")
    with pytest.raises(Problem, match="runs code"):
        loaded("squeezenet1_0")


def test_that_shared_squeezenet_knows_a_golden_retriever(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    from PIL import Image

    monkeypatch.setenv("TORCH_HOME", str(shared / "models"))
    network = loaded("squeezenet1_0")
    pixels = np.asarray(Image.open(shared / "data/imagenet_samples/0207_golden_retriever.jpg").convert("RGB"))
    with torch.no_grad():
        answer = network.module(input_of(network, pixels))
    assert 207 in answer[0].topk(5).indices
