"""What a script asks: the same numbers as the command line and torch itself, and files as that writes them."""

import importlib
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import main as program
import underhood
from analysis.files.recipe_inside import read_recipe
from analysis.opening import in_memory
from analysis.results.kinds import Heat, Maps

ROOT = Path(program.__file__).parent
SAID = {"mean": 0.5, "std": 0.25}


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 6, 3, stride=2)
        self.head = nn.Linear(6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.second(torch.relu(self.norm(self.first(x))))).mean((2, 3)))


@pytest.fixture
def model() -> Small:
    torch.manual_seed(0)
    return Small().eval()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (40, 56, 3), np.uint8)


def test_that_a_tensor_is_the_very_input_of_the_network(model: Small) -> None:
    seen = torch.randn(3, 20, 26, generator=torch.Generator().manual_seed(2))
    for given in (seen, seen[None]):
        found = underhood.explain(model, given, "gradient", target=3)
        assert torch.equal(found.input, seen[None])
        wanted = seen[None].clone().requires_grad_()
        model(wanted)[0, 3].backward()
        assert np.allclose(found.values, wanted.grad[0].numpy(), atol=1e-6)
        assert found.recipe.target == "class:3"


def test_that_a_module_is_called_as_its_class_while_the_window_has_it_too(model: Small) -> None:
    with in_memory.offered(model):
        found = underhood.explain(model, torch.zeros(3, 20, 26), "gradient", target=3)
    assert repr(found).startswith("<Small · ")


def test_that_a_picture_is_prepared_as_it_is_said(model: Small, pixels: np.ndarray) -> None:
    levels = torch.from_numpy(np.array(Image.fromarray(pixels).resize((24, 24), Image.Resampling.BILINEAR)))
    wanted = (levels.permute(2, 0, 1).float() / 255 - 0.5) / 0.25
    how = {"size": 24, "fit": "stretch", **SAID}
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)  # as torchvision reads files
    for picture in (pixels, Image.fromarray(pixels), pixels.astype(np.float32) / 255, tensor):
        found = underhood.explain(model, picture, "gradient", **how)
        assert torch.allclose(found.input[0], wanted, atol=1e-6)
        assert found.picture.shape == (24, 24, 3)


def test_that_every_array_is_there_by_its_name(model: Small, pixels: np.ndarray) -> None:
    found = underhood.explain(model, pixels, "occlusion", size=20, mask=5, stride=5, **SAID)
    assert isinstance(found.result, Heat)
    assert list(found)[:2] == ["result", "positions"]
    assert list(found)[-1] == "input"
    assert found["positions"] is found.positions
    assert found.values is found["result"]
    assert found["input"].shape == tuple(found.input.shape) == (1, 3, 20, 20)
    assert "positions" in dir(found)
    with pytest.raises(KeyError, match="there are result, positions, "):
        found["places"]
    with pytest.raises(AttributeError, match="there are result"):
        _ = found.places


def test_that_what_is_saved_is_what_the_command_line_writes(tmp_path: Path) -> None:
    found = underhood.explain("lenet", "sample:digit-5", "smoothgrad", target="class:5", seed=3, samples=4)
    seeds = ["--seed", "3", "--weights-seed", "0"]
    typed = ["render", "smoothgrad", *seeds, "--model", "lenet", "--image", "sample:digit-5", "--target", "class:5"]
    for suffix in ("png", "svg", "npz", "json", "pdf"):
        ours = found.save(tmp_path / f"ours.{suffix}")
        theirs = tmp_path / f"theirs.{suffix}"
        assert program.main([*typed, "--set", "samples=4", "-o", str(theirs)]) == 0
        assert ours.read_bytes() == theirs.read_bytes(), suffix
    assert read_recipe(tmp_path / "ours.png") == found.recipe
    assert zipfile.is_zipfile(tmp_path / "ours.npz")
    assert json.loads((tmp_path / "ours.json").read_text())["results"]["result"]["shape"] == [1, 28, 28]
    with pytest.raises(underhood.Problem, match="has to end in"):
        found.save(tmp_path / "ours.txt")


