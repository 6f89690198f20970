"""Choosing a network: the catalogue, loading with progress, trust, devices; the window's side of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import CatalogueRequest, DeviceRequest, LoadRequest
from gui.lane.dispatcher import Dispatcher
from gui.lane.jobs import Job, Jobs
from gui.selection import State

if TYPE_CHECKING:
    from analysis.protocol.events import Catalogue, Failure, JobProgress, Loaded
    from analysis.protocol.preprocessing import Overruling


class Networks(QObject):
    """One load at a time: choosing another network cancels the load before it."""

    loading = Signal(str)  # the title of what is being loaded
    opening = Signal(object)  # ModelChoice, before anything of it is read
    progressed = Signal(object)
    failed = Signal(object)  # Failure
    trust_wanted = Signal(object, bool, object)  # Failure, whether the file was another before, what a yes calls
    noted = Signal(str)  # a sentence about the network that is here now
    cancelled = Signal()
    listed = Signal(object)  # Catalogue

    def __init__(self, state: State, dispatcher: Dispatcher, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._dispatcher = dispatcher
        self._jobs = jobs
        self._epoch = 0
        self._request: LoadRequest | None = None
        self._device = "auto"
        self._agreed: frozenset[CodeFile] = frozenset()
        self._recipe: Recipe | None = None
        dispatcher.loaded.connect(self._loaded)

    @property
    def device(self) -> str:
        return self._device

    @property
    def agreed(self) -> frozenset[CodeFile]:
        """The files that the person let run as programs, as they were then."""
        return self._agreed

    @property
    def busy(self) -> bool:
        """Whether the network that was asked for last is not here."""
        shown = self._state.network
        return self._request is not None and (shown is None or shown.epoch < self._request.epoch)

    def list_catalogue(self) -> None:
        request = CatalogueRequest(self._dispatcher.next_id())
        job = Job(request.id, "Listing networks", self._dispatcher, on_done=self._show_list, quiet=True)
        self._jobs.start(job, request)

    def load(
        self,
        choice: ModelChoice,
        recipe: Recipe | None = None,
        trusted: bool = False,
        remember: bool = False,
        said: Overruling | None = None,
    ) -> None:
        """`recipe` says what of the network to look at when it is here, `said` how it sees pictures.

        With `remember` the person says now how their own file sees pictures, which holds for the next time, too.
        """
        if self._request is not None:
            self._jobs.drop(self._request.id)
        self._epoch += 1
        self._recipe = recipe
        request = LoadRequest(
            self._dispatcher.next_id(), self._epoch, choice, self._device, trusted, self._agreed, remember, said
        )
        self._request = request
        job = Job(
            request.id,
            f"Loading {choice.name}",
            self._dispatcher,
            on_progress=self._progressed,
            on_failure=self._failed,
            on_end=self._ended,
            quiet=True,
        )
        self.loading.emit(choice.name)
        self.opening.emit(choice)
        self._jobs.start(job, request)

    @Slot()
    def cancel(self) -> None:
        if self._request is not None:
            self._jobs.cancel(self._request.id)

    def _trust(self, code: CodeFile, refused: LoadRequest, recipe: Recipe | None) -> None:
        """The person trusts the file that was refused, whatever else they have opened while the question stood."""
        self._agreed |= {code}
        self.load(refused.choice, recipe, remember=refused.remember, said=refused.said)

    @Slot(str)
    def use_device(self, device: str) -> None:
        self._device = device
        if self._state.network is None:
            return
        self._epoch += 1
        request = DeviceRequest(self._dispatcher.next_id(), self._epoch, device)
        job = Job(request.id, f"Moving to {device}", self._dispatcher, on_failure=self._failed, quiet=True)
        self._jobs.start(job, request)

    def choose_device(self, device: str) -> None:
        """The device of networks that are loaded from now on."""
        self._device = device

    def change_preprocessing(self, **changes: object) -> None:
        """The same network with another view of the picture; what is looked at stays."""
        network = self._state.network
        if network is None:
            return
        preprocessing = replace(network.preprocessing, **changes)  # type: ignore[arg-type]
        choice = replace(network.choice, preprocessing=preprocessing)
        state = self._state
        kept = Recipe(choice, layer=state.layer, unit=state.unit, place=state.place, target=state.target)
        self.load(choice, kept, remember=True)

    @Slot(object)
    def _progressed(self, progress: JobProgress) -> None:
        self.progressed.emit(progress)

    @Slot(object)
    def _loaded(self, network: Loaded) -> None:
        recipe, self._recipe = self._recipe, None
        self._agreed |= network.ran
        notes = list(network.notes)
        if recipe is None:
            state = self._state
            same = state.network is not None and state.network.choice.name == network.choice.name
            layer, unit = (state.layer, state.unit) if same else (None, None)
            target = state.target if same and _as_many_answers(network, state.network) else "class"
            self._state.set_network(network, layer, unit)
            self._state.set_target(target)
        else:
            self._state.set_network(network, recipe.layer, recipe.unit, recipe.place)
            self._state.set_target(recipe.target)
            if recipe.layer is not None and self._state.layer != recipe.layer:
                notes.insert(0, f"{network.title} has no layer {recipe.layer} that can be shown.")
        if notes:
            self.noted.emit(" ".join(notes))

    def _show_list(self, catalogue: Catalogue) -> None:
        self.listed.emit(catalogue)

    def _failed(self, failure: Failure) -> None:
        recipe, self._recipe = self._recipe, None
        code = failure.untrusted
        if code is not None and self._request is not None:
            changed = any(code.path == known.path for known in self._agreed)
            self.trust_wanted.emit(failure, changed, partial(self._trust, code, self._request, recipe))
        else:
            self.failed.emit(failure)

    def _ended(self, cancelled: bool) -> None:
        if cancelled:
            self._recipe = None
            self.cancelled.emit()


def _as_many_answers(network: Loaded, before: Loaded | None) -> bool:
    return before is not None and network.root.units == before.root.units
