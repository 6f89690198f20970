"""How wide the columns of the layer tree are: all of them are in sight, what has no room is left out whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui import theme
from gui.views.layer_words import WHOLE, name_in_words, output_in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QFontMetrics

    from analysis.protocol.layers import LayerNode

NAME, ACTIVITY, OUTPUT, UNITS, TYPE = range(5)
TITLES = ("Layer", "Activity", "Output", "Units", "Type")
SHORTEST_BAR = 5 * theme.GRID


@dataclass(frozen=True)
class Wishes:
    """What every column would like to have in pixels, and what the ones that give way need at least."""

    whole: tuple[int, ...]
    least_name: int
    good_name: int  # few names are longer
    least_type: int


def wishes(nodes: Sequence[LayerNode], letters: QFontMetrics, indentation: int) -> Wishes:
    """In this font, with what is in them."""
    indents = {(name_in_words(node), node.path.count(".")) for node in nodes}
    names = [letters.horizontalAdvance(name) + depth * indentation for name, depth in indents]
    whole = [max(names, default=10 * theme.GRID) + indentation + 2 * theme.GRID]
    for column, texts in (
        (ACTIVITY, set()),
        (OUTPUT, {output_in_words(node) for node in nodes}),
        (UNITS, {f"{node.units:,}" for node in nodes}),
        (TYPE, {node.type for node in nodes}),
    ):
        margin = theme.GRID if column == ACTIVITY else 2 * theme.GRID
        widest = max(letters.horizontalAdvance(text) for text in (*texts, TITLES[column] + "  "))
        whole.append(widest + margin)
    deepest = max((depth for _, depth in indents), default=0) * indentation
    letter = letters.averageCharWidth()
    root = letters.horizontalAdvance(WHOLE) + indentation + 2 * theme.GRID
    return Wishes(
        whole=tuple(whole),
        least_name=min(whole[NAME], 8 * letter + min(deepest + indentation, 4 * indentation)),
        good_name=min(whole[NAME], max(11 * letter + deepest + indentation, root)),
        least_type=min(whole[TYPE], 7 * letter + 2 * theme.GRID),
    )


def fitted(wanted: Wishes, room: int) -> dict[int, int]:
    """The width of every column that has a place in `room` pixels, the most needed ones first."""
    widths = {NAME: min(wanted.least_name, room)}
    left = room - widths[NAME]
    for column, least, at_most in (
        (ACTIVITY, SHORTEST_BAR, SHORTEST_BAR),
        (OUTPUT, wanted.whole[OUTPUT], wanted.whole[OUTPUT]),
        (ACTIVITY, 0, wanted.whole[ACTIVITY]),
        (NAME, 0, wanted.good_name),
        (TYPE, wanted.least_type, wanted.whole[TYPE]),
        (UNITS, wanted.whole[UNITS], wanted.whole[UNITS]),
        (NAME, 0, wanted.whole[NAME]),
    ):
        has = widths.get(column, 0)
        more = min(left, at_most - has)
        if has or more >= least > 0:
            widths[column] = has + more
            left -= more
    return widths
