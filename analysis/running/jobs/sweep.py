"""A whole population through a network, beside the one that is loaded; stopped at any moment, it goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.protocol.events import Event, JobProgress, SweepEnded
from analysis.protocol.problems import Problem
from analysis.protocol.requests import SweepRequest
from analysis.running.kept_networks import opened_beside
from analysis.running.workbench import Workbench

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.sweeps.sweep import Sweep, SweepStep


def run_sweep(bench: Workbench, request: SweepRequest) -> Iterator[Event]:
    from analysis.datasets.opening import data_set
    from analysis.sweeps.atlas import Atlas
    from analysis.sweeps.by_runtime import decided, made_ready
    from analysis.sweeps.choosing import laid_out_spec, swept_layers
    from analysis.sweeps.engines.in_process import InProcess
    from analysis.sweeps.finishing import finish
    from analysis.sweeps.sweep import Sweep, spec_in

    folder = Path(request.folder)
    spec = spec_in(folder)
    yield JobProgress(request.id, "Sweep", 0, 0, "Listing the pictures")
    data = data_set(request.data) if request.data else None
    choice = spec.model if spec is not None else request.choice
    loading = opened_beside(bench, choice, request.device, request.agreed)
    while True:
        try:
            step = next(loading)
        except StopIteration as end:
            network = end.value
            break
        yield JobProgress(request.id, "Sweep", step.done, step.total, step.note)
    if spec is not None and spec.model.weights_hash != network.choice.weights_hash:
        raise Problem(f"The atlas in {folder} was begun with other weights: choose another folder.")
    if spec is None:
        if data is None:
            raise Problem(f"There is no sweep in {folder} to go on with: choose a folder that one was begun in.")
        spec = laid_out_spec(network, swept_layers(network, request.layers), data.count, undecided=True)
        deciding = decided(network, spec)
        while True:
            try:
                next(deciding)
            except StopIteration as end:
                spec = end.value
                break
            yield JobProgress(request.id, "Sweep", 0, 0, "Looking for the quickest way")
    for _ in made_ready(network, spec):
        yield JobProgress(request.id, "Sweep", 0, 0, "Looking for the quickest way")
    sweep = Sweep(folder, spec, request.agreed)
    try:
        if data is not None:
            sweep.over(data, request.data)
        remarks = (*sweep.changes.in_words(), *(data.notes if data is not None else ()))
        engine = InProcess(network)
        try:
            shown = 0
            with closing(sweep.steps(engine)) as steps:
                for one in steps:
                    yield JobProgress(request.id, "Sweep", one.done, one.total, one.in_words())
                    if 2 * shown <= one.kept < one.total and one.kept:  # of so many more that it is worth the time
                        shown = one.kept
                        yield from _so_far(request, sweep, network, one)
        finally:
            engine.close()
        for part in finish(sweep, network):
            yield JobProgress(request.id, "Putting the atlas together", part.done, part.total, part.note)
    finally:
        sweep.close()
    atlas = Atlas(folder)
    bad = int(atlas.about["bad"])
    named = tuple(f"{'It is' if bad == 1 else 'One of them is'} {line}" for line in atlas.left_out(1)[:1])
    yield SweepEnded(request.id, request.folder, atlas.pictures, atlas.units, bad, (*named, *remarks))


def _so_far(request: SweepRequest, sweep: Sweep, network: Network, step: SweepStep) -> Iterator[Event]:
    """The atlas of the shards that are done. The one of the whole takes its place, and is the same as without it."""
    from analysis.sweeps.atlas import Atlas
    from analysis.sweeps.finishing import finish

    try:
        for _ in finish(sweep, network):
            note = f"{step.in_words()}; what is there so far is put together"
            yield JobProgress(request.id, "Sweep", step.done, step.total, note)
        atlas = Atlas(Path(request.folder))
    except Problem:  # such as a full disk, which the sweep itself will tell of
        return
    bad = int(atlas.about["bad"])
    yield SweepEnded(request.id, request.folder, atlas.pictures, atlas.units, bad, left=step.total - step.kept)
