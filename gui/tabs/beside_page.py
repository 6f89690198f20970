"""Two units, layers or pictures side by side: what is kept at the left, and at the right whatever is chosen.

Pointer and zoom are in step, whichever picture the mouse is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.origin import Origin
from analysis.results.looks import MapsLook
from gui import theme
from gui.selection import State
from gui.views.calm import PICTURES, Calm
from gui.views.image_view import ImageView
from gui.views.in_step import InStep
from gui.views.layer_words import path_in_words
from gui.views.legend import Legend
from gui.views.mosaic_view import MosaicView
from gui.views.pixels import level_image, levels_of, map_range, rgb_image, rgba_image
from gui.views.side_by_side import SideBySide
from gui.views.words import ElidedWords, Heading
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.protocol.events import Floats, Live, Mosaic
    from analysis.protocol.frame import Pixels
    from gui.lane.kept_side import KeptSide, What

LEAST = QSize(80, 70)  # of a picture
STAYS: dict[str, tuple[str, str]] = {
    "unit": ("keep unit and layer", "The left side keeps its unit, or its layer; both sides are of the same picture"),
    "picture": ("keep the picture", "The left side keeps its picture; both sides show the same unit"),
    "both": ("keep both", "The left side keeps its unit and its picture"),
}
ALIKE = "Now choose another unit (I J K L), layer (U O) or picture (E W)"


class _Side(QWidget):
    """One of the two: what it is, its map and the map over the picture, or all units of its layer."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = ElidedWords(self)
        self.title.setProperty("heading", True)
        self.all_units = QToolButton(self)
        self.all_units.setText("All units")
        self.all_units.setToolTip(f"All units of the layer at the {name}; a click on one shows it again")
        self.map = ImageView(self, LEAST)
        self.map.setAccessibleName(f"The map at the {name}")
        self.over = ImageView(self, LEAST)
        self.over.setAccessibleName(f"The map over the picture at the {name}")
        self.mosaic = MosaicView(self)
        self.mosaic.setAccessibleName(f"All units at the {name}")
        for view in (self.map, self.over):
            view.setMinimumSize(LEAST)
        self.value = ElidedWords(self)
        self.legend = Legend(self)
        self._pictures = SideBySide([self.map, self.over], self)
        self._stage = QWidget(self)
        self._stack = QStackedLayout(self._stage)
        self._stack.addWidget(self._pictures)
        self._stack.addWidget(self.mosaic)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.all_units)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._stage, 1)
        column.addWidget(self.value)
        column.addWidget(self.legend)
        self._aspect = 1.0
        self._map: Floats | None = None
        self._picture: Pixels | None = None
        kept = self.all_units.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.all_units.setSizePolicy(kept)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The pictures are never squeezed by a limit of another size."""
        self._pictures.fit_into(self._stage.width(), self._stage.height(), self._aspect)
        self._pictures.setMaximumHeight(16_777_215)

    @property
    def shows_unit(self) -> bool:
        return self._stack.currentWidget() is self._pictures

    def take(self, map_: Floats | None, picture: Pixels | None) -> None:
        self._map, self._picture = map_, picture

    def show_unit(self, look: MapsLook) -> None:
        from analysis.drawing.colours import table
        from analysis.drawing.overlay import unit_veil

        self._stack.setCurrentWidget(self._pictures)
        values, picture = self._map, self._picture
        if values is None or picture is None:
            return
        height, width = picture.shape[:2]
        if (aspect := max(width / height, 0.2)) != self._aspect:
            self._aspect = aspect
            self._fit()
        low, high = map_range(values)
        colours = table(look.colours, look.gamma, low < 0)
        self.map.show_image(level_image(levels_of(values, low, high), colours), smooth=look.smooth)
        self.map.set_caption(f"the map, {values.shape[0]}×{values.shape[1]}")
        self.over.show_image(rgb_image(picture))
        self.over.set_veil(rgba_image(unit_veil(values, look.gamma, look.opacity)))
        self.over.set_caption("over the picture")
        self.legend.show_scale(colours, low, high, "of this unit", "its own")

    def show_all(self, mosaic: Mosaic, look: MapsLook) -> None:
        from analysis.drawing.colours import table

        self._stack.setCurrentWidget(self.mosaic)
        colours = table(look.colours, look.gamma, mosaic.signed)
        if mosaic.tiles == 0:
            self.show_nothing("No unit of this layer is active on this picture.")
            return
        self.mosaic.show_mosaic(mosaic, colours)
        words = ("one scale",) if mosaic.shared else ("at most, each its own", "each its own", "own")
        self.legend.show_scale(colours, float(mosaic.low.min()), float(mosaic.high.max()), *words)

    def show_nothing(self, words: str) -> None:
        self.take(None, None)
        self._stack.setCurrentWidget(self.mosaic)
        self.mosaic.show_nothing(words)
        self.legend.clear()

    def tell(self, share: QPointF | None, otherwise: str) -> None:
        """The value under the pointer, of either side."""
        words = ""
        if share is not None and not self.shows_unit:
            words = self.mosaic.words_at(share)
        elif share is not None and self._map is not None:
            place = self.map.value_place(share)
            if place is not None:
                words = f"{float(self._map[place]):.4g} at row {place[0]}, column {place[1]}"
        self.value.setText(words or otherwise)


class BesidePage(QWidget):
    back_wanted = Signal()

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._kept: KeptSide | None = None
        self._live: Live | None = None
        self._calm = Calm(self, PICTURES)
        self._calm.due.connect(self._paint)
        self.back = QToolButton(self)
        self.back.setText("‹ One side")
        self.back.setToolTip("Back to the mosaic as it was (Esc, or V again); what is kept is there the next time")
        self.title = Heading(self)
        self.title.show_facts("Side by side")
        self.stays = QComboBox(self)
        self.stays.setAccessibleName("What the left side keeps")
        for name, (words, tip) in STAYS.items():
            self.stays.addItem(words, name)
            self.stays.setItemData(self.stays.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.keep = QToolButton(self)
        self.keep.setText("Keep the right one")
        self.keep.setToolTip("What is at the right becomes what is kept at the left (Shift+V)")
        self.left, self.right = _Side("left", self), _Side("right", self)
        images = [view for side in (self.left, self.right) for view in (side.map, side.over)]
        self._images = InStep(images, self)
        self._mosaics = InStep([self.left.mosaic, self.right.mosaic], self)
        self._lay_out()
        self.back.clicked.connect(self.back_wanted)
        self.keep.clicked.connect(self._keep)
        self.stays.activated.connect(self._choose)
        self._images.pointed.connect(self._tell_of_maps)
        self._mosaics.pointed.connect(self._tell_of_mosaics)
        self.left.mosaic.unit_chosen.connect(self._keep_unit)
        self.right.mosaic.unit_chosen.connect(state.set_unit)
        self.left.all_units.clicked.connect(self._all_at_the_left)
        self.right.all_units.clicked.connect(self._all_at_the_right)
        state.looks_changed.connect(self._paint)
        state.unit_changed.connect(self._name)
        state.layer_changed.connect(self._name)

    def _lay_out(self) -> None:
        head = WrappingRow()
        head.put(self.back)
        head.put(self.title, grows=1)
        head.put(self.stays, side="right")
        head.put(self.keep, side="right")
        sides = QHBoxLayout()
        sides.setSpacing(2 * theme.GRID)
        sides.addWidget(self.left, 1)
        sides.addWidget(self.right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(sides, 1)

    def use(self, kept: KeptSide) -> None:
        """From now on the left side is what is kept there."""
        self._kept = kept
        kept.changed.connect(self._name)
        self._name()

    @property
    def mosaic(self) -> MosaicView:
        """That of the right side, which is looked at as that of the whole tab is elsewhere."""
        return self.right.mosaic

    @Slot(object)
    def show_live(self, live: Live) -> None:
        """Painted only while it is seen."""
        self._live = live
        if not self.isVisible():
            return
        if live.frame.moving:
            self._calm.request()
        else:
            self._calm.at_once()

    def showEvent(self, event: object) -> None:
        self._name()
        self._paint()

    @Slot()
    def _paint(self) -> None:
        live, kept = self._live, self._kept
        if live is None or kept is None or not self.isVisible() or live.layer != self._state.layer:
            return
        look = self._state.look(MapsLook)
        other = live.beside
        if other is not None and (other.layer, other.unit) == (kept.layer, kept.unit):
            self.left.take(other.map, other.picture)
            if other.map is not None:
                self.left.show_unit(look)
            elif other.mosaic is not None:
                self.left.show_all(other.mosaic, look)
            else:
                self.left.show_nothing(other.note)
        unit = live.unit
        if self._state.unit is not None:
            if unit is not None and (unit.layer, unit.unit) == (self._state.layer, self._state.unit):
                self.right.take(unit.map, live.picture)
                self.right.show_unit(look)
        elif live.mosaic is not None:
            self.right.show_all(live.mosaic, look)
        else:
            self.right.show_nothing(next(iter(live.notes), ""))
        self._name()

    @Slot()
    def _name(self) -> None:
        """What each side is; of the picture only where there are two."""
        kept, state = self._kept, self._state
        if kept is None:
            return
        self.stays.setCurrentIndex(list(STAYS).index(kept.what))
        two = kept.frame is not None
        left = Origin.parse(kept.frame.origin).in_words if kept.frame is not None else ""
        right = Origin.parse(self._live.frame.origin).in_words if two and self._live is not None else ""
        self.left.title.setText(_in_words(kept.layer, kept.unit, left))
        self.right.title.setText(_in_words(state.layer, state.unit, right))
        self.left.all_units.setVisible(kept.unit is not None)
        self.right.all_units.setVisible(state.unit is not None)
        self._tell(None)

    @property
    def _alike(self) -> bool:
        kept, state, live = self._kept, self._state, self._live
        if kept is None or (kept.layer, kept.unit) != (state.layer, state.unit):
            return False
        return kept.frame is None or (live is not None and kept.frame.origin == live.frame.origin)

    @Slot(object)
    def _tell_of_maps(self, share: QPointF | None) -> None:
        self._tell(share, of_units=True)

    @Slot(object)
    def _tell_of_mosaics(self, share: QPointF | None) -> None:
        self._tell(share, of_units=False)

    def _tell(self, share: QPointF | None, of_units: bool = True) -> None:
        """A place in a picture is none in a mosaic, and the other way round."""
        for side, otherwise in ((self.left, ""), (self.right, ALIKE if self._alike else "")):
            side.tell(share if side.shows_unit == of_units else None, otherwise)

    @Slot(int)
    def _choose(self, index: int) -> None:
        if self._kept is not None:
            what: What = self.stays.itemData(index)
            self._kept.choose(what)

    @Slot()
    def _keep(self) -> None:
        if self._kept is not None:
            self._kept.keep()

    @Slot(int)
    def _keep_unit(self, unit: int) -> None:
        if self._kept is not None:
            self._kept.keep_unit(unit)

    @Slot()
    def _all_at_the_left(self) -> None:
        if self._kept is not None:
            self._kept.keep_unit(None)

    @Slot()
    def _all_at_the_right(self) -> None:
        self._state.set_unit(None)


def _in_words(layer: str | None, unit: int | None, picture: str) -> str:
    what = f"unit {unit} · {path_in_words(layer)}" if unit is not None else f"all units of {path_in_words(layer)}"
    return f"{what} · {picture}" if picture else what
