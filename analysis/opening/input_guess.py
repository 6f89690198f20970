"""What pictures a network takes when nobody says so: found by what it tells, by its first layer and by trying sizes."""

import time
from collections.abc import Callable, Iterator
from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from analysis.network.capture import tensor_in
from analysis.network.own_code import let_interrupt_pass, told
from analysis.opening.said_size import said_sizes
from analysis.opening.wants import is_for_volumes, wants
from analysis.protocol.preprocessing import IMAGENET_MEAN, IMAGENET_STD, MOST_CHANNELS, Preprocessing
from analysis.protocol.problems import Problem, words_of

SIZES = (224, 32, 28, 64, 96, 128, 299, 384, 512)
MOST_SECONDS = 60  # after which no further size is tried that takes as long
LARGE = 200  # pixels
_OF_PICTURES = (1, 2, 3)  # channels that a picture has
_OF_THE_CODE = (AttributeError, NameError, ImportError, NotImplementedError)  # what no other size mends

Overrule = Callable[[Preprocessing], Preprocessing]


class NoPictureFits(Problem):
    """The network raises for the pictures that were tried, or answers something else than one picture."""


def guessed(module: nn.Module, overrule: Overrule | None = None) -> Preprocessing:
    """The preprocessing with the first size that runs and answers one picture with one answer.

    `overrule` puts what the person said in place of what is guessed; with a size of theirs no other is tried.
    """
    if is_for_volumes(module):
        raise NoPictureFits(wants(module) or "The network takes volumes and no picture.")
    tried: list[Preprocessing] = []
    wanted, odd, said = wants(module), None, ""
    ends = time.monotonic() + MOST_SECONDS
    for one in _candidates(module, overrule):
        if tried and time.monotonic() > ends and max(one.height, one.width) > LARGE:
            continue
        tried.append(one)
        try:
            with torch.no_grad():
                answer = module.eval()(torch.zeros(1, one.channels, one.height, one.width))
        except BaseException as error:  # the module is the person's own and can fail in any way
            let_interrupt_pass(error)
            said = said or told(error)
            if _wants_a_gpu(error):
                raise NoPictureFits(
                    f"The network's code puts numbers on a GPU by itself, where the picture is not: {told(error)}. "
                    "Let it ask for the place of its input there (x.new_zeros(…), or device=x.device)."
                ) from error
            if isinstance(error, _OF_THE_CODE) and len(tried) > 1:
                raise NoPictureFits(f"The network fails for any picture; it says: {told(error)}.") from error
        else:
            if _answers_one(answer):
                return one
            odd = odd or one
    if odd is not None and wanted is None:
        return odd  # whatever it is that it answers
    if wanted is not None:
        raise NoPictureFits(wanted)
    if overrule is not None and len({(one.height, one.width) for one in tried}) == 1:
        raise refusal(torch.zeros(1, tried[0].channels, tried[0].height, tried[0].width), said)
    sizes = ", ".join(dict.fromkeys(_side(one) for one in tried))
    raise NoPictureFits(
        f"The network takes no square picture of {sizes} pixels; it says: {said}. "
        "Give the size of its input (--size; in the window, when it is opened)."
    )


def refusal(example: Tensor, error: BaseException | str) -> NoPictureFits:
    """What to say when the network raises for a picture (1×C×H×W)."""
    size = " × ".join(str(n) for n in example.shape[1:])
    return NoPictureFits(
        f"The network cannot take a picture of {size} (channels × height × width); "
        f"it says: {error if isinstance(error, str) else told(error)}. Try another input size or number of channels "
        "(--size and --mean; in the window, when it is opened)."
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
    planes = f"{preprocessing.channels} planes of a tensor (.npy, .npz, .pt)"
    colours = {1: "grey", 2: "red and green", 3: "colour"}.get(preprocessing.channels, planes)
    if preprocessing.mean == IMAGENET_MEAN:
        scale = "ImageNet's mean and deviation"
    elif set(preprocessing.mean) == {0.0} and set(preprocessing.std) == {1.0}:
        scale = "values from 0 to 1"
    else:
        scale = "the mean and deviation that were given"
    return (
        f"Nothing says how pictures are prepared for this network: {preprocessing.height} × {preprocessing.width} "
        f"pixels in {colours} with {scale} are assumed (change it in the Network pane, or with --size, --mean and "
        "--std)."
    )


def _candidates(module: nn.Module, overrule: Overrule | None) -> Iterator[Preprocessing]:
    """Each once."""
    seen: set[tuple[int, int, int]] = set()
    for channels in _channels(module):
        for height, width in (*said_sizes(module), *((size, size) for size in SIZES)):
            one = plain(height, width, channels)
            one = one if overrule is None else overrule(one)
            key = (one.channels, one.height, one.width)
            if key not in seen:
                seen.add(key)
                yield one


def _wants_a_gpu(error: BaseException) -> bool:
    return any(sign in words_of(error) for sign in ("NVIDIA", "CUDA enabled", "cuda:0"))


def _side(one: Preprocessing) -> str:
    return str(one.height) if one.height == one.width else f"{one.height}×{one.width}"


def _answers_one(answer: object) -> bool:
    """Whether one picture is answered once: with numbers alone, or with a first axis of one.

    At a size that is not its own a network may take the places of a picture for many pictures.
    """
    tensor = tensor_in(answer)
    return tensor is None or tensor.dim() < 2 or tensor.shape[0] == 1


def _channels(module: nn.Module) -> Iterator[int]:
    """As the first convolution has inputs; otherwise, and where a lazy one takes any, colour, then grey.

    The one that is written first need not be the one that is asked first: where it takes more, others may tell, and
    so may a weight of the network's own that functions take. What runs decides.
    """
    counts = [layer.in_channels for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    first = counts[0] if counts else 0
    if first in _OF_PICTURES:
        likely = [first]
    else:
        others = [count for count in (3, 1) if first and count in counts]
        likely = [*others, *_of_own_weights(module), *([first] if 0 < first <= MOST_CHANNELS else [])]
    yield from dict.fromkeys((*likely, 3, 1))


def _of_own_weights(module: nn.Module) -> list[int]:
    """Inputs of kernels that no layer for convolutions holds, colour first."""
    held = {id(value) for layer in module.modules() if isinstance(layer, nn.Conv2d) for value in layer.parameters()}
    kernels = (
        value
        for value in chain(module.parameters(), module.buffers())
        if id(value) not in held and not is_lazy(value) and value.dim() == 4
    )
    return sorted({kernel.shape[1] for kernel in kernels} & set(_OF_PICTURES), key=(3, 1, 2).index)
