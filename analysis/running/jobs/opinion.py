"""What another network answers to some pictures, each as it comes out of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from analysis.network.full_precision import full_precision
from analysis.protocol.answer_words import softmax
from analysis.protocol.events import Event, JobProgress, Opinion
from analysis.protocol.problems import Problem
from analysis.protocol.requests import OpinionRequest
from analysis.question.scalar import class_vector
from analysis.running.kept_networks import opened_beside
from analysis.running.workbench import Workbench

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.protocol.frame import Pixels

TITLE = "Another network's answer"


def ask_another(bench: Workbench, request: OpinionRequest) -> Iterator[Event]:
    steps = opened_beside(bench, request.choice, request.device, request.agreed)
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            network: Network = stop.value
            break
        yield JobProgress(request.id, TITLE, step.done, step.total, step.note)
    if network.output != "classes":
        raise Problem(f"{network.title} does not answer with classes: ask a network that tells classes apart.")
    answers = []
    for number, picture in enumerate(request.pictures):
        yield JobProgress(request.id, TITLE, number, len(request.pictures), f"{network.title} looks at it")
        answers.append(_answer(network, picture))
    yield Opinion(request.id, network.title, tuple(answers))


def _answer(network: Network, picture: Pixels) -> tuple[str, float]:
    """The class that answers most, and its probability."""
    with torch.no_grad(), full_precision(network.device):
        logits = class_vector(network, network.input_of_fitted(network.picture(picture)))[0]
    shares = softmax(logits.float().cpu().numpy())
    best = int(shares.argmax())
    return network.label(best), float(shares[best])
