"""What an engine has before it: the network that is loaded, its live view, and those that were opened before."""

from __future__ import annotations

import torch

from analysis.network import devices
from analysis.network.network import Network
from analysis.protocol.events import Loaded
from analysis.protocol.lane import Lane
from analysis.protocol.problems import Problem
from analysis.quick.layout import laid_out
from analysis.running.live import LiveView
from analysis.running.shelf import Shelf


class Workbench:
    """Engine and jobs share it, on the engine's thread."""

    def __init__(self) -> None:
        self.lane = Lane()
        self.shelf = Shelf()
        self.network: Network | None = None
        self.epoch = 0
        self.live: LiveView | None = None
        self.busy_until = 0.0  # when the last picture was answered; the next may have begun before

    def needed(self) -> Network:
        if self.network is None:
            raise Problem("There is no network yet; choose one in the Network dock.")
        return self.network

    def take(self, network: Network, epoch: int) -> None:
        self.network, self.epoch = network, epoch
        self.live = LiveView(network)

    def loaded(self, request_id: int, notes: tuple[str, ...]) -> Loaded:
        """The news that the network is there."""
        network = self.needed()
        return Loaded(
            request_id=request_id,
            epoch=self.epoch,
            choice=network.choice,
            title=network.title,
            root=network.root,
            preprocessing=network.preprocessing,
            labels=network.labels,
            output=network.output,
            numbers=network.numbers,
            device=devices.describe(network.device),
            devices=devices.available(),
            first_layer=_first_layer(network),
            notes=notes,
        )

    def fall_back(self, request_id: int) -> Loaded:
        """The graphics memory is full: the network moves to the processor."""
        network = self.needed()
        self.live = None
        self.shelf.clear()
        torch.cuda.empty_cache()
        self.take(laid_out(network.moved(torch.device("cpu"))), self.epoch)
        return self.loaded(request_id, ("The GPU's memory is full; the network runs on the CPU now.",))


def placed(network: Network, device: torch.device) -> tuple[Network, tuple[str, ...]]:
    """On the device, or on the processor where that has no room for it, with what there is to say about that."""
    try:
        return laid_out(network.moved(device)), ()
    except torch.OutOfMemoryError:
        on_cpu = laid_out(network.moved(torch.device("cpu")))
        return on_cpu, ("The GPU's memory is full; the network runs on the CPU.",)


def _first_layer(network: Network) -> str | None:
    """The first layer with several maps: what a person wants to see before having chosen."""
    drawable = [node for node in network.root.walk() if node.kind is not None and not node.children]
    several = [node for node in drawable if node.kind == "map" and node.units > 1]
    chosen = next(iter(several or drawable), None)
    return chosen.path if chosen is not None else None
