"""The same rules as for the other tests of the window, and what the real engine needs beside them."""

import gc
from collections.abc import Iterator

import pytest

from tests.gui.conftest import nothing_left_behind, settings_of_its_own

__all__ = ["nothing_left_behind", "settings_of_its_own"]


@pytest.fixture(autouse=True)
def garbage_is_left_to_this_thread(nothing_left_behind: None) -> Iterator[None]:
    """As in the program: a widget that is collected on the engine's thread crashes."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def closing_waits_for_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the import of torchvision, which nothing interrupts, takes longer than a person would wait."""
    monkeypatch.setattr("gui.dispatcher.PATIENCE", 60_000)
