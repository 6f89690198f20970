"""What dropout does to a network that learns from few digits: none, of single elements, of whole maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Curves, Floats, Line

KINDS = ("none", "elements", "whole maps")


@dataclass(frozen=True)
class DropoutEffect:
    name: ClassVar[str] = "dropout-effect"
    title: ClassVar[str] = "The effect on digits"
    summary: ClassVar[str] = (
        "LeNet learns from few digits without dropout, with single elements and with whole maps out."
    )
    family: ClassVar[Family] = "dropout"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the share of the tests that is right: without dropout, with elements, with whole maps left out",
        "iterations": "after how many iterations",
        "each": "the same at the end of every single run",
        "none": "right at the end without dropout, over all runs",
        "elements": "right at the end with elements left out",
        "maps": "right at the end with whole maps left out",
        "loss": "the loss of what was learnt from, likewise",
    }
    live: ClassVar[bool] = False
    of_no_network: ClassVar[bool] = True

    probability: float = setting(0.5, "p: how probably something is left out.", low=0.01, high=0.95)
    examples: int = setting(200, "How many digits it learns from.", low=20, high=1437)
    runs: int = setting(2, "How often each is trained, from other beginnings.", low=1, high=20)
    iterations: int = setting(150, "How many steps.", low=1, high=10_000)
    batch: int = setting(32, "Digits of a step.", low=2, high=500)
    rate: float = setting(0.001, "The learning rate of Adam.", low=0.000001, high=1)
    tests: int = setting(1000, "How many digits of the tests are looked at, at most.", low=1, high=10_000)
    looks: int = setting(15, "How often the tests are looked at.", low=1, high=100)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.opening.seeding import seeded
        from analysis.shipped.designed import Design, begin, build
        from analysis.training.lesson import lesson
        from analysis.training.monitored import Monitored, Plan

        total = len(KINDS) * self.runs * self.iterations
        reading = lesson("digits", "", self.examples, Design().preprocessing, question.seed)
        while True:
            try:
                step = next(reading)
            except StopIteration as stop:
                given = stop.value
                break
            yield Progress(0, total, note=step.note)
        every = max(self.iterations // self.looks, 1)
        plan = Plan("adam", self.rate, batch=self.batch, iterations=self.iterations, measure=every, tests=self.tests)
        rights: dict[str, list[Floats]] = {kind: [] for kind in KINDS}
        losses: dict[str, list[float]] = {kind: [] for kind in KINDS}
        done = 0
        for number in range(self.runs):
            for kind in KINDS:
                out = 0.0 if kind == "none" else self.probability
                design = Design(dropout=out, dropped="maps" if kind == "whole maps" else "elements")
                seed = question.seed + number

                def made(design=design):  # type: ignore[no-untyped-def]
                    network = build(design)
                    begin(network, "he", 0.0)
                    return network

                training = Monitored(seeded(made, seed), design.preprocessing, given, plan, seed, thin=False)
                while not training.over:
                    training.steps(hurried=False)
                    yield Progress(done + training.iteration, total, _curves(rights, losses, self.iterations))
                done += self.iterations
                rights[kind].append(np.array(training.learning.numbers["tests"]))
                losses[kind].append(float(np.mean(training.losses[-10:])))
        yield Progress(total, total, _curves(rights, losses, self.iterations, whole=True))


def _curves(
    rights: Mapping[str, list[Floats]], losses: Mapping[str, list[float]], iterations: int, whole: bool = False
) -> Curves | None:
    """The mean over the runs that are over, of those kinds that have been through one."""
    import numpy as np

    known: dict[str, Floats] = {kind: np.stack(found) for kind, found in rights.items() if found}
    if not known:
        return None
    x = next(iter(known.values()))[0, 0].astype(np.float32)
    lines = tuple(Line(kind, found[:, 2].mean(0).astype(np.float32)) for kind, found in known.items())
    numbers = {"result": np.stack([line.values for line in lines]), "iterations": x}
    if whole:
        numbers |= {
            "each": np.stack([known[kind][:, 2, -1] for kind in KINDS]),
            "none": np.array(lines[0].values[-1:]),
            "elements": np.array(lines[1].values[-1:]),
            "maps": np.array(lines[2].values[-1:]),
            "loss": np.array([np.mean(losses[kind]) for kind in KINDS], np.float32),
        }
    few = ("none", "elements", "maps", "loss") if whole else ()
    return Curves(
        lines,
        x,
        "iteration",
        "right answers of the tests",
        numbers,
        few,
        (0.0, float(iterations)),
        (0.0, 1.0),
        counted=True,
    )
