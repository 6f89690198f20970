"""The occlusion sweep against captum's Occlusion: 32×32 pixels in steps of 2 on 224×224, 9,409 places.

The sides take turns; ratios are medians over the turns. Captum's time is linear in the places, so it goes over a
coarser grid; ours goes over places of every alignment, a part of them where a network is slow, and its set-up is shared
out over all 9,409. Captum gets the best of several batches and of two memory layouts. Weights are random, He-scaled so
that the scores have a range.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from analysis.network.network import Network
from analysis.occlusion.masks import Masks
from analysis.occlusion.sweep import State, sweep
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question

PLACES = 97 * 97
MASK = 32
CLASS = 7
TURNS = 5


@dataclass(frozen=True)
class Contest:
    name: str
    side: int  # places of ours along one side
    stride: int  # captum's, in pixels
    batches: tuple[int, ...]


CONTESTS = (
    Contest("alexnet", 49, 16, (16, 32, 64)),
    Contest("squeezenet1_0", 33, 24, (8, 16, 32)),
    Contest("resnet18", 25, 32, (8, 16, 32)),
    Contest("vgg16", 13, 32, (4, 8)),
)


def tables() -> Iterator[str]:
    warnings.simplefilter("ignore")
    for exact in (True, False):
        yield f"{'Exact' if exact else 'Fast (bf16)'}: ms per place, seconds for all {PLACES:,}, times captum's speed"
        yield (
            f"{'network':<15}{'captum':>8}{'batch':>6} {'layout':<14}{'ours':>7}{'set-up':>8}{'all':>8}{'ratio':>7}"
            f"{'error':>10}{'range':>8}{'longest step':>14}"
        )
        for contest in CONTESTS:
            yield _line(contest, exact)
        yield ""


def _line(contest: Contest, exact: bool) -> str:
    network = _network(contest.name)
    picture = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    batch, layout = _best(network, picture, contest)
    context = Question(network, picture, target=ClassTarget("class", CLASS))
    places = _places(contest.side)
    masks = Masks(places, places, MASK, torch.zeros_like(picture))
    _ours(context, masks, exact)
    turns = []
    for _ in range(TURNS):
        theirs = _captum(network, picture, contest.stride, batch, layout)
        turns.append((theirs, _ours(context, masks, exact)))
    ratios = [theirs / (ours.per_place + ours.set_up / PLACES) for theirs, ours in turns]
    last = turns[-1][1]
    captum, per, set_up = (
        median(x) for x in ([t for t, _ in turns], [o.per_place for _, o in turns], [o.set_up for _, o in turns])
    )
    error, spread = last.state.error[0], float(last.state.drops.max() - last.state.drops.min())
    return (
        f"{contest.name:<15}{captum * 1e3:8.2f}{batch:6} {layout:<14}{per * 1e3:7.2f}{set_up:8.2f}"
        f"{per * PLACES + set_up:8.1f}{median(ratios):7.2f}{error:10.1e}{spread:8.2f}"
        f"{last.longest * 1e3:11.0f} ms"
    )


@dataclass(frozen=True)
class _Taken:
    set_up: float
    per_place: float
    longest: float  # step between two yields
    state: State


def _ours(context: Question, masks: Masks, exact: bool) -> _Taken:
    begin = last = perf_counter()
    set_up = longest = 0.0
    for state in sweep(context, masks, exact):
        now = perf_counter()
        if state.done == 0:
            set_up = now - begin
        else:
            longest = max(longest, now - last)
        if state.done == state.total and "Measuring" not in state.note:
            end = now
        last = now
    return _Taken(set_up, (end - begin - set_up) / state.total, longest, state)


def _best(network: Network, picture: Tensor, contest: Contest) -> tuple[int, str]:
    """Captum's quickest batch and memory layout."""
    times = {}
    for layout in ("contiguous", "channels_last"):
        for batch in contest.batches:
            times[batch, layout] = min(_captum(network, picture, MASK, batch, layout) for _ in range(2))
    return min(times, key=times.__getitem__)


def _captum(network: Network, picture: Tensor, stride: int, batch: int, layout: str) -> float:
    """Seconds per place."""
    from captum.attr import Occlusion

    memory = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    module = network.module.to(memory_format=memory)
    picture = picture.contiguous(memory_format=memory)
    begin = perf_counter()
    with torch.inference_mode():
        Occlusion(module).attribute(
            picture,
            sliding_window_shapes=(3, MASK, MASK),
            strides=(3, stride, stride),
            baselines=0,
            target=CLASS,
            perturbations_per_eval=batch,
        )
    return (perf_counter() - begin) / (-(-(224 - MASK) // stride) + 1) ** 2


def _places(count: int) -> tuple[int, ...]:
    """Spread over all places of a stride of 2, with every alignment among them."""
    places: Sequence[int] = sorted({2 * round(i * 96 / (count - 1)) for i in range(count)})
    return tuple(places)


def _network(name: str) -> Network:
    from torchvision import models

    torch.manual_seed(0)
    module = getattr(models, name)(weights=None).eval().requires_grad_(False)
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if part.bias is not None:
                nn.init.normal_(part.bias, 0, 0.1)
    return assembled(module, ModelChoice(name, "random"), name, Preprocessing(224, 224, resize=256, fit="crop"))
