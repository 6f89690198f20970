"""Thousands of attempts, kind by kind, and a table of how they ended."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import files
from tests.faults.attempt import Case, Ending, attempt
from tests.faults.own_files import own_networks

KINDS: dict[str, Callable[[random.Random, int], Iterator[Case]]] = {
    "pictures": files.pictures,
    "weights": files.weights,
    "archives": files.archives,
    "recipes": files.recipes,
    "settings": files.settings,
    "own files": own_networks,
}


@dataclass
class Tally:
    """Of one kind. `defects` are sentences with the names of the cases."""

    ends: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def count(self, case: Case, ending: Ending) -> None:
        self.slowest = max(self.slowest, ending.seconds)
        if ending.defect:
            self.defects.append(f"{case.kind}, {case.name}: {ending.defect}")
        else:
            self.ends[ending.how] += 1

    def row(self) -> str:
        counts = " ".join(f"{self.ends[how]:7,}" for how in ("opened", "refused", "asked"))
        return f"{counts} {len(self.defects):7,} {self.slowest:8.1f}"


def tried(kind: str, seed: int, number: int) -> Tally:
    tally = Tally()
    for case in KINDS[kind](random.Random(f"{kind} {seed}"), number):
        with tempfile.TemporaryDirectory() as folder:
            tally.count(case, attempt(case, Path(folder), watched=kind != "own files"))
    return tally
