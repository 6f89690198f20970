"""Steps of a picture that is made, against the plain way: the whole network under a hook, its weights with gradients.

The sides take turns; ratios are medians over the turns. Weights are random, which costs the same. Beside them stand
torch-lucent's steps where that is installed; its hooks are taken off after each call, or it would get slower by itself.
"""

import copy
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from statistics import median
from threading import Thread
from time import perf_counter, sleep
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.events import Failure, JobProgress, Live, Loaded
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.reins import Reins
from analysis.protocol.requests import LiveRequest, LoadRequest, MethodRequest
from analysis.protocol.target import ClassTarget, Target, UnitTarget
from analysis.question.question import Question
from analysis.quick.freed_memory import keep_freed_memory
from analysis.quick.layout import laid_out
from analysis.quick.switch import VARIABLE
from analysis.results.looks import MapsLook

TURNS = 5
UNITS = ((28, "conv5_3"), (19, "conv4_2"), (14, "conv3_3"), (7, "conv2_2"))  # of VGG16's features

Side = Callable[[], object]


def tables() -> Iterator[str]:
    keep_freed_memory()
    warnings.simplefilter("ignore")
    plain, network = _pair("vgg16")
    yield from _units(plain, network)
    yield from _bare(network)
    yield from _batch()
    yield from _lucent(plain, network)
    yield from _attacks()
    yield from _live()


def _units(plain: nn.Module, network: Network) -> Iterator[str]:
    yield "Edge energy, ms a step: the whole network under a hook, ours, ours without crops; 250 of ours in seconds"
    yield f"{'VGG16':<12}{'plain':>9}{'ours':>9}{'times':>8}{'no crop':>9}{'times':>8}{'250 steps':>11}"
    asked: list[tuple[str, Target, str]] = [(name, UnitTarget("center"), f"features.{index}") for index, name in UNITS]
    asked += [("conv5_3 map", UnitTarget("mean"), "features.28"), ("class", ClassTarget("class", 7), "")]
    for name, target, layer in asked:
        question = _question(network, target, layer)
        sides = [_plain_step(plain, target, layer), _step(question), _step(question, whole=True)]
        whole, ours, uncut = _medians(sides)
        yield (
            f"{name:<12}{whole * 1e3:9.1f}{ours * 1e3:9.1f}{whole / ours:8.2f}{uncut * 1e3:9.1f}"
            f"{whole / uncut:8.2f}{250 * ours:9.1f} s"
        )


def _bare(network: Network) -> Iterator[str]:
    """A whole map at the last convolution, against a pass to there and back and nothing else."""
    question = _question(network, UnitTarget("mean"), "features.28")
    cut = network.module.features[:29]  # type: ignore[index]
    picture = torch.randn(1, 3, 224, 224)

    def bare() -> None:
        leaf = picture.clone().requires_grad_()
        torch.autograd.grad(cut(leaf)[0, 5].mean(), leaf)

    there, ours = _medians([bare, _step(question)], turns=2 * TURNS)
    yield ""
    yield f"VGG16 to conv5_3 and back, frozen, cut off there: {there * 1e3:.1f} ms; a step is {ours / there:.3f} of it"


def _batch() -> Iterator[str]:
    _, network = _pair("alexnet")
    yield ""
    yield "Of AlexNet 16 at once, ms a step, and how many times that they take one after the other"
    asked: list[tuple[str, Target, str]] = [
        ("conv2 unit", UnitTarget("center"), "features.3"),
        ("conv3 unit", UnitTarget("center"), "features.6"),
        ("conv5 unit", UnitTarget("center"), "features.10"),
        ("conv5 map", UnitTarget("mean"), "features.10"),
        ("class", ClassTarget("class", 7), ""),
    ]
    for name, target, layer in asked:
        question = _question(network, target, layer)
        together, alone = _medians([_step(question, units=16), _step(question)])
        yield f"{name:<12}{together * 1e3:9.1f}{alone / together * 16:8.2f}"


