"""A training that is watched: what goes through each layer, what flows back, and how far its weights move.

It goes step by step and leaves nothing behind between two of them. Every draw depends on the seed alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.capture import tensor_in
from analysis.network.own_code import failures_told
from analysis.network.working_copy import tensors_of
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.results.kinds import Array, Finding, Kept, Learning
from analysis.training.distortion import Distortion, distort
from analysis.training.findings import Watch
from analysis.training.lesson import Lesson
from analysis.training.measured_layers import Row, layers_of, logits_of, measurement, numbers_of_layers, watched
from analysis.training.narrow_strides import made_safe
from analysis.training.optimisers import Optimiser
from analysis.training.seen import learning_of

MOST_MEASURED = 48  # of a run: then every other measurement is forgotten
BEYOND, STEADILY = 50.0, 5  # times the loss of guessing, and for so many steps: nothing comes back from there
LATEST = 10  # losses whose mean is said
MOMENT = 0.05  # seconds of work from one report to the next
TESTS_AT_ONCE = 250
VARIED = Distortion(scale=(0.9, 1.15), degrees=12, shift=0.08, aspect=0.1, mirror=False, outside="zeros")
KEPT_FIRST = (0, 1, 3, 10, 30, 100, 300)
KEPT_TIMES = 12  # besides, over the whole run


@dataclass(frozen=True)
class Plan:
    optimiser: str = "momentum"
    rate: float = 0.05
    weight_decay: float = 0.0
    l1: float = 0.0
    batch: int = 64
    iterations: int = 400
    measure: int = 10
    patience: int = 0
    vary: bool = False
    tests: int = 1000


@dataclass(eq=False)
class Standing:
    """All that the steps to come depend on, and what was noted of those before."""

    network: dict[str, Tensor]
    optimiser: dict[int, dict[str, Tensor]]
    dice: dict[str, Tensor]  # states of generators
    rows: list[list[Row]]
    findings: list[Finding]
    seen: dict[tuple[str, str], int]
    told: set[tuple[str, str]]
    best: dict[str, Tensor] | None  # the network whose tests were best
    best_of: list[float]  # their loss, and the iteration
    numbers: dict[str, Any]
    order: list[int]
    losses: list[float]
    tests: list[tuple[int, float, float]]
    measured: list[int]
    kept: list[tuple[int, str]]


class Monitored:
    """`step` after `step`; what is seen of it is its `learning`."""

    def __init__(
        self,
        network: nn.Module,
        p: Preprocessing,
        given: Lesson,
        plan: Plan,
        seed: int,
        keep: str = "",
        opens_as: str = "",
        thin: bool = True,
        frozen: Collection[str] = (),
    ) -> None:
        """`frozen` are the parameters that stay as they are."""
        made_safe(network)
        self.network, self.plan, self.iteration = network.train(), plan, 0
        for name, one in network.named_parameters():
            one.requires_grad_(name not in frozen and one.is_floating_point())
        self.stopped = self.remark = ""
        self._given, self._p, self._keep, self._opens_as, self._thin = given, p, keep, opens_as, thin
        self._random = torch.Generator().manual_seed(seed * 100_003 + 17)
        self._torch_state = _state_of(seed)  # of dropout
        self._mean = torch.tensor(p.mean).view(-1, 1, 1)
        self._std = torch.tensor(p.std).view(-1, 1, 1)
        self._optimiser = _optimiser(plan, network)
        self._order: list[int] = []
        self.losses: list[float] = []
        self._tests: list[tuple[int, float, float]] = []
        self._measured_at: list[int] = []
        self._every = plan.measure
        shown = self._normalised(given.examples.inputs[:2].float())
        self._layers = layers_of(network, shown, len(given.classes))
        guessing = math.log(max(len(given.classes), 2))
        self._watch = Watch(guessing)
        self._best: tuple[float, int, dict[str, Tensor]] | None = None
        self._since_best = self._beyond = 0
        self._sound: list[Tensor] = []  # weights and buffers of the network before its last step
        self.kept: list[Kept] = []
        self._labels = ""
        self._learning: Learning | None = None
        if keep:
            self._begin_keeping()
        self._keep_this()

    # one step

    def step(self) -> None:
        inputs, targets = self._batch()
        now = [one.detach().clone() for one in tensors_of(self.network)]
        measured = self.iteration % self._every == 0
        with torch.enable_grad(), _own_generator(self), failures_told("The network could not be trained"):
            seen: dict[int, Tensor] = {}
            with watched(self._layers, seen) if measured else nullcontext():
                answer = tensor_in(self.network(inputs))
            if answer is None:
                raise Problem("The network answers with no numbers, so it cannot be trained: choose another one.")
            loss = functional.cross_entropy(logits_of(answer), targets)
            whole = loss
            if self.plan.l1:
                weights = (one for one in self.network.parameters() if one.ndim > 1)
                whole = loss + self.plan.l1 * torch.stack([one.abs().sum() for one in weights]).sum()
            self._optimiser.forget_slopes()
            whole.backward()  # type: ignore[no-untyped-call]
        value = float(loss.detach())
        if not (math.isfinite(value) and _finite(one.grad for one in self.network.parameters())):
            self._ruined(now)
            return
        before = [one.weight.detach().clone() for one in self._layers] if measured else []
        self._optimiser.step()
        if measured:
            self._note(seen, before, value)
        self._optimiser.forget_slopes()
        self._sound = now
        self.iteration += 1
        self.losses.append(value)
        self._learning = None
        self._beyond = self._beyond + 1 if value > BEYOND * self._watch.guessing else 0
        if self._beyond >= STEADILY:
            self._end(
                f"After iteration {self.iteration:,} the loss is {value:.3g}, beyond all bounds: a rate of "
                f"{self.plan.rate:g} is too high for these weights. What came until then is kept.",
                "exploding",
            )
            return
        if measured or self.iteration == self.plan.iterations:
            self._test()
        if self.iteration in self._moments() or self.iteration == self.plan.iterations:
            self._keep_this()

    def steps(self, hurried: bool) -> None:
        """As many as take a moment, up to the next measurement."""
        began = perf_counter()
        while not self.over:
            self.step()
            if hurried or perf_counter() - began > MOMENT or (self.iteration % self._every == 1 and self.iteration > 1):
                return

    @property
    def found(self) -> int:
        """How much has been told."""
        return len(self._watch.findings)

    @property
    def over(self) -> bool:
        return bool(self.stopped) or self.iteration >= self.plan.iterations

    def _batch(self) -> tuple[Tensor, Tensor]:
        examples = self._given.examples
        count = len(examples.targets)
        size = min(self.plan.batch, count)
        if len(self._order) < size:
            self._order = torch.randperm(count, generator=self._random).tolist()
        chosen, self._order = self._order[:size], self._order[size:]
        pictures = examples.inputs[chosen].float()
        if self.plan.vary:
            pictures = distort(pictures, pictures.shape[-1], VARIED, self._random)
        return self._normalised(pictures), examples.targets[chosen]

    def _normalised(self, pictures: Tensor) -> Tensor:
        return ((pictures / 255 - self._mean) / self._std).to(next(self.network.parameters()).device)

    # what is seen

    def _note(self, seen: dict[int, Tensor], before: list[Tensor], loss: float) -> None:
        for layer, was in zip(self._layers, before, strict=True):
            layer.rows.append(measurement(layer, seen, was))
        self._measured_at.append(self.iteration)
        self._watch.look(self.iteration, [one.rows[-1][4] for one in self._layers], loss)
        if self._thin and len(self._measured_at) >= MOST_MEASURED:
            del self._measured_at[1::2]
            for layer in self._layers:
                del layer.rows[1::2]
            self._every *= 2

    def _test(self) -> None:
        examples = self._given.examples
        losses, right, count = 0.0, 0, min(len(examples.test_targets), self.plan.tests)
        self.network.eval()
        try:
            with torch.no_grad(), failures_told("The network could not be tested"):
                for start in range(0, count, TESTS_AT_ONCE):
                    until = min(start + TESTS_AT_ONCE, count)
                    answer = tensor_in(self.network(self._normalised(examples.test_inputs[start:until].float())))
                    assert answer is not None
                    logits, targets = logits_of(answer), examples.test_targets[start:until].to(answer.device)
                    losses += float(functional.cross_entropy(logits, targets, reduction="sum"))
                    right += int((logits.argmax(1) == targets).sum())
        finally:
            self.network.train()
        loss = losses / count
        loss = loss if math.isfinite(loss) else 1e6
        self._tests.append((self.iteration, loss, right / count))
        learnt = float(np.mean(self.losses[-LATEST:]))
        self._watch.look_at_tests(self.iteration, [one for _, one, _ in self._tests], learnt)
        if not self.plan.patience:
            return
        if self._best is None or loss < self._best[0]:
            self._best, self._since_best = (loss, self.iteration, _copied(self.network)), 0
        else:
            self._since_best += 1
            if self._since_best >= self.plan.patience:
                best = self._best
                self.network.load_state_dict(best[2])
                self._end(
                    f"Stopped early: the loss of the tests was best after iteration {best[1]:,}, {best[0]:.3g}, and "
                    "the network is as it was then.",
                    "stopped early",
                )

    def _ruined(self, now: list[Tensor]) -> None:
        """By the last step: the network is again the one before it, which still answered with numbers."""
        self._optimiser.forget_slopes()
        with torch.no_grad():
            for one, was in zip(tensors_of(self.network), self._sound or now, strict=True):
                one.copy_(was)
        taken_back = max(self.iteration - bool(self._sound), 0)
        self._end(
            f"In iteration {self.iteration + 1:,} loss or gradient are no numbers any more: a rate of "
            f"{self.plan.rate:g} is too high for these weights. Kept is the network after iteration {taken_back:,}.",
            "exploding",
            taken_back,
        )

    def not_kept(self, problem: Problem) -> None:
        """It goes on, and keeping is tried again; that it failed is told once."""
        told = f"{problem} The training goes on, and what was kept before is still there."
        self._watch.once(self.iteration, told, "not kept")
        self._learning = None

    def _end(self, sentence: str, kind: str, of: int | None = None) -> None:
        self.stopped = sentence
        self._watch.ended(self.iteration, sentence, kind)
        self._learning = None
        self._keep_this(of)

    # what stays

    def _moments(self) -> set[int]:
        step = max(self.plan.iterations // KEPT_TIMES, 1)
        return {*KEPT_FIRST, *range(step, self.plan.iterations + 1, step)}

    def _begin_keeping(self) -> None:
        try:
            os.makedirs(self._keep, exist_ok=True)
            self._labels = os.path.join(self._keep, "labels.txt")
            with open(self._labels, "w", encoding="utf-8") as file:
                file.write("\n".join(self._given.classes) + "\n")
        except OSError as error:
            raise Problem(f"The run cannot be kept in {self._keep}: {error.strerror or error}.") from error

    def standing(self) -> Standing:
        best, watch = self._best, self._watch
        return Standing(
            network=dict(self.network.state_dict()),
            optimiser=dict(self._optimiser.state),
            dice={"batches": self._random.get_state(), "dropout": self._torch_state},
            rows=[one.rows for one in self._layers],
            findings=watch.findings,
            seen=watch.seen,
            told=watch.told,
            best=best[2] if best is not None else None,
            best_of=[best[0], best[1]] if best is not None else [],
            numbers={
                "iteration": self.iteration,
                "every": self._every,
                "since best": self._since_best,
                "beyond": self._beyond,
                "stopped": self.stopped,
            },
            order=self._order,
            losses=self.losses,
            tests=self._tests,
            measured=self._measured_at,
            kept=[(one.iteration, os.path.basename(one.file)) for one in self.kept],
        )

    def go_on(self, standing: Standing) -> None:
        """From where another one of the same network and plan stood."""
        if len(standing.rows) != len(self._layers):
            raise ValueError("of another network")
        self.network.load_state_dict(standing.network)
        self._optimiser.go_on(standing.optimiser)
        self._random.set_state(standing.dice["batches"])
        self._torch_state = standing.dice["dropout"]
        for layer, rows in zip(self._layers, standing.rows, strict=True):
            layer.rows = rows
        self._watch.findings, self._watch.seen, self._watch.told = standing.findings, standing.seen, standing.told
        if standing.best is not None:
            self._best = float(standing.best_of[0]), int(standing.best_of[1]), standing.best
        numbers = standing.numbers
        self.iteration, self._every = int(numbers["iteration"]), int(numbers["every"])
        self._since_best, self._beyond = int(numbers["since best"]), int(numbers["beyond"])
        self.stopped = str(numbers["stopped"])
        self._order, self.losses, self._tests = standing.order, standing.losses, standing.tests
        self._measured_at = standing.measured
        self.kept = [Kept(iteration, os.path.join(self._keep, name)) for iteration, name in standing.kept]
        self._learning = None

    def keep_now(self) -> None:
        """Also between two of the moments at which that is done anyway."""
        self._keep_this()

    def _keep_this(self, of: int | None = None) -> None:
        """The network after so many iterations, where that is not the last one."""
        iteration = self.iteration if of is None else of
        if not self._keep or any(one.iteration == iteration for one in self.kept if not self.stopped):
            return
        from safetensors.torch import save

        from analysis.files.whole_file import write_whole

        name = f"{iteration:07d}{'-end' * bool(self.stopped)}.safetensors"
        file = os.path.join(self._keep, name)
        state = {key: value.detach().cpu().contiguous().clone() for key, value in self.network.state_dict().items()}
        try:
            write_whole(Path(file), save(state))
        except Problem as problem:
            self.not_kept(problem)
            return
        self.kept.append(Kept(iteration, file))
        self._learning = None

    @property
    def learning(self) -> Learning:
        if self._learning is None:
            self._learning = self._drawn()
        return self._learning

    def _drawn(self) -> Learning:
        iterations = np.arange(1, len(self.losses) + 1, dtype=np.float32)
        findings = tuple(self._watch.findings)
        numbers: dict[str, Array] = {
            "result": np.array(self.losses, np.float32),
            "tests": np.array(self._tests, np.float32).reshape(-1, 3).T.copy(),
            "measured": np.array(self._measured_at, np.float32),
            **numbers_of_layers(self._layers, len(self._measured_at)),
            "told": np.array([one.sentence for one in findings], dtype=np.str_),
            "told_at": np.array([one.iteration for one in findings], np.int64),
            "kept": np.array([one.iteration for one in self.kept], np.int64),
        }
        made = learning_of(numbers, self.plan.iterations, findings, self._words(), iterations)
        return Learning(
            made.plots,
            made.ridges,
            made.measured,
            findings,
            self.plan.iterations,
            made.words,
            numbers,
            tuple(self.kept),
            self._opens_as,
            self._labels,
        )

    def _words(self) -> str:
        said = f"Iteration {self.iteration:,} of {self.plan.iterations:,}"
        if self.losses:
            said += f": loss {float(np.mean(self.losses[-LATEST:])):.3g}"
        if self._tests:
            said += f", {100 * self._tests[-1][2]:.1f} % of the tests right"
        said = f"{said}; learns from {self._given.words}."
        return f"{said} {self.remark}" if self.remark else said


def _finite(tensors: Iterable[Tensor | None]) -> bool:
    return all(one is None or bool(one.isfinite().all()) for one in tensors)


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in network.state_dict().items()}


def _optimiser(plan: Plan, network: nn.Module) -> Optimiser:
    """Weight decay is for weights, not for biases and normalisations."""
    weights = [one for one in network.parameters() if one.ndim > 1]
    others = [one for one in network.parameters() if one.ndim <= 1]
    return Optimiser(plan.optimiser, weights, others, plan.rate, plan.weight_decay)


def _state_of(seed: int) -> Tensor:
    return torch.Generator().manual_seed(seed * 31 + 7).get_state()


@contextmanager
def _own_generator(training: Monitored) -> Iterator[None]:
    """Dropout draws from torch's own generator, which is afterwards where it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.set_state(training._torch_state)
        try:
            yield
        finally:
            training._torch_state = torch.default_generator.get_state()
