"""The occlusion sweep: the target's score with a mask at every place, against its score on the clean picture.

Exact: only what a mask changes is computed again, in single precision; the result is that of the plain loop up to
rounding, and is compared with it at three places before it is trusted. Fast: the same in half the precision, with its
error measured.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.network.capture import capture
from analysis.network.full_precision import full_precision
from analysis.occlusion.incremental import Incremental
from analysis.occlusion.kernels import has_fast_bf16
from analysis.occlusion.masks import Masks, Patch, coarse_to_fine
from analysis.occlusion.plain import PlainScores
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.question.scalar import answer, from_output, values
from analysis.quick.switch import plain
from analysis.results.kinds import Heat, Windows
from analysis.tracing.steps import NotUnderstood, RecordedPass, record

T = TypeVar("T")

_STEP = 0.04  # seconds between two yields, where the single operations are short enough
_TOLERANCE = 2e-5  # of the spread of the network's answers; rounding stays below a tenth of it
_ROUNDED = 3e-7  # of a score: the difference of two that were computed in different ways may be that much by itself
_ALL_ROUNDED = 1e-6  # of the clean score: a map of which nothing is larger is made of rounding
_SAMPLE = 5  # rows and columns whose crossings measure the fast sweep's error


@dataclass(frozen=True)
class State:
    """`drops` is rows × columns of clean score − masked score. A place that was not visited yet holds the drop of the
    visited place that stands for it in the coarser grid. `error` is the largest error of a drop and the correlation
    with the exact drops, at the places where they were compared.
    """

    done: int
    total: int
    drops: NDArray[np.float32]
    baseline: float
    error: tuple[float, float]
    note: str

    def heat(self, masks: Masks, of_loss: bool = False) -> Heat:
        """`of_loss` where the score is the logarithm of a probability, whose loss rises as it falls."""
        corners = np.stack(np.meshgrid(masks.rows, masks.columns, indexing="ij"), -1)
        # A mask that moves by less than its size tells apart no more places than fit beside each other.
        cells = max(1, round(masks.rows[-1] / masks.size) + 1), max(1, round(masks.columns[-1] / masks.size) + 1)
        numbers = {"baseline": -self.baseline if of_loss else self.baseline, "error": self.error}
        beside = {name: np.array(value, np.float32) for name, value in numbers.items()}
        return Heat(-self.drops if of_loss else self.drops, Windows(corners, masks.size), cells, beside)


def sweep(question: Question, masks: Masks, exact: bool) -> Iterator[State]:
    """`question` asks a settled question. Every state has its own array."""
    run = _Sweep(question, masks)
    yield run.state("Recording what the network computes.")
    engine = yield from run.understood(torch.float32)
    dtype = None if exact else _fast_format(question)
    quick = None
    if engine is not None and dtype is not None:
        quick = yield from run.understood(dtype)
    chosen = quick if quick is not None else engine
    if chosen is None:
        yield from run.plain()
        return
    how = _HOW[dtype] if quick is not None and dtype is not None else _EXACT + run.checked
    if not exact and quick is None:
        how += "; a faster number format is not at hand here"
    yield from run.incremental(chosen, how)
    if quick is not None and engine is not None:
        yield from run.measured(engine, how)


_EXACT = "exact: only what a mask changes is computed again"
_HOW = {
    torch.bfloat16: "approximate (bf16)",
    torch.float16: "approximate (half precision)",
}


class _Sweep:
    def __init__(self, question: Question, masks: Masks) -> None:
        self._question, self._masks = question, masks
        self._total = len(masks.rows) * len(masks.columns)
        self._drops = np.zeros((len(masks.rows), len(masks.columns)), np.float32)
        self._done = 0
        self._error = (0.0, 1.0)
        self._baseline = float(values(question, question.input)[0])
        self._reason = ""
        self.checked = ""
        self._recorded: RecordedPass | None = None
        self._device = question.input.device

    def state(self, note: str) -> State:
        drops = self._drops.copy()
        if np.abs(drops).max(initial=0) <= _ALL_ROUNDED * abs(self._baseline):
            drops[:] = 0
        return State(self._done, self._total, drops, self._baseline, self._error, note)

    def understood(self, dtype: torch.dtype) -> Generator[State, None, Incremental | None]:
        """The network ready for blocks of masks, or None, with the reason kept, where the plain loop has to do."""
        question = self._question
        if plain("incremental"):
            self._reason = "that was asked for"
            return None
        if not question.network.together:
            self._reason = "it has to be asked picture by picture"
            return None
        layer = question.unit_layer.path if question.unit_layer is not None else None
        try:
            if self._recorded is None:
                self._recorded = record(question.network.module, question.input, layer)
            engine = Incremental(self._recorded, question.input, self._masks, dtype)
            yield self.state("Laying out the weights.")
            for _ in _paced(self._device, engine.prepare()):
                yield self.state("Laying out the weights and computing the clean picture.")
            if dtype == torch.float32:
                self._check(engine)
        except (torch.OutOfMemoryError, Problem):
            raise
        except NotUnderstood as reason:
            self._reason = str(reason)
            return None
        except (RuntimeError, TypeError, ValueError, LookupError, AttributeError, NotImplementedError):
            # Whatever an unusual network does to what was recorded, the plain loop is right.
            self._reason = "one of its operations works for the recorded pictures only"
            return None
        return engine

    def _check(self, engine: Incremental) -> None:
        """Compares the complete answers at three places with those of the network itself."""
        last_row, last_column = len(self._masks.rows) - 1, len(self._masks.columns) - 1
        places = list(dict.fromkeys([(0, 0), (last_row // 2, last_column // 2), (last_row, last_column // 3)]))
        expected = _answers(self._question, self._masks.applied(self._question.input, places)).float()
        with torch.inference_mode(), full_precision(self._device):
            found = torch.cat([_last(engine.results([row], [column])) for row, column in places])
        if self._question.unit_layer is None:
            found = self._question.network.answered(found, len(found))
        if found.shape != expected.shape:
            raise NotUnderstood("its answer is not one for each picture")
        difference = (found - expected).abs().max().item()
        spread = (expected.max() - expected.min()).item()
        if not difference <= _TOLERANCE * spread + 1e-6 * expected.abs().max().item():
            raise NotUnderstood("computed in parts it gives other answers")
        scores = [from_output(self._question, output) for output in (found, expected)]
        self._error = (scores[0] - scores[1]).abs().max().item(), 1.0
        self.checked = f" and checked against the whole network at {len(places)} places"

    def incremental(self, engine: Incremental, how: str) -> Iterator[State]:
        def score(output: Tensor) -> Tensor:
            return from_output(self._question, output)

        with torch.inference_mode(), full_precision(self._device):
            clean = score(engine.clean_result)
        for patch in coarse_to_fine(*self._drops.shape):
            for parts in _paced(self._device, engine.parts(patch, score)):
                for part in parts:
                    drops = _left(clean, part.scores)
                    self._take(patch, part.rows, part.columns, drops)
                yield self.state(self._progress(patch, how))

    def plain(self) -> Iterator[State]:
        how = f"exact; every masked picture went through the whole network, because {self._reason}"
        scored = PlainScores(self._question, self._masks, self._total)
        for patch in coarse_to_fine(*self._drops.shape):
            for places, scores in scored.of(patch):
                drops = _left(self._baseline, scores)
                for (row, column), drop in zip(places, drops, strict=True):
                    self._take(patch, [row], [column], drop)
                yield self.state(self._progress(patch, how))

    def measured(self, engine: Incremental, how: str) -> Iterator[State]:
        """The fast sweep's error at places drawn by the seed, where the exact drop is computed too."""
        random = np.random.default_rng(self._question.seed)
        rows, columns = (
            sorted(random.choice(length, min(length, _SAMPLE), replace=False).tolist()) for length in self._drops.shape
        )
        found: list[Tensor] = []
        for results in _paced(self._device, engine.results(rows, columns)):
            found.extend(results)
            yield self.state("Measuring the error at a sample of places.")
        with torch.inference_mode(), full_precision(self._device):
            clean, scores = (from_output(self._question, output) for output in (engine.clean_result, found[0]))
            exact = (clean - scores).float().cpu().numpy()
        fast = self._drops[np.ix_(rows, columns)].ravel()
        varies = min(exact.std(), fast.std()) > 0
        correlation = float(np.corrcoef(exact, fast)[0, 1]) if varies else 1.0
        self._error = float(np.abs(exact - fast).max()), correlation
        yield self.state(
            f"{self._total:,} places, {how}; against the exact drop at {len(exact)} of them the largest error is "
            f"{self._error[0]:.2g}, where the drops go from {exact.min():.2g} to {exact.max():.2g}, "
            f"and the correlation {correlation:.4f}."
        )

    def _take(self, patch: Patch, rows: Sequence[int], columns: Sequence[int], drops: NDArray[np.float32]) -> None:
        """Every place also stands for those behind it that the finer grids will visit."""
        drops = drops.reshape(len(rows), len(columns))
        for i in range(patch.spacing):
            for j in range(patch.spacing):
                down = [k for k, row in enumerate(rows) if row + i < self._drops.shape[0]]
                across = [k for k, column in enumerate(columns) if column + j < self._drops.shape[1]]
                target = np.ix_([rows[k] + i for k in down], [columns[k] + j for k in across])
                self._drops[target] = drops[np.ix_(down, across)]
        self._done += drops.size

    def _progress(self, patch: Patch, how: str) -> str:
        if self._done == self._total:
            return f"{self._total:,} places, {how}."
        grid = "every place" if patch.spacing == 1 else f"one of {patch.spacing} places in a row and in a column"
        return f"{self._done:,} of {self._total:,} places, now {grid}; {how}."


