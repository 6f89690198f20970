"""What pictures a network takes when nobody says so: found by its first layer and by trying sizes."""

from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from analysis.network.own_code import let_interrupt_pass, told
from analysis.protocol.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing
from analysis.protocol.problems import Problem

SIZES = (224, 32, 28, 64, 96, 128, 299, 384, 512)


class NoPictureFits(Problem):
    """The network raises for the pictures that were tried; `channels` are those worth another size."""

    def __init__(self, sentence: str, channels: tuple[int, ...] = (3, 1)) -> None:
        super().__init__(sentence)
        self.channels = channels


def guessed(module: nn.Module) -> Preprocessing:
    """The preprocessing with the first size that runs."""
    said = ""
    channels = _channels(module)
    for count in channels:
        for size in SIZES:
            try:
                with torch.no_grad():
                    module.eval()(torch.zeros(1, count, size, size))
            except BaseException as error:  # the module is the person's own and can fail in any way
                let_interrupt_pass(error)
                said = said or told(error)
            else:
                return plain(size, size, count)
    tried = ", ".join(str(size) for size in SIZES)
    raise NoPictureFits(
        f"The network takes no square picture of {tried} pixels; it says: {said}. "
        "Give the size of its input (--size; in the window, when it is opened).",
        channels,
    )


def refusal(example: Tensor, error: BaseException) -> NoPictureFits:
    """What to say when the network raises for a picture (1×C×H×W)."""
    size = " × ".join(str(n) for n in example.shape[1:])
    return NoPictureFits(
        f"The network cannot take a picture of {size} (channels × height × width); "
        f"it says: {told(error)}. Try another input size or number of channels (--size and --mean; in the "
        "window, when it is opened)."
    )


def plain(height: int, width: int, channels: int) -> Preprocessing:
    """ImageNet's mean and deviation for colour, 0 and 1 for anything else."""
    colour = channels == 3
    return Preprocessing(
        height,
        width,
        resize=min(height, width) if height != width or height < 224 else round(min(height, width) / 0.875),
        fit="crop" if height == width else "stretch",
        channels=channels,
        mean=IMAGENET_MEAN if colour else (0.0,) * channels,
        std=IMAGENET_STD if colour else (1.0,) * channels,
    )


def words(preprocessing: Preprocessing) -> str:
    """A sentence on what was assumed."""
    colours = {1: "grey", 2: "red and green", 3: "colour"}[preprocessing.channels]
    scale = "ImageNet's mean and deviation" if preprocessing.mean == IMAGENET_MEAN else "values from 0 to 1"
    return (
        f"Nothing says how pictures are prepared for this network: {preprocessing.height} × {preprocessing.width} "
        f"pixels in {colours} with {scale} are assumed (change it in the Network pane, or with --size, --mean and "
        "--std)."
    )


def _channels(module: nn.Module) -> tuple[int, ...]:
    """As the first convolution has inputs; otherwise, and where a lazy one takes any, colour, then grey."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            if layer.in_channels == 0:
                return (3, 1)
            if layer.in_channels not in (1, 2, 3):
                raise NoPictureFits(
                    f"The network takes {layer.in_channels} planes; only 1, 2 or 3 can be given by a picture."
                )
            return (layer.in_channels,)
    for value in chain(module.parameters(), module.buffers()):
        if not is_lazy(value) and value.dim() == 4 and value.shape[1] in (1, 2, 3):
            return (int(value.shape[1]),)
    return (3, 1)
