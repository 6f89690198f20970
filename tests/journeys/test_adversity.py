"""What goes wrong around the window is told in one sentence, and taken back when it is over."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from gui.options import WindowOptions
from gui.window.session import Session
from tests.journeys.conftest import LONG, begun

FEARS_THE_DARK = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        if x.mean() < -1:
            raise ValueError("it is too dark")
        return self.conv(x).mean((2, 3))
"""


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for name, level in (("1-bright.png", 220), ("2-dark.png", 3), ("3-bright.png", 200)):
        Image.fromarray(np.full((32, 32, 3), level, np.uint8)).save(folder / name)
    return folder


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, album: Path) -> Iterator[Session]:
    file = tmp_path / "net.py"
    file.write_text(FEARS_THE_DARK)
    seen = Preprocessing(16, 16, 16, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
    options = WindowOptions(model=ModelChoice(f"{file}:Net", preprocessing=seen), source=str(album), trusted=True)
    with begun(options, qtbot, tmp_path) as session:
        yield session


def shown(session: Session) -> str:
    live = session.window.activations._shown
    return Path(live.frame.origin).name if live is not None else ""


def test_that_a_failure_is_told_until_the_network_answers_again(session: Session, qtbot: QtBot) -> None:
    notice = session.window.notice
    session.feed.step(1)
    qtbot.waitUntil(lambda: "it is too dark" in notice.sentence, timeout=LONG)
    assert shown(session) == "1-bright.png"
    session.feed.step(1)
    qtbot.waitUntil(lambda: shown(session) == "3-bright.png", timeout=LONG)
    assert notice.sentence == ""


def test_that_a_layer_without_an_answer_shows_no_maps_of_another(session: Session, qtbot: QtBot) -> None:
    session.feed.step(1)
    qtbot.waitUntil(lambda: "it is too dark" in session.window.notice.sentence, timeout=LONG)
    session.state.set_layer("")
    qtbot.waitUntil(lambda: session.window.activations.mosaic.accessibleDescription() != "", timeout=LONG)


def test_that_only_pictures_that_are_there_are_recent(session: Session, album: Path, qtbot: QtBot) -> None:
    picture = str(album / "3-bright.png")
    session.open_path(picture)
    qtbot.waitUntil(lambda: shown(session) == "3-bright.png", timeout=LONG)
    assert session.recent("recent/pictures") == [picture, str(album)]
    (album / "3-bright.png").unlink()
    session.open_path(picture)
    assert "does not exist" in session.window.notice.sentence
    assert session.recent("recent/pictures") == [str(album)]


@pytest.mark.parametrize("source", ["missing folder", "camera"])
def test_that_a_first_source_that_gives_nothing_leaves_no_empty_window(
    source: str, qtbot: QtBot, tmp_path: Path
) -> None:
    """Offscreen there is no camera."""
    asked = str(tmp_path / source) if source != "camera" else source
    with begun(WindowOptions(model=ModelChoice("lenet"), source=asked), qtbot, tmp_path) as session:
        qtbot.waitUntil(lambda: session.window.activations._shown is not None, timeout=LONG)
        assert session.window.activations._shown.frame.origin == "sample:digit-5"
        sentence = session.window.notice.sentence
        assert "does not exist" in sentence or "camera" in sentence.lower()
        if session.feed.given_up is not None:
            session.feed.try_again()
            assert session.window.notice.sentence
