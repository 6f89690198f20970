"""The commands that need no window, from what is typed to what is written."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import main as program
from analysis.files.recipe_inside import read_recipe
from analysis.protocol.recipe import ModelChoice, from_json, look
from analysis.results.looks import GraphLook
from gui.process.display import display_answers
from tests.analysis.zoo import odd, runnable

ROOT = Path(program.__file__).parent

NET = """
import torch
from torch import nn

class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3)
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(4 * 8 * 10, 3)

    def forward(self, x):
        return self.head(self.act(self.first(x)).flatten(1))

def make():
    return Odd()

def fails():
    raise RuntimeError("no such luck")

def interrupted():
    import signal
    signal.raise_signal(signal.SIGINT)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("picture.png")
    Path("net.py").write_text(NET)


def run(*typed: str) -> int:
    return program.main(typed)


def sentence(capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    """The one line that a command ends with when its input was bad."""
    assert run(*typed) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith((".\n", "?\n"))
    assert err.count("\n") == 1
    return err


def listed(capsys: pytest.CaptureFixture[str], *typed: str) -> Any:
    assert run(*typed, "--json") == 0
    return json.loads(capsys.readouterr().out)


RENDER = ("render", "activations", "--model", "lenet", "--image", "picture.png", "--layer", "conv1")
OWN = ("--model", "net.py:make", "--trust", "--size", "10x12", "--mean", "0.5", "--std", "0.25", "--fit", "stretch")


# --- lists


def test_that_models_lists_every_network(capsys: pytest.CaptureFixture[str]) -> None:
    models = listed(capsys, "models")
    named = {model["name"]: model for model in models}
    assert named["lenet"]["provider"] == "built in"
    assert named["lenet"]["parameters"] == 105_506
    assert named["resnet18"]["provider"] == "torchvision"
    assert named["resnet18"]["parameters"] == 11_689_512
    assert all(isinstance(model["weights"], str) for model in models)
    assert run("models") == 0
    assert "resnet18" in capsys.readouterr().out


def test_that_layers_are_nested_nodes(capsys: pytest.CaptureFixture[str]) -> None:
    nodes = listed(capsys, "layers", "lenet")
    assert [node["path"] for node in nodes][:2] == ["conv1", "pool1"]
    first = nodes[0]
    assert first["type"] == "Conv2d"
    assert first["shape"] == [32, 24, 24]
    assert first["units"] == 32
    assert first["receptive_field"] == {"size": [5, 5], "stride": [1, 1], "start": [0, 0]}
    assert first["children"] == []
    assert run("layers", "lenet") == 0
    assert "32×24×24" in capsys.readouterr().out


def test_that_layers_of_ones_own_file_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    nodes = listed(capsys, "layers", *OWN[1:2], *OWN[2:])
    assert [(node["path"], node["shape"]) for node in nodes] == [
        ("first", [4, 8, 10]),
        ("act", [4, 8, 10]),
        ("head", [3]),
    ]


def test_that_a_size_alone_is_enough_for_ones_own_file(capsys: pytest.CaptureFixture[str]) -> None:
    nodes = listed(capsys, "layers", "net.py:make", "--trust", "--size", "10x12")
    assert nodes[0]["shape"] == [4, 8, 10]


def test_that_methods_are_listed_with_their_settings(capsys: pytest.CaptureFixture[str]) -> None:
    methods = {method["name"]: method for method in listed(capsys, "methods")}
    assert methods["activations"]["title"] == "Activations"
    assert methods["activations"]["settings"] == []
    assert methods["activations"]["asks"] == ["layer", "picture"]
    settings = {setting["name"]: setting for setting in methods["smoothgrad"]["settings"]}
    assert settings["samples"]["default"] == 100
    assert settings["samples"]["help"]
    assert run("methods") == 0
    assert "smoothgrad" in capsys.readouterr().out


def test_that_the_gallery_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    rows = listed(capsys, "gallery")
    assert {"lenet-conv1", "alexnet-conv1"} <= {row["name"] for row in rows}
    assert all(row["title"] and row["recipe"]["model"] for row in rows)


def test_that_a_row_whose_data_set_is_not_here_says_what_it_needs_and_what_can_be_seen_instead(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERHOOD_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run("gallery", "embedding-") == 0
    needs = {line.split()[0]: "MNIST  " in line for line in capsys.readouterr().out.splitlines()}
    assert needs["embedding-lenet-mnist"]
    assert not needs["embedding-lenet-digits"]
    assert run("render", "--recipe", "embedding-lenet-mnist", "-o", "row.png") == 2
    said = capsys.readouterr().err
    assert said.startswith("MNIST was not downloaded")
    assert said.rstrip().endswith("The row embedding-lenet-digits shows the same without any download.")


# --- render


def test_that_npz_holds_result_input_and_recipe() -> None:
    import torch

    from analysis.shipped import BUILTINS, weights

    assert run(*RENDER, "-o", "maps.npz") == 0
    with np.load("maps.npz") as stored:
        result, seen, recipe = stored["result"], stored["input"], from_json(str(stored["recipe"]))
    assert result.dtype == np.float32
    assert seen.shape == (1, 1, 28, 28)
    lenet = next(builtin for builtin in BUILTINS if builtin.name == "lenet")
    module = lenet.build()
    module.load_state_dict(weights.load(lenet))
    with torch.no_grad():
        expected = module.get_submodule("conv1")(torch.from_numpy(seen))[0].numpy()
    assert np.allclose(result, expected, atol=1e-5)
    assert recipe.layer == "conv1"
    assert recipe.model.weights_hash
    assert recipe.picture is not None
    assert recipe.picture.origin == str(Path("picture.png").absolute())
    assert recipe.picture.sha256


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".json"])
def test_that_every_output_can_be_drawn_again(suffix: str) -> None:
    assert run(*RENDER, "-o", f"first{suffix}") == 0
    assert run("render", "--recipe", f"first{suffix}", "-o", f"again{suffix}") == 0
    assert Path(f"first{suffix}").read_bytes() == Path(f"again{suffix}").read_bytes()
    assert read_recipe(f"first{suffix}").layer == "conv1"
    assert {path.name for path in Path().iterdir()} == {"picture.png", "net.py", f"first{suffix}", f"again{suffix}"}


