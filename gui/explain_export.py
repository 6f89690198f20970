"""Results of methods as figures: asks where to, draws them with their recipe, and writes the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from analysis.drawing.explanations import Look
    from analysis.drawing.page import Page
    from analysis.events import Loaded, MethodResult
    from analysis.recipe import Recipe

FIGURES = "Picture with its recipe (*.png);;Vector graphics (*.svg);;PDF (*.pdf)"


def ask_path(parent: QWidget, name: str) -> Path | None:
    """Where the person wants the figure; None if they changed their mind."""
    path, chosen = QFileDialog.getSaveFileName(parent, "Export figure", str(Path.home() / f"{name}.png"), FIGURES)
    if not path:
        return None
    suffix = chosen.rpartition("*")[2].rstrip(")")
    return Path(path) if Path(path).suffix.lower() in (".png", ".svg", ".pdf") else Path(path + suffix)


def write_result(result: MethodResult, network: Loaded | None, path: Path) -> None:
    """One result: the picture, its map and its scale."""
    from analysis.drawing.captions import Subject
    from analysis.drawing.figures import result_figure

    recipe = result.recipe
    node = network.root.find(recipe.layer) if network is not None and recipe.layer is not None else None
    title = network.title if network is not None else recipe.model.name
    labels = network.labels if network is not None else None
    with _waiting():
        _write(result_figure(Subject(recipe, title, result.picture, node, labels), result.arrays), recipe, path)


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
