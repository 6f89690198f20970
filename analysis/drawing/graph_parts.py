"""A graph of operations as parts within parts, and which of them are unfolded.

A part is one call of a piece of the network: operations that follow each other, so that parts never wait for each
other in a circle. What follows itself in the same form, as the blocks of a residual stage, is one part that says how
often.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from analysis.results.kinds import Graph

FITS = 56  # boxes that are shown where nobody said what to unfold
AUTOMATIC, NOTHING, ALL = "", "none", "all"
LEAST, LONGEST = 3, 4  # how often something has to follow itself, and of how many parts it may be made
EACH = "*"  # behind the name of what repeats: all of them are shown, one by one

Unfolded = frozenset[str]


@dataclass(frozen=True, eq=False)
class Part:
    """The operations from `first` up to `last`; `key` is its name among all parts, `path` that of its layer."""

    kind: Literal["operation", "part", "repeated"]
    key: str
    path: str
    first: int
    last: int
    children: tuple[Part, ...] = ()
    times: int = 1

    @property
    def unfolds(self) -> bool:
        return self.kind == "repeated" or self.last - self.first > 1

    @property
    def holds_parts(self) -> bool:
        return any(child.kind != "operation" for child in self.children)

    def walk(self) -> Iterator[Part]:
        yield self
        for child in self.children:
            yield from child.walk()


def parts_of(graph: Graph) -> Part:
    """The whole network as one part."""
    made = _Parts(graph)
    return Part("part", "", "", 0, len(graph.nodes), made.repeated(made.within(0, len(graph.nodes), 0)))


class _Parts:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._used: dict[str, int] = {}
        self._into: list[list[int]] = [[] for _ in graph.nodes]
        for start, end in graph.edges:
            self._into[end].append(start)

    def within(self, first: int, last: int, depth: int) -> list[Part]:
        nodes, found, at = self._graph.nodes, [], first
        while at < last:
            inside = nodes[at].inside
            if len(inside) <= depth:
                path = inside[-1] if inside else ""
                found.append(Part("operation", f"#{at}", path, at, at + 1))
                at += 1
                continue
            end = at + 1
            while end < last and nodes[end].inside[: depth + 1] == inside[: depth + 1]:
                end += 1
            found.append(self._part(inside[depth], at, end, depth))
            at = end
        return found

    def _part(self, path: str, first: int, last: int, depth: int) -> Part:
        children = self.within(first, last, depth + 1)
        was_called = path.partition("@")[0] in self._graph.types
        if len(children) == 1 and children[0].kind == "part" and not was_called:
            return children[0]  # what only keeps others says nothing of its own
        count = self._used[path] = self._used.get(path, 0) + 1
        key = path if count == 1 else f"{path}#{count}"
        return Part("part", key, path, first, last, self.repeated(children))

    def repeated(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """With what follows itself as one part."""
        forms = [self._form(part) for part in parts]
        found: list[Part] = []
        at = 0
        while at < len(parts):
            wide, times = self._repeats(parts, forms, at)
            if times >= LEAST:
                members = parts[at : at + wide * times]
                key = f"{members[0].key}~{members[-1].key}"
                span = members[0].first, members[-1].last
                found.append(Part("repeated", key, members[0].path, *span, tuple(members), times))
                at += wide * times
            else:
                found.append(parts[at])
                at += 1
        return tuple(found)

    def _repeats(self, parts: Sequence[Part], forms: Sequence[object], at: int) -> tuple[int, int]:
        """Of how many parts what begins here is made, and how often it follows itself."""
        best = (1, 1)
        for wide in range(1, LONGEST + 1):
            if not any(part.holds_parts or part.last - part.first > 2 for part in parts[at : at + wide]):
                continue
            times = 1
            while self._goes_on(parts, forms, at + times * wide, wide):
                times += 1
            if times >= LEAST and wide * times > best[0] * best[1]:
                best = (wide, times)
        return best

    def _goes_on(self, parts: Sequence[Part], forms: Sequence[object], at: int, wide: int) -> bool:
        """Whether the parts from here are as those before them, give to each other as they do, and take from them."""
        if at + wide > len(parts) or forms[at : at + wide] != forms[at - wide : at]:
            return False
        if self._edges(parts[at], parts[at + wide - 1]) != self._edges(parts[at - wide], parts[at - 1]):
            return False  # as where branches of other lengths lie side by side
        before, here = parts[at - wide].first, parts[at]
        return any(before <= start < here.first for node in range(here.first, here.last) for start in self._into[node])

    def _form(self, part: Part) -> object:
        """What is the same of parts that do the same; how many units they have may differ."""
        nodes = self._graph.nodes
        if part.kind == "operation":
            return nodes[part.first].name
        own = self._graph.types.get(part.path.partition("@")[0], "")
        names = tuple(nodes[node].name for node in range(part.first, part.last))
        return own, names, self._edges(part, part)

    def _edges(self, first: Part, last: Part) -> frozenset[tuple[int, int]]:
        """Those within these parts, counted from their beginning."""
        begin = first.first
        return frozenset(
            (start - begin, node - begin)
            for node in range(begin, last.last)
            for start in self._into[node]
            if start >= begin
        )


def unfolded_parts(root: Part, said: str) -> Unfolded:
    """The keys of what is open, by what a look says; what it names that is not there is passed over."""
    if said == ALL:
        return frozenset(part.key for part in root.walk() if part.unfolds)
    if said == NOTHING:
        return frozenset({root.key})
    named = frozenset(unquote(word) for word in said.split())
    known = named & {key for part in root.walk() if part.unfolds for key in (part.key, f"{part.key}{EACH}")}
    return known | {root.key} if known else _as_fits(root)


def said_of(unfolded: Unfolded) -> str:
    """The same as a look says it."""
    return " ".join(quote(key, safe="/@~*#[]") for key in sorted(unfolded) if key) or NOTHING


def revealing(root: Part, unfolded: Unfolded, wanted: Part) -> Unfolded:
    """With everything open that hides this part."""
    found = set(unfolded) | {root.key}
    part: Part | None = root
    while part is not None and part.key != wanted.key:
        found.add(part.key)
        if part.kind == "repeated" and wanted.first >= part.children[len(part.children) // part.times - 1].last:
            found.add(f"{part.key}{EACH}")
        part = next((child for child in part.children if child.first <= wanted.first < child.last), None)
    return frozenset(found)


def in_sight(root: Part, unfolded: Unfolded, wanted: Part) -> Part:
    """The part that is seen where this one is: itself, or what hides it."""
    part = root
    while part.key != wanted.key and part.key in unfolded:
        inside = shown_children(part, unfolded)
        below = next((child for child in inside if child.first <= wanted.first and wanted.last <= child.last), None)
        if below is None:
            return part
        part = below
    return part


def shown_children(part: Part, unfolded: Unfolded) -> tuple[Part, ...]:
    """What is inside of an open part; of what repeats, once, unless each was asked for."""
    if part.kind != "repeated" or f"{part.key}{EACH}" in unfolded:
        return part.children
    once = part.children[: len(part.children) // part.times]
    return once[0].children if len(once) == 1 and once[0].children else once


def _as_fits(root: Part) -> Unfolded:
    """Level by level, as long as there is room; what holds no parts, as an attention, stays whole."""
    unfolded = {root.key}
    level, count = [root], len(shown_children(root, frozenset()))
    while level:
        inner = [
            child
            for part in level
            for child in shown_children(part, frozenset())
            if child.holds_parts or child.kind == "repeated"
        ]
        more = sum(len(shown_children(part, frozenset())) - 1 for part in inner)
        if count + more > FITS:
            break
        unfolded |= {part.key for part in inner}
        level, count = inner, count + more
    return frozenset(unfolded)


@dataclass(frozen=True)
class Cost:
    """Of several operations together; of what repeats, of all of them."""

    weights: int
    multiplications: int
    value: float


def cost_of(graph: Graph, part: Part) -> Cost:
    nodes = graph.nodes[part.first : part.last]
    if part.last == 1:  # the picture, of which nothing is counted
        return Cost(0, 0, math.nan)
    taken: dict[str, int] = {}
    for node in nodes:
        taken |= node.weights
    if graph.together == "weights":
        value = float(sum(taken.values()))
    elif graph.together == "sum":
        value = sum(node.value for node in nodes if node.value == node.value)
    else:
        value = nodes[-1].value
    return Cost(sum(taken.values()), sum(node.multiplications for node in nodes), value)
