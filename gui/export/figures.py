"""Figures and recipes as files: asking where to, and what is written. Below the line another thread writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QDir
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox, QWidget

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, to_json
from gui.forms.file_dialogs import ask_where_to
from gui.views.layer_words import path_in_words

if TYPE_CHECKING:
    from analysis.protocol.events import Loaded, MethodResult
    from analysis.protocol.frame import Frame
    from analysis.studies.grid import Compared

    Shown: TypeAlias = MethodResult | Compared


NUMBERS = ".npz"
ELSEWHERE = (NUMBERS, ".json", ".csv", ".npy", ".pt", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".mp4")
FIGURES = "Picture with its recipe (*.png);;Vector graphics (*.svg);;PDF (*.pdf)"


def ask_path(parent: QWidget, name: str, kinds: str, title: str) -> Path | None:
    """Where the person wants the file; None if they changed their mind. A missing suffix is that of the kind."""
    suffixes = [kind.rpartition("*")[2].rstrip(")") for kind in kinds.split(";;")]
    path, chosen = ask_where_to(parent, title, QDir.home().filePath(name + suffixes[0]), kinds)
    if not path or Path(path).suffix.lower() in suffixes:
        return Path(path) if path else None
    if Path(path).suffix.lower() in ELSEWHERE:  # a kind of its own, and no part of a name such as “layer1.0.conv1”
        QMessageBox.information(parent, title, _no_such_kind(Path(path), suffixes))
        return None
    completed = Path(path + (chosen.rpartition("*")[2].rstrip(")") or suffixes[0]))
    return completed if not completed.exists() or _may_replace(parent, completed) else None


def _no_such_kind(path: Path, suffixes: list[str]) -> str:
    words = f"“{path.name}” cannot be written from here: its name has to end in {', '.join(suffixes)}."
    if path.suffix.lower() == NUMBERS and ".svg" in suffixes:
        words += " The numbers behind a figure are written by the command that “Copy as command” (File menu) gives, "
        words += f"with {path.name} after its -o."
    return words


def _may_replace(parent: QWidget, path: Path) -> bool:
    """The dialog asked about the name as it was typed, not about the one with its suffix."""
    question = f"{path.name} exists already. Replace it?"
    return QMessageBox.question(parent, "Replace the file", question) == QMessageBox.StandardButton.Yes


def name_of(shown: Shown) -> str:
    """That is proposed for its file."""
    return "comparison" if shown.recipe.comparison is not None else shown.recipe.method


def in_words(shown: Shown) -> str:
    """What the figure is of, for who has just copied it."""
    from analysis.methods.registry import method
    from analysis.results.kinds import Maps

    recipe = shown.recipe
    if recipe.comparison is not None:
        rows, columns = len(recipe.comparison.methods), len(recipe.comparison.networks)
        return f"the comparison, {rows}×{columns} maps"
    technique = method(recipe.method)
    unit = f"unit {recipe.unit} · " if recipe.unit is not None else ""
    place = f"{unit}{path_in_words(recipe.layer)}" if recipe.layer is not None else ""
    if technique.gives is Maps:
        return f"{place} side by side" if recipe.beside is not None else place
    about = f" of {place}" if unit else f" for {recipe.target_name}" if recipe.target_name else ""
    return f"{technique.title}{about}"


def figure_bytes(shown: Shown, network: Loaded | None, suffix: str) -> bytes:
    """A result, or the whole grid of a comparison on one page, with its recipe."""
    from analysis.drawing.comparison import comparison_figure
    from analysis.studies.grid import Compared

    if isinstance(shown, Compared):
        return comparison_figure(shown).saved(suffix, shown.recipe)
    return _result_bytes(shown, network, suffix)


def _result_bytes(result: MethodResult, network: Loaded | None, suffix: str) -> bytes:
    from analysis.drawing.bare_picture import bare_picture
    from analysis.drawing.captions import Subject
    from analysis.drawing.results import page_of

    recipe, network = result.recipe, result.network or network
    bare = bare_picture(recipe, result.result, suffix)
    if bare is not None:
        return bare
    node = network.root.find(recipe.layer) if network is not None and recipe.layer is not None else None
    title = network.title if network is not None else recipe.model.name
    labels = network.labels if network is not None else None
    numbers = network.numbers if network is not None else "class"
    beside = recipe.beside.layer or recipe.layer if recipe.beside is not None else None
    other = network.root.find(beside) if network is not None and beside is not None else None
    subject = Subject(recipe, title, result.picture, node, labels, result.logits, numbers, result.remark, other)
    return page_of(subject, result.result).saved(suffix, recipe)


def write_figure(shown: Shown, network: Loaded | None, path: Path) -> None:
    from analysis.files.whole_file import check_output, write_whole

    check_output(path, (".png", ".svg", ".pdf"))
    write_whole(path, figure_bytes(shown, network, path.suffix.lower()))


def write_recipe(recipe: Recipe, frame: Frame | None, path: Path) -> None:
    from analysis.files.whole_file import check_output, write_whole

    check_output(path, (".json",))
    write_whole(path, to_json(_with_fingerprint(recipe, frame)).encode())


def write_shot(shot: QImage, recipe: Recipe, path: Path) -> None:
    from analysis.files.recipe_inside import png_with
    from analysis.files.whole_file import check_output, write_whole

    check_output(path, (".png",))
    write_whole(path, png_with(recipe, png_of(shot)))


def png_of(shot: QImage) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(shot):
        raise Problem("The window could not be made into a picture: there is not enough memory for it.")
    return bytes(content.data())


def _with_fingerprint(recipe: Recipe, frame: Frame | None) -> Recipe:
    if recipe.picture is None or frame is None:
        return recipe
    from analysis.pictures.images import sha256_of

    return replace(recipe, picture=replace(recipe.picture, sha256=sha256_of(frame.exact)))
