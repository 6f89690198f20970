"""Weights that are downloaded without being opened: several at a time, and one that fails keeps none of the others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.opening import torchvision_models
from analysis.opening.loading import Loading, Steps
from analysis.protocol.problems import Problem

AT_A_TIME = 3


def fetched(names: Sequence[str]) -> Iterator[Loading]:
    """How far all of them are together, in bytes. What arrived when it is closed is gone on with the next time."""
    sizes = {name: torchvision_models.megabytes(name) * 1e6 for name in names}
    waiting = list(names)
    running: dict[str, Steps[Path]] = {}
    done = dict.fromkeys(names, 0.0)
    failures: list[str] = []
    try:
        while waiting or running:
            while waiting and len(running) < AT_A_TIME:
                name = waiting.pop(0)
                running[name] = torchvision_models.fetched(name)
            for name, steps in list(running.items()):
                try:
                    done[name] = next(steps).done
                except StopIteration:
                    done[name] = sizes[name]
                    del running[name]
                except Problem as problem:
                    failures.append(str(problem))
                    del running[name]
            yield Loading(sum(done.values()), max(sum(sizes.values()), 1), _words(names, running, done, sizes))
    finally:
        for steps in running.values():
            steps.close()
    if failures:
        raise Problem(" ".join(failures))


def _words(
    names: Sequence[str], running: dict[str, Steps[Path]], done: dict[str, float], sizes: dict[str, float]
) -> str:
    here = sum(done[name] >= sizes[name] for name in names)
    parts = [f"{name} {done[name] / 1e6:.0f} of {sizes[name] / 1e6:.0f} MB" for name in running]
    return f"{here} of {len(names)} networks" + (f" · {', '.join(parts)}" if parts else "")
