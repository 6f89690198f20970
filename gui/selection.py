"""What is selected: network, layer, unit, place, target, looks. One selection, shown by every panel.

Panels read it, change it by its methods, and repaint on its signals; they do not talk to each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from analysis.protocol.looks import DEFAULT, Looks, look_in, turned, whole

if TYPE_CHECKING:
    from analysis.protocol.events import Loaded
    from analysis.protocol.layers import LayerNode
    from analysis.protocol.requests import Backward
    from analysis.settings.declared import Setting

Look = TypeVar("Look")


class State(QObject):
    """A signal is sent only when something really changed, and after everything that belongs to the change is set."""

    network_changed = Signal()
    layer_changed = Signal()
    unit_changed = Signal()
    place_changed = Signal()
    target_changed = Signal()
    looks_changed = Signal()
    backward_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network: Loaded | None = None
        self._layer: str | None = None
        self._unit: int | None = None
        self._place: tuple[int, int] | None = None
        self._target = "class"
        self._looks = DEFAULT
        self._backward: Backward | None = None

    @property
    def network(self) -> Loaded | None:
        """What the engine said of the network that is loaded; None while there is none."""
        return self._network

    @property
    def layer(self) -> str | None:
        return self._layer

    @property
    def unit(self) -> int | None:
        return self._unit

    @property
    def place(self) -> tuple[int, int] | None:
        """Row and column in the layer's map that were clicked."""
        return self._place

    @property
    def target(self) -> str:
        """What is explained, in the words of `analysis.protocol.target`."""
        return self._target

    @property
    def looks(self) -> Looks:
        """How every kind of result is looked at, as recipes say it."""
        return self._looks

    def look(self, of: type[Look]) -> Look:
        """How one kind of result is looked at."""
        return look_in(self._looks, of)

    @property
    def backward(self) -> Backward | None:
        """What flows back from which unit; None while only activations are looked at."""
        return self._backward

    @property
    def node(self) -> LayerNode | None:
        """The chosen layer's node."""
        if self._network is None or self._layer is None:
            return None
        return self._network.root.find(self._layer)

    def drawable_layers(self, passes: bool = False) -> list[LayerNode]:
        """Every layer that can be shown, in the order of the tree; with the single calls of one that has several."""
        if self._network is None:
            return []
        root = self._network.root
        return [node for node in (root.with_passes() if passes else root.walk()) if node.kind is not None]

    def set_network(
        self, network: Loaded, layer: str | None, unit: int | None, place: tuple[int, int] | None = None
    ) -> None:
        """A network is ready, with what of it to look at first."""
        self._network = network
        self._target, self._backward = "class", None
        node = network.root.find(layer) if layer is not None else None
        if node is None or node.kind is None:
            layer, unit, place = network.first_layer, None, None
            node = network.root.find(layer) if layer is not None else None
        self._layer = layer
        self._unit = unit if node is not None and unit is not None and unit < node.units else None
        self._place = place
        self.network_changed.emit()
        self.layer_changed.emit()
        self.unit_changed.emit()
        self.target_changed.emit()
        self.backward_changed.emit()

    def set_layer(self, path: str, unit: int | None = None) -> None:
        """Looks at another layer; layers that cannot be drawn are not taken."""
        node = self._network.root.find(path) if self._network is not None else None
        if node is None or node.kind is None or (path == self._layer and unit is None):
            return
        changed = path != self._layer
        self._layer, self._unit, self._place = path, unit, None
        if changed:
            self.layer_changed.emit()
        self.unit_changed.emit()

    def step_layer(self, step: int) -> None:
        """The next or previous layer that can be drawn, in the order of the tree."""
        paths = [node.path for node in self.drawable_layers()]
        if not paths:
            return
        layer = self._layer if self._layer in paths else (self._layer or "").rpartition("@")[0]
        at = paths.index(layer) if layer in paths else 0
        self.set_layer(paths[min(max(at + step, 0), len(paths) - 1)])

    def set_unit(self, unit: int | None) -> None:
        node = self.node
        if unit == self._unit or (unit is not None and (node is None or not 0 <= unit < node.units)):
            return
        self._unit = unit
        self._place = None
        self.unit_changed.emit()

    def set_place(self, place: tuple[int, int] | None) -> None:
        if place != self._place:
            self._place = place
            self.place_changed.emit()

    def set_target(self, target: str) -> None:
        if target != self._target:
            self._target = target
            self.target_changed.emit()

    def set_backward(self, backward: Backward | None) -> None:
        if backward != self._backward:
            self._backward = backward
            self.backward_changed.emit()

    def set_look(self, **changes: Setting) -> None:
        """What a person turns is turned for every kind that has it: the next method may well give another kind."""
        self.set_looks(turned(self._looks, changes))

    def set_looks(self, looks: Looks) -> None:
        """Each kind as a recipe looks at it."""
        looks = whole(looks)
        if looks != self._looks:
            self._looks = looks
            self.looks_changed.emit()
