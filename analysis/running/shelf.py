"""Networks that were opened and may be asked for again: the last ones, as many as there is room for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import torch

from analysis.network.network import Network
from analysis.opening import own_file
from analysis.protocol.recipe import ModelChoice


@dataclass(frozen=True)
class Place:
    """What was asked for, as its files were then."""

    choice: ModelChoice
    device: str
    files: tuple[tuple[str, int, int], ...]


def place_of(choice: ModelChoice, device: torch.device) -> Place | None:
    """None for what cannot be known to be the same again.

    Code of the person's own may read other files and keep what it likes; what is only in memory may be trained.
    """
    if own_file.is_one(choice.name) or choice.in_memory:
        return None
    named = [path for path in (choice.weights, choice.labels) if path not in (None, "default", "random")]
    files = []
    for path in named:
        try:
            found = os.stat(str(path))
        except OSError:
            return None
        files.append((str(path), found.st_mtime_ns, found.st_size))
    return Place(replace(choice, weights_hash=None), str(device), tuple(files))


class Shelf:
    def __init__(self) -> None:
        self._kept: dict[Place, Network] = {}  # the last used one at the end

    def take(self, place: Place | None) -> Network | None:
        network = self._kept.pop(place, None) if place is not None else None
        if place is not None and network is not None:
            self._kept[place] = network
        return network

    def keep(self, place: Place | None, network: Network, most: int, most_bytes: int) -> None:
        """Those that were not used for longest make room."""
        if place is None or not network.fixed or most < 1:
            return
        self._kept[place] = network
        while len(self._kept) > most or sum(map(_bytes, self._kept.values())) > most_bytes:
            del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        self._kept.clear()


def _bytes(network: Network) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in network.module.parameters())
