"""What is seen as a command or as Python on the clipboard, so that it can be pasted and runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtGui import QGuiApplication

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice, Recipe

if TYPE_CHECKING:
    from analysis.commands.copied import Around
    from analysis.protocol.frame import Pixels
    from gui.window.session import Session

PICTURES = "copied pictures"  # the folder of those that passed
SHOWN_FOR = 8000  # milliseconds


class Copying(QObject):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def as_command(self) -> None:
        from analysis.commands.copied import as_command

        self._copy(as_command, "a command")

    def as_python(self) -> None:
        from analysis.commands.copied import as_python

        self._copy(as_python, "Python")

    def _copy(self, written: Callable[[Recipe, Around], str], what: str) -> None:
        session = self._session
        if session.state.network is None:
            session.note("There is no network yet: wait for it, or choose one.")
            return
        recipe = session.recipe()
        around = self._around(recipe)
        try:
            text = written(self._with_picture_kept(recipe), around)
        except Problem as problem:
            session.window.notice.show_notice(str(problem))
            return
        QGuiApplication.clipboard().setText(text)

        session.window.statusBar().showMessage(f"Copied as {what}: {_in_short(recipe)}", SHOWN_FOR)

    def _around(self, recipe: Recipe) -> Around:
        from analysis.commands.copied import Around, trusts

        session = self._session
        choices = [recipe.model]
        if recipe.comparison is not None:
            choices += recipe.comparison.networks
        trusted = any(trusts(choice, session.agreed) for choice in choices)
        network = session.state.network
        side = network.preprocessing.side if network is not None else None
        return Around(session.device, trusted, side)

    def _with_picture_kept(self, recipe: Recipe) -> Recipe:
        """A picture that only passed, or is one of a film, is written down as it was seen."""
        from analysis.commands.copied import kept_for_good

        recipe = self._with_kept_side(recipe)
        frame = self._session.loop.seen
        if frame is None or recipe.picture is None or kept_for_good(recipe.picture):
            return recipe
        path = kept(frame.pixels)
        return replace(recipe, picture=PictureChoice(str(path)))

    def _with_kept_side(self, recipe: Recipe) -> Recipe:
        """Likewise the picture that is kept beside."""
        from analysis.commands.copied import kept_for_good

        frame, side = self._session.kept.frame, recipe.beside
        if side is None or frame is None or kept_for_good(side.picture):
            return recipe
        return replace(recipe, beside=replace(side, picture=PictureChoice(str(kept(frame.pixels)))))


def kept(pixels: Pixels) -> Path:
    """The file of this picture, the same one whenever it is asked for."""
    import io

    from PIL import Image

    from analysis.files.whole_file import write_whole
    from analysis.pictures.images import sha256_of

    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)) / PICTURES
    path = folder / f"{sha256_of(pixels)[:16]}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The picture could not be kept in {folder}: {error.strerror or error}.") from error
    if not path.exists():
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        write_whole(path, stream.getvalue())
    return path


def _in_short(recipe: Recipe) -> str:
    from analysis.methods.registry import method

    if recipe.comparison is not None:
        return "the comparison."
    return f"{method(recipe.method).title} of what you see."
