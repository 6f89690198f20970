"""A class that is asked for by its name: `class:golden retriever` is `class:207` where the labels say so."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.network.network import Network


@dataclass(frozen=True)
class NamedClass:
    kind: str  # class, probability or logprob
    name: str


def named_class(target: str) -> NamedClass | None:
    """None for a target that is written with a number, or with none."""
    match = re.fullmatch(r"(class|probability|logprob):(.*[^\W\d_].*)", target.strip(), re.DOTALL)
    return NamedClass(match[1], match[2].strip()) if match else None


def target_of(asked: NamedClass, network: "Network") -> str:
    """The target with the number of the class; large and small letters are the same."""
    if network.labels is None:
        raise Problem(
            f"{network.title} has no names of classes: write {asked.kind}:N with a number, or give names with --labels."
        )
    labels = [label.casefold() for label in network.labels]
    found = [index for index, label in enumerate(labels) if label == asked.name.casefold()]
    if len(found) == 1:
        return f"{asked.kind}:{found[0]}"
    if found:
        raise Problem(
            f"{len(found)} classes of {network.title} are called “{asked.name}”: "
            f"write {' or '.join(f'{asked.kind}:{index}' for index in found)}."
        )
    raise Problem(f"{network.title} has no class “{asked.name[:60]}”{_meant(asked.name, network.labels)}.")


def _meant(name: str, labels: Sequence[str]) -> str:
    by_small = {label.casefold(): label for label in labels}
    close = [label for small, label in by_small.items() if name.casefold() in small][:3]
    close = close or [by_small[small] for small in difflib.get_close_matches(name.casefold(), by_small, 3, 0.6)]
    return f"; there is {', '.join(close)}" if close else ""
