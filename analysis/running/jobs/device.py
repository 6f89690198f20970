"""The network moves to another device."""

from collections.abc import Iterator

from analysis.network import devices
from analysis.protocol.events import Event
from analysis.protocol.requests import DeviceRequest
from analysis.running.workbench import Workbench, placed


def move(bench: Workbench, request: DeviceRequest) -> Iterator[Event]:
    network = bench.needed()
    device = devices.choose(request.device)
    bench.shelf.clear()  # a network that moves must not be used where it was
    moved, notes = placed(network, device)
    bench.take(moved, request.epoch)
    yield bench.loaded(request.id, notes)
