"""A network of more planes than a picture has colours: pictures are made for it, and what is seen of them is said."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import main
from analysis.results.over_picture import as_levels

NETWORK = """
import torch
from torch import nn

def five():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(5, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
"""
SMALL = {
    "edge-energy": ("steps=2",),
    "deepdream": ("steps=2", "octaves=1"),
    "pgd": ("steps=2",),
    "fooling-direct": ("generations=2", "population=4", "resume=no"),
}


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """The network, as it is named on the command line."""
    (tmp_path / "net.py").write_text(NETWORK, "utf-8")
    return ["--model", f"{tmp_path / 'net.py'}:five", "--trust", "--size", "12x16", "--mean", "0.5", "--std", "0.5"]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.npy"
    np.save(path, np.random.default_rng(0).random((5, 12, 16), dtype=np.float32))
    return path


def rendered(name: str, asked: list[str], scan: Path, output: Path, *settings: str) -> int:
    more = {"deepdream": ["--layer", "0", "--image", str(scan)], "pgd": ["--image", str(scan)]}.get(name, [])
    return main.main(["render", name, *asked, *more, "--set", *SMALL[name], *settings, "-o", str(output)])


@pytest.mark.parametrize("name", list(SMALL))
def test_that_a_picture_of_five_planes_is_made_drawn_and_kept_whole(
    name: str, asked: list[str], scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure, numbers = tmp_path / "made.png", tmp_path / "made.npz"
    assert rendered(name, asked, scan, figure) == 0
    assert "Of its 5 planes plane 0 is looked at; all of them are in an .npz." in capsys.readouterr().err
    with Image.open(figure) as image:
        assert len(image.convert("L").getcolors() or ()) > 20
    assert rendered(name, asked, scan, numbers) == 0
    with np.load(numbers) as arrays:
        assert arrays["result"].shape[-3:] == (12, 16, 5)
        assert "fooled_file" not in arrays


def test_that_no_file_of_five_planes_is_promised(
    asked: list[str], scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "made.png"
    assert rendered("pgd", asked, scan, output, "export=file") == 2
    assert "takes 5 planes, which no picture file holds" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(("channels", "seen"), [(1, (0, 0, 0)), (3, (0, 1, 2)), (4, (0, 1, 2)), (5, (0, 0, 0))])
def test_that_those_planes_are_seen_that_are_looked_at(channels: int, seen: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).random((3, 4, channels), dtype=np.float32)
    assert np.array_equal(as_levels(picture), np.rint(picture[..., list(seen)] * 255).astype(np.uint8))
