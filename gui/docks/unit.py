"""The Unit dock: the chosen unit's map, the map over the picture, and what the unit did since it was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.results.looks import MapsLook, knobs
from gui.selection import State
from gui.views.calm import PICTURES, Calm
from gui.views.image_view import ImageView
from gui.views.knobs import share_slider, show_share
from gui.views.layer_words import path_in_words
from gui.views.legend import Legend
from gui.views.pixels import level_image, levels_of, map_range, rgb_image, rgba_image
from gui.views.strips import Histogram, StripChart
from gui.views.thumbnails import Thumbnails
from gui.views.two_pictures import TwoPictures
from gui.views.words import ElidedWords, Heading, WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import BestPicture, Live, UnitView

EMPTY = "Click a unit in the mosaic: its map, the picture under it, and its history appear here."
POINT = "Point: value · click: what it sees"
LEAST = QSize(96, 86)  # of a picture; what there is more is theirs, and the best pictures are in sight, too
NARROWEST = 230  # pixels: both pictures and a scroll bar
BEST = 9


class UnitPanel(QWidget):
    picture_wanted = Signal(object)  # the Frame of a best picture that was clicked
    menu_wanted = Signal(int, QPoint)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._unit: UnitView | None = None
        self._picture: object = None
        self._last_frame = -1
        self._calm = Calm(self, PICTURES)
        self._calm.due.connect(self._paint)
        self._best: tuple[BestPicture, ...] = ()
        self._best_in_place = False
        self.empty = WrappedWords(EMPTY, self)
        self.title = Heading(self)
        self.menu_button = QToolButton(self)
        self.menu_button.setText("⋯")
        self.menu_button.setToolTip("What can be done with this unit")
        self.map = ImageView(self, LEAST)
        self.overlay = ImageView(self, LEAST)
        self.map.setAccessibleName("The unit's map: click a place, or walk with the arrows, to see what it looks at")
        self.map.walks = True
        self.overlay.setAccessibleName("The map over the picture")
        self.opacity = share_slider(knobs(MapsLook)["opacity"], self)
        self.opacity.setAccessibleName("Opacity of the map over the picture")
        self.value = ElidedWords(self)
        self.legend = Legend(self)
        self.chart = StripChart(self)
        self.histogram = Histogram(self)
        self.best_title = ElidedWords(self)
        self.best_title.setText("Best pictures since you chose it")
        self.best = Thumbnails(BEST, self)
        self._lay_out()
        self._clear()
        self._paint()
        self.menu_button.clicked.connect(self._ask_menu)
        self.opacity.valueChanged.connect(self._choose_opacity)
        self.map.place_clicked.connect(self._choose_place)
        self.map.place_hovered.connect(self._show_value)
        self.overlay.place_clicked.connect(self._choose_place_on_picture)
        self.overlay.place_hovered.connect(self._show_value_on_picture)
        self.best.chosen.connect(self._use_best)
        state.unit_changed.connect(self._clear)
        state.network_changed.connect(self._clear)
        state.place_changed.connect(self._mark_place)
        state.looks_changed.connect(self._paint)

    def sizeHint(self) -> QSize:
        return QSize(320, 480)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.empty, 1)
        head.addWidget(self.title, 1)
        head.addWidget(self.menu_button)
        for view in (self.map, self.overlay):
            view.setMinimumSize(LEAST)
        for comes_later in (self.best_title, self.best):  # it moves nothing when it does
            kept = comes_later.sizePolicy()
            kept.setRetainSizeWhenHidden(True)
            comes_later.setSizePolicy(kept)
        under = QHBoxLayout()
        under.addWidget(self.value, 2)
        under.addWidget(self.opacity, 1)
        plots = QHBoxLayout()
        plots.setSpacing(8)
        plots.addWidget(self.chart, 1)
        plots.addWidget(self.histogram, 1)
        inner = _Column(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(TwoPictures(self.map, self.overlay, inner), 1)
        column.addLayout(under)
        column.addWidget(self.legend)
        column.addLayout(plots)
        column.addWidget(self.best_title)
        column.addWidget(self.best)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it scrolls into sight when it gets the focus
        area.setWidget(inner)
        self.setMinimumWidth(NARROWEST)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    @Slot(object)
    def show_live(self, live: Live) -> None:
        unit = live.unit
        if unit is None or (unit.layer, unit.unit) != (self._state.layer, self._state.unit):
            return
        first = self._unit is None
        self._unit, self._picture = unit, live.picture
        if first:
            self._mark_place()
        if live.frame.moving:
            self._calm.request()
        else:
            self._calm.at_once()
        if live.frame.number != self._last_frame:
            self._last_frame = live.frame.number
            self.chart.add(unit.maximum)
        self.histogram.show_counts(unit.histogram, unit.histogram_range, unit.zeros)

    @Slot()
    def _clear(self) -> None:
        self._unit, self._last_frame, self._best = None, -1, ()
        chosen = self._state.unit is not None and self._state.layer is not None
        self.empty.setVisible(not chosen)
        self.title.setVisible(chosen)
        self.title.show_facts(f"unit {self._state.unit} · {path_in_words(self._state.layer)}" if chosen else "")
        self.menu_button.setVisible(chosen)
        self.chart.clear()
        self.histogram.clear()
        self.legend.clear()
        self.value.setText(POINT if chosen else "")
        self.map.show_nothing("" if chosen else "map")
        self.overlay.show_nothing("" if chosen else "over the picture")
        self.best_title.hide()
        self.best.hide()

    @Slot()
    def _paint(self) -> None:
        look = self._state.look(MapsLook)
        show_share(self.opacity, look.opacity)
        if self._unit is None:
            return
        from analysis.drawing.colours import table
        from analysis.drawing.overlay import unit_veil

        values = self._unit.map
        low, high = map_range(values)
        colours = table(look.colours, look.gamma, low < 0)
        if self._best_in_place and self._unit.best:
            self.map.show_image(rgb_image(self._unit.best[0].picture))
        else:
            self.map.show_image(level_image(levels_of(values, low, high), colours), smooth=look.smooth)
        self.legend.show_scale(colours, low, high, "of this unit")
        self.overlay.show_image(rgb_image(self._picture))  # type: ignore[arg-type]
        self.overlay.set_veil(rgba_image(unit_veil(values, look.gamma, look.opacity)))
        self._show_best(self._unit.best)

    @Slot(bool)
    def show_best_picture(self, on: bool) -> None:
        """The toolbox's pattern overlay: the picture that the unit answered most, in place of its map."""
        self._best_in_place = on
        self._mark_place()
        self._paint()

    def _show_best(self, best: tuple[BestPicture, ...]) -> None:
        if best == self._best:
            return
        self._best = best
        self.best_title.setVisible(bool(best))
        self.best.setVisible(bool(best))
        tip = "The unit's maximum was {:.3g} on this picture; click to hold it still"
        self.best.show_pictures([(rgb_image(one.picture), tip.format(one.value)) for one in best])

    @Slot(int)
    def _use_best(self, index: int) -> None:
        if index < len(self._best):
            self.picture_wanted.emit(self._best[index].frame)

    @Slot()
    def _ask_menu(self) -> None:
        if self._state.unit is not None:
            self.menu_wanted.emit(self._state.unit, self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    @Slot(int)
    def _choose_opacity(self, percent: int) -> None:
        self._state.set_look(opacity=percent / 100)

    @Slot(int, int)
    def _choose_place(self, row: int, column: int) -> None:
        if self._best_in_place:
            return
        place = (row, column)
        self._state.set_place(None if place == self._state.place else place)

    @Slot(int, int)
    def _choose_place_on_picture(self, row: int, column: int) -> None:
        place = self._cell(row, column)
        if place is not None:
            self._choose_place(*place)

    def _cell(self, row: int, column: int) -> tuple[int, int] | None:
        """The place of the map that lies over this pixel of the picture."""
        if self._unit is None or row < 0:
            return None
        rows, columns = self._unit.map.shape
        height, width = self._picture.shape[:2]  # type: ignore[attr-defined]
        return min(row * rows // height, rows - 1), min(column * columns // width, columns - 1)

    @Slot(int, int)
    def _show_value(self, row: int, column: int) -> None:
        if self._unit is None or row < 0 or row >= self._unit.map.shape[0] or column >= self._unit.map.shape[1]:
            self.value.setText(POINT if self._unit is not None else "")
            return
        self.value.setText(f"{float(self._unit.map[row, column]):.4g} at row {row}, column {column}")

    @Slot(int, int)
    def _show_value_on_picture(self, row: int, column: int) -> None:
        self._show_value(*(self._cell(row, column) or (-1, -1)))

    @Slot()
    def _mark_place(self) -> None:
        place = None if self._best_in_place else self._state.place
        self.map.set_mark(QRectF(place[1], place[0], 1, 1) if place is not None else None)


class _Column(QWidget):
    """What scrolls; laid out anew when it is shown, because hidden it keeps the layout of a wider dock."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
