"""A network as a graph: folded and unfolded by hand, searched, coloured; a click selects the layer everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QColor, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from analysis.question.operation_kinds import in_words
from analysis.results.looks import GraphLook
from gui import theme
from gui.views.graph_canvas import STEP, GraphCanvas, Paint
from gui.views.legend import Legend
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.drawing.graph_drawing import Box, Drawing
    from analysis.drawing.graph_parts import Part, Unfolded
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Graph
    from gui.selection import State


class GraphView(QWidget):
    """What is unfolded stands in the looks, so that a recipe brings it back."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._graph: Graph | None = None
        self._root: Part | None = None
        self._unfolded: Unfolded = frozenset()
        self._drawing: Drawing | None = None
        self._said: str | None = None
        self._layers: dict[str, Part] = {}
        self._matches: list[Part] = []
        self._match = -1
        self._to_begin = False
        self.canvas = GraphCanvas(self)
        self.canvas.words_of = self._words_of
        self.legend = Legend(self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search: layer, type or operation")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Ctrl+F. Return goes to the next one, unfolding what hides it, Shift+Return back")
        self.count = QLabel(self)
        self.count.setProperty("dim", True)
        self._lay_out()
        self.canvas.chosen.connect(self._choose)
        self.canvas.folded.connect(self._fold)
        self.canvas.climbed.connect(self._climb)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._next)
        self._shortcut(QKeySequence.StandardKey.Find, self._to_search)
        self._shortcut("Shift+Return", self._previous, Qt.ShortcutContext.WidgetWithChildrenShortcut)
        state.layer_changed.connect(self._show_layer)
        state.looks_changed.connect(self._take_look)

    def _lay_out(self) -> None:
        row = WrappingRow()
        row.put(self.search, grows=1)
        row.put(self.count)
        for text, tip, do in (
            ("Fit", "Show all of it (Home)", self.canvas.fit),
            ("−", "Smaller (−, or the wheel)", self._smaller),
            ("+", "Larger (+, or the wheel)", self._larger),
            ("As fits", "Unfold as much as a page has room for", self._unfold_as_fits),
            ("Fold", "Fold everything", self._fold_all),
            ("Unfold", "Unfold everything; what repeats is told once", self._unfold_all),
        ):
            button = QToolButton(self)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(do)
            row.put(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.legend)

    def _shortcut(
        self,
        keys: QKeySequence.StandardKey | str,
        do: Callable[[], None],
        context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(context)
        shortcut.activated.connect(do)

    # what is shown

    def show_result(self, result: Graph, _picture: Pixels | None = None) -> None:
        from analysis.drawing.graph_parts import parts_of

        before = self._graph
        self._graph = result
        if before is None or self._root is None or not _alike(before, result):
            self._root = parts_of(result)
            self._layers = {}
            for part in self._root.walk():
                if part.kind == "part" and part.path:
                    self._layers[part.path] = part
                    self._layers[part.path.partition("@")[0]] = part
            self._said = None
            self._search(self.search.text())
        if self._said is None:
            self._take_look(begin=True)
        else:
            self._draw()

    def show_nothing(self, words: str) -> None:
        self._graph = self._root = self._drawing = self._said = None
        self._layers, self._matches = {}, []
        self.canvas.show_nothing(words)
        self.legend.clear()
        self.count.clear()

    @Slot()
    def _take_look(self, begin: bool = False) -> None:
        from analysis.drawing.graph_parts import unfolded_parts

        said = self._state.look(GraphLook).unfolded
        if self._root is None or said == self._said:
            return
        self._said, self._unfolded = said, unfolded_parts(self._root, said)
        self._drawing = None
        self._draw()
        if begin:
            self._to_begin = not self.canvas.isVisible()
            self.canvas.begin()
            self._show_layer()

    def _draw(self) -> None:
        from analysis.drawing.colours import table
        from analysis.drawing.graph_colours import COLOURS, GAMMA, ink, scale_of
        from analysis.drawing.graph_drawing import drawing_of

        graph, root = self._graph, self._root
        if graph is None or root is None:
            return
        self._drawing = drawing_of(graph, root, self._unfolded)
        scale = scale_of(graph, self._drawing.boxes)

        def look(box: Box) -> Paint:
            found = scale.colour(box.cost.value) if scale is not None and not box.frame else None
            return Paint(box, None, None) if found is None else Paint(box, QColor(*found), QColor(ink(found)))

        self.canvas.show_drawing(self._drawing, look)
        if scale is not None:
            self.legend.show_scale(table(COLOURS, GAMMA), 0.0, scale.high, scale.words, graph.quantity)
        else:
            self.legend.clear()
        self._mark()

    def _words_of(self, box: Box) -> str:
        from analysis.drawing.graph_colours import cost_words

        if self._graph is None:
            return ""
        lines = cost_words(self._graph, box)
        if box.part.unfolds:
            each = "; with Shift: each of them" if box.part.kind == "repeated" and not box.frame else ""
            lines.append(f"Double click: {'fold' if box.frame else 'unfold'}{each}")
        return "\n".join(lines)

    # what is selected

    def _mark(self) -> None:
        from analysis.drawing.graph_parts import in_sight

        part = self._layers.get(self._state.layer or "")
        seen = in_sight(self._root, self._unfolded, part).key if part is not None and self._root is not None else ""
        walked = self.canvas.box_of(self.canvas.marked)
        if walked is None or self._layer_of(walked) != self._state.layer:
            self.canvas.marked = seen
        self.canvas.update()

    @Slot()
    def _show_layer(self) -> None:
        self._mark()
        box = self.canvas.box_of(self.canvas.marked)
        if box is not None and self.isVisible():
            self.canvas.show_box(box)

    @Slot(object)
    def _choose(self, box: Box) -> None:
        self.canvas.marked = box.part.key
        layer = self._layer_of(box)
        if layer is not None:
            self._state.set_layer(layer)
        self.canvas.show_box(box)
        self.canvas.update()

    def _layer_of(self, box: Box) -> str | None:
        """The layer that it is; of an operation without one of its own, the nearest that holds it."""
        network = self._state.network
        path = box.part.path
        while network is not None and path:
            for name in (path, path.partition("@")[0]):
                node = network.root.find(name)
                if node is not None and node.kind is not None:
                    return name
            path = path.rpartition(".")[0]
        return None

    # folding

    def _set(self, unfolded: Unfolded) -> None:
        from analysis.drawing.graph_parts import said_of

        self._state.set_look(unfolded=said_of(unfolded))

    @Slot(object, bool)
    def _fold(self, box: Box, each: bool) -> None:
        from analysis.drawing.graph_parts import EACH

        key = box.part.key
        names = {key, f"{key}{EACH}"}
        if box.frame and not (each and box.part.kind == "repeated" and f"{key}{EACH}" not in self._unfolded):
            unfolded = self._unfolded - names
        else:
            unfolded = self._unfolded | (names if each and box.part.kind == "repeated" else {key})
        self._set(unfolded)
        now = self.canvas.box_of(key)
        if now is not None:
            self.canvas.hold(now, box)

    @Slot(object)
    def _climb(self, box: Box) -> None:
        frames = [paint.box for paint in self.canvas.paints if paint.box.frame]
        around = [one for one in frames if one.part.first <= box.part.first < one.part.last and one is not box]
        if around:
            self._choose(max(around, key=lambda one: one.depth))

    @Slot()
    def _unfold_as_fits(self) -> None:
        self._state.set_look(unfolded="")
        self.canvas.begin()

    @Slot()
    def _fold_all(self) -> None:
        self._state.set_look(unfolded="none")
        self.canvas.begin()

    @Slot()
    def _unfold_all(self) -> None:
        self._state.set_look(unfolded="all")
        self.canvas.begin()

    @Slot()
    def _larger(self) -> None:
        self.canvas.zoom_by(STEP)

    @Slot()
    def _smaller(self) -> None:
        self.canvas.zoom_by(1 / STEP)

    # searching

    @Slot()
    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot(str)
    def _search(self, text: str) -> None:
        words, graph, root = text.strip().lower(), self._graph, self._root
        self._matches, self._match = [], -1
        if words and graph is not None and root is not None:
            for part in root.walk():
                name = graph.nodes[part.first].name if part.kind == "operation" else ""
                type_ = graph.types.get(part.path.partition("@")[0], "") if part.kind == "part" else ""
                path = part.path if part.kind == "part" else ""
                if part is not root and any(words in one.lower() for one in (path, type_, name, in_words(name))):
                    self._matches.append(part)
        self.canvas.found = frozenset(part.key for part in self._matches)
        self._say_count()
        self.canvas.update()

    def _say_count(self) -> None:
        if not self.search.text().strip():
            self.count.setText("")
        elif self._match < 0:
            self.count.setText(f"{len(self._matches)} found" if self._matches else "nothing")
        else:
            self.count.setText(f"{self._match + 1} of {len(self._matches)}")

    @Slot()
    def _next(self) -> None:
        self._go_to_match(1)

    @Slot()
    def _previous(self) -> None:
        self._go_to_match(-1)

    def _go_to_match(self, step: int) -> None:
        from analysis.drawing.graph_parts import in_sight, revealing

        if not self._matches or self._root is None:
            return
        self._match = (self._match + step) % len(self._matches) if self._match >= 0 else (0 if step > 0 else -1)
        self._match %= len(self._matches)
        part = self._matches[self._match]
        if in_sight(self._root, self._unfolded, part).key != part.key:
            self._set(revealing(self._root, self._unfolded, part))
        box = self.canvas.box_of(in_sight(self._root, self._unfolded, part).key)
        if box is not None:
            self._choose(box)
            self.canvas.go_to(box)
        self._say_count()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._to_begin and self.canvas.drawn:
            self._to_begin = False
            self.canvas.begin()
        elif self.canvas.drawn and event.oldSize().width() > 0:
            wider = event.size().width() - event.oldSize().width()
            self.canvas.pan(QPointF(wider / 2, 0))  # what was in the middle stays there


def _alike(one: Graph, other: Graph) -> bool:
    """Whether they are drawn alike but for colours."""
    return one.edges == other.edges and all(
        (a.name, a.inside, a.shape) == (b.name, b.inside, b.shape) for a, b in zip(one.nodes, other.nodes, strict=False)
    )
