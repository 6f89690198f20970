"""An atlas is published from the window: how far it is, where it lies, and a way to stop it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from analysis.sweeps.atlas import Atlas
from gui.tabs.publish_run import PublishRun
from gui.views.notice_bar import NoticeBar
from tests.analysis.sweeps.swept import folder_of_bars, opened, sweep


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    place = tmp_path_factory.mktemp("published")
    sweep(opened(), folder_of_bars(place / "data", 6), place / "atlas")
    return Atlas(place / "atlas")


@pytest.fixture
def run(qtbot: QtBot) -> PublishRun:
    parent = QWidget()
    qtbot.addWidget(parent)
    notice = NoticeBar(parent)
    return PublishRun(notice, parent)


def said(run: PublishRun) -> str:
    return run._notice.sentence


def test_that_an_atlas_is_written_as_a_site(run: PublishRun, atlas: Atlas, tmp_path: Path, qtbot: QtBot) -> None:
    run.begin(atlas, str(tmp_path))
    assert run.running
    qtbot.waitUntil(lambda: not run.running, timeout=60_000)
    assert (tmp_path / "index.html").is_file()
    assert "The site is in" in said(run)
    assert run.strip.isHidden()


def test_that_a_site_that_is_stopped_says_how_far_it_came(
    run: PublishRun, atlas: Atlas, tmp_path: Path, qtbot: QtBot
) -> None:
    run.begin(atlas, str(tmp_path))
    run.stop()
    qtbot.waitUntil(lambda: not run.running, timeout=60_000)
    assert "Stopped after" in said(run)
    assert not (tmp_path / "index.html").exists()


def test_that_a_folder_of_other_things_is_left_alone(
    run: PublishRun, atlas: Atlas, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    run.begin(atlas, str(tmp_path))
    qtbot.waitUntil(lambda: not run.running, timeout=60_000)
    assert "letter.txt" in said(run)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
