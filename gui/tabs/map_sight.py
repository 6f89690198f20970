"""What is seen of maps of layers: colours, pictures, a lasso, the live picture, and what is told of what is pointed at.

Circled pictures are a concept: the units of all layers that answer to them and to nothing else are listed, and a unit
that is chosen there colours every map and is looked at in the whole window.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QImage, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.results.kinds import Embedding
from gui import theme
from gui.lane.background import Reading, read
from gui.tabs.extra import Extra
from gui.views.depth_strip import DepthStrip
from gui.views.elided_choice import ElidedChoice
from gui.views.line_plot import Line, LinePlot
from gui.views.map_grid import COLOURED
from gui.views.words import WrappedWords
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.population.concept import Concept
    from analysis.protocol.events import Live
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from gui.tabs.extra import Host
    from gui.views.embedding_view import EmbeddingView
    from gui.views.map_grid import MapGrid

Array = Any
SMALL = 64  # pixels of the picture that is pointed at
LISTED = 60  # units
LONGEST = 20  # letters of the name of a picture that is near
WORDS = {"class": "class", "trust": "trustworthiness", "vote": "neighbours' vote", "unit": "the chosen unit"}
DREAM = "A picture of what is circled, made along the direction that leads from the others to it, in the layer of "
CIRCLE = "Circle pictures with the lasso (or with Shift held): the units that answer to them are listed here."


class MapSight(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._state, self._loop = tab.around.state, tab.around.loop
        self._grid: MapGrid | None = None
        self._result: Embedding | None = None
        self._done = False
        self._of: dict[str, int] = {}  # which point a picture is, by its origin
        self._reading: Reading | None = None
        self._hovered = -1
        self._circled: Array | None = None  # which points are
        self._below = _Below(tab)
        self._below.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.colours = ElidedChoice(self._below)
        self.colours.setAccessibleName("Colour by")
        self.colours.setToolTip("What the colour of a point says")
        self.colours.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.colours.setMinimumContentsLength(6)
        for name in COLOURED:
            self.colours.addItem(f"by {WORDS.get(name, name)}", name)
        self.pictures = _toggle(self._below, "▦", "See points as their small pictures, one in each place")
        self.lasso = _toggle(self._below, "Lasso", "A drag circles points (or hold Shift); a click beside them lets go")
        self.live = _toggle(self._below, "● Live", "The picture of the window flies over every map, with its nearest")
        self.live.setChecked(True)
        self.pictures.setAccessibleName("Pictures")
        self.whole = _toggle(self._below, "⤢", "See all of every map again")
        self.whole.setAccessibleName("See all")
        self.whole.setCheckable(False)
        self.facts = _toggle(self._below, "Units", "The units that answer to what is circled, in place of the quality")
        self.dream = _toggle(self._below, "Dream it", DREAM + "the unit that answers to it best, or of a chosen one")
        self.dream.setCheckable(False)
        self.dream.hide()
        self.small = QLabel(self._below)
        self.small.setFixedSize(SMALL, SMALL)
        self.words = WrappedWords(parent=self._below)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.strip = DepthStrip(self._below)
        self.quality = LinePlot(self._below)
        self.quality.setMinimumSize(140, 116)
        self.units = QListWidget(self._below)
        self.units.setAccessibleName("Units that answer to what is circled")
        self.units.setMinimumHeight(90)
        self.units.setWordWrap(True)
        self.units.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()
        self._connect()
        self._below.hide()

    def below(self) -> QWidget:
        return self._below

    def _lay_out(self) -> None:
        row = WrappingRow()
        for part in (self.colours, self.pictures, self.lasso, self.live, self.whole):
            row.put(part)
        row.put(self.dream, side="right")
        row.put(self.facts, side="right")
        left = QVBoxLayout()
        left.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self.small, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.words, 1)
        left.addLayout(top)
        left.addWidget(self.strip)
        self._facts = QStackedWidget(self._below)
        self._facts.addWidget(self.quality)
        self._facts.addWidget(self.units)
        self._facts.setMaximumHeight(130)
        both = QHBoxLayout()
        both.setSpacing(theme.GRID)
        both.addLayout(left, 3)
        both.addWidget(self._facts, 2)
        column = QVBoxLayout(self._below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(both)

    def _connect(self) -> None:
        self.colours.activated.connect(self._colour)
        self.pictures.toggled.connect(self._show_pictures)
        self.lasso.toggled.connect(self._use_lasso)
        self.live.toggled.connect(self._follow)
        self.whole.clicked.connect(self._see_all)
        self.facts.toggled.connect(self._show_facts)
        self.dream.clicked.connect(self._dream)
        self.units.itemActivated.connect(self._choose_unit)
        self.units.itemClicked.connect(self._choose_unit)
        self.tab.runner.seen.connect(self._show_live)
        self._below.seen_or_not.connect(self._follow)
        self._state.unit_changed.connect(self._colour_by_chosen)

    # what comes

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        if not isinstance(result, Embedding):
            return
        view: EmbeddingView = self.tab.pane.view(Embedding)  # type: ignore[assignment]
        if self._grid is not view.grid:
            self._grid = view.grid
            view.grid.hovered.connect(self._hover)
            view.grid.picked.connect(self._pick)
            view.grid.circled.connect(self._circle)
        other = self._result is None or self._result.groups is not result.groups
        self._result, self._done = result, done
        if other:
            self._of = {name: number for number, name in enumerate(result.names)}
            self._hovered = -1
            self.units.clear()
            self.units.addItem(CIRCLE)
            self._say(-1)
            self._grid.show_pictures(self.pictures.isChecked())
            self._grid.use_lasso(self.lasso.isChecked())
            self._colour_by_chosen()
        self.pictures.setVisible(result.sprites is not None)
        self.colours.setCurrentIndex(max(self.colours.findData(self._grid.coloured_by), 0))
        self._below.show()
        self._draw_quality(result)
        self._follow()

    def clear(self) -> None:
        self._result, self._done = None, False
        self._circled = None
        self.dream.hide()
        self._loop.land_in(None)
        self._below.hide()

    def _draw_quality(self, result: Embedding) -> None:
        import numpy as np

        layers = np.arange(len(result.maps), dtype=np.float32)
        lines = []
        for name, words in (
            ("accuracy", "k-NN"),
            ("trustworthiness", "trust"),
            ("continuity", "continuity"),
            ("geodesic", "geodesic"),
        ):
            there = [number for number, one in enumerate(result.maps) if name in one.numbers]
            if there:
                values = np.array([result.maps[n].numbers[name] for n in there], np.float32)
                lines.append(Line(words, layers[there], values, dots=True))
        least = min((float(line.y.min()) for line in lines), default=0.9)
        self.quality.show_lines(
            lines,
            "layer",
            "",
            (0.0, max(float(len(result.maps) - 1), 1.0)),
            (min(math.floor(20 * least) / 20, 0.9), 1.0),
            [one.layer for one in result.maps],
        )

    # the live picture

    @Slot()
    def _follow(self) -> None:
        """Of maps that are complete: in one that still moves there is no place to land."""
        on = self.live.isChecked() and self._done and self._result is not None and self.tab.isVisible()
        of_network = self._result is not None and bool(self._result.units)
        self._loop.land_in(self._result if on and of_network else None)
        if not self.live.isChecked() and self._grid is not None:
            self._grid.show_landed(())

    @Slot(object)
    def _show_live(self, live: Live) -> None:
        result, grid = self._result, self._grid
        if result is None or grid is None or not self._done or not self.tab.isVisible():
            return
        if live.landed:
            grid.show_landed(live.landed)
        if self._hovered >= 0:
            return
        point = self._of.get(live.frame.origin, -1)
        grid.mark(point)
        if live.landed:
            votes = {one.layer: one.vote for one in live.landed}
            layers = [one.layer for one in result.maps if one.layer in votes]
            self.strip.show_votes(layers, [votes[layer] for layer in layers], result.group_names)
            self._show_small(live.picture)
            last = live.landed[-1]
            near = ", ".join(_elided(_short(result.names[int(n)])) for n in last.nearest[:3])
            self.words.setText(f"The live picture. Its nearest in {last.layer}: {near}.")

    # what is pointed at

    @Slot(int)
    def _hover(self, point: int) -> None:
        self._hovered = point
        live = self.tab.runner.live
        if point < 0 and live is not None and live.landed:
            self._show_live(live)  # what was there before somebody pointed
        else:
            self._say(point)

    def _say(self, point: int) -> None:
        result = self._result
        if result is None or point < 0 or not result.maps:
            self.small.clear()
            self.words.setText(
                "Point at a picture: lines lead to its true neighbours. A click looks at it in the window."
            )
            self.strip.show_votes((), (), ())
            return
        if result.sprites is not None:
            self._show_small(result.sprites[point])
        self.words.setText(self._told(result, point))
        self.strip.show_votes(
            [one.layer for one in result.maps], [int(one.votes[point]) for one in result.maps], result.group_names
        )

    def _told(self, result: Embedding, point: int) -> str:
        name = _short(result.names[point])
        parts = [f"picture {name}" if name.isdigit() else name]
        group, prediction = int(result.groups[point]), int(result.predictions[point])
        if 0 <= group < len(result.group_names):
            parts.append(f"is {result.group_names[group]}")
        if 0 <= prediction < len(result.prediction_names):
            parts.append(f"answered {result.prediction_names[prediction]}")
        over = self._grid.over if self._grid is not None else -1
        number = over if 0 <= over < len(result.maps) else len(result.maps) - 1
        here = result.maps[number]
        if here.trust is not None and here.continuity is not None:
            parts.append(f"in {here.layer} trust {here.trust[point]:.2f}, continuity {here.continuity[point]:.2f}")
        if number > 0:
            before, now = (set(map(int, one.near[point])) for one in result.maps[number - 1 : number + 1])
            won, lost = len(now - before), len(before - now)
            neighbours = "neighbour" if won == 1 else "neighbours"
            parts.append(f"{won} {neighbours} won and {lost} lost since {result.maps[number - 1].layer}")
        return " · ".join(parts)

    def _show_small(self, pixels: Pixels) -> None:
        high, wide = pixels.shape[:2]
        image = QImage(pixels.tobytes(), wide, high, wide * 3, QImage.Format.Format_RGB888)
        mode = Qt.TransformationMode.SmoothTransformation if wide > SMALL else Qt.TransformationMode.FastTransformation
        self.small.setPixmap(QPixmap.fromImage(image).scaled(SMALL, SMALL, Qt.AspectRatioMode.KeepAspectRatio, mode))

    @Slot(int)
    def _pick(self, point: int) -> None:
        if self._result is not None and self._result.sprites is not None:
            self.tab.picture_wanted.emit(self._result.names[point])

    # what is circled

    @Slot(object)
    def _circle(self, chosen: Array | None) -> None:
        import numpy as np

        result, grid = self._result, self._grid
        if result is None or grid is None:
            return
        if self._reading is not None:
            self._reading.drop()
            self._reading = None
        chosen = chosen if chosen is not None and chosen.any() else None
        self._circled = chosen
        self.dream.hide()
        grid.show_chosen(chosen)
        self.units.clear()
        if chosen is None:
            self.units.addItem(CIRCLE)
            return
        self.facts.setChecked(True)
        count = int(np.count_nonzero(chosen))
        if count == len(result.groups):
            self.units.addItem("All of them are circled: there is nothing to tell them from.")
        elif not result.units:
            self.units.addItem(f"{count:,} points are circled; there are no units here.")
        else:
            self.units.addItem(f"Asking all units about {count:,} pictures …")
            self._reading = read(partial(_ranked, result.units, chosen), tried="The units could not be ranked")
            self._reading.done.connect(self._show_units)
            self._reading.failed.connect(self._say_failed)

    @Slot(object)
    def _show_units(self, found: Concept) -> None:
        self._reading = None
        self.units.clear()
        self.units.addItem(
            f"{found.inside:,} of {found.of:,} circled. By chance {found.chance:.2f}, the best {found.band:.2f}."
        )
        for one in found.units[:LISTED]:
            row = QListWidgetItem(f"{one.score:.2f}  {one.layer} · unit {one.unit}  (×{one.lift:.1f})", self.units)
            row.setData(Qt.ItemDataRole.UserRole, (one.layer, one.unit))
            if one.score <= found.band:
                row.setForeground(theme.colours().dim)
                row.setToolTip("No better than the best unit is by chance")
        self.dream.setVisible(bool(found.units))

    @Slot(str, str)
    def _say_failed(self, sentence: str, _details: str) -> None:
        self.units.clear()
        self.units.addItem(sentence)

    @Slot()
    def _dream(self) -> None:
        """Of what is circled, in the layer of the unit that is chosen in the list, or of the first one there."""
        from analysis.population.concept import direction
        from analysis.protocol.target import UnitTarget
        from analysis.protocol.terms import Term

        rows = [*self.units.selectedItems(), *(self.units.item(row) for row in range(self.units.count()))]
        named = [row.data(Qt.ItemDataRole.UserRole) for row in rows]
        layer = next((one[0] for one in named if one is not None), None)
        values = dict(self._result.units).get(layer) if self._result is not None and layer is not None else None
        if values is None or self._circled is None:
            return
        along = direction(values, self._circled)
        if along:
            self.tab.dream_wanted.emit((Term(1.0, UnitTarget("mean"), layer=layer, direction=True, along=along),))

    @Slot(QListWidgetItem)
    def _choose_unit(self, row: QListWidgetItem) -> None:
        chosen = row.data(Qt.ItemDataRole.UserRole)
        if chosen is not None:
            layer, unit = chosen
            self._state.set_layer(layer, unit)
            self._colour_by_unit(layer, unit)

    def _colour_by_unit(self, layer: str, unit: int) -> None:
        result, grid = self._result, self._grid
        values = dict(result.units).get(layer) if result is not None else None
        if grid is None or values is None or not 0 <= unit < values.shape[1]:
            return
        grid.colour_by_unit(f"{layer} · unit {unit}, its largest answer", values[:, unit])
        self.colours.setCurrentIndex(self.colours.findData("unit"))

    @Slot()
    def _colour_by_chosen(self) -> None:
        """The unit that is chosen anywhere, while units are the colour."""
        if (
            self._grid is not None
            and self._grid.coloured_by == "unit"
            and self._state.layer
            and self._state.unit is not None
        ):
            self._colour_by_unit(self._state.layer, self._state.unit)

    # how it is seen

    @Slot()
    def _colour(self) -> None:
        by = str(self.colours.currentData())
        if self._grid is None:
            return
        self._grid.colour_by(by)
        self._colour_by_chosen()

    @Slot(bool)
    def _show_pictures(self, on: bool) -> None:
        if self._grid is not None:
            self._grid.show_pictures(on)

    @Slot(bool)
    def _show_facts(self, units: bool) -> None:
        self._facts.setCurrentIndex(int(units))

    @Slot(bool)
    def _use_lasso(self, on: bool) -> None:
        if self._grid is not None:
            self._grid.use_lasso(on)

    @Slot()
    def _see_all(self) -> None:
        if self._grid is not None:
            for canvas in self._grid.canvases:
                canvas.see_all()


class _Below(QWidget):
    """Tells when it comes into sight and when it goes, so that nothing is computed that nobody sees."""

    seen_or_not = Signal()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen_or_not.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen_or_not.emit()


def _ranked(units: tuple[tuple[str, Array], ...], chosen: Array) -> Concept:
    from analysis.population.concept import concept

    return concept(units, chosen)


def _toggle(parent: QWidget, text: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    return button


def _elided(name: str) -> str:
    """So short that maps keep their size whatever is near."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 :]}"


def _short(name: str) -> str:
    """Of a data set the number alone: which one it is stands beside the settings."""
    from analysis.protocol.origin import Origin

    if ":" not in name and "/" not in name:
        return name
    origin = Origin.parse(name)
    return str(origin.place) if origin.kind == "data" and origin.place is not None else origin.in_words
