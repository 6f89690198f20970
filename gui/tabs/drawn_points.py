"""Points that are drawn into the plane by the mouse, also while a network learns from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from analysis.results.kinds import Plane
from gui.tabs.extra import Extra
from gui.views.plane_view import PlaneView
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.methods.lines.points import Classes, Doubles
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from gui.tabs.extra import Host
    from gui.tabs.method_tab import MethodTab

NEAR = 0.12  # of the plane: what is taken away around the mouse


class DrawnPoints(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._form = cast("MethodTab", tab).asked.form
        self._view = cast(PlaneView, tab.pane.view(Plane))
        self._plane: Plane | None = None
        self._row = QWidget(tab)
        self._pens = QButtonGroup(self._row)
        row = WrappingRow(self._row)
        for number, (words, tip) in enumerate(
            (
                ("Draw ● 0", "Click or drag in the plane: points of class 0 come there"),
                ("Draw ● 1", "Click or drag in the plane: points of class 1 come there"),
                ("Erase", "Click or drag in the plane: points there go"),
            )
        ):
            pen = QToolButton(self._row)
            pen.setText(words)
            pen.setToolTip(tip)
            pen.setCheckable(True)
            self._pens.addButton(pen, number)
            row.put(pen, grows=1)
        self._pens.button(0).setChecked(True)
        self._paint_pens()
        self.clear_button = QToolButton(self._row)
        self.clear_button.setText("Clear")
        self.clear_button.setToolTip("Take all points away, and draw them anew")
        row.put(self.clear_button, grows=1)
        self.clear_button.clicked.connect(self._clear)
        self._view.pressed.connect(self._press)
        self._form.changed.connect(self._show)

    def _paint_pens(self) -> None:
        from analysis.drawing.plane import FIRST, SECOND

        for number, (red, green, blue) in enumerate((FIRST, SECOND)):
            self._pens.button(number).setStyleSheet(f"QToolButton {{ color: rgb({red}, {green}, {blue}); }}")

    def side(self) -> QWidget:
        return self._row

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        self._plane = result if isinstance(result, Plane) else None

    def clear(self) -> None:
        self._plane = None
        self._show()

    @Slot(float, float)
    def _press(self, x: float, y: float) -> None:
        """The first point of another data set is drawn beside those that are there."""
        import numpy as np

        from analysis.methods.lines.points import written

        places, classes = self._points()
        pen = self._pens.checkedId()
        if pen == 2:
            stays = np.hypot(*(places - (x, y)).T) > NEAR
            places, classes = places[stays], classes[stays]
        else:
            places = np.concatenate([places, [[x, y]]])
            classes = np.concatenate([classes, [pen]]).astype(np.int64)
        self._form.set_values({"data": "drawn", "points": written(places, classes)})

    @Slot()
    def _clear(self) -> None:
        self._form.set_values({"data": "drawn", "points": ""})

    def _points(self) -> tuple[Doubles, Classes]:
        import numpy as np

        from analysis.methods.lines.points import read
        from analysis.protocol.problems import Problem

        values = self._form.values()
        if values.get("data") == "drawn":
            try:
                return read(str(values.get("points", "")))
            except Problem:
                return np.zeros((0, 2)), np.zeros(0, np.int64)
        if self._plane is not None:
            return self._plane.places, self._plane.classes
        return np.zeros((0, 2)), np.zeros(0, np.int64)

    @Slot()
    def _show(self) -> None:
        """Those that are drawn, where nothing learns from them yet."""
        if self._form.values().get("data") == "drawn" and not self.tab.runner.busy:
            places, classes = self._points()
            self._view.show_points(places, classes)
