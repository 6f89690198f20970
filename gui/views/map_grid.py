"""The maps of several layers beside each other: what is pointed at, circled or coloured in one is so in all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from analysis.results.point_colours import NONE, colour
from gui import theme
from gui.views.point_canvas import PointCanvas
from gui.views.words import ElidedWords, WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Landed
    from analysis.results.kinds import Embedding, LayerMap

Array = Any
COLOURED = ("class", "prediction", "correctness", "cluster", "vote", "trust", "continuity", "unit")
MOST_NAMES = 24  # in the legend
SHOWN_NEAR = 3  # pictures of the live one's nearest whose lines are drawn


class OneMap(QWidget):
    enlarged = Signal()  # its title was clicked twice

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = ElidedWords(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.canvas = PointCanvas(self)
        self._shown: Array = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.canvas, 1)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.position().y() < self.canvas.y():
            self.enlarged.emit()

    def show_map(self, one: LayerMap) -> None:
        self.title.setText(f"{one.layer}  {one.words}")
        self.title.setToolTip(f"{one.layer}: {one.words}\nA double click shows this map alone, or all of them again")
        self.canvas.setAccessibleName(f"Map of {one.layer}")
        if one.places is not self._shown:
            self._shown = one.places
            self.canvas.show_points(one.places)

    def forget(self) -> None:
        self._shown = None
        self.canvas.forget()


class MapGrid(QWidget):
    hovered = Signal(int)
    picked = Signal(int)
    circled = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: Embedding | None = None
        self._maps: list[OneMap] = []
        self._by = "class"
        self._own_by = False
        self._unit: tuple[str, Array] | None = None  # what it is called, and its answers
        self.over = -1  # the number of the map that the mouse was in last; −1 before that, and of other maps
        self._alone: int | None = None  # the number of the map that is shown alone
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.GRID)
        self.legend = WrappedWords(parent=self)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._grid, 1)
        column.addWidget(self.legend)

    @property
    def result(self) -> Embedding | None:
        return self._result

    @property
    def canvases(self) -> list[PointCanvas]:
        count = len(self._result.maps) if self._result is not None else 0
        return [one.canvas for one in self._maps[:count]]

    def show_maps(self, result: Embedding) -> None:
        before, self._result = self._result, result
        other = before is None or before.groups is not result.groups
        if other:
            self._unit = None  # it answered to other pictures
        if other and not self._own_by:
            self._by = result.shown
        while len(self._maps) < len(result.maps):
            self._maps.append(self._made())
        for number, one in enumerate(self._maps):
            there = number < len(result.maps)
            one.setVisible(there and self._alone in (None, number))
            if there:
                one.show_map(result.maps[number])
            else:
                one.forget()
        if other:
            self._alone, self.over = None, -1
            for canvas in self.canvases:
                canvas.show_chosen(None)
                canvas.see_all()
        if other or before is None or len(before.maps) != len(result.maps):
            self._arrange()
        if result.sprites is not None:
            for canvas in self.canvases:
                canvas.show_sprites(result.sprites)
        self._colour()

    def forget(self) -> None:
        self._result, self._unit = None, None
        for one in self._maps:
            one.forget()
            one.hide()
        self.legend.setText("")

    def colour_by(self, by: str) -> None:
        self._by, self._own_by = by, True
        self._colour()

    def colour_by_unit(self, name: str, answers: Array) -> None:
        self._unit = (name, answers)
        self.colour_by("unit")

    @property
    def coloured_by(self) -> str:
        return self._by

    def show_pictures(self, on: bool) -> None:
        for one in self._maps:
            one.canvas.show_pictures(on)

    def use_lasso(self, on: bool) -> None:
        for one in self._maps:
            one.canvas.lasso = on

    def show_chosen(self, chosen: Array | None) -> None:
        for canvas in self.canvases:
            canvas.show_chosen(chosen)

    def show_landed(self, landed: tuple[Landed, ...]) -> None:
        """Where the live picture lies in each map; nothing for none."""
        if self._result is None:
            return
        found = {one.layer: one for one in landed}
        for one, canvas in zip(self._result.maps, self.canvases, strict=True):
            there = found.get(one.layer)
            near = tuple(int(n) for n in there.nearest[:SHOWN_NEAR]) if there is not None else ()
            canvas.show_live(there.place if there is not None else None, near)

    def mark(self, point: int) -> None:
        """In all of the maps, with lines to its true neighbours there."""
        result = self._result
        if result is None:
            return
        before: set[int] | None = None
        for one, canvas in zip(result.maps, self.canvases, strict=True):
            near = {int(n) for n in one.near[point]} if point >= 0 else set()
            kept = near if before is None else near & before
            won, lost = (near - before, before - near) if before is not None else (set[int](), set[int]())
            canvas.mark(point, (tuple(kept), tuple(won), tuple(lost)))
            before = near

    def _made(self) -> OneMap:
        one = OneMap(self)
        one.enlarged.connect(self._enlarge)
        one.canvas.hovered.connect(self._hover)
        one.canvas.picked.connect(self.picked)
        one.canvas.circled.connect(self.circled)
        if self._maps:
            one.canvas.turn_to(*self._maps[0].canvas.turn)
        one.canvas.turned.connect(self._turn)
        return one

    @Slot(float, float)
    def _turn(self, across: float, down: float) -> None:
        """Maps in space are seen from one side, so that they can be compared."""
        for one in self._maps:
            one.canvas.turn_to(across, down)

    @Slot()
    def _enlarge(self) -> None:
        """One map has all the room, or all have it again."""
        found = [number for number, one in enumerate(self._maps) if one is self.sender()]
        self._alone = found[0] if self._alone is None and found else None
        count = len(self._result.maps) if self._result is not None else 0
        for number, one in enumerate(self._maps):
            one.setVisible(number < count and self._alone in (None, number))
        self._arrange()

    @Slot(int)
    def _hover(self, point: int) -> None:
        self.over = next((number for number, one in enumerate(self._maps) if one.canvas is self.sender()), -1)
        self.mark(point)
        self.hovered.emit(point)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """In as many columns as make the maps largest."""
        shown = [one for number, one in enumerate(self._maps) if self._result and number < len(self._result.maps)]
        if self._alone is not None:
            shown = shown[self._alone : self._alone + 1]
        count = len(shown)
        if not count:
            return
        wide, high = max(self.width(), 1), max(self.height() - 40, 1)
        columns = max(range(1, count + 1), key=lambda n: (min(wide / n, high / math.ceil(count / n) - 20), -n))
        rows = math.ceil(count / columns)
        for number, one in enumerate(shown):
            self._grid.addWidget(one, number // columns, number % columns)
        for n in range(20):
            self._grid.setColumnStretch(n, int(n < columns))
            self._grid.setRowStretch(n, int(n < rows))

    # colours

    def _colour(self) -> None:
        import numpy as np

        result = self._result
        if result is None or not result.maps:
            return
        by = self._by if self._by != "unit" or self._unit is not None else "class"
        for one, canvas in zip(result.maps, self.canvases, strict=True):
            numbers, values = self._numbers(result, one, by)
            if values is not None:
                canvas.show_inks(_on_scale(values, by))
            elif numbers is not None:
                most = int(numbers.max(initial=-1)) + 1
                table = np.array([_rgb(colour(n)) for n in range(most)] + [_rgb(NONE)], np.uint32)
                canvas.show_inks(table[numbers])  # −1 is the last
        said = "Choose a unit, in the list of units or anywhere; until then by class: " if by != self._by else ""
        self.legend.setText(said + self._legend(result, by))

    def _numbers(self, result: Embedding, one: LayerMap, by: str) -> tuple[Array, Array]:
        """Groups, or values on a scale from 0 to 1."""
        import numpy as np

        if by in ("trust", "continuity"):
            values = one.trust if by == "trust" else one.continuity
            return None, values if values is not None else np.ones(len(one.places), np.float32)
        if by == "unit" and self._unit is not None and len(self._unit[1]) == len(one.places):
            values = np.asarray(self._unit[1], np.float32)
            least, most = float(np.nanmin(values)), float(np.nanmax(values))
            return None, (values - least) / (most - least if most > least else 1.0)
        groups = {
            "prediction": result.predictions,
            "correctness": np.where(result.right < 0, -1, np.where(result.right == 1, 2, 3)),
            "cluster": one.clusters,
            "vote": one.votes,
        }
        return groups.get(by, result.groups), None

    def _legend(self, result: Embedding, by: str) -> str:
        import numpy as np

        if by in ("trust", "continuity"):
            means = "a map's neighbours are true ones" if by == "trust" else "true neighbours are near in the map"
            return f"{_blot(_scale_ink(0.0, by))} 0.5 or less … {_blot(_scale_ink(1.0, by))} 1: how far {means}"
        if by == "unit" and self._unit is not None:
            values = self._unit[1]
            least, most = float(np.nanmin(values)), float(np.nanmax(values))
            return (
                f"{self._unit[0]}: {_blot(_scale_ink(0.0, by))} {least:.3g} … {_blot(_scale_ink(1.0, by))} {most:.3g}"
            )
        if by == "correctness":
            if (result.right < 0).all():
                return (
                    "Whether the answers are right cannot be told: the classes of the data set are not the network's."
                )
            right, wrong = (int((result.right == one).sum()) for one in (1, 0))
            return f"{_blot(colour(2))} right ({right:,}) {_blot(colour(3))} wrong ({wrong:,})"
        groups = {"prediction": result.predictions, "cluster": result.maps[-1].clusters, "vote": result.maps[-1].votes}
        shown = groups.get(by, result.groups)
        names = result.prediction_names if by == "prediction" else result.group_names
        there = [int(n) for n in np.unique(shown)]
        if by == "cluster":
            return " ".join(f"{_blot(colour(n))} {n + 1}" for n in there[:MOST_NAMES])
        if there in ([], [-1]):
            return "Nothing is labelled: colour by cluster, prediction, trust or a unit."
        from html import escape

        told = [f"{_blot(colour(n))}&nbsp;{escape(names[n])}" for n in there if 0 <= n < len(names)]
        return " ".join(told[:MOST_NAMES]) + (f" and {len(told) - MOST_NAMES} more" if len(told) > MOST_NAMES else "")


def _rgb(ink: str) -> int:
    return 0xFF000000 | int(ink[1:], 16)


def _blot(ink: str) -> str:
    return f'<span style="color:{ink}">●</span>'


def _scale_ink(share: float, by: str) -> str:
    """From red over yellow to green where it is a quality, else from dark blue to yellow."""
    ends = (
        ((239, 93, 96), (244, 200, 90), (87, 194, 104))
        if by != "unit"
        else ((62, 73, 137), (53, 153, 142), (250, 222, 60))
    )
    at = min(max(share, 0.0), 1.0) * 2
    one, other = ends[min(int(at), 1)], ends[min(int(at), 1) + 1]
    part = at - min(int(at), 1)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(one, other, strict=True))


def _on_scale(values: Array, by: str) -> Array:
    import numpy as np

    shares = np.clip((np.nan_to_num(values) - 0.5) * 2, 0, 1) if by != "unit" else np.clip(np.nan_to_num(values), 0, 1)
    table = np.array([_rgb(_scale_ink(n / 255, by)) for n in range(256)], np.uint32)
    return table[np.rint(shares * 255).astype(np.int64)]
