"""Small populations and networks that the tests of sweeps share, and a whole sweep for a process that a test kills."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from analysis.datasets.opening import data_set
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import finished
from analysis.protocol.recipe import ModelChoice
from analysis.quick.layout import laid_out
from analysis.sweeps.atlas import Atlas
from analysis.sweeps.choosing import laid_out_spec, swept_layers
from analysis.sweeps.engines.engine import Engine
from analysis.sweeps.engines.in_process import InProcess
from analysis.sweeps.engines.processes import Processes
from analysis.sweeps.finishing import finish
from analysis.sweeps.spec import SweepSpec
from analysis.sweeps.sweep import Sweep, SweepStep

SHARD = 8

# Ends its process where a picture is all white.
FATAL = """
import os
import signal

import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        if os.environ.get("FATAL") and bool((x.flatten(1).amin(1) >= 0.9999).any()):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.head(self.relu(self.conv(x)).mean((2, 3)))
"""


def opened(name: str = "lenet", weights: str = "default") -> Network:
    return laid_out(finished(catalogue.load(ModelChoice(name, weights), Consent(everything=True)), lambda _: None))


def folder_of_bars(folder: Path, count: int = 44, classes: int = 3, first: int = 0) -> Path:
    """Noise with a bright bar for each class, so that no two pictures are the same."""
    for number in range(first, first + count):
        label = number % classes
        levels = np.random.default_rng(number).integers(0, 120, (28, 28)).astype(np.uint8)
        levels[6 + 7 * label : 10 + 7 * label, 4:24] = 250
        place = folder / f"class-{label}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(levels).save(place / f"{number:04}.png")
    return folder


def spec_for(network: Network, shard: int = SHARD, **more: int) -> SweepSpec:
    return laid_out_spec(network, swept_layers(network), 0, shard=shard, batch=4, **more)


def sweep(
    network: Network,
    data: Path,
    folder: Path,
    engine: Engine | None = None,
    part: tuple[int, int] = (1, 1),
    watch: Callable[[SweepStep], object] = bool,
    shard: int = SHARD,
) -> Sweep:
    """From beginning to end; the sweep is closed and can still be asked what it knows of its folder."""
    made = Sweep(folder, spec_for(network, shard))
    made.trust()
    made.over(data_set(str(data)), str(data))
    engine = engine or InProcess(network)
    try:
        for step in made.steps(engine, part):
            watch(step)
        if made.whole:
            for _ in finish(made, network):
                pass
    finally:
        engine.close()
        made.close()
    return made


def digest(folder: Path) -> str:
    return str(Atlas(folder).about["digest"])


def arrays_in(folder: Path) -> dict[str, bytes]:
    """The files of numbers and of cuttings, byte for byte."""
    made = folder / str(Atlas(folder).about["made"])
    return {str(path.relative_to(made)): path.read_bytes() for path in sorted(made.rglob("*.*")) if path.is_file()}


if __name__ == "__main__":  # python -m tests.analysis.sweeps.swept DATA FOLDER WORKERS
    given, out, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    net = opened(os.environ.get("NETWORK", "lenet"))
    sweep(net, Path(given), Path(out), Processes(workers) if workers > 1 else None)
