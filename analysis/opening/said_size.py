"""The sizes of a picture that a network itself tells: by a number it keeps, or by the table of its positions."""

from collections.abc import Iterator
from math import isqrt

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from analysis.network.own_code import attribute

_SIZE = ("img_size", "image_size", "input_size", "img_dim", "image_dim", "input_resolution", "resolution", "imgsz")
_IN_PARTS = ("img_size", "image_size")  # others mean something else in a part: the size of its own map
_POSITIONS = ("pos_emb", "pos_embed", "position_emb", "positional_emb", "pos_encoding", "position_encoding", "pos")
_LARGEST = 2048
_EXTRA = (1, 0, 2)  # tokens beside the places: a class, none, a class and a teacher


def said_sizes(module: nn.Module) -> tuple[tuple[int, int], ...]:
    """Height and width, the likeliest first, each once."""
    found = [*_kept(module), *_by_positions(module)]
    return tuple(dict.fromkeys(size for size in found if all(8 <= side <= _LARGEST for side in size)))


def _kept(module: nn.Module) -> Iterator[tuple[int, int]]:
    for owner in (module, attribute(module, "config"), attribute(module, "cfg")):
        for name in _SIZE:
            yield from _pair(attribute(owner, name))
    for settings in (attribute(module, "default_cfg"), attribute(module, "pretrained_cfg")):
        if isinstance(settings, dict):
            yield from _pair(settings.get("input_size"))
    for part in module.modules():
        for name in _IN_PARTS:
            yield from _pair(attribute(part, name))


def _pair(value: object) -> Iterator[tuple[int, int]]:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield value, value
    elif isinstance(value, (tuple, list)) and len(value) in (2, 3) and all(isinstance(side, int) for side in value):
        yield int(value[-2]), int(value[-1])


def _by_positions(module: nn.Module) -> Iterator[tuple[int, int]]:
    """As many places as a table of positions has, each as large as a step of the first convolution with large steps."""
    steps = [
        int(layer.stride[0])
        for layer in module.modules()
        if isinstance(layer, nn.Conv2d) and layer.stride[0] == layer.kernel_size[0] and int(layer.stride[0]) > 1
    ]
    for count in _places(module):
        for extra in _EXTRA:
            side = isqrt(max(count - extra, 0))
            if side > 1 and side * side == count - extra:
                for step in steps[:1]:
                    yield side * step, side * step
                break


def _places(module: nn.Module) -> Iterator[int]:
    for name, value in (*module.named_parameters(), *module.named_buffers()):
        last = name.lower().removesuffix(".weight").rpartition(".")[2].lstrip("_")
        if last.startswith(_POSITIONS) and isinstance(value, Tensor) and not is_lazy(value):
            if value.dim() == 3 and value.shape[0] == 1:
                yield int(value.shape[1])
            elif value.dim() == 2:
                yield int(value.shape[0])