def _lucent(plain: nn.Module, network: Network) -> Iterator[str]:
    yield ""
    if find_spec("lucent") is None:
        yield "torch-lucent is not installed, so it is not beside them"
        return
    _give_lucent_its_moves()
    from lucent.optvis import objectives, param, render

    yield "Fourier with the standard changes, ms a step: torch-lucent and ours, 224 × 224 pixels"
    yield f"{'VGG16':<12}{'lucent':>9}{'ours':>9}{'times':>8}"
    rows: list[tuple[str, Any, Target, str]] = [
        ("conv5_3 unit", objectives.neuron("features_28", 5), UnitTarget("center"), "features.28"),
        ("conv5_3 map", objectives.channel("features_28", 5), UnitTarget("mean"), "features.28"),
        ("class", "labels:7", ClassTarget("class", 7), ""),
    ]
    for name, objective, target, layer in rows:
        theirs = _lucent_steps(plain, objective, param, render)
        lucent, ours = _medians([theirs, _fourier_steps(_question(network, target, layer))], turns=3)
        yield f"{name:<12}{lucent / STEPS * 1e3:9.1f}{ours / STEPS * 1e3:9.1f}{lucent / ours:8.2f}"


STEPS = 4


def _attacks() -> Iterator[str]:
    """A step of ours comes with the answer to every picture on the way, and what is shown of it.

    Both sides climb the same function of pictures from 0 to 1, with the normalisation inside.
    """
    yield ""
    if find_spec("torchattacks") is None:
        yield "torchattacks is not installed, so it is not beside them"
        return
    import torchattacks

    yield "Attacks, ms a step: torchattacks and ours"
    yield f"{'':<20}{'theirs':>9}{'ours':>9}{'times':>8}"
    picture, label = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)), torch.tensor([7])
    for name in ("alexnet", "resnet18", "vgg16"):
        plain, network = _pair(name)
        steps = torchattacks.PGD(plain, steps=STEPS, random_start=False)
        one = torchattacks.FGSM(plain)
        mean, std = list(network.preprocessing.mean), list(network.preprocessing.std)
        for attack in (steps, one):
            attack.set_normalization_used(mean, std)
        given = (picture - picture.new_tensor(mean).view(-1, 1, 1)) / picture.new_tensor(std).view(-1, 1, 1)
        theirs, ours = _medians([partial(steps, given, label), _pgd_steps(network)])
        yield f"{name + ' PGD':<20}{theirs / STEPS * 1e3:9.1f}{ours / STEPS * 1e3:9.1f}{theirs / ours:8.2f}"
        theirs, ours = _medians([partial(one, given, label), _fgsm_step(network, picture)])
        yield f"{name + ' FGSM':<20}{theirs * 1e3:9.1f}{ours * 1e3:9.1f}{theirs / ours:8.2f}"


def _pgd_steps(network: Network) -> Side:
    """In the middle of a run, with the margin that it has by itself."""
    from analysis.methods.adversaries.pgd import Pgd

    steps = Pgd(steps=10_000).run(_question(network, ClassTarget("class", 7), ""))
    next(steps)
    return lambda: [next(steps) for _ in range(STEPS)]


def _fgsm_step(network: Network, picture: Tensor) -> Side:
    """Until its picture is there; what is answered to that is asked behind it."""
    from analysis.methods.adversaries.picture_space import LEVELS, in_levels
    from analysis.methods.adversaries.victim import Goal, Victim

    victim = Victim(network)
    victim.look_at(picture)
    goal = Goal(torch.tensor([7]), False)

    def step() -> None:
        moment = victim.moment(picture, goal)
        assert moment.slope is not None
        in_levels(picture, 8)(picture + 8 / LEVELS * moment.slope.sign())

    return step


def _live() -> Iterator[str]:
    """Pictures of a stream that are answered in a second, alone and beside a synthesis of the same network."""
    from analysis.protocol.recipe import Recipe

    yield ""
    yield "Pictures of a stream answered in a second: alone, beside a synthesis, their ratio, and steps a second"
    endless: dict[str, Any] = {"target": "class:7", "settings": {"steps": 100_000}}
    asked = [
        ("resnet18", 30, Recipe(ModelChoice("resnet18", "random"), method="edge-energy", **endless)),
        ("resnet18", 200, Recipe(ModelChoice("resnet18", "random"), method="edge-energy", **endless)),
        ("alexnet", 30, Recipe(ModelChoice("alexnet", "random"), method="fourier", **endless)),
    ]
    for name, rate, recipe in asked:
        rates: dict[bool, list[float]] = {True: [], False: []}
        steps: list[float] = []
        with _Streaming(name, rate) as streaming:
            reins = streaming.begin(recipe)
            for _ in range(5):
                for beside in (False, True):
                    (reins.let_go if beside else reins.halt)()
                    answered, stepped = streaming.run(4.0)
                    rates[beside].append(answered)
                    if beside:
                        steps.append(stepped)
        alone, both = median(rates[False]), median(rates[True])
        yield f"{name} at {rate:<4}{alone:12.1f}{both:8.1f}{both / alone:8.2f}{median(steps):8.1f}"


