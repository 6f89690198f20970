"""Figures and recipes: asking where to, drawing beside the window, and saying how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication, QImage

from analysis.protocol.requests import DrawRequest, MethodRequest
from gui.export import figures
from gui.lane.jobs import Job
from gui.views.layer_words import path_in_words

if TYPE_CHECKING:
    from analysis.protocol.events import Drawn, Failure, Loaded, MethodResult
    from analysis.protocol.recipe import Recipe
    from gui.export.figures import Shown
    from gui.window.session import Session


@dataclass
class _Asked:
    """What a figure is of: it is computed while the person thinks of a name, so that it is of what they saw then."""

    network: Loaded
    result: MethodResult | None = None
    draw: Callable[[MethodResult], None] | None = None  # once it is known where to

    def take(self, result: MethodResult) -> None:
        self.result = result
        self._go_on()

    def use(self, draw: Callable[[MethodResult], None]) -> None:
        self.draw = draw
        self._go_on()

    def _go_on(self) -> None:
        if self.result is not None and self.draw is not None:
            self.draw(self.result)


class Exporting(QObject):
    """Figures of what is seen live: the engine computes the layer's maps, the page is drawn on another thread."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._window = session.window
        self._readings: list[object] = []

    # what the commands do

    def export(self) -> None:
        """The figure of what the Activations tab shows: the chosen unit, or the layer's mosaic."""
        if not self._ready():
            return
        state = self._session.state
        name = path_in_words(state.layer)
        if state.unit is not None and not (state.backward is not None and state.backward.in_mosaic):
            name += f" unit {state.unit}"
        asked, job = self._compute()
        path = figures.ask_path(self._window, name, figures.FIGURES, "Export figure")
        if path is None:
            self._session.jobs.drop(job)
        else:
            asked.use(partial(self._draw_to, path, asked.network))

    @Slot(object)
    def export_shown(self, shown: Shown) -> None:
        """The figure of what is on the screen now, whatever comes while the person thinks of a name."""
        network = self._session.state.network
        path = figures.ask_path(self._window, figures.name_of(shown), figures.FIGURES, "Export figure")
        if path is not None:
            work = partial(figures.write_figure, shown, network, path)
            self._in_background(work, f"Written to {path}.", "The figure could not be exported")

    @Slot(object, str)
    def draw(self, recipe: Recipe, name: str) -> None:
        """The figure of what a recipe describes, computed beside whatever is in the window."""
        path = figures.ask_path(self._window, name, figures.FIGURES, "Draw the figure")
        if path is not None:
            self.draw_to(path, recipe, name)

    def draw_to(self, path: Path, recipe: Recipe, name: str) -> None:
        session = self._session
        lane = session.lanes["gallery"]
        request = DrawRequest(lane.next_id(), recipe, path.suffix.lower(), device=session.device, agreed=session.agreed)
        job = Job(
            request.id, f"Drawing {name}", lane, on_done=partial(self._write_drawn, path), on_failure=self._failed
        )
        session.jobs.start(job, request)

    def _write_drawn(self, path: Path, drawn: Drawn) -> None:
        from analysis.files.whole_file import write_whole

        assert drawn.content is not None
        work = partial(write_whole, path, drawn.content)
        self._in_background(work, f"Written to {path}.", "The figure could not be written")

    def copy_shown(self, shown: Shown) -> None:
        draw = partial(figures.figure_bytes, shown, self._session.state.network, ".png")
        self.copy_drawn(draw, figures.in_words(shown))

    def export_window(self) -> None:
        """A picture of the whole window as it is, with the recipe that brings it back."""
        shot, recipe = self._window.grab().toImage(), self._session.recipe(at_once=True)
        path = figures.ask_path(self._window, "underhood", "Picture with its recipe (*.png)", "Export window")
        if path is not None:
            work = partial(figures.write_shot, shot, recipe, path)
            self._in_background(work, f"Written to {path}.", "The window could not be exported")

    def copy_figure(self) -> None:
        if self._ready():
            asked, _ = self._compute()
            asked.use(partial(self._draw_to_clipboard, asked.network))

    def save_recipe(self) -> None:
        recipe, frame = self._session.recipe(), self._session.loop.seen
        path = figures.ask_path(self._window, "recipe", "Recipe (*.json)", "Save recipe")
        if path is not None:
            work = partial(figures.write_recipe, recipe, frame, path)
            self._in_background(work, f"Written to {path}.", "The recipe could not be saved")

    # how they do it

    def _ready(self) -> bool:
        session = self._session
        ready = session.state.network is not None and session.state.layer is not None and session.loop.frame is not None
        if not ready:
            session.note("There is nothing to export yet: a network, a layer and a picture are needed.")
        return ready

    def _compute(self) -> tuple[_Asked, int]:
        """Begins with what is seen now; and the number of the job."""
        session = self._session
        network, frame = session.state.network, session.loop.seen
        assert network is not None
        assert frame is not None
        asked = _Asked(network)
        wanted = replace(session.looked_at(), method="activations", settings={})
        beside = session.kept.frame if session.kept.on else None
        request = MethodRequest(session.dispatcher.next_id(), network.epoch, wanted, frame, at_once=True, beside=beside)
        job = Job(
            request.id,
            "Computing the figure",
            session.dispatcher,
            on_done=asked.take,
            on_failure=self._failed,
            quiet=True,
        )
        session.jobs.start(job, request)
        return asked, request.id

    def _draw_to(self, path: Path, network: Loaded, result: MethodResult) -> None:
        work = partial(figures.write_figure, result, network, path)
        self._in_background(work, f"Written to {path}.", "The figure could not be exported")

    def _draw_to_clipboard(self, network: Loaded, result: MethodResult) -> None:
        self.copy_drawn(partial(figures.figure_bytes, result, network, ".png"), figures.in_words(result))

    def copy_drawn(self, draw: Callable[[], bytes], what: str) -> None:
        self._in_background(draw, f"Copied the figure of {what}.", "The figure could not be copied", self._copy)

    def _copy(self, png: object) -> None:
        assert isinstance(png, bytes)
        QGuiApplication.clipboard().setImage(QImage.fromData(png))

    def _failed(self, failure: Failure) -> None:
        self._window.notice.show_notice(failure.summary, details=failure.traceback)

    def _in_background(
        self, work: Callable[[], object], words: str, tried: str, then: Callable[[object], None] | None = None
    ) -> None:
        from gui.lane.background import read

        self._window.statusBar().showMessage("Writing…")
        reading = read(work, tried=tried)
        self._readings.append(reading)
        outcome = _Outcome(self, words, then, reading)
        reading.done.connect(outcome.done)
        reading.failed.connect(outcome.failed)


class _Outcome(QObject):
    """Tells how one piece of background work ended."""

    def __init__(self, owner: Exporting, words: str, then: Callable[[object], None] | None, reading: object) -> None:
        super().__init__(owner)
        self._owner, self._words, self._then, self._reading = owner, words, then, reading

    @Slot(object)
    def done(self, result: object) -> None:
        if self._then is not None:
            self._then(result)
        self._owner._window.statusBar().showMessage(self._words, 8000)
        self._end()

    @Slot(str, str)
    def failed(self, sentence: str, details: str) -> None:
        self._owner._window.statusBar().clearMessage()
        self._owner._window.notice.show_notice(sentence, details=details)
        self._end()

    def _end(self) -> None:
        self._owner._readings.remove(self._reading)
        self.deleteLater()
