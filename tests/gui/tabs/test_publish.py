"""An atlas is published from the window: how far it is, where it lies, and a way to stop it."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.problems import Problem
from gui.tabs.publish_run import PublishRun
from gui.views.notice_bar import NoticeBar

WAITS = 100_000  # milliseconds at most


@pytest.fixture
def run(qtbot: QtBot) -> PublishRun:
    parent = QWidget()
    qtbot.addWidget(parent)
    return PublishRun(NoticeBar(parent), parent)


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Event:
    """What is written waits after its first page until this is set."""
    event = Event()

    def written(_atlas: Any, folder: Path) -> Iterator[tuple[int, int, str]]:
        if (folder / "letter.txt").exists():
            raise Problem("The folder holds other files, such as letter.txt: choose an empty folder.")
        for done in range(1, 4):
            yield done, 4, f"Unit {done} of conv1"
            assert event.wait(WAITS / 1000)
        (folder / "index.html").write_text("written")
        yield 4, 4, "The site is written"

    monkeypatch.setattr("analysis.publishing.site.publish_atlas", written)
    return event


def said(run: PublishRun) -> str:
    parent = run.parent()
    assert isinstance(parent, QWidget)
    bar = parent.findChild(NoticeBar)
    assert bar is not None
    return bar.sentence


def test_that_an_atlas_is_written_as_a_site(run: PublishRun, go_on: Event, tmp_path: Path, qtbot: QtBot) -> None:
    run.begin(object(), str(tmp_path))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: "25 % · Unit 1 of conv1" in run.told.text(), timeout=WAITS)
    assert run.running
    go_on.set()
    qtbot.waitUntil(lambda: not run.running, timeout=WAITS)
    assert (tmp_path / "index.html").is_file()
    assert "The site is in" in said(run)
    assert run.strip.isHidden()


def test_that_a_site_that_is_stopped_says_how_far_it_came(
    run: PublishRun, go_on: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    run.begin(object(), str(tmp_path))  # type: ignore[arg-type]
    run.stop()
    go_on.set()
    qtbot.waitUntil(lambda: not run.running, timeout=WAITS)
    assert "Stopped after" in said(run)
    assert not (tmp_path / "index.html").exists()


def test_that_a_window_which_closes_does_not_wait_for_a_site(
    run: PublishRun, go_on: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    run.begin(object(), str(tmp_path))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: "25 %" in run.told.text(), timeout=WAITS)
    run.end()
    go_on.set()
    qtbot.waitUntil(lambda: not run.running, timeout=WAITS)
    assert not (tmp_path / "index.html").exists()


@pytest.mark.usefixtures("go_on")
def test_that_a_folder_of_other_things_is_left_alone(run: PublishRun, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    run.begin(object(), str(tmp_path))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: not run.running, timeout=WAITS)
    assert "letter.txt" in said(run)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
