"""One tensor of what a layer returned put in another one's place, whatever it is nested in."""

from copy import copy
from dataclasses import is_dataclass
from typing import Any

from torch import Tensor


def exchanged(output: Any, old: Tensor, new: Tensor) -> Any:
    """The same nest of tuples, lists, dictionaries and dataclasses with one tensor in place of another."""
    if output is old:
        return new
    if isinstance(output, dict):
        same = output.copy()
        same.update({key: exchanged(value, old, new) for key, value in output.items()})
        return same
    if isinstance(output, (tuple, list)):
        values = [exchanged(value, old, new) for value in output]
        return type(output)(*values) if hasattr(output, "_fields") else type(output)(values)
    if is_dataclass(output) and not isinstance(output, type):
        twin = copy(output)
        for name, value in vars(output).items():
            object.__setattr__(twin, name, exchanged(value, old, new))  # which may be frozen
        return twin
    return output
