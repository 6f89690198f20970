"""A graph of operations as boxes, frames and lines at their places; the window and the figure paint the same.

What is unfolded is a frame round its own drawing, so each part is arranged by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.drawing.graph_parts import Cost, Part, Unfolded, cost_of, shown_children
from analysis.drawing.layered import Arranged, Edge, Size, arranged
from analysis.question.operation_kinds import in_words
from analysis.results.kinds import Graph

HIGH, HEAD, INSIDE = 34.0, 20.0, 10.0  # of a box, of a frame's title, and round what is in a frame
LETTER, NARROWEST, WIDEST = 6.4, 84.0, 210.0  # widths
SPARE = 2  # letters that a sign to unfold takes
PORTS = 8  # that a frame has on a side at most; more become one
Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Box:
    """What is folded, or an open part whose frame it is."""

    part: Part
    left: float
    top: float
    wide: float
    high: float
    title: str
    words: str
    cost: Cost
    frame: bool = False
    depth: int = 0

    def holds(self, x: float, y: float) -> bool:
        """A frame is taken by its title; what is in it is not its own."""
        high = HEAD if self.frame else self.high
        return self.left <= x <= self.left + self.wide and self.top <= y <= self.top + high


@dataclass(frozen=True, eq=False)
class Drawing:
    """Frames come before what is in them. `lines` go from above to below."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    wide: float
    high: float


def drawing_of(graph: Graph, root: Part, unfolded: Unfolded) -> Drawing:
    level = _Level(graph, root, unfolded, _edges_of(graph), 0)
    boxes: list[Box] = []
    lines: list[Line] = []
    level.put(0.0, 0.0, boxes, lines)
    return Drawing(tuple(boxes), tuple(lines), level.wide, level.high)


def _edges_of(graph: Graph) -> list[list[int]]:
    """Of each operation, those that it takes from."""
    into: list[list[int]] = [[] for _ in graph.nodes]
    for start, end in graph.edges:
        into[end].append(start)
    return into


