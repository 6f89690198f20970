"""Whether a vector that nobody named is an embedding: numbers that say where a picture lies, and of no class."""

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.listening import listening

FEWEST = 8  # numbers
_ROUNDING = 1e-3


def is_embedding(module: nn.Module, example: Tensor) -> bool:
    """Its length is 1 whatever the picture, or the head is gone: what was called last is an empty layer.

    A network that cannot be asked so is taken for what it was taken for before.
    """
    generator = torch.Generator().manual_seed(0)
    pictures = (example, torch.rand(example.shape, generator=generator).to(example))
    last: list[nn.Module] = []

    def note(part: nn.Module, _inputs: object, _output: object) -> None:
        last[:] = [part]

    leaves = {path: note for path, part in module.named_modules() if path and not list(part.children())}
    try:
        with torch.no_grad(), listening(module, leaves):
            answers = [tensor_in(module(picture.clone())) for picture in pictures]
    except Exception:  # the network may be the person's own and do anything
        return False
    if any(one is None or one.dim() != 2 or one.shape[1] < FEWEST or not one.is_floating_point() for one in answers):
        return False
    if last and type(last[0]) is nn.Identity:
        return True
    lengths = [float(one.float().norm()) for one in answers if one is not None]
    signed = any(bool((one < 0).any()) for one in answers if one is not None)
    return signed and all(abs(length - 1) < _ROUNDING for length in lengths)
