"""Another state of a network that is opened: of a file of weights, as it came, or freshly drawn.

Said in a word, so that it can be a setting: the path of a file, `default`, or `random` and `random:SEED`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from analysis.network.working_copy import working_copy
from analysis.opening import catalogue, own_file
from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.opening.weights_file import fit, read_weights
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.network.network import Network

FRESH = "random"


def other_state(network: Network, said: str) -> Steps[tuple[nn.Module, tuple[str, ...]]]:
    """The network's module in the other state, and what had to be assumed. The network itself stays as it is."""
    word, _, seed = said.partition(":")
    if os.path.isfile(said):
        yield Loading(0, 1, f"Reading {os.path.basename(said)}")
        return _of_file(network, Path(said))
    if word not in (FRESH, "default") or (seed and not (seed.isascii() and seed.isdigit())):
        raise Problem(
            f"“{said[:80]}” is no state of {network.title}: name a file of weights that is there, default, random or "
            "random:SEED."
        )
    choice = network.choice
    if own_file.is_one(choice.name) or choice.in_memory:
        raise Problem(f"{network.title} is code of your own, which is not run again: name a file of weights.")
    chosen = replace(choice, weights=word, seed=int(seed or 0) % 2**32, weights_hash=None)
    other = yield from catalogue.load(chosen)
    return other.module, ()


def _of_file(network: Network, file: Path) -> tuple[nn.Module, tuple[str, ...]]:
    module = working_copy(network.module)
    weights = read_weights(file, Consent())
    return module, fit(module, weights, file, network.title)
