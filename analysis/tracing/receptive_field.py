"""The theoretical receptive field of everything a network computes, by following each tensor through any code.

While `Following` reads a pass, every operation that torch executes also computes which places of the picture its
result stands for and what they see: the union over all branches, so the longest path counts (Araujo et al. 2019).
This needs no tracing: it sees what runs, whether modules, functions or methods wrote it.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from analysis.protocol.layers import ReceptiveField
from analysis.tracing.place_rules import Arguments, opaque, rule_of
from analysis.tracing.places import Places, of_picture, unknown


class Following:
    """`of(tensor)` is what is known of a tensor that was computed from `picture` while this read the pass."""

    def __init__(self, picture: Tensor) -> None:
        self._places = WeakTensorKeyDictionary()
        self._places[picture] = of_picture(picture.shape)

    def of(self, tensor: object) -> Places | None:
        if not isinstance(tensor, Tensor) or tensor not in self._places:
            return None
        found: Places = self._places[tensor]
        return found

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Tensor], bool]:
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        return tensors, any(self.of(tensor) is not None for tensor in tensors)

    def after(
        self,
        operation: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        seen: tuple[list[Tensor], bool],
        result: object,
    ) -> None:
        tensors, is_known = seen
        if is_known or any(tensor in self._places for tensor in tree_leaves(result) if isinstance(tensor, Tensor)):
            self._follow(operation, named_arguments(operation, args, kwargs), tensors, result)

    def _follow(self, func: Any, named: Arguments, inputs: list[Tensor], result: object) -> None:
        outputs = tuple(leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor))
        written = _written(func, named)
        targets = outputs or tuple(written)
        rule = rule_of(func)
        known: Sequence[Places | None]
        try:
            known = rule(self, named, targets)
        except (ArithmeticError, IndexError, TypeError, ValueError, KeyError):
            known = opaque(self, {"inputs": inputs}, targets)  # an unusual form of a known operation
        for tensor, places in zip(targets, known, strict=False):
            if places is not None and tuple(axis.size for axis in places.axes) != tuple(tensor.shape):
                places = unknown(places, tensor.shape)
            changed = places != self.of(tensor)
            self._note(tensor, places)
            if changed and tensor._base is not None and any(tensor is one for one in written):
                self._written_through(tensor._base, tensor)

    def _note(self, tensor: Tensor, places: Places | None) -> None:
        if places is not None:
            self._places[tensor] = places
        elif tensor in self._places:
            del self._places[tensor]

    def _written_through(self, base: Tensor, view: Tensor) -> None:
        """What was written into a view is also in the tensor it is a view of, at places that are not counted alike."""
        places, before = self.of(view), self.of(base)
        if places is not None and places.axes == (before.axes if before is not None else None):
            self._places[base] = places
        elif before is not None:
            self._places[base] = before.blinded()
        elif places is not None:
            self._places[base] = unknown(places, base.shape)


def receptive_field(places: Places, rows: int | None, columns: int | None) -> ReceptiveField | None:
    """In whole pixels; None where it is the whole picture, cannot be told, or has no whole-numbered stride."""
    spans = places.spans
    if rows is None or columns is None or spans[0] is None or spans[1] is None:
        return None
    if any(span.stride.denominator != 1 for span in spans if span is not None):
        return None
    starts = (floor(spans[0].start), floor(spans[1].start))
    ends = (ceil(spans[0].start + spans[0].size), ceil(spans[1].start + spans[1].size))
    return ReceptiveField(
        size=(ends[0] - starts[0], ends[1] - starts[1]),
        stride=(int(spans[0].stride), int(spans[1].stride)),
        start=starts,
    )


def named_arguments(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    arguments = func._schema.arguments
    named = {argument.name: value for argument, value in zip(arguments, args, strict=False)}
    named.update(kwargs)
    for argument in arguments:
        if argument.name not in named:
            named[argument.name] = argument.default_value if argument.has_default_value() else None
    return named


def _written(func: Any, named: Arguments) -> list[Tensor]:
    written = []
    for argument in func._schema.arguments:
        if argument.alias_info is not None and argument.alias_info.is_write:
            written += [leaf for leaf in tree_leaves(named[argument.name]) if isinstance(leaf, Tensor)]
    return written
