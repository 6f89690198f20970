"""An explanation beside its picture and over it: its scale, the value under the cursor, and how it is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.results.kinds import Derivative
from analysis.results.looks import LOOKS, DerivativeLook, knobs
from gui import theme
from gui.selection import State
from gui.views.image_view import ImageView
from gui.views.knobs import VIEW_TIPS, number_box, share_slider, show_number, show_share, view_choice
from gui.views.legend import Legend
from gui.views.pixels import rgb_image, rgba_image
from gui.views.short_numbers import short
from gui.views.words import FewerWords
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.drawing.explanations import Drawn, Look
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Result

WORTH_BOTH = 520  # pixels that each picture has to have, or one of them is shown larger
WORTH_TURNING = 1.15  # so much larger have the pictures to become
WHICH = {
    "auto": ("Auto", "Both pictures where there is room for them; otherwise the one that says more, larger"),
    "map": ("Map", "The map alone, as it is"),
    "over": ("Over", "The map over the picture"),
    "both": ("Both", "The map, and the map over the picture"),
}


class ExplanationView(QWidget):
    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._result: Result | None = None
        self._picture: Pixels | None = None
        self._drawn: Drawn | None = None
        self._kind: type[Any] = Derivative  # of the result that is shown, or was
        self._held: float | None = None
        self._held_of: type[Any] | None = None  # the kind of result whose scale it is
        declared = knobs(DerivativeLook)
        self.view = view_choice(self)
        self.clip = number_box(declared["clip"], "clip", self)
        self.clip.setAccessibleName("Percentile at which the scale ends")
        self.opacity = share_slider(declared["opacity"], self)
        self.opacity.setMinimumWidth(60)
        self.opacity.setMaximumWidth(140)
        self.which = QComboBox(self)
        self.which.setAccessibleName("Which pictures are shown")
        for name, (words, tip) in WHICH.items():
            self.which.addItem(words, name)
            self.which.setItemData(self.which.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.which.setToolTip("Which pictures are shown: the map, the map over the picture, or both")
        self.hold = QToolButton(self)
        self.hold.setText("Hold")
        self.hold.setCheckable(True)
        self.hold.setToolTip("Keep this scale for the pictures and methods that follow, so that they can be compared")
        self.map = ImageView(self)
        self.map.set_caption("the map")
        self.map.setAccessibleName("The explanation")
        self.over = ImageView(self)
        self.over.set_caption("the map over the picture")
        self.over.setAccessibleName("The explanation over the picture")
        self.legend = Legend(self)
        self.hover = FewerWords(self)
        self.hover.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out()
        self.which.activated.connect(self._arrange)
        self.view.activated.connect(self._choose_view)
        self.clip.valueChanged.connect(self._choose_clip)
        self.hold.toggled.connect(self._hold)
        self.opacity.valueChanged.connect(self._choose_opacity)
        self.map.place_hovered.connect(self._hover_map)
        self.over.place_hovered.connect(self._hover_picture)
        state.looks_changed.connect(self._show_look)
        self._scale_of = self._look_of_scale()
        self._show_look()

    def _lay_out(self) -> None:
        self.tools = WrappingRow()
        for widget in (self.which, self.clip, self.opacity, self.hold, self.view):
            self.tools.put(widget)
        kept = self.view.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # or what stands beside this view would move with every method
        self.view.setSizePolicy(kept)
        self.view.hide()
        self.stage = QWidget(self)
        self.pictures = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.stage)
        self.pictures.setContentsMargins(0, 0, 0, 0)
        self.pictures.setSpacing(theme.GRID)
        for picture in (self.map, self.over):
            picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            self.pictures.addWidget(picture, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.legend, 3)  # numbers, bar and words
        foot.addWidget(self.hover, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addLayout(self.tools)
        column.addWidget(self.stage, 1)
        column.addLayout(foot)

    # what is shown

    def show_result(self, result: Result, picture: Pixels) -> None:
        """Complete or not."""
        self._result, self._picture, self._kind = result, picture, type(result)
        if self._held is not None and self._held_of is not type(result):
            self.hold.setChecked(False)  # a scale of derivatives means nothing for maps
        self.view.setVisible(isinstance(result, Derivative))
        self._scale_of = self._look_of_scale()
        self._show_controls()
        self._arrange()
        self._paint()

    def show_nothing(self, words: str) -> None:
        self._result, self._drawn = None, None
        self.map.show_nothing(words)
        self.over.show_nothing("")
        self.legend.clear()
        self.hover.say()
        self._arrange()

    def set_tag(self, words: str) -> None:
        """What is special about it, in the pictures' corner."""
        self.map.set_tag(words)
        self.over.set_tag(words)

    @property
    def drawn(self) -> Drawn | None:
        """What is on the screen."""
        return self._drawn

    def look(self) -> Look:
        """That of the kind of result which is shown, or was."""
        return cast("Look", self._state.look(LOOKS[self._kind]))

    def _look_of_scale(self) -> Look:
        """All of it that the scale depends on."""
        return replace(self.look(), opacity=1.0)

    def _paint(self) -> None:
        result, picture = self._result, self._picture
        if result is None or picture is None:
            return
        from analysis.drawing.explanations import drawn

        shown = drawn(result, (picture.shape[0], picture.shape[1]), self.look(), self._held)
        if self.hold.isChecked() and self._held is None:  # pressed before there was a scale to hold
            self._held, self._held_of = shown.high, type(result)
        first, self._drawn = self._drawn is None, shown
        if first:
            self._arrange()
        self.map.show_image(rgb_image(shown.pixels), smooth=False)
        self.over.show_image(rgb_image(picture), smooth=max(picture.shape[:2]) > 64)
        self._mark_patches(result, picture)
        self._paint_veil()
        words = ("own scale", "own") if self._held is None else ("held scale", "held")
        words = ("no positive evidence", "nothing") if shown.is_nothing else words
        self.legend.show_scale(shown.colours, shown.low, shown.high, *words)

    def _mark_patches(self, result: Result, picture: Pixels) -> None:
        """What adds or takes most, in the map; and in the picture, where its pixels are those of the input."""
        patches = result.patches if isinstance(result, Derivative) else None
        boxes: list[tuple[QRectF, str]] = []
        if isinstance(result, Derivative) and patches is not None:
            rows, columns = result.values.shape[1:]
            for (top, left), adds in zip(patches.corners.tolist(), patches.adds.tolist(), strict=True):
                high, wide = min(patches.side, rows - top), min(patches.side, columns - left)
                boxes.append(
                    (QRectF(left, top, wide, high), f"{'+' if adds > 0 else ''}{short(adds)}".replace("-", "−"))
                )
        self.map.set_named_boxes(boxes)
        fits = isinstance(result, Derivative) and result.values.shape[1:] == picture.shape[:2]
        self.over.set_named_boxes(boxes if fits else ())

    def _paint_veil(self) -> None:
        if self._drawn is None:
            return
        from analysis.drawing.explanations import veil

        self.over.set_veil(rgba_image(veil(self._drawn, self.look().opacity)))

    # what the person does

    @Slot()
    def _choose_view(self) -> None:
        self._state.set_look(view=self.view.currentData())

    @Slot(int)
    def _choose_clip(self, percent: int) -> None:
        self._state.set_look(clip=float(percent))

    @Slot(bool)
    def _hold(self, on: bool) -> None:
        self._held = self._drawn.high if on and self._drawn is not None else None
        self._held_of = type(self._result) if self._result is not None else None
        self._paint()

    @Slot(int)
    def _choose_opacity(self, percent: int) -> None:
        self._state.set_look(opacity=percent / 100)

    @Slot()
    def _show_look(self) -> None:
        """All explanations of a kind are looked at in the same way, in the whole window."""
        self._show_controls()
        if self._scale_of != self._look_of_scale():
            self._scale_of = self._look_of_scale()
            self.hold.setChecked(False)  # a scale of another view or clip would mean nothing
            self._paint()
        else:
            self._paint_veil()

    def _show_controls(self) -> None:
        look, derivatives = self.look(), self._state.look(DerivativeLook)
        show_share(self.opacity, look.opacity)
        show_number(self.clip, look.clip)
        self.view.setCurrentIndex(self.view.findData(derivatives.view))
        self.view.setToolTip(VIEW_TIPS[derivatives.view])

    @Slot(int, int)
    def _hover_map(self, row: int, column: int) -> None:
        self._tell(self._drawn.values if self._drawn is not None else None, row, column)

    @Slot(int, int)
    def _hover_picture(self, row: int, column: int) -> None:
        self._tell(self._drawn.over if self._drawn is not None else None, row, column)

    def _tell(self, values: NDArray[np.float32] | None, row: int, column: int) -> None:
        if values is None or row < 0 or row >= values.shape[0] or column >= values.shape[1]:
            self.hover.say()
            return
        value = float(values[row, column])
        words = "no value" if value != value else short(value)
        self.hover.say(f"{words}   row {row}, column {column}", f"{words}   {row}, {column}", words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        """Both beside each other or below each other, whichever makes them larger by more than a little; or one.

        Whatever changes the room by a few pixels would otherwise throw them about.
        """
        room = self.stage.size()
        width, height = max(room.width(), self.width()), max(room.height(), self.height() - 80)
        sides = {
            QBoxLayout.Direction.LeftToRight: min(width / 2, height),
            QBoxLayout.Direction.TopToBottom: min(width, height / 2),
        }
        better = max(sides, key=sides.__getitem__)
        if sides[better] > WORTH_TURNING * sides[self.pictures.direction()]:
            self.pictures.setDirection(better)
        shown = self.which.currentData()
        if shown == "auto":
            shown = "both" if max(sides.values()) >= WORTH_BOTH else self._single
        self.map.setVisible(shown != "over" or self._drawn is None)  # which says what will be here
        self.over.setVisible(shown != "map" and (shown == "both" or self._drawn is not None))

    @property
    def _single(self) -> str:
        """Fine structure is lost over a picture; a map of a few cells says nothing without it."""
        return "map" if isinstance(self._result, Derivative) else "over"
