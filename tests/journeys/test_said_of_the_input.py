"""What the command line says of a network's input holds in the window as it does for `render`."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import main
from gui.options import WindowOptions
from tests.journeys.conftest import begun

SAID = ("--size", "96x128", "--mean", "0.5", "--std", "0.25", "--fit", "stretch")
OWN = """
from torch import nn

def build():
    return nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3))
"""


def options_of(monkeypatch: pytest.MonkeyPatch, *typed: str) -> WindowOptions:
    asked: list[WindowOptions] = []
    monkeypatch.setattr(main, "_window", lambda options: asked.append(options) or 0)
    assert main.main(list(typed)) == 0
    return asked[0]


@pytest.mark.parametrize("network", ["squeezenet1_1", "own"])
def test_that_the_size_that_was_typed_is_that_of_the_window(
    network: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ["squeezenet1_1", "--weights", "random"]
    if network == "own":
        (tmp_path / "net.py").write_text(OWN)
        model = [f"{tmp_path / 'net.py'}:build", "--trust"]
    shared = ["--model", *model, *SAID]
    with begun(options_of(monkeypatch, *shared, "--image", "sample:cat"), qtbot, tmp_path) as session:
        loaded, live = session.state.network, session.loop.live
        assert loaded is not None
        size = loaded.preprocessing
        assert (size.height, size.width, size.fit, size.mean, size.std) == (96, 128, "stretch", (0.5,) * 3, (0.25,) * 3)
        assert live is not None
        assert live.picture.shape[:2] == (96, 128)
        assert session.recipe().model.preprocessing == size, "so that it is the same again"
    out = tmp_path / "plain.npz"
    assert main.main(["render", "gradient", *shared, "--image", "sample:cat", "-o", str(out)]) == 0
    assert np.load(out)["input"].shape[-2:] == (96, 128)


def test_that_a_size_that_drops_the_margin_is_told(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = ("--model", "squeezenet1_1", "--weights", "random", "--size", "224", "--image", "sample:cat")
    with begun(options_of(monkeypatch, *typed), qtbot, tmp_path) as session:
        assert session.state.network is not None
        assert any("With --size 224 the shorter side" in note for note in session.state.network.notes)
