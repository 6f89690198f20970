"""A method runs on the recipe's own network, apart from the one that is looked at: what trains, trains a copy."""

from collections.abc import Iterator
from dataclasses import replace

from analysis.methods.run import resolved
from analysis.protocol.events import Event, MethodResult
from analysis.protocol.recipe import PictureChoice
from analysis.protocol.requests import ApartRequest
from analysis.running.jobs.folder import folder_of
from analysis.running.jobs.method import stepped
from analysis.running.kept_networks import opened_beside
from analysis.running.workbench import Workbench


def run_apart(bench: Workbench, request: ApartRequest) -> Iterator[Event]:
    """The steps of opening the network say nothing: it is a small one, or one that is opened already."""
    opening = opened_beside(bench, request.recipe.model, request.device, request.agreed)
    while True:
        try:
            next(opening)
        except StopIteration as stop:
            network = stop.value
            break
    frame, asked_of, picture = request.frame, request.recipe.picture, None
    if frame is not None:
        picture = PictureChoice(frame.origin, mirrored=asked_of is not None and asked_of.mirrored)
    recipe = replace(request.recipe, picture=picture)
    given = frame.exact if frame is not None else None
    with folder_of(request.folder, recipe) as folder:
        keep = folder.place if folder is not None else None
        asked = resolved(network, recipe, given, bench.lane.stream.is_on, reins=request.reins, keep=keep)
        ran = yield from stepped(asked, request.id, request.reins)
        if folder is not None:
            folder.keep(ran)
    yield MethodResult(request.id, ran.recipe, asked.picture, ran.result, ran.logits)
