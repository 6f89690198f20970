"""The live picture in the maps of layers that are looked at: what each layer makes of it, and where that lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.network.network import as_array
from analysis.population.landing import Ground, land
from analysis.population.vectors import POOLINGS, is_input, vectors_of
from analysis.protocol.events import Landed

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.network.network import Network
    from analysis.protocol.frame import Fitted
    from analysis.protocol.layers import LayerNode
    from analysis.results.kinds import Embedding


class LiveMaps:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._of: Embedding | None = None
        self._grounds: list[Ground] = []

    def nodes(self, maps: Embedding | None) -> list[LayerNode]:
        """Whose outputs are needed."""
        if maps is None:
            return []
        found = (self._network.root.find(one.layer) for one in maps.maps)
        return [node for node in found if node is not None and node.kind is not None]

    def landed(self, maps: Embedding | None, outputs: Mapping[str, Tensor], fitted: Fitted) -> tuple[Landed, ...]:
        if maps is None:
            return ()
        if maps is not self._of:
            self._of = maps
            self._grounds = [Ground(one, maps.groups, len(maps.group_names)) for one in maps.maps]
        vectors = {}
        for one in maps.maps:
            whole = is_input(self._network, one.layer)
            node = None if whole else self._network.root.find(one.layer)
            output = self._network.input_of_fitted(fitted) if whole else outputs.get(one.layer)
            if output is None or (node is None and not whole):
                continue
            pooling = next(kind for kind in POOLINGS if kind == one.pooling)
            vectors[one.layer] = as_array(vectors_of(node, output, pooling)[0])
        return land(self._grounds, vectors, maps.groups, len(maps.group_names))