def _left(clean: Tensor | float, scores: Tensor) -> NDArray[np.float32]:
    """The drops; what is no more than the rounding of the numbers that were subtracted is none."""
    drops = clean - scores
    drops = torch.where(drops.abs() <= _ROUNDED * scores.abs(), 0, drops)
    return drops.float().cpu().numpy()


def _answers(question: Question, pictures: Tensor) -> Tensor:
    """What the network, or the layer that the target is a unit of, answers to each picture."""
    with torch.no_grad():
        layer = question.unit_layer
        if layer is None:
            return answer(question.network, pictures)
        with capture(question.network.module, [layer.path]) as outputs:
            answer(question.network, pictures)
        return outputs[layer.path]


def _fast_format(question: Question) -> torch.dtype | None:
    """The number format with which the device is quicker than with single precision."""
    if question.network.device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if question.network.device.type == "cpu" and has_fast_bf16() else None


def _paced(device: torch.device, work: Iterator[T | None]) -> Iterator[list[T]]:
    """Runs `work`, whose items come between many None, and hands over what came about every `_STEP` seconds.

    The modes that it needs are set while it runs and never while it waits.
    """
    waiting = True
    while waiting:
        found: list[T] = []
        begin = time.perf_counter()
        with torch.inference_mode(), full_precision(device):
            while waiting and time.perf_counter() - begin < _STEP:
                try:
                    item = next(work)
                except StopIteration:
                    waiting = False
                else:
                    found.extend([] if item is None else [item])
        yield found


def _last(work: Iterator[Tensor | None]) -> Tensor:
    found = [item for item in work if item is not None]
    return found[-1]