def test_that_ones_own_network_is_prepared_as_said() -> None:
    assert run("render", "activations", *OWN, "--image", "picture.png", "--layer", "first", "-o", "own.npz") == 0
    with np.load("own.npz") as stored:
        seen, recipe = stored["input"], from_json(str(stored["recipe"]))
    grey = np.asarray(Image.open("picture.png").resize((12, 10), Image.Resampling.BILINEAR).convert("L"))
    assert np.allclose(seen[0, 0], (grey / 255 - 0.5) / 0.25, atol=1e-5)
    assert recipe.model.name == f"{Path('net.py').absolute()}:make"
    assert recipe.model.preprocessing is not None
    assert (recipe.model.preprocessing.height, recipe.model.preprocessing.width) == (10, 12)
    os.remove("net.py")
    Path("net.py").write_text(NET)
    assert run("render", "--recipe", "own.npz", "--trust", "-o", "again.npz") == 0
    assert Path("own.npz").read_bytes() == Path("again.npz").read_bytes()


def test_that_one_number_is_for_every_channel() -> None:
    Path("colour.py").write_text("from torch import nn\ndef make(): return nn.Sequential(nn.Conv2d(3, 4, 3))\n")
    own = ("--model", "colour.py:make", "--trust", "--size", "50x70", "--fit", "stretch", "--layer", "0")
    assert (
        run("render", "activations", *own, "--image", "picture.png", "--mean", "0.5", "--std", "0.25", "-o", "a.npz")
        == 0
    )
    with np.load("a.npz") as stored:
        seen = stored["input"]
    expected = (np.asarray(Image.open("picture.png"), np.float32).transpose(2, 0, 1) / 255 - 0.5) / 0.25
    assert np.allclose(seen[0], expected, atol=1e-5)


