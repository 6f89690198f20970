"""A class that is asked for by its name: `class:golden retriever` is `class:207` where the labels say so."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.protocol.class_names import has_names, numbered

if TYPE_CHECKING:
    from analysis.network.network import Network


@dataclass(frozen=True)
class NamedClass:
    kind: str  # class, probability or logprob
    text: str  # as it was typed


def named_class(target: str) -> NamedClass | None:
    """None for a target that is written with numbers, or with none."""
    if not has_names(target):
        return None
    return NamedClass(target.strip().partition(":")[0].partition("-")[0].strip(), target)


def target_of(asked: NamedClass, network: "Network") -> str:
    """The target with the numbers of the classes."""
    return numbered(asked.text, network.labels, network.title)
