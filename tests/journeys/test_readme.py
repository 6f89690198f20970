"""The three examples in the README run as they stand there, one after the other as a reader would type them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from analysis.files.recipe_inside import read_recipe
from gui.script import looking
from main import main

README = Path(__file__).parents[2] / "README.md"


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    yield {}
    for look in looking.open_windows():
        look.close()


def run(example: str, typed: dict[str, object]) -> None:
    lines = ["" if line.startswith("%") else line for line in example.splitlines()]  # %gui qt is IPython's own
    exec(compile("\n".join(lines), "README.md", "exec"), typed)


def close_as_a_person_would() -> None:
    """Once there is something to be seen."""
    session = looking.open_windows()[-1].session if looking.open_windows() else None
    if session is None or session.loop.live is None:
        QTimer.singleShot(20, close_as_a_person_would)
    else:
        session.window.close()


def test_that_there_are_three_examples() -> None:
    assert [("look(" in text, "explain(" in text, "export.save(" in text) for text in examples()] == [
        (True, False, False),
        (True, True, False),
        (False, False, True),
    ]


@pytest.mark.filterwarnings("ignore:Nothing says how pictures are prepared")
def test_that_the_examples_run_one_after_the_other(
    typed: dict[str, object], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, notebook, export = examples()
    QTimer.singleShot(0, close_as_a_person_would)
    run(script, typed)
    assert not looking.open_windows()

    monkeypatch.setattr(looking, "loop_runs_by_itself", lambda: True)
    run(notebook, typed)
    (window,) = looking.open_windows()
    assert typed["window"] is window
    qtbot.waitUntil(lambda: window.session is not None and window.session.loop.live is not None, timeout=60_000)
    assert window.session is not None
    assert window.session.state.network.title == "Sequential"
    assert read_recipe(tmp_path / "why.png").method == "grad-cam"
    assert tuple(typed["why"].input.shape) == (1, 1, 28, 28)  # type: ignore[attr-defined]
    assert typed["maps"].shape == (8, 24, 24)  # type: ignore[attr-defined]

    run(export, typed)
    assert main(["layers", "mine.pt2"]) == 0
