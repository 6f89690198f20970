"""Networks that a job opens beside the one that is loaded, and that stay opened as long as there is room."""

from __future__ import annotations

from analysis.network import devices
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import Steps
from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import ModelChoice
from analysis.running.shelf import place_of
from analysis.running.workbench import Workbench, placed


def opened_beside(bench: Workbench, choice: ModelChoice, wanted: str, agreed: frozenset[CodeFile]) -> Steps[Network]:
    """One of those that are opened already, or another, which then is."""
    device = devices.choose(wanted)
    place = place_of(choice, device)
    network = bench.shelf.take(place)
    if network is None:
        loaded = yield from catalogue.load(choice, Consent(agreed))
        network, notes = placed(loaded, device)
        if not notes:
            bench.shelf.keep(place, network, bench.lane.most_networks, bench.lane.most_bytes)
    return network
