"""Results of methods as figures, drawn with their recipe while the cursor waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.exporting import write_figure

if TYPE_CHECKING:
    from analysis.drawing.explanations import Look
    from analysis.drawing.page import Page
    from analysis.events import Loaded, MethodResult
    from analysis.recipe import Recipe


def write_result(result: MethodResult, network: Loaded | None, path: Path) -> None:
    """One result: the picture, its map and its scale."""
    with _waiting():
        write_figure(result, network, path)


def write_comparison(results: Sequence[MethodResult], look: Look, shared: bool, path: Path) -> None:
    """Many results on one page."""
    from analysis.drawing.comparison import comparison_figure

    with _waiting():
        _write(comparison_figure(results, look, shared), results[0].recipe, path)


def _write(page: Page, recipe: Recipe, path: Path) -> None:
    from analysis.whole_file import write_whole

    write_whole(path, page.saved(path.suffix.lower(), recipe))


@contextmanager
def _waiting() -> Iterator[None]:
    """The waiting cursor: the first figure imports matplotlib, which takes a moment."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
