"""What is kept at the left, to be looked at beside whatever is chosen at the right: a unit, a layer, a picture.

All three are noted when it is kept, so that the person can change their mind about what of it is to stay.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.frame import Frame
from analysis.protocol.origin import Origin
from analysis.protocol.recipe import BesideChoice, PictureChoice
from analysis.protocol.requests import Beside
from gui.selection import State

if TYPE_CHECKING:
    from gui.lane.background import Reading

What = Literal["unit", "picture", "both"]
GONE = "The picture that was kept beside came from {} and is gone; this one is shown in its place."


class Looking(Protocol):
    """The loop, as far as it is asked."""

    @property
    def seen(self) -> Frame | None: ...


class Around(Protocol):
    """What it needs of the session."""

    @property
    def state(self) -> State: ...
    @property
    def loop(self) -> Looking: ...
    @property
    def mirrored(self) -> bool: ...


class KeptSide(QObject):
    changed = Signal()
    noted = Signal(str)

    def __init__(self, around: Around, parent: QObject) -> None:
        super().__init__(parent)
        self._around = around
        self._state = around.state
        self._on = False
        self._what: What = "unit"
        self._layer: str | None = None
        self._unit: int | None = None
        self._frame: Frame | None = None
        self._mirrored = False
        self._awaited = False  # the network of a recipe is, which says what is kept beside
        self._wanted: BesideChoice | None = None
        self._reading: Reading | None = None
        self._state.network_changed.connect(self._begin_anew)

    @property
    def on(self) -> bool:
        """Whether two sides are looked at."""
        return self._on

    @property
    def what(self) -> What:
        return self._what

    @property
    def layer(self) -> str | None:
        """That is seen at the left."""
        return self._state.layer if self._what == "picture" else self._layer

    @property
    def unit(self) -> int | None:
        """Likewise; None for all of them."""
        return self._state.unit if self._what == "picture" else self._unit

    @property
    def frame(self) -> Frame | None:
        """The picture that is kept; None where both sides are of the same."""
        return None if self._what == "unit" else self._frame

    def keep(self, what: What | None = None) -> None:
        """What is seen now."""
        state = self._state
        if state.layer is None:
            return
        self._layer, self._unit = state.layer, state.unit
        self._frame, self._mirrored = self._around.loop.seen, self._around.mirrored
        self._what = what or self._what
        self._on = True
        self.changed.emit()

    def choose(self, what: What) -> None:
        """What of it stays."""
        if what != self._what:
            self._what = what
            self.changed.emit()

    def keep_unit(self, unit: int | None) -> None:
        """Another unit of the layer at the left, or all of them."""
        if self._what == "picture":
            self._state.set_unit(unit)
        elif unit != self._unit:
            self._unit = unit
            self.changed.emit()

    def close(self) -> None:
        """One side only; what was kept is there again when two are looked at once more."""
        if self._on:
            self._on = False
            self.changed.emit()

    @property
    def keeps_something(self) -> bool:
        """Of the network that is loaded."""
        network = self._state.network
        return network is not None and self._layer is not None and network.root.find(self._layer) is not None

    def open(self) -> None:
        """Two sides, with what was kept last, or with what is seen now."""
        if not self.keeps_something:
            self.keep()
        elif not self._on:
            self._on = True
            self.changed.emit()

    def asked(self, aspect: float, tile: int) -> Beside | None:
        """What the engine is asked for the left side."""
        if not self._on or self.layer is None:
            return None
        return Beside(self.layer, self.unit, self.frame, aspect, tile)

    # recipes

    @property
    def choice(self) -> BesideChoice | None:
        if not self._on:
            return None
        layer, unit = (None, None) if self._what == "picture" else (self._layer, self._unit)
        picture = None
        if self.frame is not None:
            picture = PictureChoice(self.frame.origin, mirrored=self._mirrored)
        return BesideChoice(layer, unit, picture)

    def await_network(self, choice: BesideChoice | None) -> None:
        """With the next network comes what a recipe keeps, or nothing."""
        self._awaited, self._wanted = True, choice

    @Slot()
    def forget_awaited(self) -> None:
        self._awaited, self._wanted = False, None

    @Slot()
    def _begin_anew(self) -> None:
        """Another network has other layers."""
        awaited, choice = self._awaited, self._wanted
        self.forget_awaited()
        if awaited and choice is not None:
            self._take(choice)
        elif awaited or not self.keeps_something:
            self.close()
            self._layer = self._unit = self._frame = None
        else:
            self.changed.emit()

    def _take(self, choice: BesideChoice) -> None:
        network = self._state.network
        node = network.root.find(choice.layer) if network is not None and choice.layer is not None else None
        self._layer, self._unit, self._frame = self._state.layer, self._state.unit, None
        known = node is not None and node.kind is not None
        if node is not None and known:
            self._layer = node.path
            self._unit = choice.unit if choice.unit is not None and choice.unit < node.units else None
        self._what = "unit" if choice.picture is None else "both" if known else "picture"
        if choice.picture is not None:
            self._look_for(choice.picture)
        self._on = known or choice.picture is not None
        self.changed.emit()

    def _look_for(self, picture: PictureChoice) -> None:
        """Its file is read beside the window; until it is there the left side has the picture of the right one."""
        from gui.lane.background import read

        origin = Origin.parse(picture.origin)
        if origin.passing:
            self.noted.emit(GONE.format(origin.in_words))
            return
        self._mirrored = picture.mirrored
        self._reading = read(partial(_found, picture), tried="The picture that was kept beside could not be read")
        self._reading.done.connect(self._take_picture)
        self._reading.failed.connect(self._do_without)

    @Slot(object)
    def _take_picture(self, frame: object) -> None:
        self._reading = None
        if isinstance(frame, Frame):
            self._frame = frame
            self.changed.emit()

    @Slot(str, str)
    def _do_without(self, sentence: str, _details: str) -> None:
        self._reading = None
        self.noted.emit(sentence)


def _found(picture: PictureChoice) -> Frame:
    from analysis.pictures.chosen import picture_of

    given = picture_of(picture)
    return Frame(given, -1, picture.origin, perf_counter())
