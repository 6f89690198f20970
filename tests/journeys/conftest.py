"""The same rules as for the other tests of the window, and what the real engine needs beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.session import Session
from tests.gui.conftest import garbage_is_left_to_this_thread, nothing_left_behind, settings_of_its_own

LONG = 60_000  # milliseconds, most of them for importing torch

__all__ = ["garbage_is_left_to_this_thread", "nothing_left_behind", "settings_of_its_own"]


@pytest.fixture(autouse=True)
def closing_waits_for_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the import of torchvision, which nothing interrupts, takes longer than a person would wait."""
    monkeypatch.setattr("gui.lane.dispatcher.PATIENCE", 60_000)


@contextmanager
def begun(options: WindowOptions, qtbot: QtBot, folder: Path) -> Iterator[Session]:
    """A session with the real engine after its first answer, with settings of its own; closed at the end."""
    session = Session(options, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    session.bindings = Bindings(session)  # type: ignore[attr-defined]  # kept alive with the session
    qtbot.addWidget(session.window)
    session.window.show()
    with qtbot.waitSignal(session.first_answer, timeout=LONG):
        session.begin()
    yield session
    session.window.close()
