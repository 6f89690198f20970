"""The live view while a study computes in its own lane: from one shown picture to the next, with it and without.

One window, whose feed has the next picture as soon as one is shown. Rounds without and with a long method in the lane
of studies take turns; the ratios are medians over the rounds, and `itself` is a second round without over the first:
what the machine does to a ratio by chance. `steps/s` says that the study goes on meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROUNDS = 9
SECONDS = 4.0
NETWORKS = {"squeezenet1_0": "features.5", "resnet18": "layer2.0.conv1", "lenet": "conv1"}
LONG = {"samples": 100_000}


def tables() -> Iterator[str]:
    gap = f"{'with it':>10}{'ratio':>8}{'itself':>8}"
    yield f"{'network':16}{'p50 (ms)':>10}{gap}{'p95 (ms)':>10}{gap}{'steps/s':>9}"
    for name, layer in NETWORKS.items():
        watched = _Watched(name, layer)
        yield watched.row()
        watched.close()


class _Watched:
    def __init__(self, name: str, layer: str) -> None:
        from analysis.protocol.recipe import ModelChoice, Recipe
        from gui.tabs.grid_run import Comparison, Question
        from tests.benchmarks.live import _Ours

        self._name = name
        self._window = _Ours(name, layer)
        session: Any = self._window._session
        self._times: list[float] = []
        session.loop.shown.connect(lambda _live: self._times.append(perf_counter()))
        self._steps = 0
        self._last = -1
        session.jobs.progressed.connect(self._count)
        self._comparison = Comparison(session.jobs, session.lanes, session)
        choice = ModelChoice(name, "random")
        self._question = Question(
            (Recipe(choice, method="smoothgrad", settings=LONG),), (choice,), _frame(), device="auto"
        )

    def row(self) -> str:
        self._window.run(1.0)
        plain: list[tuple[float, float]] = []
        again: list[tuple[float, float]] = []
        busy: list[tuple[float, float]] = []
        rate = []
        for _ in range(ROUNDS):
            plain.append(self._round())
            again.append(self._round())
            self._comparison.start(self._question)
            self._until_it_steps()
            before, began = self._steps, perf_counter()
            busy.append(self._round())
            rate.append((self._steps - before) / (perf_counter() - began))
            self._comparison.stop()
            self._until(lambda: not self._comparison.running)
        cells = []
        for at in (0, 1):
            ratio = median(2 * b[at] / (p[at] + a[at]) for p, a, b in zip(plain, again, busy, strict=True))
            itself = median(a[at] / p[at] for p, a in zip(plain, again, strict=True))
            cells += [f"{median(p[at] for p in plain):10.1f}", f"{median(b[at] for b in busy):10.1f}"]
            cells += [f"{ratio:8.2f}", f"{itself:8.2f}"]
        return f"{self._name:16}{''.join(cells)}{median(rate):9.1f}"

    def _round(self) -> tuple[float, float]:
        self._times.clear()
        self._window.run(SECONDS)
        gaps = sorted(1000 * (b - a) for a, b in zip(self._times, self._times[1:], strict=False))
        return gaps[len(gaps) // 2], gaps[int(len(gaps) * 0.95)]

    def _count(self, progress: Any) -> None:
        self._steps += progress.done != self._last
        self._last = progress.done

    def _until_it_steps(self) -> None:
        before = self._steps
        self._until(lambda: self._steps > before)

    def _until(self, true: Any) -> None:
        from PySide6.QtWidgets import QApplication

        while not true():
            QApplication.processEvents()

    def close(self) -> None:
        self._window.close()


def _frame() -> Any:
    from analysis.protocol.frame import Frame
    from tests.benchmarks.live import _pictures

    return Frame(_pictures()[0], 1, "sample:cat", perf_counter())