def test_that_a_notebook_is_given_a_picture_and_words() -> None:
    found = underhood.explain("lenet", "sample:digit-5", "grad-cam", layer="conv2", target=5)
    png, size = found._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size["width"] > 100
    html = found._repr_html_()
    assert html.count("data:image/png;base64,") == 1
    assert "Grad-CAM of class 5" in html
    assert "Grad-CAM of class 5" in repr(found)
    axes = found.figure().axes
    assert axes
    before = len(axes)
    axes[0].set_title("changed by hand")
    assert len(found.figure().axes) == before  # each is a new one


def test_that_a_figure_is_made_again_from_itself(tmp_path: Path) -> None:
    first = underhood.explain("lenet", "sample:digit-5", "integrated-gradients", target=2, steps=8)
    first.save(tmp_path / "first.png")
    again = underhood.again(tmp_path / "first.png")
    assert np.array_equal(again.values, first.values)
    again.save(tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "first.png").read_bytes()


def test_that_a_comparison_is_made_again_as_a_grid(tmp_path: Path) -> None:
    recipe = {
        "model": {"name": "lenet"},
        "picture": {"origin": "sample:digit-5"},
        "target": "class:5",
        "method": "gradient",
        "comparison": {"methods": [{"name": "gradient"}, {"name": "guided"}], "networks": [{"name": "lenet"}]},
    }
    grid = underhood.again(recipe)
    assert set(grid.results) == {(0, 0), (1, 0)}
    assert not grid.problems
    assert grid.save(tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")
    assert "2 × 1" in repr(grid)
    assert "base64" in grid._repr_html_()


def test_that_activations_are_those_that_a_hook_sees(model: Small, pixels: np.ndarray) -> None:
    found = underhood.activations(model, pixels, model.second, size=20, **SAID)
    assert isinstance(found.result, Maps)
    assert found.recipe.layer == "second"
    seen: list[torch.Tensor] = []
    handle = model.second.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    model(found.input)
    handle.remove()
    assert np.allclose(found.values, seen[0][0].detach().numpy(), atol=1e-5)


def test_that_classes_are_asked_for_by_number_or_name(model: Small, pixels: np.ndarray) -> None:
    labels = ["ant", "bee", "cat", "dog", "elk"]
    how = {"size": 20, "labels": labels, **SAID}
    texts = {
        underhood.explain(model, pixels, "gradient", target=target, **how).recipe.target
        for target in (3, np.int64(3), "class:3", "dog", "class:dog")
    }
    assert texts == {"class:3"}
    with pytest.raises(underhood.Problem, match="has no class “dot”; there is dog"):
        underhood.explain(model, pixels, "gradient", target="dot", **how)
    probability = underhood.explain(model, pixels, "gradient", target="probability:elk", **how)
    assert probability.recipe.target == "probability:4"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "grad-cam", "layer": "third"}, "has no layer “third”"),
        ({"method": "gradcam"}, "did you mean grad-cam"),
        ({"method": "activations"}, "needs a layer"),
        ({"method": "gradient", "target": "unit:sum"}, "There is no target"),
        ({"method": "smoothgrad", "sample": 3}, "has no setting “sample”"),
        ({"picture": None}, "is about a picture"),
        ({"picture": 3}, "cannot be a int"),
        ({"picture": np.zeros((3, 20, 20), np.uint8)}, "transpose"),
        ({"picture": np.full((20, 20, 3), 7.0)}, "goes from 0 to 1"),
        ({"picture": torch.zeros(2, 3, 20, 20)}, "holds 2 pictures"),
        ({"picture": torch.zeros(20, 20)}, "channels × height × width"),
        ({"picture": "nowhere.png"}, "does not exist"),
        ({"size": "large"}, "The size is a number of pixels"),
        ({"mean": "grey"}, "Mean and deviation are numbers"),
        ({"weights": "random"}, "has its weights"),
    ],
)
def test_that_what_cannot_be_is_said_in_a_sentence(
    asked: dict[str, object], words: str, model: Small, pixels: np.ndarray
) -> None:
    given = {"picture": pixels, "method": "gradient", "size": 20, **SAID, **asked}
    with pytest.raises(underhood.Problem, match=words):
        underhood.explain(model, given.pop("picture"), given.pop("method"), **given)


