"""One case of the bench: a method with its settings, asked a question about a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from analysis.methods.method import Method
from analysis.network.network import Network
from tests.truth.plain import Numbers, Plain, Question

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Pair:
    """What was found and what it should be. `size` is that of the numbers that were added up to it, or cancelled."""

    found: NDArray[Any]
    expected: Any
    size: float = 0.0


Pairs = dict[str, Pair]


@dataclass(frozen=True)
class Case:
    """`picture` is C×H×W as the network sees it, `look` the name of what is in it."""

    network: Network
    technique: Method
    question: Question
    picture: Tensor
    look: str
    seed: int
    hurried: bool

    def level(self, grey: float) -> Numbers:
        """C×1×1: this level of 0…255, normalised."""
        said = self.network.preprocessing
        mean, std = np.array(said.mean), np.array(said.std)
        return np.asarray(((grey / 255 - mean) / std)[:, None, None])


# What the arrays should be, computed by the plain network. It may look at what was found where that chose among equals.
Reference = Callable[[Plain, Case, Arrays], Pairs]
