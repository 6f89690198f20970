"""The hidden units of a small network as lines in the plane that it learns to divide.

The network goes from R² to R² with ReLUs between; a unit of its first hidden layer bends what comes out along the line
{x : w·x + b = 0}. It learns on all points at once, or on batches of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.lines.points import DATA
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Plane, Portrait

if TYPE_CHECKING:
    from analysis.methods.lines.network import Doubles, Small
    from analysis.protocol.recipe import Setting, TurnChoice

# As in the lectures, where the lines have hardly moved, have moved, and stand.
SNAPSHOTS = (1, 4, 7, 10, 16, 34, 77, 100, 272, 556, 703, 1407, 2222, 2789, 4999, 9999)
STEERED = ("data", "points", "count", "noise", "optimiser", "rate", "width", "weight_decay", "dropout")
POINTS = ("data", "points", "count", "noise")  # of them, those that say what the points are
FASTEST, LONGEST = 1 / 50, 1 / 42  # seconds from one picture to the next, while somebody looks
ALONE = 200  # steps from one report to the next, while nobody does
BREATH = 0.002  # seconds after which others may have Python's lock
EXPLODED = 100.0  # a loss that no network has which still learns


@dataclass(frozen=True)
class Lines:
    name: ClassVar[str] = "lines"
    title: ClassVar[str] = "Lines of a small network"
    summary: ClassVar[str] = (
        "How the hidden units of a small network move their lines while it learns to divide a plane."
    )
    family: ClassVar[Family] = "lines"
    gives: ClassVar[type[Plane]] = Plane
    asks: ClassVar[frozenset[Ask]] = frozenset({"seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "w₁, w₂ and b of each unit of the first hidden layer",
        "film": "the same at every snapshot; of fewer units than now the rest is zero",
        "snapshots": "after how many iterations each snapshot was taken",
        "losses": "the loss of every iteration",
        "right": "the share of points on the right side now",
        "regions": "how sure it is of class 1 at the middle of each cell of the plane, the uppermost row first",
        "points": "where the points are",
        "classes": "the class of each",
        "dead": "which units no point wakes",
        "alike": "for each unit the first one that does the same",
    }
    live: ClassVar[bool] = False
    of_no_network: ClassVar[bool] = True
    stops_after_any_step: ClassVar[bool] = True
    counts_by: ClassVar[str] = "iterations"
    steered: ClassVar[tuple[str, ...]] = STEERED

    data: str = setting("disc in a ring", "Which points are to be told apart.", choices=DATA)
    count: int = setting(200, "How many points; drawn ones are as many as they are.", low=2, high=2000)
    noise: float = setting(0.0, "How far points are moved at random.", low=0, high=1)
    width: int = setting(20, "How many units each hidden layer has; can be changed while it runs.", low=1, high=200)
    layers: int = setting(1, "How many hidden layers; with several the linear pieces are drawn.", low=1, high=6)
    optimiser: str = setting(
        "adam", "What moves the weights; can be changed while it runs.", choices=("adam", "momentum", "sgd")
    )
    rate: float = setting(0.01, "The learning rate; can be changed while it runs.", low=0, high=1000)
    weight_decay: float = setting(0.0, "How strongly weights are drawn to zero; likewise.", low=0, high=1)
    dropout: float = setting(0.0, "Probability that a hidden unit is left out of a step; likewise.", low=0, high=0.95)
    batch: int = setting(0, "Points of a step.", low=0, high=2000, lowest="all of them")
    iterations: int = setting(9999, "How many steps.", low=1, high=1_000_000)
    every: int = setting(5, "Steps from one picture to the next, where somebody looks.", low=1, high=1000)
    points: str = setting("", "Points that were drawn: [[x, y, class], …].")

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        turns = _planned(question)
        course = _Course(self, question.seed)
        looked_at = question.reins is not None
        shown = drawn = 0.0  # when a picture came last, and how long it took
        with np.errstate(all="ignore"):
            course.apply(_turned(turns, 0))
            yield Progress(0, self.iterations, course.plane(), course=turns)
            while course.iteration < self.iterations:
                if question.reins is not None:
                    said, _ = question.reins.heard()
                    heard = course.news(said)
                    if heard:
                        turns = _with(turns, course.iteration, heard)
                        course.apply(heard)
                    if (said and question.reins.halted) or heard:
                        yield Progress(course.iteration, self.iterations, course.plane(), course=turns)
                        if question.reins.halted:
                            continue
                    sleep(max(shown + FASTEST - perf_counter(), 0))
                shown = perf_counter()
                self._steps(course, turns, question, shown - drawn, looked_at)
                done = self.iterations if course.exploded else course.iteration
                began = perf_counter()
                plane = course.plane()
                drawn = perf_counter() - began
                yield Progress(done, self.iterations, plane, course.exploded, turns)
                if course.exploded:
                    return

    def _steps(
        self,
        course: _Course,
        turns: tuple[TurnChoice, ...],
        question: Question,
        began: float,
        seen: bool,
    ) -> None:
        """Up to the next picture; a single one while it is halted."""
        breath, last = began, perf_counter()
        for _ in range(self.every if seen else ALONE):
            course.step()
            if course.exploded:
                return
            course.apply(_turned(turns, course.iteration))
            if course.iteration >= self.iterations:
                return
            if not seen:
                continue
            now = perf_counter()
            another, last = now - last, now
            if now - began + another > LONGEST or (question.reins is not None and question.reins.halted):
                return
            if now - breath > BREATH:
                sleep(0)
                breath = now


def _planned(question: Question) -> tuple[TurnChoice, ...]:
    from analysis.protocol.problems import Problem
    from analysis.protocol.recipe import TurnChoice

    for name in (name for leg in question.course for name in leg.turn.settings):
        if name not in STEERED:
            raise Problem(f"“{name}” cannot be changed on the way: {', '.join(STEERED)} can.")
    return tuple(
        TurnChoice(leg.turn.after, {name: getattr(leg.technique, name) for name in leg.turn.settings})
        for leg in question.course
    )


def _turned(turns: Sequence[TurnChoice], step: int) -> Mapping[str, Setting]:
    return next((turn.settings for turn in turns if turn.after == step), {})


def _with(turns: Sequence[TurnChoice], step: int, values: Mapping[str, Setting]) -> tuple[TurnChoice, ...]:
    """What is said twice before one step counts the second time, and what was planned from there on is forgotten."""
    from analysis.protocol.recipe import TurnChoice

    now = {**_turned(turns, step), **values}
    return (*(turn for turn in turns if turn.after < step), TurnChoice(step, now))


class _Course:
    """The network on its way."""

    def __init__(self, asked: Lines, seed: int) -> None:
        import numpy as np

        from analysis.methods.lines.network import Optimiser, Small

        self._seed = seed
        self.settings: dict[str, Any] = {name: getattr(asked, name) for name in STEERED}
        self._batch, self._total = asked.batch, asked.iterations
        self.places, self.classes = self._points(self.settings)
        self._random = np.random.default_rng([seed, 0])
        self.network = Small.drawn([2, *[asked.width] * asked.layers, 2], self._random)
        self._optimiser = Optimiser.fresh(asked.optimiser, self.network)
        self.iteration = 0
        self.losses: list[float] = []
        self.snapshots: list[Portrait] = []
        self.exploded = ""
        self._sound: Small | None = None  # the network before the last step
        self._order: list[int] = []

    def news(self, said: Mapping[str, Setting]) -> dict[str, Setting]:
        """What is other than it is now; other points only where there are some."""
        from analysis.protocol.problems import Problem

        found = {name: said[name] for name in STEERED if name in said and said[name] != self.settings[name]}
        if not found.keys().isdisjoint(POINTS):
            try:
                self._points({**self.settings, **found})
            except Problem:
                found = {name: value for name, value in found.items() if name not in POINTS}
        return found

    def _points(self, settings: Mapping[str, Any]) -> tuple[Doubles, Any]:
        from analysis.methods.lines.points import points_of

        return points_of(settings["data"], settings["count"], settings["noise"], self._seed, settings["points"])

    def apply(self, changed: Mapping[str, Setting]) -> None:
        from analysis.methods.lines.network import Optimiser

        if not changed:
            return
        self.settings.update(changed)
        if "width" in changed:
            padded = [self._optimiser.first, self._optimiser.second]
            self.network.widened(int(self.settings["width"]), self._random, padded)
        if "optimiser" in changed:
            self._optimiser = Optimiser.fresh(str(self.settings["optimiser"]), self.network)
        if not changed.keys().isdisjoint(POINTS):
            self.places, self.classes = self._points(self.settings)
            self._order = []

    def step(self) -> None:
        """One step, unless it leads nowhere: then the network stays as it was before."""
        from analysis.methods.lines.network import gradients

        places, classes = self._examples()
        before = self.network.copy()
        loss, slopes = gradients(self.network, places, classes, self._masks(len(places)))
        rate, decay = float(self.settings["rate"]), float(self.settings["weight_decay"])
        self._optimiser.step(self.network, slopes, rate, decay)
        if not (loss < EXPLODED and self.network.finite):
            self.network = before
            if not loss < EXPLODED and self._sound is not None:
                self._take_back(self._sound)
            self.exploded = (
                f"In iteration {self.iteration + 1:,} the loss went beyond all bounds: a rate of {rate:g} is too high. "
                f"Shown is the network after iteration {self.iteration:,}; lower the rate and run again."
            )
            return
        self._sound = before
        self.iteration += 1
        self.losses.append(loss)
        if self.iteration in SNAPSHOTS:
            self.snapshots.append(self._portrait())

    def _take_back(self, sound: Small) -> None:
        """The last step, with which the loss went up: what is shown is the network that it ruined."""
        if [one.shape for one in sound.parameters] != [one.shape for one in self.network.parameters]:
            return  # it has become wider since
        self.network = sound
        self.iteration -= 1
        self.losses.pop()
        self.snapshots = [one for one in self.snapshots if one.iteration <= self.iteration]

    def _examples(self) -> tuple[Doubles, Any]:
        if not 0 < self._batch < len(self.places):
            return self.places, self.classes
        if len(self._order) < self._batch:
            self._order = self._random.permutation(len(self.places)).tolist()
        chosen, self._order = self._order[: self._batch], self._order[self._batch :]
        return self.places[chosen], self.classes[chosen]

    def _masks(self, count: int) -> list[Doubles]:
        out = float(self.settings["dropout"])
        if not out:
            return []
        shapes = ((count, len(bias)) for bias in self.network.biases[:-1])
        return [(self._random.random(shape) >= out) / (1 - out) for shape in shapes]

    def _portrait(self) -> Portrait:
        from analysis.methods.lines.portrait import portrait

        return portrait(self.network, self.iteration, self.places, self.classes)

    def plane(self) -> Plane:
        import numpy as np

        from analysis.methods.lines.points import REACH

        now = self._portrait()
        widest = max(len(one.lines) for one in (*self.snapshots, now))
        film = np.zeros((len(self.snapshots), widest, 3))
        for number, one in enumerate(self.snapshots):
            film[number, : len(one.lines)] = one.lines
        losses = np.array(self.losses, np.float32)
        numbers = {
            "result": now.lines,
            "film": film,
            "snapshots": np.array([one.iteration for one in self.snapshots], np.int64),
            "losses": losses,
            "right": np.array(now.right),
            "regions": now.regions,
            "points": self.places,
            "classes": self.classes,
            "dead": now.dead,
            "alike": now.alike,
        }
        return Plane(self.places, self.classes, REACH, now, tuple(self.snapshots), losses, self._total, numbers)
