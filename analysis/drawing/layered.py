"""Boxes in layers, so that every edge goes down, with few crossings and short ways (Sugiyama, Tagawa and Toda 1981).

Layers by the longest path; an edge over several layers goes by a place in each of them, which all edges of one origin
share; order by barycentres, kept where fewest edges cross; then every box as near to its neighbours as its row lets it
be, which is a regression under an order (pooled by violators).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ACROSS, DOWN = 16.0, 20.0  # between boxes, and between layers at least
SLOPE = 0.035  # of a further way down for each step across, so that lines do not lie flat
SWEEPS = 8


@dataclass(frozen=True)
class Size:
    wide: float
    high: float


@dataclass(frozen=True)
class Edge:
    """From the lower side of one box to the upper side of another, so far from their left sides."""

    start: int
    end: int
    leaves: float
    arrives: float


@dataclass(frozen=True)
class Arranged:
    """The left and upper corner of every box, and every edge as points from its start to its end."""

    corners: tuple[tuple[float, float], ...]
    ways: tuple[tuple[tuple[float, float], ...], ...]
    wide: float
    high: float


@dataclass
class _Spot:
    """A box, or a place where edges go by."""

    layer: int
    wide: float
    high: float = 0.0
    above: list[tuple[int, float, float]] = field(default_factory=list)  # spot, where it leaves, where it arrives
    below: list[tuple[int, float, float]] = field(default_factory=list)
    x: float = 0.0  # of its left side


def arranged(boxes: Sequence[Size], edges: Sequence[Edge], first: int = 0, last: int = 0) -> Arranged:
    """Edges go from boxes to later ones. The first boxes stand alone in the highest layer, the last in the lowest."""
    layers = _layers(len(boxes), edges, first, last)
    spots = [_Spot(layer, box.wide, box.high) for layer, box in zip(layers, boxes, strict=True)]
    ways = _with_places_to_go_by(spots, edges)
    rows = _rows(spots)
    rows = _ordered(spots, rows)
    _placed(spots, rows)
    return _drawn(spots, rows, ways, edges, len(boxes))


def _layers(count: int, edges: Sequence[Edge], first: int, last: int) -> list[int]:
    layers = [0] * first + [int(first > 0)] * (count - first)
    for edge in sorted(edges, key=lambda edge: edge.start):
        layers[edge.end] = max(layers[edge.end], layers[edge.start] + 1)
    if last:
        lowest = max(layers)
        own = any(layer == lowest for layer in layers[: count - last])
        layers[count - last :] = [lowest + int(own)] * last
    return layers


def _with_places_to_go_by(spots: list[_Spot], edges: Sequence[Edge]) -> list[list[int]]:
    """The spots that each edge goes by."""
    known: dict[tuple[int, float, int], int] = {}
    joined: set[tuple[int, int, float, float]] = set()
    ways = []
    for edge in edges:
        way, leaves = [edge.start], edge.leaves
        for layer in range(spots[edge.start].layer + 1, spots[edge.end].layer):
            key = edge.start, edge.leaves, layer
            if key not in known:
                known[key] = len(spots)
                spots.append(_Spot(layer, 4.0))
            _join(spots, joined, way[-1], known[key], leaves, 2.0)
            way.append(known[key])
            leaves = 2.0
        _join(spots, joined, way[-1], edge.end, leaves, edge.arrives)
        ways.append([*way, edge.end])
    return ways


def _join(
    spots: list[_Spot], joined: set[tuple[int, int, float, float]], start: int, end: int, leaves: float, arrives: float
) -> None:
    if (start, end, leaves, arrives) not in joined:
        joined.add((start, end, leaves, arrives))
        spots[start].below.append((end, leaves, arrives))
        spots[end].above.append((start, leaves, arrives))


def _rows(spots: Sequence[_Spot]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(max((spot.layer for spot in spots), default=0) + 1)]
    for number, spot in enumerate(spots):
        rows[spot.layer].append(number)
    return rows


def _ordered(spots: Sequence[_Spot], rows: list[list[int]]) -> list[list[int]]:
    best, fewest = [list(row) for row in rows], _crossings(spots, rows)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for layer in range(len(rows)) if down else reversed(range(len(rows))):
            near = layer - 1 if down else layer + 1
            if not 0 <= near < len(rows):
                continue
            place = {number: at for at, number in enumerate(rows[near])}
            middle = {}
            for at, number in enumerate(rows[layer]):
                joined = spots[number].above if down else spots[number].below
                places = [
                    place[other] + 0.5 * (leaves if down else arrives) / max(spots[other].wide, 1.0)
                    for other, leaves, arrives in joined
                ]
                middle[number] = sum(places) / len(places) if places else float(at)
            rows[layer].sort(key=middle.__getitem__)
        crossings = _crossings(spots, rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _crossings(spots: Sequence[_Spot], rows: Sequence[Sequence[int]]) -> int:
    count = 0
    for upper, lower in pairwise(rows):
        place = {number: at for at, number in enumerate(lower)}
        ends: list[tuple[int, float]] = []
        for number in upper:
            here = sorted((leaves, place[other], arrives) for other, leaves, arrives in spots[number].below)
            new = [(other, arrives) for _, other, arrives in here]
            for end in new:
                count += len(ends) - bisect_right(ends, end)
            for end in new:
                insort(ends, end)
    return count


def _placed(spots: Sequence[_Spot], rows: Sequence[Sequence[int]]) -> None:
    for row in rows:
        x = 0.0
        for number in row:
            spots[number].x = x
            x += spots[number].wide + ACROSS
    for sweep in range(2 * SWEEPS):
        both = sweep >= 2 * SWEEPS - 2
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wished, weights = [], []
            for number in row:
                spot = spots[number]
                near = []
                if down or both:
                    near += [spots[other].x + leaves - arrives for other, leaves, arrives in spot.above]
                if not down or both:
                    near += [spots[other].x + arrives - leaves for other, leaves, arrives in spot.below]
                wished.append(sum(near) / len(near) if near else spot.x)
                straight = spot.wide <= 4.0
                weights.append((4.0 if straight else 1.0) if near else 0.1)
            for number, x in zip(row, _in_order(spots, row, wished, weights), strict=True):
                spots[number].x = x


def _in_order(
    spots: Sequence[_Spot], row: Sequence[int], wished: Sequence[float], weights: Sequence[float]
) -> list[float]:
    """As near to what is wished as boxes that keep their order and their distance can be."""
    shifts, shift = [], 0.0
    for number in row:
        shifts.append(shift)
        shift += spots[number].wide + ACROSS
    blocks: list[list[float]] = []  # mean, weight, how many
    for wish, offset, weight in zip(wished, shifts, weights, strict=True):
        blocks.append([wish - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, heavy, count = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * heavy) / (before[1] + heavy)
            before[1] += heavy
            before[2] += count
    means = [mean for mean, _, count in blocks for _ in range(int(count))]
    return [mean + offset for mean, offset in zip(means, shifts, strict=True)]


def _drawn(
    spots: Sequence[_Spot],
    rows: Sequence[Sequence[int]],
    ways: Sequence[Sequence[int]],
    edges: Sequence[Edge],
    boxes: int,
) -> Arranged:
    left = min((spot.x for spot in spots), default=0.0)
    tops: list[float] = []
    ends: list[float] = []
    y = 0.0
    for row in rows:
        steepest = 0.0
        for number in row:
            for other, leaves, arrives in spots[number].above:
                across = abs(spots[other].x + leaves - spots[number].x - arrives)
                steepest = max(steepest, across)
        if tops:
            y += DOWN + min(SLOPE * steepest, 3 * DOWN)
        tops.append(y)
        y += max((spots[number].high for number in row), default=0.0)
        ends.append(y)
    corners = tuple((spots[number].x - left, tops[spots[number].layer]) for number in range(boxes))
    drawn = []
    for way, edge in zip(ways, edges, strict=True):
        start, end = spots[way[0]], spots[way[-1]]
        points = [(start.x - left + edge.leaves, tops[start.layer] + start.high)]
        if start.high < ends[start.layer] - tops[start.layer]:
            points.append((points[0][0], ends[start.layer]))
        for number in way[1:-1]:
            spot = spots[number]
            points += [(spot.x - left + 2.0, tops[spot.layer]), (spot.x - left + 2.0, ends[spot.layer])]
        points.append((end.x - left + edge.arrives, tops[end.layer]))
        drawn.append(tuple(points))
    wide = max((spot.x + spot.wide for spot in spots), default=0.0) - left
    return Arranged(corners, tuple(drawn), wide, y)
