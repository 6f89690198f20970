"""What each trick for speed is worth: the live view, and methods, with all of them and with all but one.

A trick stays where this shows that something takes at least a tenth longer without it, on two networks, or where a
ratio that was asked for needs it. The sides of the live view are processes with the real window that take turns; those
of the methods take turns within one. Without the trick over with it, median of the ratios; 1.10 is a tenth longer.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from analysis.quick.switch import VARIABLE, Trick

if TYPE_CHECKING:
    from analysis.network.network import Network

ROUNDS = 5
SECONDS = 1.5
LIVE: tuple[Trick, ...] = ("runtime", "layout", "memory")
METHODS: dict[str, tuple[Trick, ...]] = {
    "smoothgrad": ("first-layer", "layout"),
    "guided": ("first-layer",),
    "rise": ("runtime", "folding", "layout"),
    "occlusion": ("incremental", "winograd"),
}
SMALL: dict[str, dict[str, int]] = {"smoothgrad": {"samples": 8}, "rise": {"masks": 64}, "occlusion": {"stride": 24}}
NETWORKS = ("alexnet", "resnet18", "squeezenet1_0", "mobilenet_v3_large", "efficientnet_lite0", "vgg16")
NO_RELU = {"guided": ("mobilenet_v3_large", "efficientnet_lite0")}  # which guided back-propagation is not defined for


def tables() -> Iterator[str]:
    from tests.benchmarks import live

    yield "Live view: time a shown frame takes without the trick ÷ with all of them"
    yield _row("network", *LIVE)
    for name, layer in live.NETWORKS.items():
        yield _row(name, *_live(name, layer))
    for method_name, tricks in METHODS.items():
        yield ""
        yield f"{method_name}: without the trick ÷ with all of them"
        yield _row("network", *tricks)
        for name in NETWORKS:
            if name not in NO_RELU.get(method_name, ()):
                yield _row(name, *_method(method_name, tricks, name))
    yield ""
    yield from _films()


def _films() -> Iterator[str]:
    """In processes of their own, as `make bench sources` has them."""
    from tests.benchmarks import sources

    yield "A film of 1920×1080 that moves 60 times a second: frames shown without the trick, and with all of them"
    with tempfile.TemporaryDirectory() as folder, sources.x_server() as environment:
        film = str(sources.film(Path(folder) / "film.mp4", 1920, 1080, 60))
        for name in sources.NETWORKS:
            rates = []
            for trick in ("scaling", ""):
                found = sources.found(name, film, {**environment, VARIABLE: trick}, folder)
                rates.append(f"{found['shown/s']:.0f}/s" if isinstance(found, dict) else found)
            yield _row(name, *rates)


def _row(*cells: str) -> str:
    return f"{cells[0]:20}" + "".join(f"{cell:>17}" for cell in cells[1:])


def _live(name: str, layer: str) -> Iterator[str]:
    from tests.benchmarks.live import READY, _Side

    sides: dict[str, Any] = {}
    for trick in ("", *LIVE):
        with _plain(trick):
            sides[trick] = _Side("ours", name, layer)
            sides[trick].run(READY)
    rates = {trick: [] for trick in sides}
    for _ in range(ROUNDS):
        for trick, side in sides.items():
            rates[trick].append(side.run(SECONDS)[0])
    for side in sides.values():
        side.close()
    for trick in LIVE:
        yield f"{median(w / wo for w, wo in zip(rates[''], rates[trick], strict=True)):.2f}"


def _method(method_name: str, tricks: tuple[Trick, ...], name: str) -> Iterator[str]:
    """A network of its own for each side, since some tricks are in how it is made."""
    from analysis.methods.registry import method
    from analysis.question.question import Question
    from analysis.quick.freed_memory import keep_freed_memory
    from tests.benchmarks.gradients import _last, _picture, _seconds

    keep_freed_memory()
    sides = {}
    for trick in ("", *tricks):
        with _plain(trick):
            technique = method(method_name)(**SMALL.get(method_name, {}))
            sides[trick] = partial(_last, technique, Question(_opened(name), _picture()))
            sides[trick]()
    times: dict[str, list[float]] = {trick: [] for trick in sides}
    for _ in range(ROUNDS):
        for trick, side in sides.items():
            with _plain(trick):
                times[trick].append(_seconds(side))
    for trick in tricks:
        yield f"{median(wo / w for w, wo in zip(times[''], times[trick], strict=True)):.2f}"


def _opened(name: str) -> Network:
    from analysis.opening.catalogue import load
    from analysis.opening.consent import Consent
    from analysis.opening.loading import finished
    from analysis.protocol.recipe import ModelChoice
    from analysis.quick.layout import laid_out

    choice = ModelChoice(name, "random", seed=0)
    return laid_out(finished(load(choice, Consent(frozenset())), lambda _step: None))


@contextmanager
def _plain(trick: str) -> Iterator[None]:
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = trick
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