def test_that_scenes_and_noise_are_pictures_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    for origin in ("scene:3", "scene:3:10.5,20:30,40", "noise:3:smooth"):
        assert run("render", "gradient", "--model", "lenet", "--image", origin, "-o", "named.json") == 0
        recipe = read_recipe("named.json")
        assert recipe.picture is not None
        assert recipe.picture.origin == origin
    capsys.readouterr()
    assert "is no scene" in sentence(capsys, *RENDER[:4], "--layer", "conv1", "--image", "scene:x", "-o", "x.png")


def test_that_random_weights_come_from_the_seed() -> None:
    results = []
    for seed in ("1", "1", "2"):
        assert run(*RENDER, "--weights", "random", "--seed", seed, "-o", "random.npz") == 0
        with np.load("random.npz") as stored:
            results.append(stored["result"])
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_that_a_unit_has_a_figure_of_its_own() -> None:
    assert run(*RENDER, "--unit", "7", "-o", "unit.json") == 0
    assert json.loads(Path("unit.json").read_text())["results"]["result"]["shape"] == [32, 24, 24]
    assert run(*RENDER, "--unit", "7", "-o", "unit.png") == 0
    with Image.open("unit.png") as unit:
        assert unit.width > unit.height  # three pictures in a row


def test_that_json_holds_small_results_as_values() -> None:
    typed = ("render", "activations", "--model", "lenet", "--image", "picture.png", "--layer", "fc2", "-o", "fc2.json")
    assert run(*typed) == 0
    result = json.loads(Path("fc2.json").read_text())["results"]["result"]
    assert len(result["values"]) == 10
    assert result["maximum"] == max(result["values"])


def test_that_settings_and_targets_reach_the_method() -> None:
    typed = ("render", "smoothgrad", "--model", "lenet", "--image", "picture.png", "--target", "probability:3")
    assert run(*typed, "--set", "samples=4", "noise=0.1", "--seed", "5", "-o", "smooth.json") == 0
    recipe = read_recipe("smooth.json")
    assert (recipe.target, recipe.seed) == ("probability:3", 5)
    assert recipe.settings["samples"] == 4
    assert recipe.settings["noise"] == 0.1


def comparison(*networks: dict[str, Any], target: str = "class") -> None:
    """Writes grid.json: two methods on these networks."""
    methods = [{"name": "gradient"}, {"name": "smoothgrad", "settings": {"samples": 3}, "seed": 4}]
    content = {
        "model": {"name": "lenet"},
        "picture": {"origin": str(Path("picture.png").absolute())},
        "target": target,
        "comparison": {"methods": methods, "networks": networks, "over": True},
        "display": {"view": "grey", "clip": 95},
    }
    Path("grid.json").write_text(json.dumps(content))


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".json", ".npz"])
def test_that_a_whole_comparison_can_be_drawn_again(suffix: str) -> None:
    comparison({"name": "lenet"}, {"name": "lenet", "weights": "random", "seed": 3}, target="class:5")
    assert run("render", "--recipe", "grid.json", "-o", f"first{suffix}") == 0
    assert run("render", "--recipe", f"first{suffix}", "-o", f"again{suffix}") == 0
    assert Path(f"first{suffix}").read_bytes() == Path(f"again{suffix}").read_bytes()
    made = read_recipe(f"first{suffix}").comparison
    assert made is not None
    assert all(network.weights_hash for network in made.networks)
    assert made.methods[1].settings["samples"] == 3


def test_that_a_comparisons_numbers_are_those_of_its_methods_alone() -> None:
    comparison({"name": "lenet"}, {"name": "lenet", "weights": "random", "seed": 3})
    assert run("render", "--recipe", "grid.json", "-o", "grid.npz") == 0
    typed = ("render", "smoothgrad", "--model", "lenet", "--image", "picture.png", "--set", "samples=3", "--seed", "4")
    assert run(*typed, "-o", "alone.npz") == 0
    with np.load("grid.npz") as grid, np.load("alone.npz") as alone:
        assert np.array_equal(grid["result_1_0"], alone["result"])
        assert np.array_equal(grid["input_0"], alone["input"])
        assert not np.array_equal(grid["result_1_0"], grid["result_1_1"])


