"""How strongly each layer answers: the mean absolute activation, measured in the pass without keeping any output."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in


@contextmanager
def mean_sizes(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Fills the dictionary with one number per named layer, still on the device, while `module` is called."""
    means: dict[str, Tensor] = {}
    handles = []
    try:
        for path in paths:
            hook = _meter(means, path)
            handles.append(module.get_submodule(path).register_forward_hook(hook))
        yield means
    finally:
        for handle in handles:
            handle.remove()


def read_means(means: dict[str, Tensor]) -> dict[str, float]:
    """The numbers, fetched from the device in one go."""
    if not means:
        return {}
    return dict(zip(means, torch.stack(list(means.values())).cpu().tolist(), strict=True))


def _meter(means: dict[str, Tensor], path: str) -> Callable[[nn.Module, object, object], None]:
    def measure(_module: nn.Module, _given: object, output: object) -> None:
        tensor = tensor_in(output)
        if tensor is not None and tensor.is_floating_point() and tensor.numel():
            # mean |x| = ‖x‖₁ / n reads the output once and writes nothing as large as it
            wide = torch.promote_types(tensor.dtype, torch.float32)  # half precision would overflow
            means[path] = (torch.linalg.vector_norm(tensor, 1, dtype=wide) / tensor.numel()).float()

    return measure
