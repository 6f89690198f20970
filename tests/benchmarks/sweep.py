"""A sweep over photographs against the bare forward passes of the same network, in turns.

Ours reads and decodes JPEG files, runs the network and gathers the statistics of every unit of every layer whose values
are used. The others run the network on batches that lie in memory: torch with its weights laid out as ours are, torch
as it comes at the best of three batches, and ONNX Runtime where a sweep goes by it. All of them pass pictures with one
thread; ours has others beside that decode and gather, so what all threads of the process take of the processor is told
as well: of a machine whose cores are all busy, that counts. The same sweep by torch as it comes, statistics and all,
is another side. Memory is looked at after half of the batches and at the end: what grows with the number of pictures
would show. From the rate follows how long ImageNet's training set would take.

A second table is what a person sees with all cores: a loop over torch's own loader as it comes, which keeps nothing of
what the network answers, against a sweep by a process for each core, both with all that they do for a picture.
"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.protocol.recipe import ModelChoice

Side = Callable[[], tuple[float, float]]  # seconds of a picture, and seconds of the processor

PICTURES = 512
FEW = 128  # of the sides that need not be asked as long
BARE = 64  # pictures of a side that has nothing to do but passes
ROUNDS = 2
NETWORKS = ("resnet18", "squeezenet1_1", "efficientnet_lite0")
BATCHES = (1, 4, 16)  # of torch as it comes
IMAGENET = 1_281_167
TOOLBOX = 40  # hours that the deep visualisation toolbox took for that
SIZE = (500, 375)


def tables() -> Iterator[str]:
    from analysis.quick.freed_memory import keep_freed_memory

    names = ("units", "layers", "ours/s", "÷ torch", "of the CPU", "÷ runtime", "eager ÷", "by torch ÷", "memory grew")
    yield _row("network", *names, "ImageNet")
    keep_freed_memory()  # as the program does, here for all sides
    with tempfile.TemporaryDirectory() as place:
        data = _photographs(Path(place) / "photographs", PICTURES)
        few = _photographs(Path(place) / "few", FEW)
        for name in NETWORKS:
            yield _measured(name, data, few, Path(place))
        yield f"(the toolbox: {TOOLBOX} hours for the units of one layer after another)"
        yield ""
        yield _row("all cores", "a loop/s", "ours/s", "ours ÷")
        for name in NETWORKS:
            yield _seen(name, data, Path(place))


def _measured(name: str, data: Path, few: Path, place: Path) -> str:
    import torch

    from analysis.datasets.opening import data_set
    from analysis.network.working_copy import working_copy
    from analysis.opening import catalogue
    from analysis.opening.loading import finished
    from analysis.quick.layout import laid_out
    from analysis.quick.runtime.proof import outputs_of
    from analysis.quick.runtime.sessions import Session
    from analysis.quick.runtime.written_down import written_down
    from analysis.sweeps.by_runtime import torch_here
    from analysis.sweeps.choosing import laid_out_spec, swept_layers
    from analysis.sweeps.engines.in_process import InProcess
    from analysis.sweeps.spec import SweepSpec
    from analysis.sweeps.sweep import Sweep

    torch.set_num_threads(1)
    network = finished(catalogue.load(_choice(name)), lambda _: None)
    as_it_comes = working_copy(network.module)
    network = laid_out(network)
    layers = swept_layers(network)
    spec = laid_out_spec(network, layers, PICTURES, threads=1)
    size = network.preprocessing

    def passes(answer: Callable[[torch.Tensor], object], batch: int) -> Side:
        given = torch.rand(batch, size.channels, size.height, size.width)

        def side() -> tuple[float, float]:
            began, used = perf_counter(), process_time()
            with torch.no_grad():
                for _ in range(BARE // batch):
                    answer(given)
            return (perf_counter() - began) / BARE, (process_time() - used) / BARE

        return side

    grown: list[int] = []
    swept = 0

    def sweeping(of: Path, pictures: int, spec: SweepSpec, by: Network = network) -> Side:
        def side() -> tuple[float, float]:
            nonlocal swept
            swept += 1
            sweep = Sweep(place / f"{name}-{swept}", spec)
            sweep.over(data_set(str(of)), str(of))
            engine = InProcess(by)
            began, used = perf_counter(), process_time()
            memory = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss for _ in sweep.steps(engine)]
            took = (perf_counter() - began) / pictures, (process_time() - used) / pictures
            engine.close()
            sweep.close()
            grown.append(memory[-1] - memory[len(memory) // 2])
            return took

        return side

    sweeping(few, FEW, spec)()  # once, so that the runtime's session is there
    eager = min((passes(as_it_comes, batch) for batch in BATCHES), key=lambda side: side()[0])
    plainly = replace(spec, engine=torch_here(), at_once=spec.batch)
    by_torch = sweeping(few, FEW, plainly, replace(network, module=as_it_comes))
    sides = {"torch": passes(network.module, spec.batch), "eager": eager, "by torch": by_torch}
    if spec.engine.startswith("onnxruntime"):
        given = torch.rand(spec.at_once, size.channels, size.height, size.width)
        written = written_down(network.module, given, [])
        assert written is not None
        sides["runtime"] = passes(Session(written, outputs_of(written, []), 1).run, spec.at_once)
    for side in sides.values():
        side()
    sides["ours"] = sweeping(data, PICTURES, spec)
    turns = [{of: side() for of, side in sides.items()} for _ in range(ROUNDS)]

    def ratio(one: str, other: str, kind: int = 0) -> str:
        if not {one, other} <= sides.keys():
            return "-"
        return f"{median(turn[one][kind] / turn[other][kind] for turn in turns):.2f}"

    rate = 1 / median(turn["ours"][0] for turn in turns)
    hours = IMAGENET / rate / 3600
    return _row(
        name,
        spec.units,
        len(layers),
        f"{rate:.1f}",
        ratio("ours", "torch"),
        ratio("ours", "torch", 1),
        ratio("ours", "runtime"),
        ratio("eager", "ours"),
        ratio("by torch", "ours"),
        f"{grown[-1] / 1024:.0f} MB",
        f"{hours:.1f} hours",
    )


def _seen(name: str, data: Path, place: Path) -> str:
    import torch
    from PIL import Image
    from torchvision.transforms import functional

    from analysis.datasets.opening import data_set
    from analysis.opening import catalogue
    from analysis.opening.loading import finished
    from analysis.sweeps.choosing import laid_out_spec, swept_layers
    from analysis.sweeps.engines.processes import Processes
    from analysis.sweeps.sweep import Sweep

    cores = os.cpu_count() or 1
    torch.set_num_threads(cores)
    network = finished(catalogue.load(_choice(name)), lambda _: None)
    size = network.preprocessing

    class Photographs(torch.utils.data.Dataset[torch.Tensor]):
        def __init__(self) -> None:
            self.files = sorted(data.iterdir())

        def __len__(self) -> int:
            return len(self.files)

        def __getitem__(self, number: int) -> torch.Tensor:
            picture = Image.open(self.files[number]).convert("RGB")
            picture = functional.center_crop(functional.resize(picture, [size.resize]), [size.height, size.width])
            return functional.normalize(functional.to_tensor(picture), list(size.mean), list(size.std))

    began = perf_counter()
    with torch.no_grad():
        for given in torch.utils.data.DataLoader(Photographs(), batch_size=BATCHES[-1]):
            network.module(given)
    loop = PICTURES / (perf_counter() - began)

    spec = laid_out_spec(network, swept_layers(network), PICTURES, threads=1, shard=-(-PICTURES // cores))
    engine = Processes(cores)
    rate = 0.0
    for turn in range(2):  # at first processes begin and open the network
        sweep = Sweep(place / f"{name}-all-{turn}", spec)
        sweep.over(data_set(str(data)), str(data))
        began = perf_counter()
        for _ in sweep.steps(engine):
            pass
        rate = PICTURES / (perf_counter() - began)
        sweep.close()
    engine.close()
    return _row(name, f"{loop:.1f}", f"{rate:.1f}", f"{rate / loop:.2f}")


def _choice(name: str) -> ModelChoice:
    from analysis.protocol.recipe import ModelChoice

    return ModelChoice(name, "default" if name == "efficientnet_lite0" else "random")


def _photographs(folder: Path, count: int) -> Path:
    """Of the samples that ship, cut and turned, so that no two are the same."""
    from PIL import Image

    from analysis.pictures.samples import samples

    folder.mkdir(parents=True)
    photographs = [Image.fromarray(sample.open()).convert("RGB") for sample in samples()]
    photographs = [picture for picture in photographs if min(picture.size) > 200] or photographs
    for number in range(count):
        picture = photographs[number % len(photographs)].resize(SIZE)
        picture.rotate(number * 3 % 17 - 8).save(folder / f"{number:04}.jpg", quality=90)
    return folder


def _row(*cells: object) -> str:
    return f"{cells[0]!s:20}" + "".join(f"{cell!s:>14}" for cell in cells[1:])