def test_that_a_cell_that_cannot_be_computed_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    own = {"name": f"{Path('net.py').absolute()}:make"}
    comparison({"name": "lenet"}, own)
    assert run("render", "--recipe", "grid.json", "-o", "grid.json") == 0
    assert "--trust" in capsys.readouterr().err
    results = json.loads(Path("grid.json").read_text())["results"]
    assert results["result_0_0"]["shape"] == [1, 28, 28]
    assert "trust" in results["0_1"]
    comparison(own)
    assert "trust" in sentence(capsys, "render", "--recipe", "grid.json", "-o", "grid.png")


def test_that_a_comparison_asks_for_a_class_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    comparison({"name": "lenet"}, {"name": "resnet-cifar"}, target="class:5")
    assert run("render", "--recipe", "grid.json", "-o", "out.json") == 0
    assert "resnet-cifar has no class of that name" in capsys.readouterr().err


def test_that_a_layer_without_a_part_in_it_is_left_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--model", "lenet", "--image", "picture.png", "--layer", "conv1")
    for name, more, kept in (
        ("gradient", (), None),
        ("grad-cam", (), "conv1"),
        ("gradient", ("--target", "unit:max"), "conv1"),
    ):
        assert run("render", name, *asked, *more, "-o", "made.png") == 0
        assert read_recipe("made.png").layer == kept
        assert ("conv1 is left out" in capsys.readouterr().err) is (kept is None)
    assert "no layer" in sentence(capsys, "render", "gradient", *asked[:-1], "conv99", "-o", "made.png")


@pytest.mark.parametrize("suffix", [".json", ".svg"])
def test_that_a_trust_check_is_made_again_with_the_settings_of_its_map(suffix: str) -> None:
    tested = ("map=smoothgrad", "map.samples=2", "map.noise=0.1", "view=norm", "draws=2")
    typed = ("render", "sensitivity", "--model", "lenet", "--image", "picture.png", "--set", *tested)
    assert run(*typed, "-o", f"first{suffix}") == 0
    assert run("render", "--recipe", f"first{suffix}", "-o", f"again{suffix}") == 0
    assert Path(f"first{suffix}").read_bytes() == Path(f"again{suffix}").read_bytes()
    settings = read_recipe(f"first{suffix}").settings
    assert (settings["map.samples"], settings["map.noise"], settings["view"]) == (2, 0.1, "norm")


def test_that_a_gallery_name_is_drawn() -> None:
    assert run("render", "--recipe", "lenet-conv1", "-o", "row.npz") == 0
    with np.load("row.npz") as stored:
        assert stored["result"].shape[0] == 32


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "resources" / "gallery").glob("*.json")))
def test_that_every_gallery_row_is_whole(name: str) -> None:
    from analysis.files.gallery import named
    from analysis.methods.dependence import dependences
    from analysis.methods.registry import method
    from analysis.methods.settings import configured

    row = named(name)
    assert row.title
    configured(method(row.recipe.method), row.recipe.settings)
    if "picture" in dependences(row.recipe):
        assert row.recipe.picture is not None
        assert row.recipe.picture.origin.startswith(("sample:", "scene:"))  # the same everywhere


# --- what is not as it was


def test_that_other_weights_and_a_changed_picture_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*RENDER, "-o", "first.json") == 0
    content = json.loads(Path("first.json").read_text())
    content["model"]["weights_hash"] = "f" * 64
    Path("other.json").write_text(json.dumps(content))
    Image.new("RGB", (9, 9)).save("picture.png")
    capsys.readouterr()
    assert run("render", "--recipe", "other.json", "-o", "again.png") == 0
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "weights of lenet are not those" in said[0]
    assert "has changed" in said[1]


