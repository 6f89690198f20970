"""Outputs of chosen layers, as they were when the layer returned them.

An in-place operation after a layer overwrites what its hook saw, so a hook clones (pitfalls: 7 of AlexNet's 21 leaves
were wrong without it). Every hook is gone when the block ends, however it ends.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass

from torch import Tensor, nn


def tensor_in(output: object) -> Tensor | None:
    """The tensor that stands for a layer's output: itself, or the first one of a tuple, list, dict or dataclass."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, (tuple, list)):
        values: Iterable[object] = output
    elif isinstance(output, dict):
        values = output.values()
    elif is_dataclass(output) and not isinstance(output, type):
        values = vars(output).values()
    else:
        return None
    return next((found for value in values if (found := tensor_in(value)) is not None), None)


@contextmanager
def capture(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Fills the yielded dictionary with a clone of each named layer's output while `module` is called in the block.

    A layer that is called several times in one pass keeps its last output. The clone stays part of autograd's graph.
    """
    outputs: dict[str, Tensor] = {}
    handles = []
    try:
        for path in dict.fromkeys(paths):
            hook = _keeper(outputs, path)
            handles.append(module.get_submodule(path).register_forward_hook(hook))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _keeper(outputs: dict[str, Tensor], path: str) -> Callable[[nn.Module, object, object], None]:
    def keep(_module: nn.Module, _inputs: object, output: object) -> None:
        tensor = tensor_in(output)
        if tensor is not None:
            outputs[path] = tensor.clone()

    return keep
