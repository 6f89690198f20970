"""What is kept for the next start: while we work, beside another window, and said when it cannot be."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import from_json
from gui.options import WindowOptions
from gui.window import session as sessions
from gui.window.session import Session
from tests.gui.explaining import FakeEngine


@contextmanager
def started(qtbot: QtBot, settings: QSettings) -> Iterator[Session]:
    session = Session(WindowOptions(), settings, FakeEngine)
    qtbot.addWidget(session.window)
    with qtbot.waitSignal(session.first_answer):
        session.begin()
    yield session
    session.close()


def test_that_where_we_are_is_kept_while_we_work(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "SAVED_EVERY", 1)
    file = tmp_path / "settings.ini"

    def kept() -> str | None:
        """As a process would find it that starts when this one has been killed."""
        copy = tmp_path / f"{len(list(tmp_path.iterdir()))}.ini"
        copy.write_bytes(file.read_bytes() if file.exists() else b"")
        text = str(QSettings(str(copy), QSettings.Format.IniFormat).value("session/recipe", ""))
        return from_json(text).layer if text else None

    with started(qtbot, QSettings(str(file), QSettings.Format.IniFormat)) as session:
        for _ in range(2):
            session.state.step_layer(1)
            assert session.state.layer is not None
            qtbot.waitUntil(lambda: kept() == session.state.layer)


def test_that_what_has_not_changed_is_not_written_again(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    with started(qtbot, QSettings(str(file), QSettings.Format.IniFormat)) as session:
        session.save()
        file.unlink()
        session.save()
        assert not file.exists()
    assert file.exists()


def test_that_two_windows_keep_each_others_recent_entries(qtbot: QtBot, tmp_path: Path) -> None:
    file = str(tmp_path / "settings.ini")
    with started(qtbot, QSettings(file, QSettings.Format.IniFormat)) as session:
        session.feed.opened.emit("mine.png")
        subprocess.run([sys.executable, "-c", OTHER, file], check=True)
        session.feed.opened.emit("mine too.png")
        assert session.recent("recent/pictures")[:3] == ["mine too.png", "another's.png", "mine.png"]


OTHER = """
import sys
from PySide6.QtCore import QSettings
settings = QSettings(sys.argv[1], QSettings.Format.IniFormat)
settings.setValue("recent/pictures", ["another's.png", settings.value("recent/pictures")])
settings.sync()
"""


def test_that_it_is_said_once_when_nothing_can_be_kept(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = QSettings(str(tmp_path / "file" / "settings.ini"), QSettings.Format.IniFormat)
    with started(qtbot, settings) as session:
        session.save()
        notice = session.window.notice
        assert "is not kept for the next start" in notice.sentence
        assert "settings.ini" in notice.sentence
        notice.close_by_hand()
        session.state.set_look(smooth=True)
        session.save()
        assert notice.sentence == ""