def test_that_a_missing_picture_is_said_and_another_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*RENDER, "-o", "first.json") == 0
    os.rename("picture.png", "moved.png")
    assert "“picture.png” does not exist" in sentence(capsys, "render", "--recipe", "first.json", "-o", "again.png")
    assert run("render", "--recipe", "first.json", "--image", "moved.png", "-o", "again.png") == 0
    assert capsys.readouterr().err == ""


# --- bad input


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("nonsense",), "invalid choice"),
        (("render",), "--output"),
        (("render", "-o", "x.png"), "Say what to draw"),
        ((*RENDER, "-o", "x.jpg"), "has to end in .png, .svg, .pdf, .npz, .json"),
        ((*RENDER, "-o", "x"), "has to end in"),
        ((*RENDER, "-o", "nowhere/x.png"), "does not exist"),
        ((*RENDER, "--unit", "32", "-o", "x.png"), "units 0 to 31"),
        ((*RENDER, "--unit", "-1", "-o", "x.png"), "Units count from 0"),
        ((*RENDER, "--unit", "two", "-o", "x.png"), "neither a number nor all"),
        ((*RENDER, "--seed", "-4", "-o", "x.png"), "seed"),
        ((*RENDER, "--target", "dog", "-o", "x.png"), "no target “dog”"),
        ((*RENDER, "--target", "", "-o", "x.png"), "no target “”"),
        (("render", "gradient", *RENDER[2:6], "--target", "class:", "-o", "x.png"), "no target “class:”"),
        (("render", "gradient", *RENDER[2:6], "--target", "class:10", "-o", "x.png"), "has classes 0 to 9, not 10"),
        (("render", "occlusion-loss", *RENDER[2:6], "--target", "class:1", "-o", "x.png"), "asks for no target"),
        (("render", "occlusion-loss", *RENDER[2:6], "--set", "truth=10", "-o", "x.png"), "has classes 0 to 9, not 10"),
        ((*RENDER, "--set", "x", "-o", "x.png"), "NAME=VALUE"),
        ((*RENDER, "--set", "x=1", "-o", "x.png"), "no setting “x”"),
        (("render", "smoothgrad", *RENDER[2:6], "--set", "samples=1" + 30 * "0", "-o", "x.png"), "whole number from 1"),
        (("render", "smoothgrad", *RENDER[2:6], "--set", "noise=inf", "-o", "x.png"), "a number from 0 to 10"),
        ((*RENDER, "--device", "abacus", "-o", "x.png"), "no device “abacus”"),
        ((*RENDER, "--size", "10x", "-o", "x.png"), "HEIGHTxWIDTH"),
        ((*RENDER, "--size", "0", "-o", "x.png"), "between 1 and 4096"),
        ((*RENDER, "--mean", "a,b", "-o", "x.png"), "one number for each channel"),
        ((*RENDER, "--mean", "0.1", "0.2", "0.3", "-o", "x.png"), "for each of the 3 channels"),
        ((*RENDER, "--std", "0", "-o", "x.png"), "above zero"),
        ((*RENDER, "--std", "inf", "-o", "x.png"), "finite numbers"),
        ((*RENDER, "--mean", "nan", "-o", "x.png"), "finite numbers"),
        ((*RENDER, "-o", "x" * 300 + ".png"), "too long"),
        ((*RENDER, "-o", "x\0.png"), "not one that a file can have"),
        (("render", "gradient", *RENDER[2:6], "--unit", "3", "-o", "x.png"), "A unit belongs to a layer"),
        (("render", "gradient", *RENDER[2:], "--unit", "3", "-o", "x.png"), "does not ask for a unit"),
        ((*RENDER, "--labels", "none.txt", "-o", "x.png"), "none.txt"),
        ((*RENDER, "--weights", "none.pt", "-o", "x.png"), "none.pt"),
        (("render", "activatoins", *RENDER[2:], "-o", "x.png"), "did you mean activations"),
        (("render", "activations", *RENDER[2:6], "-o", "x.png"), "needs a layer"),
        (("render", "activations", *RENDER[2:6], "--layer", "conv9", "-o", "x.png"), "no layer “conv9”"),
        (("render", "activations", "--model", "lenett", *RENDER[4:], "-o", "x.png"), "did you mean lenet"),
        (("render", "activations", "--model", "net.py:make", *RENDER[4:], "-o", "x.png"), "--trust"),
        (("render", "activations", "--model", "net.py:fails", "--trust", *RENDER[4:], "-o", "x.png"), "no such luck"),
        (("render", "activations", "--model", "none.pt2", *RENDER[4:], "-o", "x.png"), "none.pt2"),
        (
            ("render", "activations", "--model", "lenet", "--image", "net.py", "--layer", "conv1", "-o", "x.png"),
            "not a pic",
        ),
        (("render", "--recipe", "none.png", "-o", "x.png"), "none.png"),
        (("render", "--recipe", "picture.png", "-o", "x.png"), "no recipe in “picture.png”"),
        (("render", "--recipe", "lenet-konv1", "-o", "x.png"), "did you mean lenet-conv1"),
        (("render", "activations", "--recipe", "lenet-conv1", "-o", "x.png"), "leave the method out"),
        (("render", "--recipe", "lenet-conv1", "--layer", "conv2", "-o", "x.png"), "leave --layer out"),
        (("render", "--recipe", "lenet-conv1", "--unit", "0", "-o", "x.png"), "leave --unit out"),
        (("render", "--recipe", "lenet-conv1", "--seed", "4", "-o", "x.png"), "leave --seed out"),
        (("render", "--recipe", "lenet-conv1", "--weights", "random", "-o", "x.png"), "leave --weights out"),
        (("layers", "nonsense"), "no network called “nonsense”"),
        (("layers",), "required: M"),
        (("screenshot", "-o", "x.txt"), "has to end in .png"),
    ],
)
def test_that_bad_input_ends_in_one_sentence(
    capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], said: str
) -> None:
    assert said in sentence(capsys, *typed)
    assert sorted(path.name for path in Path().iterdir()) in (
        ["net.py", "picture.png"],
        ["__pycache__", "net.py", "picture.png"],
    )


