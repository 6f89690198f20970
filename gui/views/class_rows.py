"""A network's best classes as the rows that bars show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.protocol.answer_words import softmax
from analysis.protocol.number_words import percent
from gui.views.class_bars import ClassRow
from gui.views.short_numbers import short
from gui.views.target_words import class_words

if TYPE_CHECKING:
    from analysis.protocol.events import Floats, Loaded


def best_rows(network: Loaded | None, logits: Floats, explained: int | None, most: int) -> list[ClassRow]:
    """Those that respond most, the strongest first; the explained one is marked."""
    if len(logits) == 1:  # whose share is always all of it
        name, value = class_words(network, 0), short(float(logits[0]))
        return [ClassRow(0, name, value, 0.0, 0.0, f"{name}\noutput {value}", explained == 0)]
    shares = softmax(logits)
    order = [int(index) for index in (-shares).argsort(kind="stable")[:most]]
    return [_row(network, index, float(shares[index]), float(logits[index]), index == explained) for index in order]


def _row(network: Loaded | None, index: int, share: float, logit: float, explained: bool) -> ClassRow:
    name = class_words(network, index)
    tip = f"{name} (class {index})\nlogit {logit:.2f}"
    return ClassRow(index, name, percent(share), 0.0, share, tip, explained)
