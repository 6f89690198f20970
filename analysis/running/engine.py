"""The only owner of the network and its device: serves live frames and steps jobs, on one thread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import torch

from analysis.methods.dependence import what_mattered
from analysis.methods.method import Progress
from analysis.methods.registry import method
from analysis.methods.settings import configured, written
from analysis.network import devices
from analysis.network.doctor import examine
from analysis.network.network import Network, as_array
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.pictures.images import sha256_of
from analysis.protocol.events import Answer, Catalogue, Event, Examined, JobProgress, Live, Loaded, MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice
from analysis.protocol.requests import (
    AnswerRequest,
    CatalogueRequest,
    DeviceRequest,
    ExamineRequest,
    JobRequest,
    LiveRequest,
    LoadRequest,
    MethodRequest,
    backward_of,
)
from analysis.protocol.target import parse
from analysis.question.pace import Pace
from analysis.question.question import Question
from analysis.question.scalar import class_vector
from analysis.quick.layout import laid_out
from analysis.running.live import LiveView

_STREAMING = 1.0  # seconds after its last picture a stream counts as over


class Engine:
    """Every method is called on the thread that made it. A job is a generator of short steps; closing it cancels it."""

    def __init__(self) -> None:
        self._network: Network | None = None
        self._epoch = 0
        self._live: LiveView | None = None
        self._moved = -math.inf  # when a picture of a stream was answered last

    def live(self, request: LiveRequest) -> Live | Loaded | None:
        """The answer to a live request; None if it is for a network that is not here (any more).

        When the graphics memory is full the network moves to the processor, and the answer is the news of that.
        """
        if self._live is None or request.epoch != self._epoch:
            return None
        if request.frame.moving:
            self._moved = perf_counter()
        try:
            return self._live.answer(request, self._epoch)
        except torch.OutOfMemoryError:
            return self._fall_back(request.id)

    def answer(self, request: AnswerRequest) -> Answer | None:
        """One forward pass; None if it is asked of a network that is not here (any more)."""
        if self._network is None or request.epoch != self._epoch:
            return None
        with torch.no_grad():
            logits = class_vector(self._network, self._network.input_of_fitted(request.picture))
        return Answer(request.id, as_array(logits[0]))

    def job(self, request: JobRequest) -> Iterator[Event]:
        """The steps of a job, each an event; Problem and other exceptions come out of it as they are."""
        match request:
            case LoadRequest():
                return self._load(request)
            case DeviceRequest():
                return self._move(request)
            case MethodRequest():
                return self._method(request)
            case CatalogueRequest():
                return self._catalogue(request)
            case ExamineRequest():
                return self._examine(request)

    def _catalogue(self, request: CatalogueRequest) -> Iterator[Event]:
        yield Catalogue(request.id, catalogue.entries())

    def _examine(self, request: ExamineRequest) -> Iterator[Event]:
        findings = sorted(examine(self._needed()), key=lambda found: ("error", "warning", "note").index(found.severity))
        yield Examined(request.id, self._epoch, tuple((found.severity, found.sentence) for found in findings))

    def _load(self, request: LoadRequest) -> Iterator[Event]:
        device = devices.choose(request.device)
        consent = Consent(request.agreed, request.trusted)
        steps = catalogue.load(request.choice, consent, request.remember)
        title = f"Loading {request.choice.name}"
        while True:
            try:
                step = next(steps)
            except StopIteration as stop:
                network: Network = stop.value
                break
            yield JobProgress(request.id, title, step.done, step.total, step.note)
        placed, notes = _placed(network, device)
        self._take(placed, request.epoch)
        notes = (*notes, *network.notes)
        wanted = request.choice.weights_hash
        if wanted is not None and wanted != network.choice.weights_hash:
            notes = (*notes, "These weights are not those of the recipe: what you see will differ from it.")
        yield replace(self._loaded(request.id, notes), ran=consent.ran)

    def _move(self, request: DeviceRequest) -> Iterator[Event]:
        network = self._needed()
        device = devices.choose(request.device)
        placed, notes = _placed(network, device)
        self._take(placed, request.epoch)
        yield self._loaded(request.id, notes)

    def _method(self, request: MethodRequest) -> Iterator[Event]:
        network = self._needed()
        if request.epoch != self._epoch:
            raise Problem("Another network has come since this was asked: ask it of that one.")
        recipe = request.recipe
        technique = configured(method(recipe.method), recipe.settings, network.preprocessing.side)
        picture = network.picture(request.frame.pixels)
        context = Question(
            network=network,
            input=network.input_of_fitted(picture),
            layer=recipe.layer,
            unit=recipe.unit,
            target=parse(recipe.target),
            seed=recipe.seed,
            backward=backward_of(recipe),
            pace=Pace(self._is_streaming),
        )
        last: Progress | None = None
        try:
            for last in context.pace.watch(technique.run(context)):
                yield JobProgress(request.id, technique.title, last.done, last.total, last.note, last.result)
        except torch.OutOfMemoryError as error:
            raise Problem(f"{technique.title} needs more memory than {network.device} has; choose the CPU.") from error
        if last is None or last.result is None:
            raise Problem(f"{technique.title} gave no result.")
        chosen = PictureChoice(request.frame.origin, sha256_of(request.frame.pixels))
        if recipe.picture is not None:
            chosen = replace(chosen, mirrored=recipe.picture.mirrored)
        full = replace(
            what_mattered(recipe),
            model=network.choice,
            picture=chosen,
            settings=written(technique, network.preprocessing.side),
        )
        yield MethodResult(request.id, full, picture, last.result)

    def _is_streaming(self) -> bool:
        """Whether moving pictures come, of which each waits for a step of the job."""
        return perf_counter() - self._moved < _STREAMING

    def _needed(self) -> Network:
        if self._network is None:
            raise Problem("There is no network yet; choose one in the Network dock.")
        return self._network

    def _take(self, network: Network, epoch: int) -> None:
        self._network, self._epoch = network, epoch
        self._live = LiveView(network)

    def _loaded(self, request_id: int, notes: tuple[str, ...]) -> Loaded:
        network = self._needed()
        return Loaded(
            request_id=request_id,
            epoch=self._epoch,
            choice=network.choice,
            title=network.title,
            root=network.root,
            preprocessing=network.preprocessing,
            labels=network.labels,
            output=network.output,
            device=devices.describe(network.device),
            devices=devices.available(),
            first_layer=_first_layer(network),
            notes=notes,
        )

    def _fall_back(self, request_id: int) -> Loaded:
        network = self._needed()
        self._live = None
        torch.cuda.empty_cache()
        self._take(laid_out(network.moved(torch.device("cpu"))), self._epoch)
        return self._loaded(request_id, ("The GPU's memory is full; the network runs on the CPU now.",))


def _placed(network: Network, device: torch.device) -> tuple[Network, tuple[str, ...]]:
    """On the device, or on the processor where that has no room for it, with what there is to say about that."""
    try:
        return laid_out(network.moved(device)), ()
    except torch.OutOfMemoryError:
        on_cpu = laid_out(network.moved(torch.device("cpu")))
        return on_cpu, ("The GPU's memory is full; the network runs on the CPU.",)


def _first_layer(network: Network) -> str | None:
    """The first layer with several maps: what a person wants to see before having chosen."""
    drawable = [node for node in network.root.walk() if node.kind is not None and not node.children]
    several = [node for node in drawable if node.kind == "map" and node.units > 1]
    chosen = next(iter(several or drawable), None)
    return chosen.path if chosen is not None else None