def test_that_a_model_that_is_none_is_refused() -> None:
    with pytest.raises(underhood.Problem, match="A network cannot be a dict"):
        underhood.explain({}, "sample:cat")
    with pytest.raises(underhood.Problem, match="There is no network called"):
        underhood.explain("lenett", "sample:cat")


def test_that_what_is_assumed_is_told(model: Small, pixels: np.ndarray) -> None:
    with pytest.warns(UserWarning, match="Nothing says how pictures are prepared"):
        found = underhood.explain(model, pixels, "gradient")
    assert any("Nothing says how pictures are prepared" in note for note in found.notes)
    assert underhood.explain(model, torch.rand(3, 20, 20), "gradient").notes == ()


def test_that_labels_that_do_not_fit_are_told(model: Small, pixels: np.ndarray) -> None:
    with pytest.warns(UserWarning, match="3 "):
        underhood.explain(model, pixels, "gradient", size=20, labels=["a", "b", "c"], **SAID)


def test_that_a_file_runs_only_when_it_is_trusted(tmp_path: Path) -> None:
    source = tmp_path / "it's mine.py"
    source.write_text("from torch import nn\ndef make():\n    return nn.Sequential(nn.Flatten(), nn.Linear(75, 3))\n")
    how = {"size": 5, **SAID}
    with pytest.raises(underhood.Problem, match="Open it only if you trust"):
        underhood.explain(f"{source}:make", "sample:cat", "gradient", **how)
    assert underhood.explain(f"{source}:make", "sample:cat", "gradient", trust=True, **how).values.shape == (3, 5, 5)


def test_that_one_opening_serves_many_questions(model: Small, pixels: np.ndarray) -> None:
    network = underhood.opened(model, size=20, labels=list("abcde"), **SAID)
    found = [underhood.explain(network, pixels, name, target="b") for name in ("gradient", "guided")]
    alone = underhood.explain(model, pixels, "guided", target=1, size=20, **SAID)
    assert np.array_equal(found[1].values, alone.values)
    with pytest.raises(underhood.Problem, match="opened already"):
        underhood.explain(network, pixels, "gradient", size=30)


def test_that_the_techniques_are_listed_with_their_settings() -> None:
    listed = underhood.methods()
    by_name = {info.name: info for info in listed}
    assert listed.names == tuple(by_name)
    assert "samples" in {setting.name for setting in by_name["smoothgrad"].settings}
    assert "smoothgrad: " in repr(listed)
    assert "<code>smoothgrad</code>" in listed._repr_html_()


def test_that_a_result_outlives_its_network_and_can_be_kept(model: Small, pixels: np.ndarray) -> None:
    found = underhood.explain(model, pixels, "occlusion", size=20, mask=5, stride=5, **SAID)
    kept = pickle.loads(pickle.dumps(found))
    assert np.array_equal(kept.positions, found.positions)
    assert kept._content(".npz") == found._content(".npz")


def test_that_importing_it_is_quick_and_brings_nothing_heavy() -> None:
    code = "import sys, underhood; print(sorted({'torch', 'PySide6', 'matplotlib', 'numpy'} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_that_it_is_part_of_what_is_installed() -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"main", "underhood"} <= set(declared["tool"]["setuptools"]["py-modules"])
    assert Path(importlib.import_module("underhood").__file__ or "").parent == ROOT
