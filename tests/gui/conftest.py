"""Fixtures for every test of the window: settings of its own, and nothing left behind when it is over."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import Shiboken


@pytest.fixture(autouse=True)
def settings_of_its_own(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """QSettings() and the memory of own files write to this test's folder, never to the person's own settings."""
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "memory"))
    QCoreApplication.setOrganizationName("Underhood tests")
    QCoreApplication.setApplicationName("Underhood")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(tmp_path / "settings"))


@pytest.fixture(autouse=True)
def garbage_is_left_to_this_thread() -> Iterator[None]:
    """As in the program: where widgets are collected on another thread, they crash or wait for each other for ever."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a running thread, an active timer or a window behind."""
    before = {id(thing) for thing in _still_there()}
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    yield
    if (qapp.styleSheet(), qapp.palette(), qapp.font()) != (sheet, palette, font):
        qapp.setStyleSheet(sheet)
        qapp.setPalette(palette)
        qapp.setFont(font)
    if _new_since(before):
        gc.collect()  # widgets in a reference cycle go only now; costs too much to do after every test
    left = _new_since(before)
    assert not left, f"the test left behind: {', '.join(left)}"


def _new_since(before: set[int]) -> list[str]:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return [f"{type(thing).__name__} “{thing.objectName()}”" for thing in _still_there() if id(thing) not in before]


def _still_there() -> list[QObject]:
    """Every running thread, active timer and window that Python can see."""
    things: list[QObject] = list(QApplication.topLevelWidgets())
    gui_thread = QThread.currentThread()
    for thing in Shiboken.getAllValidWrappers():
        if isinstance(thing, QThread):
            running = thing is not gui_thread and thing.isRunning()
        else:
            running = isinstance(thing, QTimer) and thing.isActive()
        if running:
            things.append(thing)
    return things
