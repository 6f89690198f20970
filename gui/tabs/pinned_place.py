"""One place of an occlusion's mask: the picture as it was masked there, and what the network answers to that.

The place under the cursor is shown; a click pins it and asks for the classes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from analysis.protocol.mask import Mask
from analysis.protocol.target import ClassTarget
from analysis.results.kinds import Heat, Windows
from gui import theme
from gui.tabs.extra import Extra, Host
from gui.views.class_bars import ClassBars
from gui.views.class_rows import best_rows
from gui.views.explanation_view import ExplanationView
from gui.views.image_view import ImageView
from gui.views.pixels import rgb_image
from gui.views.short_numbers import short
from gui.views.words import ElidedWords, WrappedWords

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.events import Floats
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result

HINT = "Point at a place to see the picture masked there; click it to see what the network answers then."
NO_CLASSES = "The network's classes with the mask and without appear here when you click a place."
WITHOUT_CLASSES = "This network answers with no classes: what the mask costs is told above."
NO_MASK = "masked here"
TOP = 4
PREVIEW = 120  # pixels


class PinnedPlace(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._state = tab.around.state
        self._runner = tab.runner
        self._view = cast(ExplanationView, tab.pane.view(Heat))
        self._recipe: Recipe | None = None
        self._technique: Method | None = None
        self._heat: Heat | None = None
        self._picture: Pixels | None = None
        self.pinned: tuple[int, int] | None = None  # row and column of the map
        self._pointed: tuple[int, int] | None = None  # the same under the cursor
        self._to_pin: tuple[int, int] | None = None  # as a recipe says, once its map is there
        self.masked = ImageView(tab)
        self.masked.setAccessibleName("The picture with the mask")
        self.masked.setFixedSize(PREVIEW, PREVIEW)
        self.words = WrappedWords("", tab)
        # Room for the longest of its sentences, so that nothing moves under the cursor.
        self.words.setMinimumHeight(4 * self.words.fontMetrics().lineSpacing())
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.without_mask, self.with_mask = ClassBars(tab), ClassBars(tab)
        self._view.map.place_hovered.connect(self._hover)
        self._view.map.place_clicked.connect(self._pin)
        self._view.over.place_hovered.connect(self._hover_picture)
        self._view.over.place_clicked.connect(self._pin_picture)
        self.clear()

    def side(self) -> QWidget:
        whole = QWidget(self.tab)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.words)
        column.addWidget(self.masked, 0, Qt.AlignmentFlag.AlignHCenter)
        return whole

    def below(self) -> QWidget:
        whole = QWidget(self.tab)
        columns = QHBoxLayout(whole)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(2 * theme.GRID)
        for text, bars in (("without the mask", self.without_mask), ("with the mask", self.with_mask)):
            column = QVBoxLayout()
            column.setSpacing(2)
            label = ElidedWords(whole)
            label.setText(text)
            label.setProperty("dim", True)
            column.addWidget(label)
            bars.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            bars.setMinimumWidth(80)
            bars.setFixedHeight(bars.height_of(TOP))
            column.addWidget(bars)
            columns.addLayout(column, 1)
        return whole

    # hooks of the tab

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        from analysis.methods.registry import method
        from analysis.methods.settings import configured

        if not isinstance(result, Heat):
            return
        self._recipe, self._heat, self._picture = recipe, result, picture
        self._technique = configured(method(recipe.method), recipe.settings)
        place = self._pointed or self.pinned
        if place is None:
            self.words.setText(HINT)
        else:
            self._tell_cost(*place)  # which may have changed: the map sharpens
        if done:
            to_pin, self._to_pin = self._to_pin, None
            if to_pin is not None and self.pinned is None and self._corner(*to_pin) is not None:
                self._pin(*to_pin)

    def into_recipe(self, recipe: Recipe) -> Recipe:
        return replace(recipe, pinned=self.pinned)

    def from_recipe(self, recipe: Recipe) -> None:
        self._to_pin = recipe.pinned

    def clear(self) -> None:
        self._recipe = self._technique = self._heat = self._picture = None
        self.pinned = self._pointed = self._to_pin = None
        self.masked.show_nothing(NO_MASK)
        self._view.map.set_mark(None)
        self._view.over.set_boxes(())
        self.words.setText("")
        self._show_no_classes(NO_CLASSES)

    # one place of the mask

    def _show_no_classes(self, words: str) -> None:
        self.without_mask.show_nothing(words)
        self.with_mask.show_nothing("")

    @property
    def _windows(self) -> Windows | None:
        over = self._heat.over if self._heat is not None else None
        return over if isinstance(over, Windows) else None

    def _cell(self, row: int, column: int) -> tuple[int, int] | None:
        """The place of the map that this pixel of the picture is in the middle of, more or less."""
        windows = self._windows
        return windows.nearest(row, column) if windows is not None and row >= 0 else None

    def _corner(self, row: int, column: int) -> tuple[int, int] | None:
        windows = self._windows
        return windows.corner(row, column) if windows is not None else None

    @Slot(int, int)
    def _hover_picture(self, row: int, column: int) -> None:
        self._hover(*(self._cell(row, column) or (-1, -1)))

    @Slot(int, int)
    def _hover(self, row: int, column: int) -> None:
        """Shows the place under the cursor, and the pinned one when the cursor has gone."""
        self._pointed = (row, column) if row >= 0 else None
        place = self._pointed or self.pinned
        if place is not None:
            self._show_place(*place)
        elif self._picture is not None:
            self.words.setText(HINT)
            self.masked.show_nothing(NO_MASK)
            self._view.over.set_boxes(())

    def _show_place(self, row: int, column: int) -> Mask | None:
        """The masked picture and what the mask costs there."""
        corner, picture = self._corner(row, column), self._picture
        if corner is None or picture is None:
            return None
        from analysis.pictures.masked import masked

        technique = self._technique
        mask = Mask(*corner, technique.mask, technique.fill)  # type: ignore[union-attr]  # both methods have them
        shown = masked(picture, mask)
        self.masked.show_image(rgb_image(shown), smooth=max(shown.shape[:2]) > 64)
        self._view.over.set_boxes((QRectF(mask.left, mask.top, mask.size, mask.size),))
        self._tell_cost(row, column)
        return mask

    def _tell_cost(self, row: int, column: int) -> None:
        corner = self._corner(row, column)
        if corner is None or self._heat is None or self._recipe is None:
            return
        change, clean = float(self._heat.values[row, column]), float(self._heat.beside["baseline"])
        where = f"mask at row {corner[0]}, column {corner[1]}"
        if self._of_loss:
            words = f"loss {short(clean)} → <b>{short(clean - change)}</b>"
        else:
            way = "drops by" if change >= 0 else "rises by"
            words = f"the answer {way} <b>{short(abs(change))}</b>: {short(clean)} → {short(clean - change)}"
        pinned = " · pinned" if (row, column) == self.pinned else ""
        self.words.setText(f"{words} · {where}{pinned}")

    @property
    def _of_loss(self) -> bool:
        """Whether the map is of a loss, which is of a class that its own settings name."""
        from analysis.methods.method import NamesItsTarget

        return isinstance(self._technique, NamesItsTarget)

    @Slot(int, int)
    def _pin_picture(self, row: int, column: int) -> None:
        cell = self._cell(row, column)
        if cell is not None:
            self._pin(*cell)

    @Slot(int, int)
    def _pin(self, row: int, column: int) -> None:
        """Holds this place and asks what the network answers to the picture masked there; again lets go of it."""
        if self._windows is None:
            return
        self.pinned = None if (row, column) == self.pinned else (row, column)
        self._view.map.set_mark(QRectF(column, row, 1, 1) if self.pinned is not None else None)
        mask = self._show_place(row, column)
        if self.pinned is None or mask is None or self._picture is None:
            self._show_no_classes(NO_CLASSES)
        elif self._state.network is not None and self._state.network.output != "classes":
            self._show_no_classes(WITHOUT_CLASSES)
        else:
            self.with_mask.show_nothing("…")  # what stands there is of another place
            self._runner.ask(self._picture, self._show_answer, mask)

    def _show_answer(self, logits: Floats) -> None:
        """The classes that respond most without the mask, and the same for the masked picture."""
        answer, explained = self._runner.answer, self._explained()
        self.with_mask.show_rows(best_rows(self._state.network, logits, explained, TOP), ())
        if answer is not None and answer.logits is not None:
            self.without_mask.show_rows(best_rows(self._state.network, answer.logits, explained, TOP), ())

    def _explained(self) -> int | None:
        """The class that the map is about, or the network's answer where it names none; None for a unit."""
        from analysis.methods.registry import target_of

        target = target_of(self._recipe) if self._recipe is not None else None
        if not isinstance(target, ClassTarget):
            return None
        if target.index is not None:
            return target.index
        answer = self._runner.answer
        return int(answer.logits.argmax()) if answer is not None and answer.logits is not None else None