@pytest.mark.parametrize(("channels", "factory"), [(1, "make"), (3, "coloured")])
def test_that_the_reason_of_a_network_that_fails_at_the_size_said_is_its_own(
    capsys: pytest.CaptureFixture[str], channels: int, factory: str
) -> None:
    """And not that it takes no grey, or no coloured, pictures."""
    program = NET.replace("self.first(x)", "(self.first(x) @ torch.zeros(2, 2))")
    coloured = "\ndef coloured():\n    net = Odd()\n    net.first = nn.Conv2d(3, 4, 3)\n    return net\n"
    Path("net.py").write_text(program + coloured)
    typed = (
        "render",
        "gradient",
        "--model",
        f"net.py:{factory}",
        "--trust",
        "--image",
        "picture.png",
        "--size",
        "10x12",
    )
    said = sentence(capsys, *typed, "-o", "x.npz")
    assert f"{channels} × 10 × 12" in said
    assert "(net.py, line 13)" in said


def test_that_what_a_method_and_the_doctor_have_to_say_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """How it was computed, what came of it, and what will mislead; but nothing of no matter to the method."""
    Path("net.py").write_text(
        NET
        + "\ndef sure():\n"
        + "    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(320, 3), nn.Softmax(1))\n"
    )
    typed = ("--image", "picture.png", "--model", "net.py:sure", *OWN[2:], "-o", "x.npz")
    assert run("render", "occlusion", *typed, "--set", "mask=4", "stride=4") == 0
    err = capsys.readouterr().err
    assert "ends in a softmax" in err
    assert "Occlusion sensitivity: 6 places, exact" in err
    assert "no ReLU" not in err
    assert run("render", "guided", *typed) == 0
    assert "no ReLU" in capsys.readouterr().err


