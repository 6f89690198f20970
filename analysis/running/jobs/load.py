"""A network is opened, or taken from those that were opened before."""

from collections.abc import Generator, Iterator
from dataclasses import replace

import torch

from analysis.network import devices
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.protocol.events import Event, JobProgress
from analysis.protocol.preprocessing import Overruling, Preprocessing
from analysis.protocol.requests import LoadRequest
from analysis.running.shelf import place_of
from analysis.running.workbench import Workbench, placed


def load(bench: Workbench, request: LoadRequest) -> Iterator[Event]:
    device = devices.choose(request.device)
    consent = Consent(request.agreed, request.trusted)
    place = None if request.remember or request.said else place_of(request.choice, device)
    notes: tuple[str, ...] = ()
    network = bench.shelf.take(place)
    if network is None:
        network, notes = yield from _opened(request, consent, device)
        if not notes:
            bench.shelf.keep(place, network, bench.lane.most_networks, bench.lane.most_bytes)
    bench.take(network, request.epoch)
    notes = (*notes, *network.notes)
    wanted = request.choice.weights_hash
    if wanted is not None and wanted != network.choice.weights_hash:
        notes = (*notes, "These weights are not those of the recipe: what you see will differ from it.")
    yield replace(bench.loaded(request.id, notes), ran=consent.ran)


def _opened(
    request: LoadRequest, consent: Consent, device: torch.device
) -> Generator[Event, None, tuple[Network, tuple[str, ...]]]:
    before: list[Preprocessing] = []

    def overruled(preprocessing: Preprocessing) -> Preprocessing:
        before.append(preprocessing)
        return (request.said or Overruling()).over(preprocessing)

    steps = catalogue.load(request.choice, consent, request.remember, overruled if request.said else None)
    title = f"Loading {request.choice.name}"
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            network, notes = placed(stop.value, device)
            if request.said is not None and before:
                network = replace(network, notes=(*network.notes, *request.said.notes(before[-1])))
            return network, notes
        yield JobProgress(request.id, title, step.done, step.total, step.note)
