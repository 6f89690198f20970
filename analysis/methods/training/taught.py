"""What the techniques have in common that let a network learn and watch it: from what, how, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Learning

if TYPE_CHECKING:
    from analysis.training.monitored import Monitored, Plan

DATA = ("digits", "MNIST", "other")
PICTURES = 1 / 12  # seconds from one picture to the next, where somebody looks
KEPT_EVERY = 10.0  # seconds, at most, that are lost where the program is killed
KEEP = "keep"  # the errand of putting the network of just now into a file


@dataclass(frozen=True)
class Taught:
    family: ClassVar[Family] = "training"
    gives: ClassVar[type[Learning]] = Learning
    live: ClassVar[bool] = False

    data: str = setting("digits", "What it learns from: scikit-learn's digits, MNIST, or another set.", choices=DATA)
    other: str = setting(
        "", "The other set: a folder whose sub-folders are the classes, or a name such as CIFAR10.", names="folder"
    )
    examples: int = setting(0, "How many pictures it learns from.", low=0, high=60_000, lowest="all of them")
    optimiser: str = setting("adam", "What moves the weights.", choices=("adam", "momentum", "sgd"))
    rate: float = setting(0.001, "The learning rate.", low=0, high=1000)
    weight_decay: float = setting(0.0, "L2: how strongly weights are drawn to zero, by their size.", low=0, high=1)
    l1: float = setting(0.0, "L1: how strongly weights are drawn to zero, whatever their size.", low=0, high=1)
    batch: int = setting(64, "Pictures of a step.", low=2, high=2000)
    iterations: int = setting(400, "How many steps.", low=1, high=1_000_000)
    vary: bool = setting(False, "Augmentation: turn, move and stretch every picture a little, another way each time.")
    patience: int = setting(
        0, "Early stopping: after so many looks at the tests without a better one.", low=0, high=1000, lowest="never"
    )
    measure: int = setting(10, "Steps from one look into the layers and at the tests to the next.", low=1, high=10_000)

    tests: int = setting(1000, "How many pictures of the tests are looked at, at most.", low=1, high=10_000)

    def plan(self) -> Plan:
        from analysis.training.monitored import Plan

        return Plan(
            self.optimiser,
            self.rate,
            self.weight_decay,
            self.l1,
            self.batch,
            self.iterations,
            self.measure,
            self.patience,
            self.vary,
            self.tests,
        )


ASKS: frozenset[Ask] = frozenset({"seed"})
DECLARES: Mapping[str, str] = {
    "result": "the loss of every iteration, on what was learnt from in it",
    "tests": "iteration, loss and share of right answers of each look at the tests",
    "layers": "the layers that have weights",
    "measured": "the iterations at which layers were measured",
    "activations": "layers × measurements × bins: how what a layer answers is distributed, behind its nonlinearity",
    "activation_ranges": "layers × measurements × 2: from where to where these bins go",
    "gradients": "likewise of the tenth powers of the gradients of its weights, from −12 to 4",
    "gradient": "layers × measurements: their root mean square",
    "ratios": "layers × measurements: how far a step moved a layer's weights, by their length",
    "zeros": "layers × measurements: the share of zeros in what a layer answers",
    "dead": "layers × measurements: the share of units that were zero for a whole batch, of layers with ReLUs",
    "saturated": "layers × measurements: the share of answers at the ends of a tanh or sigmoid",
    "told": "what went wrong",
    "told_at": "in which iterations",
    "kept": "after which iterations the network is in a file",
}


def beside(question: Question) -> str:
    """The folder of the networks on the way; nowhere where nothing is kept."""
    return str(question.keep.beside) if question.keep is not None else ""


def watched(training: Monitored, question: Question) -> Iterator[Progress]:
    """Step by step to the end; what was found is said as soon as it is."""
    from analysis.training.so_far import go_on, packed

    keep = question.keep
    before = keep.read() if keep is not None else None
    if before is not None:
        go_on(training, before)
    total, shown, told = training.plan.iterations, 0.0, training.found
    written, kept = perf_counter(), len(training.kept)

    def write() -> None:
        """What it came to; a disk that is full stops nothing."""
        if keep is None:
            return
        try:
            keep.write(packed(training))
        except Problem as problem:
            training.not_kept(problem)

    try:
        if before is None:
            write()
        seen = training.learning
        yield Progress(total if training.over else training.iteration, total, seen, training.stopped)
        while not training.over:
            if question.reins is not None:
                _, errands = question.reins.heard()
                if KEEP in errands:
                    training.keep_now()
                    seen = training.learning
                    yield Progress(training.iteration, total, seen)
                    continue
                sleep(0)
            halted = question.reins is not None and question.reins.halted
            training.steps(hurried=halted)
            now = perf_counter()
            if keep is not None and not training.over and (len(training.kept) > kept or now - written > KEPT_EVERY):
                write()
                written, kept = now, len(training.kept)
            if halted or training.over or training.found > told or now - shown > PICTURES:
                seen, shown, told = training.learning, now, training.found
            yield Progress(total if training.over else training.iteration, total, seen, training.stopped)
    finally:
        write()  # without the network of just now, which an unbroken run would not have
        training.keep_now()  # also of what was stopped