def test_that_a_class_is_asked_for_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    Path("names.txt").write_text("Cat\ncrane\ncrane\n")
    typed = ("render", "gradient", "--image", "picture.png", *OWN, "--labels", "names.txt", "-o", "x.npz")
    assert run(*typed, "--target", "probability:cat") == 0
    recipe = from_json(str(np.load("x.npz")["recipe"]))
    assert recipe.target == "probability:0"
    by_name = np.load("x.npz")["result"]
    assert run(*typed, "--target", "probability:0") == 0
    assert np.array_equal(np.load("x.npz")["result"], by_name)
    capsys.readouterr()
    assert "class:1 or class:2" in sentence(capsys, *typed, "--target", "class:crane")
    assert "no class “cot”; there is Cat" in sentence(capsys, *typed, "--target", "class:cot")
    unnamed = ("render", "gradient", "--image", "picture.png", *OWN, "-o", "x.npz")
    assert "no names of classes" in sentence(capsys, *unnamed, "--target", "class:cat")


def test_that_a_folder_is_no_output(capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder.png").mkdir()
    assert "is a folder" in sentence(capsys, *RENDER, "-o", "folder.png")


def test_that_a_folder_one_may_not_write_into_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "may not write" in sentence(capsys, *RENDER, "-o", "x.png")


def test_that_a_full_disk_leaves_the_old_file_as_it_was(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    Path("x.json").write_text("before")
    monkeypatch.setattr(Path, "replace", full)
    assert "the disk is full" in sentence(capsys, *RENDER, "-o", "x.json")
    assert Path("x.json").read_text() == "before"
    assert not list(Path().glob(".*part"))


def test_that_an_interrupted_command_leaves_nothing_and_says_so_by_its_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed = ("render", "activations", "--model", "net.py:interrupted", "--trust", *RENDER[4:], "-o", "x.png")
    assert run(*typed) == 130

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    assert run(*RENDER, "-o", "x.json") == 130
    assert not Path("x.png").exists()
    assert not [path for path in Path().iterdir() if path.name.endswith((".part", "x.json"))]


# --- what is imported, and when


def test_that_drawing_and_listing_need_no_qt() -> None:
    code = (
        "import sys, main\n"
        f"codes = [main.main(['render', *{RENDER[1:]!r}, '-o', 'x.pdf']), main.main(['layers', 'lenet'])]\n"
        "loaded = sorted({name.partition('.')[0] for name in sys.modules} & {'PySide6', 'pyqtgraph', 'torchvision'})\n"
        "print(codes, loaded, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[0, 0] []"


def test_that_help_and_methods_are_there_at_once() -> None:
    code = (
        "import sys, main\n"
        "main.main(['methods'])\n"
        "try: main.main(['render', '--help'])\n"
        "except SystemExit as end: print(end.code, sorted({'torch', 'PySide6', 'matplotlib'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_that_a_list_that_cannot_be_written_is_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "methods"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "The list could not be written: No space left on device.\n")


@pytest.mark.parametrize(("name", "code"), [("lenet", 0), ("nonsense", 2)])
def test_that_a_closed_output_is_no_reason_to_fail(name: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    found = run("layers", name)
    sys.stdout.close()
    sys.stderr.close()
    assert found == code


def test_that_a_window_without_a_display_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert "render and screenshot" in sentence(capsys)
    monkeypatch.setenv("DISPLAY", ":4711")  # nobody listens there
    assert "no display" in sentence(capsys, "--model", "lenet")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display_answers()
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display_answers()


def test_that_random_weights_may_have_a_seed_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    typed = ("render", "smoothgrad", "--model", "lenet", "--weights", "random", "--image", "picture.png", "--set", "samples=2")  # fmt: skip  # noqa: E501
    results = []
    for seeds in (("--seed", "1"), ("--weights-seed", "1"), ("--weights-seed", "1", "--seed", "1")):
        assert run(*typed, *seeds, "-o", "random.npz") == 0
        recipe = read_recipe("random.npz")
        results.append((recipe.model.weights_hash, recipe.model.seed, recipe.seed))
        said = capsys.readouterr().err
        assert ("draws the random weights, too" in said) == (len(results) == 1)
    (weights, *_), (same, *own), (again, *both) = results
    assert weights == same == again
    assert own == [1, 0]
    assert both == [1, 1]


def test_that_a_size_that_leaves_out_the_larger_one_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    typed = ("render", "activations", "--model", "resnet18", "--weights", "random", "--layer", "layer1.0.relu")
    assert run(*typed, "--image", "picture.png", "--size", "64", "-o", "sized.json") == 0
    said = capsys.readouterr().err
    assert "scaled to 64 pixels" in said
    assert "scales it to 256 and cuts 224×224" in said
    assert "layer1.0.relu is called 2 times" in said
    assert run(*typed, "--image", "picture.png", "-o", "sized.json") == 0
    assert "scaled to" not in capsys.readouterr().err


@pytest.mark.parametrize("one", [one.name for one in runnable()])
def test_that_the_graph_of_every_odd_network_is_printed(
    one: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = odd(one)
    file = tmp_path / "net.py"
    file.write_text(f"from tests.analysis.zoo import odd\n\n\ndef make():\n    return odd({one!r}).module()\n")
    size = f"{found.height}x{found.width}"
    said = listed(capsys, "graph", f"{file}:make", "--trust", "--size", size)
    assert said.keys() == {"nodes", "edges", "answers"}
    assert said["nodes"][0]["shapes"] == [[1, found.channels, found.height, found.width]]
    assert len(said["nodes"]) > 2
    assert {end for edge in said["edges"] for end in edge} == set(range(len(said["nodes"])))


def test_that_a_graph_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("graph", "lenet") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["operation", "layer", "gives", "takes", "weights"]
    assert lines[2].split() == ["1", "convolution", "conv1", "1×32×24×24", "0", "conv1.weight", "conv1.bias"]


def test_that_a_graph_is_drawn_as_the_window_draws_it_with_its_recipe_inside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("graph", "resnet-cifar", "--unfold", "stage1", "--colour", "multiplications", "-o", "net.svg") == 0
    recipe = read_recipe("net.svg")
    assert (recipe.method, recipe.settings, recipe.picture) == ("network-graph", {"colour": "multiplications"}, None)
    assert look(recipe, GraphLook).unfolded == "stage1"
    drawn = Path("net.svg").read_text(encoding="utf-8")
    assert "stage1 · Sequential" in drawn
    assert run("render", "--recipe", "net.svg", "-o", "again.svg") == 0
    assert Path("again.svg").read_bytes() == Path("net.svg").read_bytes()
    assert run("graph", "lenet", "--colour", "activation", "--image", "picture.png", "-o", "net.npz") == 0
    values = np.load("net.npz")["values"]
    assert values[0] == -1
    assert (values[1:] >= 0).all()
    capsys.readouterr()
    assert "--image" in sentence(capsys, "graph", "lenet", "--colour", "sparsity", "-o", "net.svg")
    assert "-o" in sentence(capsys, "graph", "lenet", "--unfold", "all")
    assert "colour" in sentence(capsys, "graph", "lenet", "--colour", "mauve", "-o", "net.svg")


def test_that_a_setting_that_names_a_file_keeps_its_whole_path() -> None:
    typed = ("render", "filters", "--model", "lenet", "--layer", "conv1", "--set")
    assert run(*typed, "against=random:3", "-o", "a.npz") == 0
    assert read_recipe("a.npz").settings["against"] == "random:3"
    torch.save({name: value * 2 for name, value in lenet_state().items()}, "twice.pth")
    assert run(*typed, "against=twice.pth", "-o", "b.npz") == 0
    assert read_recipe("b.npz").settings["against"] == os.path.abspath("twice.pth")
    np.testing.assert_array_equal(np.load("b.npz")["result"], -lenet_state()["conv1.weight"].numpy())


def lenet_state() -> dict[str, torch.Tensor]:
    from analysis.opening import catalogue
    from analysis.opening.loading import finished

    return dict(finished(catalogue.load(ModelChoice("lenet")), lambda step: None).module.state_dict())


def test_that_what_stands_before_a_command_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command would go by its own default: another seed, or other weights, without a word."""
    assert run("--seed", "7", *RENDER, "-o", str(tmp_path / "out.npz")) == 2
    assert "--seed 7 stands before render" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()
