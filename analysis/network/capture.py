"""Outputs of chosen layers, as they were when the layer returned them.

An in-place operation after a layer overwrites what its hook saw, so a hook clones: without that a third of AlexNet's
layers would show what the next one made of theirs.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass

from torch import Tensor, nn

from analysis.network.listening import listening

# What a class score is called beside losses, features and labels, the surest name first.
_ANSWERS = ("logits", "out", "output", "outputs", "scores", "prediction", "predictions", "preds", "pred")


def tensor_in(output: object) -> Tensor | None:
    """The tensor that stands for a layer's output: itself or, of a tuple, list, dict or dataclass, one in it.

    That is the entry called `logits`, or by another of those names; else the first, where a loss and labels stand back
    for numbers that could be scores. Of a quantised layer it is what its whole numbers stand for.
    """
    if isinstance(output, Tensor):
        return output.dequantize() if output.is_quantized else output
    found = [(name, tensor) for name, value in _entries(output) if (tensor := tensor_in(value)) is not None]
    named = {name.lower(): tensor for name, tensor in reversed(found) if tensor.is_floating_point()}
    for name in _ANSWERS:
        if name in named:
            return named[name]
    tensors = [tensor for _name, tensor in found]
    front = (one for one in tensors if not any(_stands_back(one, other) for other in tensors))
    return next(front, tensors[0] if tensors else None)


def tensors_in(output: object) -> list[Tensor]:
    """All tensors of real numbers in a layer's output."""
    if isinstance(output, Tensor):
        return [output] if output.is_floating_point() else []
    return [tensor for _name, value in _entries(output) for tensor in tensors_in(value)]


def _stands_back(one: Tensor, other: Tensor) -> bool:
    """Whether the other may be scores, and this is a single number, one for each picture, or no measured number."""
    if not other.is_floating_point() or other.dim() < 2:
        return False
    of_pictures = one.dim() == 1 and len(one) == len(other)
    return one.dim() == 0 or of_pictures or not one.is_floating_point()


def _entries(output: object) -> Iterable[tuple[str, object]]:
    if isinstance(output, dict):
        return [(str(name), value) for name, value in output.items()]
    if isinstance(output, (tuple, list)):
        names = getattr(output, "_fields", None) or ("",) * len(output)
        return zip(names, output, strict=True)
    if is_dataclass(output) and not isinstance(output, type):
        return vars(output).items()
    return ()


@contextmanager
def capture(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Fills the yielded dictionary with a clone of each named layer's output while `module` is called in the block.

    A layer that is called several times in one pass keeps its last output. The clone stays part of autograd's graph.
    """
    outputs: dict[str, Tensor] = {}
    with listening(module, {path: _keeper(outputs, path) for path in paths}):
        yield outputs


def _keeper(outputs: dict[str, Tensor], path: str) -> Callable[[nn.Module, object, object], None]:
    def keep(_module: nn.Module, _inputs: object, output: object) -> None:
        tensor = tensor_in(output)
        if tensor is not None:
            outputs[path] = tensor.clone()

    return keep
