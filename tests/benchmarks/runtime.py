"""Techniques that only ask forward, against the same by eager torch, as it comes and with channels last in memory.

The sides are runs of one technique that take turns; ratios are medians over the turns. Eager torch is asked alone, with
all tricks off that are there for speed, twice: as anybody has the network (“as it comes”, the figure that was asked
for), and laid out with channels last, which is stricter; each in the batch in which it is quickest here. What ours
takes until the runtime serves is shared out over the whole run. Weights are random; the time does not depend on them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from analysis.methods.method import Progress
    from analysis.network.network import Network

NETWORKS = ("resnet18", "squeezenet1_0", "efficientnet_lite0", "mobilenet_v3_large", "vgg16")
LAYOUTS = ("as it comes", "channels last")
BATCHES = (1, 4, 8, 16, 32)
LONG = ("vgg16",)  # whose turns have few pictures
MASKS = 4000
SETTINGS: dict[str, dict[str, int]] = {"rise": {"masks": MASKS}, "occlusion": {"stride": 3}}
TURNS = 5


def tables() -> Iterator[str]:
    yield "Milliseconds a picture (torch's in its best batch); how many times as quick ours is, and how it asks"
    yield _row(
        "network",
        "technique",
        *(f"torch {name}" for name in LAYOUTS),
        "ours",
        "set-up",
        *LAYOUTS,
        "parts×abreast×threads",
    )
    for name in NETWORKS:
        yield from _lines(name)


def _row(*cells: str) -> str:
    widths = (20, 17, 21, 21, 8, 9, 14, 15)
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False)) + "".join(
        cells[len(widths) :]
    )


def _lines(name: str) -> Iterator[str]:
    from analysis.quick.freed_memory import keep_freed_memory
    from tests.benchmarks.tricks import _opened, _plain

    keep_freed_memory()
    few = 24 if name in LONG else 96
    with _plain("1"):
        networks = {layout: _opened(name) for layout in LAYOUTS}
        _last_channels(networks["channels last"])
        best = {layout: _best_batch(network, few // 3) for layout, network in networks.items()}
    with _plain(""):
        ours = _opened(name)
    for technique, plainly in (("rise", ""), ("occlusion", "incremental")):
        theirs = {layout: _Side(technique, networks[layout], "1", best[layout]) for layout in LAYOUTS}
        side = _Side(technique, ours, plainly)
        try:
            for other in theirs.values():
                other.go_on(few)
            seconds, pictures, how = side.until_ready()
            turns = [({one: theirs[one].go_on(few) for one in LAYOUTS}, side.go_on(few)) for _ in range(TURNS)]
        finally:
            for run in (*theirs.values(), side):
                run.close()
        each = median(one for _, one in turns)
        shared = max(seconds - pictures * each, 0) / MASKS
        yield _row(
            name,
            technique if technique == "rise" else "plain occlusion",
            *(f"{1e3 * median(others[one] for others, _ in turns):.2f} ({best[one]})" for one in LAYOUTS),
            f"{1e3 * each:.2f}",
            f"{shared * MASKS:.1f} s",
            *(f"{median(others[one] / (mine + shared) for others, mine in turns):.2f}" for one in LAYOUTS),
            how,
        )


def _best_batch(network: Network, most: int) -> int:
    times = {batch: min(_bare(network, batch) for _ in range(3)) / batch for batch in BATCHES if batch <= most}
    return min(times, key=times.__getitem__)


class _Side:
    """A run that goes on whenever it is asked to."""

    def __init__(self, technique: str, network: Network, plainly: str, batch: int = 0) -> None:
        from analysis.methods.registry import method
        from analysis.question.question import Question
        from tests.benchmarks.gradients import _picture

        self._plainly, self._batch = plainly, batch
        own = {"batch": batch} if technique == "rise" else {}
        made: Any = method(technique)(**SETTINGS[technique], **own)
        self._steps: Iterator[Progress] = made.run(Question(network, _picture()))
        self._done = 0

    def go_on(self, pictures: int) -> float:
        """Seconds a picture of about so many."""
        begun, before = perf_counter(), self._done
        while self._done - before < pictures:
            self._step()
        return (perf_counter() - begun) / (self._done - before)

    def until_ready(self) -> tuple[float, int, str]:
        """Seconds and pictures until the runtime serves as it will to the end, and how it is asked."""
        from analysis.quick.runtime.batches import _Batches

        begun, how, quick, is_over = perf_counter(), "", _Batches._quick, False

        def served(batches: Any, pictures: Any) -> Any:
            nonlocal how, is_over
            if batches._served.asked is not None:
                parts = batches._served.asked.parts
                how = f"{parts.pictures}×{parts.abreast}×{parts.threads}"
                is_over = getattr(batches._steps, "gi_frame", None) is None
            return quick(batches, pictures)

        with patch.object(_Batches, "_quick", served):
            while not is_over:
                self._step()
        return perf_counter() - begun, self._done, how

    def _step(self) -> None:
        from analysis.occlusion import plain
        from tests.benchmarks.tricks import _plain

        size = (lambda *_, **__: self._batch) if self._batch else plain.batch_size
        with _plain(self._plainly), patch.object(plain, "batch_size", size):
            self._done = next(self._steps).done

    def close(self) -> None:
        self._steps.close()  # type: ignore[attr-defined]


def _bare(network: Network, batch: int) -> float:
    """Seconds of a pass of so many pictures."""
    import torch

    from tests.benchmarks.gradients import _picture

    pictures = _picture().expand(batch, -1, -1, -1).contiguous()
    begun = perf_counter()
    with torch.no_grad():
        network.module(pictures)
    return perf_counter() - begun


def _last_channels(network: Network) -> None:
    import torch

    network.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        for line in tables():
            print(line, flush=True)
    sys.exit(0)
