"""A sweep over photographs against the bare forward passes of the same network, in turns.

Ours reads and decodes JPEG files, runs the network and gathers the statistics of every unit of every layer whose values
are used; bare runs the network on batches that lie in memory. Both compute with one thread, as a worker does. What all
threads of the process take of the processor is told beside, because there the reading counts in full. Memory is looked
at after half of the batches and at the end: what grows with the number of pictures would show. From the rate follows
how long ImageNet's training set would take.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

PICTURES = 256
ROUNDS = 2
NETWORKS = ("resnet18", "efficientnet_lite0")
IMAGENET = 1_281_167
TOOLBOX = 40  # hours that the deep visualisation toolbox took for that
SIZE = (500, 375)


def tables() -> Iterator[str]:
    names = ("network", "units", "layers", "bare/s", "ours/s", "ours : bare", "of the CPU", "memory grew", "ImageNet")
    yield _row(*names)
    with tempfile.TemporaryDirectory() as place:
        data = _photographs(Path(place) / "photographs")
        for name in NETWORKS:
            yield _measured(name, data, Path(place))
    yield f"(the toolbox: {TOOLBOX} hours for the units of one layer after another)"


def _measured(name: str, data: Path, place: Path) -> str:
    import torch

    from analysis.datasets.opening import data_set
    from analysis.opening import catalogue
    from analysis.opening.loading import finished
    from analysis.protocol.recipe import ModelChoice
    from analysis.quick.layout import laid_out
    from analysis.sweeps.choosing import laid_out_spec, swept_layers
    from analysis.sweeps.engines.in_process import InProcess
    from analysis.sweeps.sweep import Sweep

    weights = "random" if name.startswith("resnet") else "default"
    torch.set_num_threads(1)
    network = laid_out(finished(catalogue.load(ModelChoice(name, weights)), lambda _: None))
    layers = swept_layers(network)
    spec = laid_out_spec(network, layers, PICTURES, threads=1)
    size = network.preprocessing
    given = torch.rand(spec.batch, size.channels, size.height, size.width)

    def bare() -> tuple[float, float]:
        began, used = perf_counter(), process_time()
        with torch.no_grad():
            for _ in range(PICTURES // spec.batch):
                network.module(given)
        return perf_counter() - began, process_time() - used

    grown: list[int] = []

    def ours(turn: int) -> tuple[float, float]:
        sweep = Sweep(place / f"{name}-{turn}", spec)
        sweep.over(data_set(str(data)), str(data))
        engine = InProcess(network)
        began, used = perf_counter(), process_time()
        memory = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss for _ in sweep.steps(engine)]
        took = perf_counter() - began, process_time() - used
        engine.close()
        sweep.close()
        grown.append(memory[-1] - memory[len(memory) // 2])
        return took

    bare()
    ours(-1)
    sides = [(bare(), ours(turn)) for turn in range(ROUNDS)]
    ratio, of_cpu = (median(other[kind] / one[kind] for one, other in sides) for kind in (0, 1))
    rate = PICTURES / median(other[0] for _, other in sides)
    hours = IMAGENET / rate / 3600
    return _row(
        name,
        spec.units,
        len(layers),
        f"{PICTURES / median(one[0] for one, _ in sides):.1f}",
        f"{rate:.1f}",
        f"{ratio:.2f}",
        f"{of_cpu:.2f}",
        f"{grown[-1] / 1024:.0f} MB",
        f"{hours:.1f} hours",
    )


def _photographs(folder: Path) -> Path:
    """Of the samples that ship, cut and turned, so that no two are the same."""
    from PIL import Image

    from analysis.pictures.samples import samples

    folder.mkdir(parents=True)
    photographs = [Image.fromarray(sample.open()).convert("RGB") for sample in samples()]
    photographs = [picture for picture in photographs if min(picture.size) > 200] or photographs
    for number in range(PICTURES):
        picture = photographs[number % len(photographs)].resize(SIZE)
        picture.rotate(number * 3 % 17 - 8).save(folder / f"{number:04}.jpg", quality=90)
    return folder


def _row(*cells: object) -> str:
    return f"{cells[0]!s:20}" + "".join(f"{cell!s:>14}" for cell in cells[1:])
