"""Another network than the one that is loaded, from the shelf or from its files."""

from __future__ import annotations

from collections.abc import Collection

from analysis.network import devices
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import Steps
from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import ModelChoice
from analysis.running.shelf import place_of
from analysis.running.workbench import Workbench, placed


def opened(bench: Workbench, choice: ModelChoice, device: str, agreed: Collection[CodeFile]) -> Steps[Network]:
    """One of those that are opened already, or another, which then is."""
    where = devices.choose(device)
    place = place_of(choice, where)
    network = bench.shelf.take(place)
    if network is None:
        loaded = yield from catalogue.load(choice, Consent(agreed))
        network, notes = placed(loaded, where)
        if not notes:
            bench.shelf.keep(place, network, bench.lane.most_networks, bench.lane.most_bytes)
    return network
