"""Layers that slide, as a person writes them: `k3 s2 d1 p1, k3`, and what one of their outputs sees.

n → ⌊(n + 2p − d · (k − 1) − 1) / s⌋ + 1,  r = r′ + (k − 1) · d · j′,  j = j′ · s,  start = start′ − p · j′
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.protocol.problems import Problem

MOST = 16  # layers
LARGEST = {"k": 31, "s": 16, "d": 16, "p": 64}
LEAST = {"k": 1, "s": 1, "d": 1, "p": 0}
WRITTEN = "write each as k3 s1 d1 p0, kernel, stride, dilation and padding, with commas between them"

Pair = tuple[int, int]


@dataclass(frozen=True)
class Sliding:
    """Rows and columns of each."""

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pair = (0, 0)

    def words(self, line: bool) -> str:
        """Of a `line` there are columns only."""
        shown = [("k", self.kernel), ("s", self.stride), ("d", self.dilation), ("p", self.padding)]
        return " ".join(f"{name} {b if line or a == b else f'{a}×{b}'}" for name, (a, b) in shown)


@dataclass(frozen=True)
class Map:
    """What a layer gives, along one side: how many places, and what each of them sees."""

    size: int
    field: int = 1
    jump: int = 1
    start: int = 0


def layers_of(text: str, lines: bool) -> tuple[Sliding, ...]:
    """With `lines` they slide along one side only."""
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if not 1 <= len(parts) <= MOST:
        raise Problem(f"There are from 1 to {MOST} layers, not {len(parts)}: {WRITTEN}.")
    return tuple(_layer(part, lines) for part in parts)


def _layer(text: str, lines: bool) -> Sliding:
    found: dict[str, Pair] = {}
    for word in text.lower().replace("×", "x").split():
        match = re.fullmatch(r"([ksdp]?)(\d{1,3})(?:x(\d{1,3}))?", word)
        name = (match[1] or "k") if match is not None else ""
        if match is None or name in found:
            raise Problem(f"“{text[:60]}” is no layer: {WRITTEN}.")
        rows, columns = int(match[2]), int(match[3] or match[2])
        if not all(LEAST[name] <= one <= LARGEST[name] for one in (rows, columns)):
            raise Problem(f"In “{text[:60]}” {name} goes from {LEAST[name]} to {LARGEST[name]}.")
        found[name] = (int(name != "p"), max(rows, columns)) if lines else (rows, columns)
    if "k" not in found:
        raise Problem(f"“{text[:60]}” has no kernel: {WRITTEN}.")
    one = Sliding((1, 1))
    return Sliding(found["k"], found.get("s", one.stride), found.get("d", one.dilation), found.get("p", one.padding))


def maps_of(layers: Sequence[Sliding], size: Pair) -> list[tuple[Map, Map]]:
    """Rows and columns of the input and of what each layer gives."""
    found = [(Map(size[0]), Map(size[1]))]
    for number, layer in enumerate(layers, 1):
        rows, columns = (_after(layer, found[-1][side], side) for side in (0, 1))
        if min(rows.size, columns.size) < 1:
            before = " × ".join(str(one.size) for one in found[-1])
            reach = " × ".join(str(d * (k - 1) + 1) for d, k in zip(layer.dilation, layer.kernel, strict=True))
            raise Problem(
                f"Layer {number} reaches over {reach} places, more than the {before} before it have with the padding: "
                "choose a larger map, a smaller kernel or more padding."
            )
        found.append((rows, columns))
    return found


def _after(layer: Sliding, before: Map, side: int) -> Map:
    k, s, d, p = (one[side] for one in (layer.kernel, layer.stride, layer.dilation, layer.padding))
    size = (before.size + 2 * p - d * (k - 1) - 1) // s + 1
    return Map(size, before.field + (k - 1) * d * before.jump, before.jump * s, before.start - p * before.jump)


def ways_back(layer: Sliding, before: int, ways: Sequence[int], side: int) -> list[int]:
    """On how many ways each place before the layer comes to what these ways lead from; along one side."""
    k, s, d, p = (one[side] for one in (layer.kernel, layer.stride, layer.dilation, layer.padding))
    found = [0] * before
    for place, count in enumerate(ways):
        for tap in range(k) if count else ():
            at = place * s - p + tap * d
            if 0 <= at < before:
                found[at] += count
    return found
