"""All that is seen of one unit: its map, the map over the picture, its history, histogram and best pictures.

The Unit dock has one, and the page that a unit is enlarged to has another, with more on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from analysis.results.looks import MapsLook, knobs
from gui.selection import State
from gui.views.beside_what import beside_widget
from gui.views.calm import PICTURES, Calm
from gui.views.image_view import ImageView
from gui.views.knobs import share_slider, show_share
from gui.views.layer_words import path_in_words
from gui.views.legend import Legend
from gui.views.map_words import array_in_words, row_in_words, value_in_words
from gui.views.pixels import cut_out, framed, level_image, levels_of, map_range, rgb_image, rgba_image
from gui.views.side_by_side import SideBySide
from gui.views.strips import Histogram, StripChart
from gui.views.thumbnails import Thumbnails
from gui.views.unit_words import best_in_words, why_silent
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from analysis.protocol.events import BestPicture, Live, UnitView

POINT = "Point: value · click: what it sees"
LEAST = QSize(96, 86)  # of a picture; what there is more is theirs, and the best pictures are in sight, too
BEST = 9
WIDE = 1.6  # times its height: what it did stands beside its pictures, and not below


@dataclass(frozen=True, eq=False)
class InPlace:
    """`image` is asked with every answer; where it gives none, `none` says why."""

    image: Callable[[UnitView], QImage | None]
    words: str
    none: str


def best_picture(unit: UnitView) -> QImage | None:
    """The one that it answered most."""
    return rgb_image(unit.best[0].picture) if unit.best else None


class UnitSight(QWidget):
    """With `beside` there are more pictures in the row of the map; with `crops` what it saw of its best ones, too."""

    picture_wanted = Signal(object)  # the Frame of a best picture that was clicked
    copied = Signal(str)  # what lies on the clipboard now, in words

    def __init__(
        self, state: State, parent: QWidget | None = None, beside: tuple[ImageView, ...] = (), crops: bool = False
    ) -> None:
        super().__init__(parent)
        self._state = state
        self.unit: UnitView | None = None
        self._picture: object = None
        self._aspect = 1.0  # width by height of the picture
        self._last_frame = -1
        self._calm = Calm(self, PICTURES)
        self._calm.due.connect(self._paint)
        self._best: tuple[BestPicture, ...] = ()
        self._in_place: InPlace | None = None
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
        self.best_title.setText("Best pictures")  # a label without words would be lower, and what is above it move
        self.best = Thumbnails(BEST, self)
        self.crops_title = ElidedWords(self)
        self.crops_title.setText("What it looked at there")
        self.crops = Thumbnails(BEST, self)
        self._with_crops = crops
        self._lay_out(beside)
        self.clear()
        self._paint()
        self.opacity.valueChanged.connect(self._choose_opacity)
        for view in (self.map, self.overlay):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.map.customContextMenuRequested.connect(self._open_menu_of_map)
        self.overlay.customContextMenuRequested.connect(self._open_menu_of_picture)
        self.map.place_clicked.connect(self._choose_place)
        self.map.place_hovered.connect(self._show_value)
        self.overlay.place_clicked.connect(self._choose_place_on_picture)
        self.overlay.place_hovered.connect(self._show_value_on_picture)
        self.best.chosen.connect(self._use_best)
        self.crops.chosen.connect(self._use_best)
        state.unit_changed.connect(self.clear)
        state.network_changed.connect(self.clear)
        state.place_changed.connect(self._mark_place)
        state.looks_changed.connect(self._paint)

    def _lay_out(self, beside: tuple[ImageView, ...]) -> None:
        for view in (self.map, self.overlay, *beside):
            view.setMinimumSize(LEAST)
        for comes_later in (self.best_title, self.best, self.crops_title, self.crops):  # it moves nothing when it does
            kept = comes_later.sizePolicy()
            kept.setRetainSizeWhenHidden(True)
            comes_later.setSizePolicy(kept)
        for line in (self.value, self.best_title, self.crops_title):
            policy = line.sizePolicy()
            policy.setVerticalPolicy(QSizePolicy.Policy.Fixed)
            line.setSizePolicy(policy)
        self._pictures = SideBySide([self.map, self.overlay, *beside], self)
        under = QHBoxLayout()
        under.addWidget(self.value, 2)
        under.addWidget(self.opacity, 1)
        seen = QVBoxLayout()
        seen.setSpacing(6)
        seen.addWidget(self._pictures, 1)
        seen.addLayout(under)
        seen.addWidget(self.legend)
        plots = QHBoxLayout()
        plots.setSpacing(8)
        plots.addWidget(self.chart, 1)
        plots.addWidget(self.histogram, 1)
        did = QVBoxLayout()
        did.setSpacing(6)
        did.addLayout(plots, 2)
        did.addWidget(self.best_title)
        did.addWidget(self.best, 3)
        if self._with_crops:
            did.addWidget(self.crops_title)
            did.addWidget(self.crops, 3)
        else:
            self.crops_title.hide()
            self.crops.hide()
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(6)
        self._halves.addLayout(seen, 100)
        self._halves.addLayout(did, 1)
        self._did = did

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """As much for the pictures as they can use, and the rest for what the unit did."""
        wide = self.width() > WIDE * self.height()
        across = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._halves.setDirection(across)
        self._halves.setStretch(0, 3 if wide else 100)
        self._halves.setStretch(1, 2 if wide else 1)
        width = (self.width() - 6) * 3 // 5 if wide else self.width()
        lines = max(self.value.sizeHint().height(), self.opacity.sizeHint().height()) + self.legend.sizeHint().height()
        taken = lines + 12
        if not wide:
            taken += self._did.minimumHeightForWidth(width) + 6
        self._pictures.fit_into(width, max(self.height() - taken, LEAST.height()), self._aspect)

    def note_live(self, live: Live) -> None:
        """Takes the answer into the unit's history only: what is not seen need not be painted."""
        unit = live.unit
        if unit is None or (unit.layer, unit.unit) != (self._state.layer, self._state.unit):
            return
        if live.frame.number != self._last_frame:
            self._last_frame = live.frame.number
            self.chart.add(unit.maximum)

    def show_live(self, live: Live) -> None:
        unit = live.unit
        if unit is None or (unit.layer, unit.unit) != (self._state.layer, self._state.unit):
            return
        self.note_live(live)
        first = self.unit is None
        self.unit, self._picture = unit, live.picture
        height, width = live.picture.shape[:2]
        aspect = max(width / height, 0.2)
        if aspect != self._aspect:
            self._aspect = aspect
            self._share_room()
        if first:
            self._mark_place()
        if live.frame.moving:
            self._calm.request()
        else:
            self._calm.at_once()
        self.histogram.show_counts(unit.histogram, unit.histogram_range, unit.zeros, unit.counted)

    @Slot()
    def clear(self) -> None:
        self.unit, self._last_frame, self._best = None, -1, ()
        chosen = self._state.unit is not None and self._state.layer is not None
        self.chart.clear()
        self.histogram.clear()
        self.legend.clear()
        self.value.setText(POINT if chosen else "")
        self.map.show_nothing("" if chosen else "map")
        self.overlay.show_nothing("" if chosen else "over the picture")
        self.map.set_caption("the map")
        self.overlay.set_caption("over the picture")
        for part in (self.best_title, self.best, self.crops_title, self.crops):
            part.hide()

    @Slot()
    def _paint(self) -> None:
        look = self._state.look(MapsLook)
        show_share(self.opacity, look.opacity)
        if self.unit is None:
            return
        from analysis.drawing.colours import table
        from analysis.drawing.overlay import unit_veil

        values = self.unit.map
        low, high = map_range(values)
        colours = table(look.colours, look.gamma, low < 0)
        if self._in_place is not None and (image := self._in_place.image(self.unit)) is not None:
            self.map.show_image(image)
            self.map.set_caption(self._in_place.words)
        elif self._in_place is not None:
            self.map.show_nothing(self._in_place.none)
            self.map.set_caption(self._in_place.words)
        else:
            self.map.set_caption(f"the map, {values.shape[0]}×{values.shape[1]}")
            self.map.show_image(level_image(levels_of(values, low, high), colours), smooth=look.smooth)
        self.legend.show_scale(colours, low, high, "of this unit", "its own")
        node = self._state.node
        if node is not None and node.layout == "TD":
            self.overlay.set_veil(None)
            self.overlay.show_nothing("no places of the picture")
        else:
            self.overlay.show_image(rgb_image(self._picture))  # type: ignore[arg-type]
            self.overlay.set_veil(rgba_image(unit_veil(values, look.gamma, look.opacity)))
        self._show_best(self.unit)

    def show_in_place(self, what: InPlace | None) -> None:
        """Something else of the unit in place of its map; None is the map."""
        self._in_place = what
        self._mark_place()
        self._paint()

    def _show_best(self, unit: UnitView) -> None:
        self.best_title.setText(best_in_words(unit))
        self.best_title.setToolTip(why_silent(unit) or self.best_title.text())
        self.best_title.show()
        before, self._best = self._best, unit.best
        if list(map(_drawn, before)) == list(map(_drawn, unit.best)):
            return
        self.best.setVisible(bool(unit.best))
        tip = "The unit's maximum was {:.3g} on this picture, at row {}, column {}; click to hold it still"
        tips = [tip.format(one.value, *one.place) for one in unit.best]
        if not self._with_crops:
            self.best.show_pictures([(rgb_image(one.picture), said) for one, said in zip(unit.best, tips, strict=True)])
            return
        boxes = [self._box(one) for one in unit.best]
        several = list(zip(unit.best, boxes, tips, strict=True))
        self.best.show_pictures([(framed(rgb_image(one.picture), box), said) for one, box, said in several])
        self.crops.show_pictures([(cut_out(rgb_image(one.picture), box), said) for one, box, said in several])
        for part in (self.crops_title, self.crops):
            part.setVisible(bool(unit.best))

    def _box(self, one: BestPicture) -> QRectF:
        """What the place of the maximum looked at, inside the picture; all of it where that cannot be told."""
        node = self._state.node
        height, width = one.picture.shape[:2]
        whole = QRectF(0, 0, width, height)
        if node is None or node.receptive_field is None:
            return whole
        top, left, bottom, right = node.receptive_field.box(*one.place)
        inside = QRectF(left, top, right - left, bottom - top).intersected(whole)
        return whole if inside.isEmpty() else inside

    @Slot(int)
    def _use_best(self, index: int) -> None:
        if index < len(self._best):
            self.picture_wanted.emit(self._best[index].frame)

    @Slot(int)
    def _choose_opacity(self, percent: int) -> None:
        self._state.set_look(opacity=percent / 100)

    @Slot(int, int)
    def _choose_place(self, row: int, column: int) -> None:
        if self._in_place is not None:
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
        if self.unit is None or row < 0:
            return None
        rows, columns = self.unit.map.shape
        height, width = self._picture.shape[:2]  # type: ignore[attr-defined]
        return min(row * rows // height, rows - 1), min(column * columns // width, columns - 1)

    def _value_at(self, row: int, column: int) -> float | None:
        if self.unit is None or row < 0 or row >= self.unit.map.shape[0] or column >= self.unit.map.shape[1]:
            return None
        return float(self.unit.map[row, column])

    @Slot(int, int)
    def _show_value(self, row: int, column: int) -> None:
        value = self._value_at(row, column)
        if value is None:
            self.value.setText(POINT if self.unit is not None else "")
        else:
            self.value.setText(f"{value:.4g} at row {row}, column {column}")

    @Slot(int, int)
    def _show_value_on_picture(self, row: int, column: int) -> None:
        self._show_value(*(self._cell(row, column) or (-1, -1)))

    @Slot()
    def _mark_place(self) -> None:
        place = None if self._in_place is not None else self._state.place
        self.map.set_mark(QRectF(place[1], place[0], 1, 1) if place is not None else None)

    # copying

    @Slot(QPoint)
    def _open_menu_of_map(self, point: QPoint) -> None:
        at = self.map.place_at(point.toPointF()) if not self._in_place is not None else None
        self._open_menu(at, self.map)

    @Slot(QPoint)
    def _open_menu_of_picture(self, point: QPoint) -> None:
        at = self.overlay.place_at(point.toPointF())
        self._open_menu(self._cell(*at) if at is not None else None, self.overlay)

    def _open_menu(self, at: tuple[int, int] | None, view: ImageView) -> None:
        menu = self.copy_menu(at if at is not None else self._state.place, view)
        if menu is not None:
            menu.popup(beside_widget(self._pictures, menu.sizeHint()))

    def copy_menu(self, at: tuple[int, int] | None, view: ImageView) -> QMenu | None:
        """What of the map can be copied: the value of a place and its row, all of it, and the picture that is seen."""
        unit = self.unit
        if unit is None:
            return None
        of = f"unit {unit.unit} · {path_in_words(unit.layer)}"
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        value = self._value_at(*at) if at is not None else None
        if at is not None and value is not None:
            said = value_in_words(unit.map[at])
            place = f"row {at[0]}, column {at[1]}"
            row = row_in_words(unit.map[at[0]])
            menu.addAction(f"Copy value {said}", partial(self._copy, said, f"{said}, {place} of {of}"))
            count = f"{unit.map.shape[1]} values" if unit.map.shape[1] > 1 else "1 value"
            menu.addAction(f"Copy row {at[0]}", partial(self._copy, row, f"row {at[0]} of {of}, {count}"))
        size = f"{unit.map.shape[0]}×{unit.map.shape[1]}"
        whole = partial(array_in_words, unit.map)
        menu.addAction(f"Copy map as array ({size})", partial(self._copy, whole, f"the map of {of} as a {size} array"))
        menu.addAction("Copy as picture", partial(self._copy_picture, view, f"the picture of {of}"))
        return menu

    def _copy(self, text: str | Callable[[], str], what: str) -> None:
        QGuiApplication.clipboard().setText(text if isinstance(text, str) else text())
        self.copied.emit(what)

    def _copy_picture(self, view: ImageView, what: str) -> None:
        QGuiApplication.clipboard().setPixmap(view.grab())
        self.copied.emit(what)


def _drawn(best: BestPicture) -> tuple[object, ...]:
    """What is seen of it: the engine names the same picture anew with every frame."""
    return id(best.picture), best.frame.number, best.value, best.place
