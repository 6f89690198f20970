"""The network that is loaded learns, a copy of it: from its beginning, or on from where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Progress
from analysis.methods.settings import setting
from analysis.methods.training.taught import ASKS, DECLARES, Taught, beside, watched
from analysis.question.question import Question


@dataclass(frozen=True)
class MonitorOwn(Taught):
    name: ClassVar[str] = "monitor-own"
    title: ClassVar[str] = "Training of the network that is loaded"
    summary: ClassVar[str] = (
        "A copy of the network in the window learns: what goes through it, what flows back, what fails."
    )
    asks: ClassVar[frozenset[Ask]] = ASKS
    declares: ClassVar[Mapping[str, str]] = DECLARES

    begin: str = setting(
        "anew", "From weights that are drawn anew, or on from those that it has.", choices=("anew", "as it is")
    )

    def run(self, question: Question) -> Iterator[Progress]:
        import torch

        from analysis.network.own_code import failures_told
        from analysis.network.working_copy import working_copy
        from analysis.opening.seeding import seeded
        from analysis.protocol.problems import Problem
        from analysis.training.begun_anew import begun_anew
        from analysis.training.lesson import lesson
        from analysis.training.monitored import Monitored

        network, p = question.network, question.network.preprocessing
        if network.output != "classes":
            raise Problem(f"{network.title} does not answer with classes, so it cannot learn them: choose another one.")
        if not any(True for _ in network.module.parameters()):
            raise Problem(f"{network.title} has no weights that could learn: choose another network.")
        with failures_told(f"{network.title} could not be copied"):
            copy = working_copy(network.module).to(torch.device("cpu"))
        note = ""
        if self.begin == "anew":
            note = seeded(lambda: begun_anew(copy, network.frozen), question.seed)
        if network.frozen:
            note += f" Its own code froze {len(network.frozen)} of its weights and biases: they stay as they are."
        reading = lesson(self.data, self.other, self.examples, p, question.seed)
        while True:
            try:
                step = next(reading)
            except StopIteration as stop:
                given = stop.value
                break
            yield Progress(0, self.iterations, note=step.note)
        where, name = beside(question), network.choice.name
        training = Monitored(copy, p, given, self.plan(), question.seed, where, name, frozen=network.frozen)
        training.remark = note.strip()
        yield from watched(training, question)