class _Streaming:
    """The worker's own thread, whose mailbox gets a picture at this rate."""

    def __init__(self, name: str, rate: int) -> None:
        from gui.lane.mailbox import Mailbox, Outbox
        from gui.lane.worker import Worker, real_engine

        self._rate, self._number = rate, 0
        self._pixels = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
        self._mailbox, self._outbox = Mailbox(), Outbox()
        self._worker = Worker(self._mailbox, self._outbox, real_engine)
        self._over = False
        self._thread = Thread(target=self._work)
        self._thread.start()
        self._mailbox.put_job(LoadRequest(1, 1, ModelChoice(name, "random")))
        while not any(isinstance(event, (Loaded, Failure)) for event in self._outbox.take_all()):
            sleep(0.01)

    def __enter__(self) -> "_Streaming":
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._mailbox.close()
        self._thread.join()

    def _work(self) -> None:
        while not self._over:
            self._worker.work()
            sleep(0.0005)

    def begin(self, recipe: Any) -> Reins:
        """Until its first step: what comes before is looked up once."""
        reins = Reins()
        self._mailbox.put_job(MethodRequest(2, 1, recipe, None, reins=reins))
        while not any(isinstance(event, JobProgress) for event in self._outbox.take_all()):
            sleep(0.01)
        return reins

    def run(self, seconds: float) -> tuple[float, float]:
        """Pictures answered, and steps made, in a second."""
        answered, done = 0, []
        began = due = perf_counter()
        while perf_counter() - began < seconds:
            self._number += 1
            frame = Frame(self._pixels, self._number, "camera", 0.0, True)
            self._mailbox.put_live(LiveRequest(self._number, 1, frame, None, None, MapsLook()))
            due += 1 / self._rate
            while perf_counter() < due:
                sleep(0.001)
                for event in self._outbox.take_all():
                    answered += isinstance(event, Live)
                    if isinstance(event, JobProgress):
                        done.append(event.done)
        return answered / seconds, (done[-1] - done[0]) / seconds if done else 0.0


def _lucent_steps(module: nn.Module, objective: Any, param: Any, render: Any) -> Side:
    def steps() -> None:
        render.render_vis(
            module,
            objective,
            lambda: param.image(224),
            thresholds=(STEPS,),
            show_image=False,
            progress=False,
            fixed_image_size=224,
        )
        for part in module.modules():
            part._forward_hooks.clear()

    return steps


def _fourier_steps(question: Question) -> Side:
    from analysis.methods.synthesis.fourier import Fourier

    steps = Fourier(steps=100_000).run(question)
    next(steps)  # which looks up how it is asked
    return lambda: [next(steps) for _ in range(STEPS)]


