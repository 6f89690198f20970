"""A small network that a person designs learns and is watched: what goes through it, what flows back, what fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Progress
from analysis.methods.settings import setting
from analysis.methods.training.taught import ASKS, DECLARES, Taught, beside, watched
from analysis.question.question import Question
from analysis.shipped.designed import ACTIVATIONS, BEGINNINGS, BODIES, DROPPED, SIDES


@dataclass(frozen=True)
class Monitor(Taught):
    name: ClassVar[str] = "monitor"
    title: ClassVar[str] = "Training of a network of your choice"
    summary: ClassVar[str] = "A network learns: what its layers do, what flows back, and what fails."
    asks: ClassVar[frozenset[Ask]] = ASKS
    declares: ClassVar[Mapping[str, str]] = DECLARES
    of_no_network: ClassVar[bool] = True

    network: str = setting("lenet", "LeNet's two convolutions, or fully connected layers only.", choices=BODIES)
    depth: int = setting(1, "Hidden layers that are fully connected.", low=0, high=50)
    width: int = setting(200, "Units of each of them.", low=1, high=2000)
    activation: str = setting("relu", "What bends the answers of a layer.", choices=ACTIVATIONS)
    initialisation: str = setting("he", "How weights are drawn at the beginning.", choices=BEGINNINGS)
    bias: float = setting(
        0.0,
        "What biases begin with, those of batch norm where it is on; never those of the last layer.",
        low=-100,
        high=100,
    )
    batch_norm: bool = setting(False, "Normalise what each layer answers over the batch.")
    dropout: float = setting(
        0.0, "Dropout: behind LeNet's convolutions, or behind each layer of a plain network.", low=0, high=0.95
    )
    dropped: str = setting("elements", "What of a convolution's answer is left out.", choices=DROPPED)
    side: int = setting(28, "Rows and columns of its pictures.", low=SIDES[0], high=SIDES[1])
    colours: bool = setting(False, "Its pictures are in colours, where those of the data set are.")

    def run(self, question: Question) -> Iterator[Progress]:
        from dataclasses import replace

        from analysis.opening.seeding import seeded
        from analysis.shipped.designed import Design, begin, build
        from analysis.training.lesson import lesson
        from analysis.training.monitored import Monitored

        design = Design(
            self.network,
            self.depth,
            self.width,
            self.activation,
            self.batch_norm,
            self.dropout,
            self.dropped,
            self.side,
            3 if self.colours else 1,
        )
        reading = lesson(self.data, self.other, self.examples, design.preprocessing, question.seed)
        while True:
            try:
                step = next(reading)
            except StopIteration as stop:
                given = stop.value
                break
            yield Progress(0, self.iterations, note=step.note)
        design = replace(design, classes=len(given.classes))

        def made():  # type: ignore[no-untyped-def]
            network = build(design)
            begin(network, self.initialisation, self.bias)
            return network

        network = seeded(made, question.seed)
        training = Monitored(
            network, design.preprocessing, given, self.plan(), question.seed, beside(question), design.name
        )
        yield from watched(training, question)
