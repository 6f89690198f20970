"""Derivatives against captum and against plain autograd: SmoothGrad, the backward rules, Grad-CAM.

The sides take turns; ratios are medians over the turns. Captum gets the network as torchvision makes it and the best of
several batches, ours is laid out as the engine does it.
"""

import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from analysis.methods.method import Method
from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.question.class_maps import maps_and_slopes
from analysis.question.question import Question
from analysis.quick.freed_memory import keep_freed_memory

NETWORKS = {"alexnet": 100, "resnet18": 100, "vgg16": 32}  # and how many samples of SmoothGrad are compared
BATCHES = (1, 2, 4, 8, 16)
TURNS = 9


def tables() -> Iterator[str]:
    keep_freed_memory()  # as the program does, here for all sides
    warnings.simplefilter("ignore")  # captum says that it sets hooks
    yield from _smoothgrad()
    yield from _rules()
    yield from _grad_cam()


def _smoothgrad() -> Iterator[str]:
    yield "SmoothGrad, ms per sample and times of captum's NoiseTunnel at its best batch"
    yield f"{'network':<12}{'captum':>9}{'batch':>7}{'exact':>9}{'ratio':>7}{'bf16':>9}{'ratio':>7}{'longest step':>14}"
    for name, samples in NETWORKS.items():
        plain, network = _pair(name)
        context = Question(network, _picture())
        exact, quick = (method("smoothgrad")(samples=samples, precision=p) for p in ("exact", "bf16"))
        trials = {batch: _tunnel(plain, max(BATCHES), batch) for batch in BATCHES}
        times = {batch: min(_seconds(side) for _ in range(2)) for batch, side in trials.items()}
        best = min(times, key=times.__getitem__)
        sides = [_tunnel(plain, samples, best), partial(_last, exact, context), partial(_last, quick, context)]
        theirs, ours, approximate = _medians(sides, turns=3)
        step = max(_steps(exact, context))
        per = 1e3 / samples
        yield (
            f"{name:<12}{theirs.time * per:9.1f}{best:7}{ours.time * per:9.1f}{ours.ratio:7.2f}"
            f"{approximate.time * per:9.1f}{approximate.ratio:7.2f}{step * 1e3:11.0f} ms"
        )


def _tunnel(module: nn.Module, samples: int, batch: int) -> Callable[[], object]:
    """Captum's SmoothGrad of a class, signed, with the noise of ours."""
    from captum.attr import NoiseTunnel, Saliency

    picture = _picture()
    tunnel = NoiseTunnel(Saliency(module))
    sigma = 0.25 * float(picture.max() - picture.min())
    return lambda: tunnel.attribute(
        picture,
        nt_type="smoothgrad",
        nt_samples=samples,
        nt_samples_batch_size=batch,
        stdevs=sigma,
        target=1,
        abs=False,
    )


def _rules() -> Iterator[str]:
    from captum.attr import GuidedBackprop

    yield ""
    yield "Backward rules, times of autograd's plain gradient (ms) on the same network; captum's on its own"
    yield f"{'network':<12}{'autograd':>9}{'gradient':>10}{'deconvolution':>15}{'guided':>8}{'captum guided':>15}"
    for name in (*NETWORKS, "densenet121"):
        plain, network = _pair(name)
        context = Question(network, _picture())
        techniques = [method(one)() for one in ("gradient", "deconvolution", "guided")]
        captum = GuidedBackprop(_without_in_place(plain))
        sides: list[Callable[[], object]] = [partial(_autograd, network.module)]
        sides += [partial(_last, technique, context) for technique in techniques]
        sides.append(partial(captum.attribute, _picture().requires_grad_(), target=1))
        autograd, gradient, deconvolution, guided, theirs = _medians(sides)
        yield (
            f"{name:<12}{autograd.time * 1e3:9.1f}{gradient.ratio:10.3f}{deconvolution.ratio:15.3f}{guided.ratio:8.3f}"
            f"{theirs.ratio:15.3f}"
        )


def _grad_cam() -> Iterator[str]:
    installed = find_spec("pytorch_grad_cam") is not None
    yield ""
    yield "Grad-CAM with the map at the size of the picture, ms and times of captum's LayerGradCam" + (
        "" if installed else "; install grad-cam to see it beside them"
    )
    yield f"{'network':<12}{'captum':>9}{'ours':>9}{'ratio':>7}" + (
        f"{'grad-cam':>10}{'ratio':>7}" if installed else ""
    )
    for name in NETWORKS:
        plain, network = _pair(name)
        context = Question(network, _picture())
        layer = _without_in_place(plain).get_submodule(maps_and_slopes(context)[0].path)
        sides = [_layer_grad_cam(plain, layer), partial(_last, method("grad-cam")(), context)]
        if installed:
            sides.append(_packaged_grad_cam(plain, layer))
        theirs, ours, *packaged = _medians(sides)
        yield f"{name:<12}{theirs.time * 1e3:9.1f}{ours.time * 1e3:9.1f}{ours.ratio:7.2f}" + "".join(
            f"{one.time * 1e3:10.1f}{one.ratio:7.2f}" for one in packaged
        )


def _packaged_grad_cam(module: nn.Module, layer: nn.Module) -> Callable[[], object]:
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    packaged = GradCAM(model=module, target_layers=[layer])
    return lambda: packaged(input_tensor=_picture(), targets=[ClassifierOutputTarget(1)])


def _layer_grad_cam(module: nn.Module, layer: nn.Module) -> Callable[[], object]:
    from captum.attr import LayerAttribution, LayerGradCam

    captum = LayerGradCam(module, layer)
    return lambda: LayerAttribution.interpolate(captum.attribute(_picture(), target=1), (224, 224), "bilinear")


class _Taken:
    """What one side took: the median time, and the median ratio to the first side of the same turn."""

    def __init__(self, times: Sequence[float], first: Sequence[float]) -> None:
        self.time = median(times)
        self.ratio = median(a / b for a, b in zip(times, first, strict=True))


def _medians(sides: Sequence[Callable[[], object]], turns: int = TURNS) -> list[_Taken]:
    for side in sides:
        side()
    columns = list(zip(*([_seconds(side) for side in sides] for _ in range(turns)), strict=True))
    return [_Taken(column, columns[0]) for column in columns]


def _seconds(side: Callable[[], object]) -> float:
    start = perf_counter()
    side()
    return perf_counter() - start


def _steps(technique: Method, context: Question) -> Iterator[float]:
    start = perf_counter()
    for _ in technique.run(context):
        yield perf_counter() - start
        start = perf_counter()


def _last(technique: Method, context: Question) -> None:
    for _ in technique.run(context):
        pass


def _autograd(module: nn.Module) -> None:
    leaf = _picture().requires_grad_()
    torch.autograd.grad(module(leaf).amax(), leaf)


def _picture() -> Tensor:
    return torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))


def _pair(name: str) -> tuple[nn.Module, Network]:
    """The same random network twice: as torchvision makes it, and as the engine keeps it."""
    from torchvision import models

    torch.manual_seed(0)
    plain = getattr(models, name)(weights=None).eval()
    preprocessing = Preprocessing(224, 224, resize=256, fit="crop")
    network = assembled(copy.deepcopy(plain), ModelChoice(name, "random"), name, preprocessing)
    network.module.to(memory_format=torch.channels_last)
    return plain, network


def _without_in_place(module: nn.Module) -> nn.Module:
    """Captum's backward hooks raise on in-place ReLUs."""
    for part in module.modules():
        if hasattr(part, "inplace"):
            part.inplace = False
    return module
