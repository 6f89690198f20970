"""Batches of pictures through the network, and the answers of its layers to who gathers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.network.capture import tensor_in
from analysis.network.full_precision import full_precision
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.sweeps.alongside import Alongside
from analysis.sweeps.by_runtime import session_for
from analysis.sweeps.gathering import Gathering
from analysis.sweeps.growing import Batch
from analysis.sweeps.manifest import Entry
from analysis.sweeps.reading import Read
from analysis.sweeps.rectifiers import Watching, rectified
from analysis.sweeps.spec import SweepSpec
from analysis.sweeps.threads import threads
from analysis.tracing.trace import unseen


class Passing:
    """Batches through the network, each layer's answer to who gathers it: at once, or by a thread until `settle`."""

    def __init__(self, network: Network, spec: SweepSpec, gatherings: Sequence[Gathering]) -> None:
        self._network, self._spec = network, spec
        self._nodes = nodes = [network.node(layer.path) for layer in spec.layers]
        self._gatherings = gatherings
        self._session = session_for(network, spec)
        self._batch = Batch((), (), ())
        self._reached: set[str] = set()
        by_path = {node.path: place for place, node in enumerate(nodes)}
        self._of: dict[int, list[int]] = {}
        self._alongside: Alongside | None = None
        if self._session is not None:
            with threads(spec.threads):
                self._alongside = Alongside(spec.at_once * sum(layer.units * layer.places for layer in spec.layers))
            self._side_by_side = self._session.gathered_by(gatherings)
            return
        size = network.preprocessing
        blank = torch.zeros((1, size.channels, size.height, size.width), device=network.device)
        with torch.no_grad(), threads(spec.threads), full_precision(network.device):
            seen, _ = rectified(
                network, [node for node, one in zip(nodes, spec.layers, strict=True) if one.before_relu], blank
            )
        for path, one in seen.items():
            if one.from_relu:
                self._of.setdefault(one.ordinal, []).append(by_path[path])

    def __enter__(self) -> Passing:
        return self

    def __exit__(self, *_: object) -> None:
        if self._alongside is not None:
            self._alongside.close()

    def expect(self, classes: NDArray[np.int64]) -> None:
        """Of these labels there will be pictures."""
        if self._session is not None:
            self._side_by_side.expect(classes)
        else:
            for gathering in self._gatherings:
                gathering.growing.expect(classes)

    def settle(self) -> None:
        """All that was taken is gathered then."""
        if self._alongside is not None:
            self._alongside.settle()
            self._side_by_side.hand_over()

    @torch.no_grad()
    def take(self, reads: Sequence[Read], first: int, entries: Sequence[Entry]) -> None:
        """Pictures that could be read, of those that begin with the number `first`."""
        spec, network = self._spec, self._network
        entries = [entries[read.number - first] for read in reads]
        numbers = [read.number for read in reads]
        self._batch = Batch(numbers, [one.label for one in entries], [one.kept for one in entries])
        if self._session is not None and self._alongside is not None:
            pictures = [read.given for read in reads if read.given is not None]
            self._session.take(self._nodes, pictures, self._side_by_side, self._batch, self._alongside)
            return
        self._reached.clear()
        given = np.zeros((spec.batch, *reads[0].given.shape), np.float32)  # type: ignore[union-attr]
        for place, read in enumerate(reads):
            given[place] = read.given
        hooks = {node.path: self._hearer(place) for place, node in enumerate(self._nodes)}
        watching = Watching(list(self._of), self._coming)
        with threads(spec.threads), full_precision(network.device), listening(network.module, hooks), watching.used():
            network.module(torch.from_numpy(given).to(network.device))
        missing = [node.path for node in self._nodes if node.path not in self._reached]
        if missing:
            raise Problem(f"The layer {missing[0]} was not reached for some pictures: choose others with --layers.")

    def _hearer(self, place: int) -> Callable[[Any, Any, Any], None]:
        node = self._nodes[place]

        def hear(_module: Any, _inputs: Any, output: Any) -> None:
            tensor = tensor_in(output)
            if tensor is not None:
                self._reached.add(node.path)
                with unseen():  # what is gathered has cut values of its own, which are no rectifiers of the network
                    self._gatherings[place].add(maps_of(node, tensor), self._batch)

        return hear

    def _coming(self, number: int, tensor: Tensor, ceiling: float) -> None:
        for place in self._of[number]:
            maps = maps_of(self._nodes[place], tensor)
            if maps.shape[1:] == self._gatherings[place].shape:
                self._gatherings[place].coming(maps.float(), len(self._batch), ceiling)