class _Level:
    """The inside of one part. A port is where something comes in, or goes out, by the operation that made it."""

    def __init__(self, graph: Graph, part: Part, unfolded: Unfolded, into: Sequence[Sequence[int]], depth: int) -> None:
        self._graph, self._part, self._into, self._depth = graph, part, into, depth
        self._children = shown_children(part, unfolded)
        self._first, self._last = self._children[0].first, self._children[-1].last
        self._inner = [
            _Level(graph, child, unfolded, into, depth + 1) if child.unfolds and child.key in unfolded else None
            for child in self._children
        ]
        self._texts = [_texts(graph, child) for child in self._children]
        self._costs = [cost_of(graph, child) for child in self._children]
        taken = {start for node in range(self._first, self._last) for start in into[node] if start < self._first}
        self._came = self._ports(sorted(taken))
        self._went = self._ports(self._given())
        self._arranged = self._arrange()
        self.wide, self.high = self._arranged.wide, self._arranged.high

    def _given(self) -> list[int]:
        """The operations whose results are taken outside."""
        if self._depth == 0:
            return []
        last = self._part.last if self._part.kind == "repeated" else self._last
        outside = {
            start
            for node in range(self._last, len(self._graph.nodes))
            for start in self._into[node]
            if self._first <= start < self._last
        }
        answers = {node for node in self._graph.answers if self._first <= node < self._last}
        if last > self._last and not outside:
            outside = {self._last - 1}
        return sorted(outside | answers)

    @staticmethod
    def _ports(made: Sequence[int]) -> dict[int, int]:
        """The number of the port of each operation."""
        if len(made) > PORTS:
            return dict.fromkeys(made, 0)
        return {one: number for number, one in enumerate(made)}

    def _arrange(self) -> Arranged:
        came, went = len(set(self._came.values())), len(set(self._went.values()))
        sizes = [Size(8.0, 0.0)] * came
        for inner, (title, words) in zip(self._inner, self._texts, strict=True):
            letters = max(len(title), len(words)) + 2
            wide = min(max(LETTER * letters, NARROWEST), WIDEST)
            if inner is not None:
                frame = max(inner.wide + 2 * INSIDE, min(LETTER * (len(title) + len(words) + 7), 1.6 * WIDEST))
                sizes.append(Size(frame, inner.high + HEAD + INSIDE))
            else:
                sizes.append(Size(wide, HIGH))
        self._sizes = sizes[came:]
        sizes += [Size(8.0, 0.0)] * went
        found: dict[tuple[int, int, float, float], None] = {}
        for node in range(self._first, self._last):
            end = self._child(node)
            for start in self._into[node]:
                if start < self._first:
                    begins, leaves = self._came[start], 4.0
                else:
                    other = self._child(start)
                    if other == end:
                        continue
                    begins, leaves = came + other, self._leaves(other, start)
                found[(begins, came + end, leaves, self._arrives(end, start))] = None
        for made, port in self._went.items():
            other = self._child(made)
            found[(came + other, came + len(self._children) + port, self._leaves(other, made), 4.0)] = None
        edges = [Edge(*one) for one in found]
        return arranged(sizes, edges, came, went)

    def _child(self, node: int) -> int:
        low, high = 0, len(self._children) - 1
        while low < high:
            middle = (low + high) // 2
            if self._children[middle].last <= node:
                low = middle + 1
            else:
                high = middle
        return low

    def _shift(self, child: int) -> float:
        """How far what is in a frame stands from its left side."""
        inner = self._inner[child]
        return 0.0 if inner is None else (self._sizes[child].wide - inner.wide) / 2

    def _leaves(self, child: int, made: int) -> float:
        inner = self._inner[child]
        if inner is None:
            return self._sizes[child].wide / 2
        return self._shift(child) + inner.goes(made)

    def _arrives(self, child: int, made: int) -> float:
        inner = self._inner[child]
        if inner is None:
            return self._sizes[child].wide / 2
        return self._shift(child) + inner.comes(made)

    def comes(self, made: int) -> float:
        """Where what this operation made comes in; of what repeats, whatever the first of them takes."""
        port = self._came.get(made)
        if port is None:
            return self.wide / 2
        return self._arranged.corners[port][0] + 4.0

    def goes(self, made: int) -> float:
        port = self._went.get(made)
        if port is None:
            port = next(iter(self._went.values()), None)
        if port is None:
            return self.wide / 2
        before = len(set(self._came.values())) + len(self._children)
        return self._arranged.corners[before + port][0] + 4.0

    def put(self, left: float, top: float, boxes: list[Box], lines: list[Line]) -> None:
        came = len(set(self._came.values()))
        lines += [tuple((left + x, top + y) for x, y in way) for way in self._arranged.ways]
        for number, (child, inner) in enumerate(zip(self._children, self._inner, strict=True)):
            x, y = self._arranged.corners[came + number]
            size, (title, words) = self._sizes[number], self._texts[number]
            at = left + x, top + y
            box = Box(
                child, *at, size.wide, size.high, title, words, self._costs[number], inner is not None, self._depth
            )
            boxes.append(box)
            if inner is not None:
                inner.put(at[0] + self._shift(number), at[1] + HEAD, boxes, lines)


def _name_of_all(first: str, last: str, times: int) -> str:
    """How often, above all, which is seen where there is no room for both names."""
    room = int(WIDEST / LETTER) - len(f" …   ×{times}") - SPARE
    if last and len(first) + len(last) < room:
        return f"{first} … {last}  ×{times}"
    return f"{first[:room].rstrip('_')} …  ×{times}"


def _texts(graph: Graph, part: Part) -> tuple[str, str]:
    """Its name, and what it gives."""
    last = graph.nodes[part.last - 1]
    if part.kind == "operation":
        return in_words(last.name), last.shape
    if part.kind == "repeated":
        length = len(part.children) // part.times
        first, end = part.children[length - 1], part.children[-1]
        shapes = [graph.nodes[one.last - 1].shape for one in (first, end)]
        names = [one.path.rpartition(".")[2] for one in (part.children[0], end)]
        return _name_of_all(names[0], names[1], part.times), shapes[0] if shapes[0] == shapes[
            1
        ] else f"{shapes[0]} … {shapes[1]}"
    type_ = graph.types.get(part.path.partition("@")[0], "")
    name = part.path.rpartition(".")[2] if part.path else ""
    return f"{name} · {type_}" if type_ else name, last.shape
