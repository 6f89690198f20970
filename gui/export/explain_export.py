"""Results of methods as figures, drawn with their recipe while the cursor waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.export.figures import write_figure

if TYPE_CHECKING:
    from analysis.protocol.events import Loaded, MethodResult
    from analysis.studies.grid import Compared


def write_result(result: MethodResult, network: Loaded | None, path: Path) -> None:
    """One result: the picture, its map and its scale."""
    with _waiting():
        write_figure(result, network, path)


def write_comparison(compared: Compared, path: Path) -> None:
    """The whole grid on one page, with the recipe of all of it."""
    from analysis.files.whole_file import write_whole

    with _waiting():
        write_whole(path, comparison_bytes(compared, path.suffix.lower()))


def comparison_bytes(compared: Compared, suffix: str) -> bytes:
    from analysis.drawing.comparison import comparison_figure

    return comparison_figure(compared).saved(suffix, compared.recipe)


@contextmanager
def _waiting() -> Iterator[None]:
    """The waiting cursor: the first figure imports matplotlib, which takes a moment."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
