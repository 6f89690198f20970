"""The course of an attack on one picture: what each of its steps shows, and what is said of it in the end.

An attack gives moments; here they become results, with the answers so far, the lights and the two verdicts. What is to
be a file is judged as a file, and grown until that fools.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from analysis.methods.adversaries.file_path import input_of_file
from analysis.methods.adversaries.lights import Watch
from analysis.methods.adversaries.on_the_way import on_the_way
from analysis.methods.adversaries.picture_space import LEVELS, constants, lengths, on_lattice, picture_of
from analysis.methods.adversaries.victim import Goal, Moment, Victim
from analysis.methods.method import Progress
from analysis.network.network import as_array
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.scalar import class_vector
from analysis.results.kinds import Adversary, Array, Floats, RandomStart
from analysis.results.planes_seen import in_a_file, looked_at_words

GROWTH = 1.25  # by which a change is made larger, until its file fools
OFTEN = 10  # passes there and back; what is laid out for them takes as long as three or four
MOST_GROWTH = 30  # times: a change of one level is then as large as a picture


@dataclass
class _Run:
    """Of one start: what was answered at each of its moments."""

    classes: list[int] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)
    fooled: bool = False  # by what it leads to
    loss: float = -np.inf  # of that, as it is climbed
    pictures: Tensor | None = None
    at: int = 0  # the step that made them
    ratio: float = 0.0  # of its change to the picture, in %
    largest: float = 0.0  # change of one value of it, in levels
    start: RandomStart | None = None

    def better_than(self, other: "_Run | None") -> bool:
        return other is None or (self.fooled, self.loss) > (other.fooled, other.loss)


class Course:
    def __init__(
        self, question: Question, target_class: int, export: str, bound: int | None = None, passes: int = 1
    ) -> None:
        """`bound` is how many levels a value may move, where the attack has such a bound; `passes` about how often the
        picture goes through the network and back."""
        network = question.network
        if network.output != "classes":
            raise Problem(
                f"{network.title} does not answer with classes, so there is no answer to be fooled about: "
                "choose a network that tells classes apart."
            )
        self.network, self.as_file, self._bound = network, export == "file", bound
        self._planes = network.preprocessing.channels
        if self.as_file and not self._fits_a_file:
            raise Problem(
                f"{network.title} takes {self._planes} planes, which no picture file holds: "
                "leave export at “figure”, and write the numbers (.npz)."
            )
        self.victim = Victim(network, self.as_file, often=passes >= OFTEN)
        self.clean = picture_of(network, question.input)
        first = self.victim.look_at(self.clean)
        self._original, self._length = _by_places(self.clean), lengths(self.clean)[0]  # the same at every step
        self.label = int(first[0].argmax())
        if target_class >= first.shape[1]:
            raise Problem(f"{network.title} has classes 0 to {first.shape[1] - 1}, not {target_class}.")
        if target_class == self.label:
            raise Problem(
                f"{network.title} answers {network.label(self.label)} to this picture already: "
                "choose another class to lead it to."
            )
        aimed = target_class if target_class >= 0 else self.label
        self.goal = Goal(torch.tensor([aimed], device=first.device), target_class >= 0)
        self.watch = Watch(self.victim, self.clean, first)
        self.watch.rises = not self.goal.targeted
        self.runs: list[float] = []  # the loss that each start led to
        self._first = (self.label, 0.0, 0.0, 0.0)  # class, confidence, loss and change before any step
        self._done = 0
        self._best: _Run | None = None

    # what an attack is made of

    def followed(self, moments: Iterator[Moment], total: int) -> Iterator[Progress]:
        """One start of the attack; `total` is how many moments all of them have."""
        run = _Run()
        for number, moment in enumerate(moments):
            self._take(run, moment)
            if not self.runs and number == 0:
                self._first = run.classes[0], run.confidence[0], run.losses[0], run.changes[0]
            elif self.runs and number == 0:
                self._begin_at_the_picture(run)
            self._done += 1
            yield Progress(self._done, self._all(total), self._result(run, ()), self._note(run))
        self.runs.append(run.loss)
        self.watch.fooled.append(run.fooled)
        if run.better_than(self._best):
            self._best = run

    def through(self, moments: Iterator[Moment], total: int) -> Iterator[Progress]:
        """An attack of a single start, to its verdicts."""
        yield from self.followed(moments, total)
        yield from self.ended(total)

    def ended(self, total: int, more: Mapping[str, Array] | None = None) -> Iterator[Progress]:
        """The best of all starts, judged in both ways and, where it is to be a file, grown until that fools."""
        run = self._best
        assert run is not None
        assert run.pictures is not None
        fooled_file, grown = self._as_a_file(run.pictures), 0
        if self.as_file:
            change = run.pictures - self.clean
            run.pictures = on_lattice(self.clean, run.pictures, self._bound)
            self._take(run, self.victim.moment(run.pictures, self.goal, derive=False))
            while not fooled_file and grown < MOST_GROWTH:
                grown += 1
                before = run.pictures
                run.pictures = on_lattice(self.clean, self.clean + change * GROWTH**grown, self._bound)
                if torch.equal(before, run.pictures) and self._bound is not None and grown > MOST_GROWTH // 2:
                    break  # at its bound everywhere
                self._take(run, self.victim.moment(run.pictures, self.goal, derive=False))
                fooled_file = self._as_a_file(run.pictures)
                yield Progress(
                    self._done + grown, self._all(total), self._result(run, ()), f"Grown {grown} times for its file"
                )
        verdicts = self._verdicts(run, fooled_file, grown, self._as_a_file(self.clean))
        judged = {"fooled_file": np.array(fooled_file)} if self._fits_a_file else {}
        numbers = {**judged, **(more or {})}
        note = " ".join(
            (*verdicts, *(light.sentence for light in self.watch.lights(run.losses, run.slopes) if light.lit))
        )
        layers = on_the_way(self.network, self._as_input(self.clean), self._as_input(run.pictures))
        result = replace(self._result(run, verdicts, numbers), layers=layers)
        yield Progress(self._all(total), self._all(total), result, note)

    def _as_input(self, pictures: Tensor) -> Tensor:
        mean, std = constants(self.network, pictures)
        return (pictures - mean) / std

    def _all(self, total: int) -> int:
        return total + (MOST_GROWTH if self.as_file else 0) + 1

    def _take(self, run: _Run, moment: Moment) -> None:
        logits = moment.logits[0]
        likely = logits.double().softmax(0) if logits.device.type != "mps" else logits.softmax(0)
        best = int(logits.argmax())
        run.classes.append(best)
        run.confidence.append(float(likely[best]))
        run.losses.append(float(moment.losses[0]))
        if moment.slope is not None:
            run.slopes.append(float(moment.slope[0].norm()))
        run.pictures = moment.pictures if moment.best is None else moment.best
        if moment.best is None or torch.equal(moment.best, moment.pictures):
            run.at = len(run.classes) - 1
        change = run.pictures - self.clean
        run.ratio, run.largest = self._share(change), float(torch.linalg.vector_norm(change, torch.inf) * LEVELS)
        run.changes.append(run.ratio if moment.best is None else self._share(moment.pictures - self.clean))
        run.fooled = bool((self.goal.reached(moment.logits) if moment.fools is None else moment.fools)[0])
        run.loss = float(-moment.losses[0] if self.goal.targeted else moment.losses[0])

    def _begin_at_the_picture(self, run: _Run) -> None:
        """Of a random start: what was answered before any step is the answer to the picture itself."""
        first = self._first
        run.start = RandomStart(self.network.label(run.classes[0]), run.confidence[0], run.changes[0])
        run.classes[0], run.confidence[0], run.losses[0], run.changes[0] = first

    def _share(self, change: Tensor) -> float:
        """Of the picture's length, in %."""
        return float(100 * change.norm() / self._length)

    @property
    def _fits_a_file(self) -> bool:
        return in_a_file(self._planes)

    def _as_a_file(self, pictures: Tensor) -> bool:
        """Whether the network is fooled when a file of it is opened."""
        if not self._fits_a_file:
            return False
        seen = input_of_file(self.network, _by_places(pictures))
        with torch.no_grad():
            return bool(self.goal.reached(class_vector(self.network, seen))[0])

    # what is shown

    def _result(self, run: _Run, verdicts: Sequence[str], more: Mapping[str, Array] | None = None) -> Adversary:
        assert run.pictures is not None
        beside: dict[str, Any] = {
            "classes": np.array(run.classes, np.int64),
            "loss": np.array(run.losses, np.float32),
            "ratio": np.array(run.ratio),
            "largest": np.array(run.largest),
            "fooled_tensor": np.array(run.fooled),
            **(more or {}),
        }
        told = verdicts or (f"The network is {'' if run.fooled else 'not '}fooled so far.",)
        return Adversary(
            values=_by_places(run.pictures),
            original=self._original,
            answers=tuple(self.network.label(index) for index in run.classes),
            confidence=np.array(run.confidence, np.float32),
            changes=np.array(run.changes, np.float32),
            verdicts=tuple(told),
            fooled=run.fooled,
            lights=self.watch.lights(run.losses, run.slopes),
            beside=beside,
            at=run.at,
            start=run.start,
        )

    def _note(self, run: _Run) -> str:
        if run.start is not None and len(run.classes) == 1:
            begun = run.start
            return f"Start {len(self.runs) + 1}, at a random place: {begun.answer}, {100 * begun.confidence:.0f} %"
        name = self.network.label(run.classes[-1])
        start = f"Start {len(self.runs) + 1}, step" if self.runs else "Step"
        return f"{start}  {len(run.classes) - 1}: {name}, {100 * run.confidence[-1]:.0f} %"

    def _verdicts(self, run: _Run, fooled_file: bool, grown: int, clean_file: bool) -> tuple[str, ...]:
        """`clean_file` is whether a file of the unchanged picture is answered so, too."""
        aim = f"as {self.network.label(int(self.goal.labels[0]))}" if self.goal.targeted else ""
        size = f"{run.ratio:.2g} % of the picture"
        numbers = (
            f"The network is {'' if run.fooled else 'not '}fooled{' ' + aim if aim else ''} by the numbers ({size})."
        )
        too = ", too" if run.fooled else ""
        if not self._fits_a_file:
            file = looked_at_words(self._planes)
        elif fooled_file and clean_file:
            file = f"Its file is answered so{too}, but so is a file of the unchanged picture, which is scaled again."
        elif fooled_file and grown:
            file = f"Its file fools{too}: for that it was made {GROWTH**grown:.1f} times as large."
        elif fooled_file:
            file = f"Its file fools{too}."
        elif self.as_file and self._bound is not None:
            file = f"No file of it within {self._bound} levels fools: allow more levels, or more steps."
        elif self.as_file:
            file = "No file of it fools, however much it grows: take another attack."
        elif run.fooled:
            file = "A file of it does not fool: with export “file” it is grown until it does."
        else:
            file = "Nor does a file of it fool."
        return numbers, file


def _by_places(pictures: Tensor) -> Floats:
    """Height × width × channels."""
    return as_array(pictures[0].detach().permute(1, 2, 0).contiguous())
