"""What is typed behind --source or --image is seen, whatever kind of origin it is."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from analysis.commands.arguments import window_source
from analysis.drawing.captions import picture_words
from analysis.files.recipe_inside import read_recipe
from analysis.pictures.images import open_origin, sha256_of
from analysis.protocol.origin import Origin
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from gui.options import WindowOptions
from gui.sources.data import DataSource
from main import main
from tests.journeys.conftest import begun


@pytest.fixture
def digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pictures = np.zeros((5, 28, 28), np.uint8)
    for number, picture in enumerate(pictures):
        picture[5:20, 4 * number : 4 * number + 8] = 250
    np.savez(tmp_path / "my digits #1.npz", images=pictures, labels=np.arange(5))
    first, *others = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    first.save(tmp_path / "spin.gif", save_all=True, append_images=others)
    return tmp_path / "my digits #1.npz"


@pytest.mark.parametrize(
    "typed",
    ["spin.gif#frame=2", "scene:3", "sample:cat", "noise:4:smooth", "data:my digits %231.npz#2", "data:samples#1"],
)
def test_that_every_origin_can_be_the_source(qtbot: QtBot, tmp_path: Path, digits: Path, typed: str) -> None:
    options = WindowOptions(model=ModelChoice("lenet"), source=window_source(typed))
    with begun(options, qtbot, tmp_path) as session:
        frame = session.loop.frame
        assert frame is not None
        assert not session.window.notice.sentence
        np.testing.assert_array_equal(frame.pixels, open_origin(frame.origin))
        picture = session.recipe().picture
        assert picture is not None
        assert picture.origin == frame.origin
        assert Origin.parse(frame.origin).kind == Origin.parse(typed).kind


def test_that_a_data_set_is_walked_and_comes_back_with_the_window(qtbot: QtBot, tmp_path: Path, digits: Path) -> None:
    options = WindowOptions(model=ModelChoice("lenet"), source=window_source("data:my digits %231.npz#2"))
    with begun(options, qtbot, tmp_path) as session:
        assert isinstance(session.feed.source, DataSource)
        session.feed.step(1)
        written = f"data:{tmp_path}/my digits %231.npz#3"
        qtbot.waitUntil(lambda: session.loop.frame is not None and session.loop.frame.origin == written, timeout=60_000)
        assert session.feed.source.title == "3 in my digits #1.npz"
    with begun(WindowOptions(), qtbot, tmp_path) as again:
        assert again.loop.frame is not None
        assert again.loop.frame.origin == written
    digits.unlink()
    with begun(WindowOptions(), qtbot, tmp_path) as without:
        assert without.loop.frame is not None
        assert without.loop.frame.origin == "sample:digit-5"  # LeNet is what was looked at


def test_that_a_picture_of_a_data_set_is_drawn_and_its_recipe_draws_it_again(digits: Path, tmp_path: Path) -> None:
    first = ["render", "gradient", "--model", "lenet", "--image", "data:my digits %231.npz#2", "-o", "a.npz"]
    assert main(first) == 0
    assert main(["render", "--recipe", "a.npz", "-o", "b.npz"]) == 0
    with np.load("a.npz") as one, np.load("b.npz") as other:
        np.testing.assert_array_equal(one["result"], other["result"])
    assert main(["render", "--recipe", "a.npz", "-o", "c.svg"]) == 0
    assert picture_words(read_recipe("c.svg")) == "picture 2 of my digits #1.npz"


@pytest.mark.parametrize("origin", ["data:samples#5", "data:{}#3", "data:{}/spin.gif#1"])
def test_that_a_recipe_knows_its_picture_when_it_comes(qtbot: QtBot, tmp_path: Path, digits: Path, origin: str) -> None:
    """However the data set itself would call it."""
    np.savez(tmp_path / "parts.npz", x_train=np.full((4, 9, 9), 50, np.uint8), x_test=np.zeros((4, 9, 9), np.uint8))
    asked = origin.format(tmp_path if "spin" in origin else tmp_path / "parts.npz")
    recipe = Recipe(ModelChoice("lenet"), PictureChoice(asked, sha256_of(open_origin(asked))), method="gradient")
    with begun(WindowOptions(recipe=recipe), qtbot, tmp_path) as session:
        qtbot.waitUntil(lambda: session.recipe().method == "gradient", timeout=60_000)
        assert session.loop.frame is not None
        assert session.loop.frame.origin == asked


def test_that_what_is_in_a_data_set_is_listed(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", digits.name]) == 0
    told = capsys.readouterr().out
    assert told.startswith("my digits #1.npz: .npz arrays, 5 pictures, 5 classes\n")
    assert f"data:{digits.parent}/my digits %231.npz#4\n" in told
    assert main(["data", digits.name, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["kind"], listed["count"]) == (".npz arrays", 5)
    assert listed["classes"] == [{"name": str(number), "count": 1} for number in range(5)]
    for number, origin in enumerate(listed["origins"]):
        assert open_origin(origin)[10, 4 * number + 4].tolist() == [250] * 3
    assert main(["data", "nothing.npz"]) == 2
    assert "There is no data set “nothing.npz”" in capsys.readouterr().err
