"""How wide the columns of the layer tree are: all of them are in sight, what has no room is left out whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui import theme
from gui.views.layer_words import WHOLE, kernel_in_words, name_in_words, output_in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QFontMetrics

    from analysis.protocol.layers import LayerNode

NAME, ACTIVITY, OUTPUT, UNITS, TYPE, PARAMETERS, KERNEL, TIME = range(8)
TITLES = ("Layer", "Activity", "Output", "Units", "Type", "Parameters", "Kernel", "Time")
USUAL = frozenset({ACTIVITY, OUTPUT, UNITS, TYPE})  # beside the name, which always stands
ON_DEMAND = (KERNEL, PARAMETERS, TIME)
SHORT_TITLES = {ACTIVITY: "Act."}  # where there is no room for the whole one
SHORTEST_BAR = 5 * theme.GRID
LONGEST_TIME = "888.8 ms"


@dataclass(frozen=True)
class Wishes:
    """What every column would like to have in pixels, and what the ones that give way need at least."""

    whole: tuple[int, ...]
    least_name: int
    good_name: int  # few names are longer
    least_type: int
    least_bar: int = SHORTEST_BAR


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
        (PARAMETERS, {f"{node.parameters:,}" for node in nodes}),
        (KERNEL, {kernel_in_words(node) for node in nodes}),
        (TIME, {LONGEST_TIME}),
    ):
        margin = theme.GRID if column == ACTIVITY else 2 * theme.GRID
        widest = max(letters.horizontalAdvance(text) for text in (*texts, TITLES[column] + "  "))
        whole.append(widest + margin)
    deepest = max((depth for _, depth in indents), default=0) * indentation
    letter = letters.averageCharWidth()
    numbered = [name_and_indent for (name, _), name_and_indent in zip(indents, names, strict=True) if name[0].isdigit()]
    told = min(max(numbered, default=0), 19 * letter) + indentation + 2 * theme.GRID  # a number, and what it is
    root = letters.horizontalAdvance(WHOLE) + indentation + 2 * theme.GRID
    return Wishes(
        whole=tuple(whole),
        least_name=min(whole[NAME], 8 * letter + min(deepest + indentation, 4 * indentation)),
        good_name=min(
            whole[NAME],
            max(11 * letter + deepest + indentation, root, told),
        ),
        least_type=min(whole[TYPE], 7 * letter + 2 * theme.GRID),
        least_bar=max(SHORTEST_BAR, letters.horizontalAdvance(SHORT_TITLES[ACTIVITY]) + 2 * theme.GRID),
    )


def fitted(wanted: Wishes, room: int, shown: Collection[int] = USUAL) -> dict[int, int]:
    """The width of every column that has a place in `room` pixels, the most needed ones first.

    What kind of layer it is goes last; what was asked for goes after what is there unasked; and no name is cut as long
    as there is room that only makes something else look better.
    """
    widths = {NAME: min(wanted.least_name, room)}
    left = room - widths[NAME]
    asked = tuple((column, wanted.whole[column], wanted.whole[column]) for column in ON_DEMAND)
    for column, least, at_most in (
        (TYPE, wanted.least_type, wanted.least_type),
        *asked,
        (ACTIVITY, wanted.least_bar, wanted.least_bar),
        (NAME, 0, wanted.good_name),
        (OUTPUT, wanted.whole[OUTPUT], wanted.whole[OUTPUT]),
        (NAME, 0, wanted.whole[NAME]),
        (TYPE, 0, wanted.whole[TYPE]),
        (UNITS, wanted.whole[UNITS], wanted.whole[UNITS]),
        (ACTIVITY, 0, wanted.whole[ACTIVITY]),
    ):
        if column not in (NAME, TYPE) and TYPE in shown and TYPE not in widths:
            continue  # where not even the kind has room, the name has all of it
        has = widths.get(column, 0)
        more = min(left, at_most - has)
        if (column == NAME or column in shown) and (has or more >= least > 0) and more > 0:
            widths[column] = has + more
            left -= more
    return widths


def title_of(column: int, width: int, letters: QFontMetrics) -> str:
    """What stands at the head of a column of this width."""
    whole = TITLES[column]
    fits = letters.horizontalAdvance(whole) + theme.GRID <= width
    return whole if fits else SHORT_TITLES.get(column, whole)
