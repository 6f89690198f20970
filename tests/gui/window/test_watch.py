"""The diary of the window: written only when asked for, of what is seen, and until the end."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from gui.window.watch import watch_if_asked
from tests.gui.beginning import begun
from tests.gui.window.test_opening_networks import Networks


def diary(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_that_it_tells_what_is_seen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "watch.jsonl"
    monkeypatch.setenv("UNDERHOOD_WATCH", str(path))
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, Networks) as session:
        watch_if_asked(session)
        session.note("Something worth knowing.")
        qtbot.waitUntil(lambda: path.read_text() != "")
        assert diary(path)[-1]["notice"] == "Something worth knowing."
        session.window.notice.clear()
        qtbot.waitUntil(lambda: diary(path)[-1]["notice"] == "")
        assert diary(path)[-1]["tab"] == "Activations"
    assert diary(path)[-1]["ended"]


def test_that_it_is_silent_unasked(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, Networks) as session:
        monkeypatch.delenv("UNDERHOOD_WATCH", raising=False)
        watch_if_asked(session)
        assert capsys.readouterr().err == ""
        monkeypatch.setenv("UNDERHOOD_WATCH", str(tmp_path / "no folder" / "watch.jsonl"))
        watch_if_asked(session)
        assert "cannot be written" in capsys.readouterr().err
