"""How strongly each layer answers: the mean absolute activation, measured in the pass without keeping any output."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.listening import listening, part_of

_NEVER_NEGATIVE = (nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Hardsigmoid, nn.Softmax)


@dataclass(frozen=True)
class _Size:
    """Σ|x| of so many numbers, still on the device."""

    sum: Tensor
    numbers: int


Sizes = dict[str, _Size]


@contextmanager
def mean_sizes(module: nn.Module, paths: Iterable[str]) -> Iterator[Sizes]:
    """Fills the dictionary for the named layers while `module` is called; `read_means` makes numbers of it."""
    sizes: Sizes = {}
    meters = {path: _meter(sizes, path, type(part_of(module, path)[0]) in _NEVER_NEGATIVE) for path in paths}
    with listening(module, meters):
        yield sizes


def read_means(sizes: Sizes) -> dict[str, float]:
    """The mean of each layer, fetched from the device in one go."""
    if not sizes:
        return {}
    sums = torch.stack([size.sum for size in sizes.values()]).cpu().tolist()
    return {path: total / size.numbers for (path, size), total in zip(sizes.items(), sums, strict=True)}


def _meter(sizes: Sizes, path: str, positive: bool) -> Callable[[nn.Module, object, object], None]:
    def measure(_module: nn.Module, _given: object, output: object) -> None:
        tensor = tensor_in(output)
        if tensor is None or not tensor.is_floating_point() or not tensor.numel():
            return
        wide = torch.promote_types(tensor.dtype, torch.float32)  # half precision would overflow
        # Both read the output once and write nothing as large as it; a plain sum is ×4 as fast as ‖x‖₁.
        total = tensor.sum(dtype=wide) if positive else torch.linalg.vector_norm(tensor, 1, dtype=wide)
        sizes[path] = _Size(total.float(), tensor.numel())

    return measure