def _give_lucent_its_moves() -> None:
    """The functions of kornia that lucent takes, by torch: kornia has moved them since, or is not there."""
    moves = ModuleType("kornia.geometry.transform")
    kornia, geometry = ModuleType("kornia"), ModuleType("kornia.geometry")

    def rotation(center: Tensor, angle: Tensor, scale: Tensor) -> Tensor:
        turn = torch.deg2rad(angle)
        cos, sin = scale[:, 0] * turn.cos(), scale[:, 1] * turn.sin()
        x, y = center[:, 0], center[:, 1]
        first = torch.stack([cos, sin, (1 - cos) * x - sin * y], 1)
        second = torch.stack([-sin, cos, sin * x + (1 - cos) * y], 1)
        return torch.stack([first, second], 1)

    def warp(picture: Tensor, matrix: Tensor, dsize: tuple[int, int]) -> Tensor:
        height, width = dsize
        to_pixels = torch.tensor([[width / 2, 0, width / 2 - 0.5], [0, height / 2, height / 2 - 0.5], [0, 0, 1.0]])
        whole = torch.cat([matrix, torch.tensor([[[0, 0, 1.0]]]).expand(len(matrix), 1, 3)], 1)
        back = torch.linalg.inv(to_pixels) @ torch.linalg.inv(whole) @ to_pixels
        grid = nn.functional.affine_grid(back[:, :2], list(picture.shape), align_corners=False)
        return nn.functional.grid_sample(picture, grid, align_corners=False)

    def shifted(picture: Tensor, by: Tensor) -> Tensor:
        along = by.to(picture).view(-1, 2, 1)
        matrix = torch.cat([torch.eye(2).expand(len(along), 2, 2), along], 2)
        return warp(picture, matrix, (picture.shape[2], picture.shape[3]))

    for owner in (kornia, moves):
        owner.get_rotation_matrix2d, owner.warp_affine = rotation, warp  # type: ignore[attr-defined]
    moves.translate = shifted  # type: ignore[attr-defined]
    kornia.geometry, geometry.transform, kornia.__version__ = geometry, moves, "0.9.0"  # type: ignore[attr-defined]
    sys.modules |= {"kornia": kornia, "kornia.geometry": geometry, "kornia.geometry.transform": moves}


def _edge_energy(x: Tensor) -> Tensor:
    """As one writes it down."""
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0])
    kernel = (row[:, None] * row / 256).view(1, 1, 5, 5)
    scale, energy = x.reshape(-1, 1, *x.shape[2:]), x.new_zeros(())
    while min(scale.shape[2:]) > 5:
        energy = energy + (scale - nn.functional.conv2d(scale, kernel, padding=2)).square().sum()
        scale = nn.functional.avg_pool2d(scale, 2, padding=1)
    return energy


def _plain_step(module: nn.Module, target: Target, layer: str) -> Side:
    """Of a picture of 224 × 224, as one writes it down: a hook, the whole network, gradients of everything."""
    x = (0.01 * torch.randn(1, 3, 224, 224)).requires_grad_()
    adam = torch.optim.Adam([x], lr=0.1)
    kept: list[Tensor] = []

    def step() -> None:
        handle = None
        if layer:
            part = module.get_submodule(layer)
            handle = part.register_forward_hook(lambda _m, _i, output: kept.append(output.clone()))
        try:
            answer = module(x)
        finally:
            if handle is not None:
                handle.remove()
        if isinstance(target, ClassTarget):
            value = answer[0, target.index]
        else:
            maps = kept.pop()[0, 5]
            value = maps.mean() if target.where == "mean" else maps[maps.shape[0] // 2, maps.shape[1] // 2]
        adam.zero_grad()
        (_edge_energy(x) - value).backward()
        adam.step()

    return step


def _step(question: Question, whole: bool = False, units: int = 1) -> Side:
    """As the technique makes one, with what it shows of it; `whole` is without crops."""
    from analysis.methods.synthesis.edge_energy import EdgeEnergy

    steps = EdgeEnergy(steps=100_000, size=224 if whole else 0, units=units).run(question)
    with pytest.MonkeyPatch.context() as patch:
        if whole:
            patch.setenv(VARIABLE, "crops")
        next(steps)  # which looks up how it is asked
    return lambda: next(steps)


def _medians(sides: Sequence[Side], turns: int = TURNS) -> list[float]:
    """Seconds of each, taking turns."""
    times: list[list[float]] = [[] for _ in sides]
    for turn in range(turns + 1):
        for number, side in enumerate(sides):
            began = perf_counter()
            side()
            if turn:  # the first one looks things up
                times[number].append(perf_counter() - began)
    return [median(one) for one in times]


def _pair(name: str) -> tuple[nn.Module, Network]:
    """As torchvision makes it, and as the program has it."""
    from torchvision import models

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        plain = models.get_model(name, weights=None).eval()
        for part in plain.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
    with suppress(AttributeError):
        plain.aux_logits = False
    ours = copy.deepcopy(plain).requires_grad_(False)
    return plain, laid_out(assembled(ours, ModelChoice(name, "random"), name, Preprocessing()))


def _question(network: Network, target: Target, layer: str) -> Question:
    picture = torch.zeros(1, 3, 224, 224)
    node = network.node(layer) if layer else None
    return Question(network, picture, layer=node, unit=5 if layer else None, target=target)
