"""The toolbox's backward mode: which rule, from which unit, and how what comes back to the picture is looked at.

The unit is the chosen one, or a held one, so that the layers before it can be walked.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.recipe import BackwardChoice, BackwardRule
from analysis.protocol.requests import Backward
from analysis.results.views import VIEWS, View
from gui.selection import State

RULES: tuple[BackwardRule, ...] = ("gradient", "deconvolution", "guided")
NO_UNIT = "Choose a unit first: its map is what flows back."


class BackwardMode(QObject):
    changed = Signal()
    noted = Signal(str)
    mended = Signal(str)  # what was noted is so no more

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._rule: BackwardRule | None = None
        self._last_rule: BackwardRule = RULES[0]
        self._held: tuple[str, int] | None = None
        self._in_mosaic = True
        self._view: View = "norm"
        self._awaited = False  # the network of a recipe is, which says whether and how it flows back
        self._wanted: BackwardChoice | None = None
        state.unit_changed.connect(self._tell)
        state.network_changed.connect(self._reset)

    @property
    def rule(self) -> BackwardRule | None:
        """None while it is off."""
        return self._rule

    @property
    def in_mosaic(self) -> bool:
        return self._rule is not None and self._in_mosaic

    @property
    def held(self) -> bool:
        return self._held is not None

    @property
    def view(self) -> View:
        """One of the views of a derivative."""
        return self._view

    @property
    def choice(self) -> BackwardChoice | None:
        """What a recipe says of it; None while it is off."""
        if self._rule is None:
            return None
        layer, unit = self._held or (None, None)
        return BackwardChoice(self._rule, layer, unit, self._in_mosaic, self._view)

    def await_network(self, choice: BackwardChoice | None) -> None:
        """With the next network comes a recipe's own way of looking back, or of not doing so."""
        self._awaited, self._wanted = True, choice

    @Slot()
    def forget_awaited(self) -> None:
        """That network does not come, or another one was chosen."""
        self._awaited, self._wanted = False, None

    def cycle(self) -> None:
        """The toolbox's `b`: off, gradient, deconvolution, guided, off."""
        ways = (None, *RULES)
        self._use(ways[(ways.index(self._rule) + 1) % len(ways)])

    def next_rule(self) -> None:
        """The toolbox's `n`: the next rule, never off."""
        self._use(RULES[(RULES.index(self._rule) + 1) % len(RULES)] if self._rule is not None else self._last_rule)

    def show_in_mosaic(self, on: bool) -> None:
        """The toolbox's `a`: the mosaic shows what flows back, or the activations again."""
        self._in_mosaic = on
        if on and self._rule is None:
            self._use(self._last_rule)
        else:
            self._tell()

    def hold(self, on: bool) -> None:
        """The toolbox's `d`: keeps the unit while other layers and units are looked at."""
        chosen = self._chosen()
        self._held = chosen if on else None
        if on and self._rule is None and chosen is not None:
            self._rule = self._last_rule
        self._tell()
        if on and chosen is None:
            self.noted.emit(NO_UNIT)

    def next_view(self) -> None:
        """The toolbox's `m`."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self.changed.emit()

    def _use(self, rule: BackwardRule | None) -> None:
        self._rule = rule
        self._last_rule = rule or self._last_rule
        if rule is not None and self._seed() is None:
            self.noted.emit(NO_UNIT)
        self._tell()

    def _chosen(self) -> tuple[str, int] | None:
        layer, unit = self._state.layer, self._state.unit
        return (layer, unit) if layer is not None and unit is not None else None

    def _seed(self) -> tuple[str, int] | None:
        return self._held or self._chosen()

    @Slot()
    def _tell(self) -> None:
        seed = self._seed()
        asked = None
        if self._rule is not None and seed is not None:
            asked = Backward(self._rule, *seed, in_mosaic=self._in_mosaic)
        if self._rule is None or seed is not None:
            self.mended.emit(NO_UNIT)
        self._state.set_backward(asked)
        self.changed.emit()

    @Slot()
    def _reset(self) -> None:
        """Another network has other units; that of a recipe may come with one of them held."""
        self._held = None
        if self._awaited:
            self._take(self._wanted)
        self.forget_awaited()
        self._tell()

    def _take(self, choice: BackwardChoice | None) -> None:
        self._rule = choice.rule if choice is not None else None
        if choice is None:
            return
        self._last_rule, self._in_mosaic, self._view = choice.rule, choice.in_mosaic, choice.view
        network = self._state.network
        if choice.held is not None and network is not None:
            layer, unit = choice.held
            node = network.root.find(layer)
            self._held = choice.held if node is not None and node.kind is not None and unit < node.units else None
