"""What was being opened when the program died is known at its next start, and begins it no second time unasked."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice, Recipe
from gui.options import WindowOptions
from gui.window import doubts
from gui.window.openings import Opening, Openings
from gui.window.session import FIRST, FIRST_NETWORK, FIRST_PICTURE, Session
from tests.gui.explaining import FakeEngine

ROOT = Path(__file__).parents[3]
DIES = """
import os, signal, sys
from pathlib import Path
from analysis.protocol.recipe import ModelChoice, Recipe
from gui.window.openings import Opening, Openings

mine = Openings(Path(sys.argv[1]))
mine.write(Opening(Recipe(ModelChoice(sys.argv[2])), True, sys.argv[3]))
if sys.argv[4] == "proved":
    mine.write(None)
if sys.argv[4] == "ended":
    mine.end()
print("there", flush=True)
if sys.argv[4] == "lives":
    sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


def other(folder: Path, model: str, source: str, how: str) -> "subprocess.Popen[str]":
    """Another process that opens these; it dies, unless it `lives` until its input ends."""
    typed = [sys.executable, "-c", DIES, str(folder), model, source, how]
    process = subprocess.Popen(typed, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    if how != "lives":
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    return process


needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system ends processes in another way")


@needs_kill
def test_that_what_a_dead_process_was_opening_is_told_once(tmp_path: Path) -> None:
    other(tmp_path, "alexnet", "film.mp4", "dies")
    assert Openings(tmp_path).take_dead() == [Opening(Recipe(ModelChoice("alexnet")), True, "film.mp4")]
    assert Openings(tmp_path).take_dead() == []
    assert list(tmp_path.iterdir()) == []


@needs_kill
@pytest.mark.parametrize("how", ["proved", "ended"])
def test_that_one_that_died_while_nothing_was_in_doubt_is_not_told(tmp_path: Path, how: str) -> None:
    other(tmp_path, "alexnet", "film.mp4", how)
    assert Openings(tmp_path).take_dead() == []


@needs_kill
def test_that_a_window_that_is_opening_something_is_not_taken_for_dead(tmp_path: Path) -> None:
    alive = other(tmp_path, "alexnet", "film.mp4", "lives")
    assert Openings(tmp_path).take_dead() == []
    alive.communicate()
    assert len(Openings(tmp_path).take_dead()) == 1


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"{}", b'{"recipe": 3, "network": true, "source": ""}', b"\xff\x00"]
)
def test_that_a_garbled_file_is_nothing_and_goes(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "opening-1-abc.json").write_bytes(text)
    assert Openings(tmp_path).take_dead() == []
    assert Openings(tmp_path).take_dead() == []


def test_that_a_folder_that_cannot_be_written_hinders_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    mine = Openings(tmp_path / "file" / "below")
    mine.write(Opening(FIRST, True))
    assert mine.take_dead() == []
    mine.end()


@contextmanager
def started(qtbot: QtBot, folder: Path, options: WindowOptions | None = None) -> Iterator[tuple[Session, FakeEngine]]:
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    engine = FakeEngine()
    session = Session(options or WindowOptions(), settings, lambda: engine, openings=Openings(folder / "openings"))
    qtbot.addWidget(session.window)
    with qtbot.waitSignal(session.first_answer):
        session.begin()
    yield session, engine
    session.close()


def shown(session: Session) -> str:
    return session.loop.frame.origin if session.loop.frame is not None else ""


@needs_kill
def test_that_a_start_after_a_death_leaves_out_what_was_being_opened_and_offers_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    other(tmp_path / "openings", "alexnet", "sample:digit-2", "dies")
    with started(qtbot, tmp_path) as (session, engine):
        assert session.window.notice.sentence == (
            "Underhood ended unexpectedly while it opened the sample digit-2 and the network alexnet, "
            "so it begins without them."
        )
        assert [choice.name for choice in engine.loaded] == [FIRST_NETWORK]
        assert shown(session) == FIRST_PICTURE
        buttons = session.window.notice.findChildren(QPushButton)
        next(button for button in buttons if button.text() == "Try again").click()
        qtbot.waitUntil(lambda: shown(session) == "sample:digit-2" and engine.loaded[-1].name == "alexnet")


@needs_kill
@pytest.mark.parametrize(
    ("model", "source", "loaded", "seen"),
    [
        ("lenet", "bad.png", "lenet", "sample:digit-5"),
        ("lenet", "good.png", "lenet", "good.png"),
        ("alexnet", "good.png", FIRST_NETWORK, "good.png"),
    ],
)
def test_that_what_is_asked_for_by_name_is_opened_unless_it_is_what_the_program_died_of(
    qtbot: QtBot, tmp_path: Path, model: str, source: str, loaded: str, seen: str
) -> None:
    for name in ("bad.png", "good.png"):
        Image.new("RGB", (6, 4)).save(tmp_path / name)
    other(tmp_path / "openings", "alexnet", str(tmp_path / "bad.png"), "dies")
    asked = WindowOptions(model=ModelChoice(model), source=str(tmp_path / source))
    with started(qtbot, tmp_path, asked) as (session, engine):
        assert "bad.png and the network alexnet" in session.window.notice.sentence
        assert [choice.name for choice in engine.loaded] == [loaded]
        assert shown(session) in (seen, str(tmp_path / seen))


@needs_kill
def test_that_a_death_while_opening_what_every_start_opens_changes_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    other(tmp_path / "openings", FIRST_NETWORK, FIRST_PICTURE, "dies")
    with started(qtbot, tmp_path) as (session, _):
        assert session.window.notice.sentence == ""


def test_that_what_was_opened_stands_written_until_it_has_answered_and_lived_on(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "PROVED", 1)

    def written() -> str:
        return "".join(file.read_text() for file in (tmp_path / "openings").iterdir())

    with started(qtbot, tmp_path) as (session, _):
        session.feed.open_origin("sample:digit-2")
        assert "digit-2" in written()
        qtbot.waitUntil(lambda: written() == "")
        session.feed.open_path(str(tmp_path / "none.png"))
        assert written() == ""  # it failed with a sentence
        session.open_network(ModelChoice("alexnet"))
        assert "alexnet" in written()
        qtbot.waitUntil(lambda: written() == "")
        session.open_network(ModelChoice("lenet"))
    assert list((tmp_path / "openings").iterdir()) == []
