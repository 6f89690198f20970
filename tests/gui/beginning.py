"""A session that has begun with an engine of a test's own, its commands bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice
from gui.lane.worker import EngineLike
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.session import Session


@contextmanager
def begun(qtbot: QtBot, settings: QSettings, engine: Callable[[], EngineLike]) -> Iterator[Session]:
    """Once the networks are listed."""
    session = Session(WindowOptions(model=ModelChoice("lenet")), settings, engine)
    session.bindings = Bindings(session)  # type: ignore[attr-defined]  # kept alive with the session
    qtbot.addWidget(session.window)
    with qtbot.waitSignal(session.networks.listed):
        session.begin()
    yield session
    session.window.close()
