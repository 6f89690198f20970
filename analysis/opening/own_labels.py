"""The names of its classes that a network of the person's own keeps itself."""

from collections.abc import Mapping

from torch import nn

from analysis.network.own_code import attribute

_NAMES = ("class_names", "names", "classes", "CLASSES", "labels", "categories", "idx_to_class", "id2label")
MOST = 100_000


def own_labels(module: nn.Module) -> tuple[tuple[str, ...], str] | None:
    """The names, and what the network calls them; None where it keeps none."""
    for owner in (module, attribute(module, "module"), attribute(module, "config")):
        for name in _NAMES:
            if (found := _listed(attribute(owner, name))) is not None:
                return found, name
    return None


def _listed(value: object) -> tuple[str, ...] | None:
    if isinstance(value, Mapping) and 1 < len(value) <= MOST:
        if all(isinstance(key, str) and isinstance(number, int) for key, number in value.items()):
            value = {number: key for key, number in value.items()}
        by_number = {int(key) if str(key).isdigit() else key: name for key, name in value.items()}
        if set(by_number) != set(range(len(by_number))):
            return None
        value = [by_number[number] for number in range(len(by_number))]
    if not isinstance(value, (list, tuple)) or not 1 < len(value) <= MOST:
        return None
    return tuple(value) if all(isinstance(name, str) and name.strip() for name in value) else None
