"""How a network answers what is asked about, in numbers and in words: the same in the window and in figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.protocol.number_words import percent, short
from analysis.protocol.target import ClassTarget, UnitTarget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import Floats, FoundBoxes
    from analysis.protocol.layers import LayerNode, Layout

MOST_BOXES, FEW_BOXES = 20, 3
PLACES = {"mean": "mean", "max": "maximum", "center": "centre", "map": "its own map"}


def steps_and_classes(root: LayerNode, names: int) -> tuple[int, int] | None:
    """Of a network that answers each class at every step of a sequence, or place of a list; None for any other.

    Which axis is that of the classes is told by places of the picture in the other one, or by the number of names.
    """
    if root.shape is None or len(root.shape) != 2 or root.layout == "HW":
        return None
    first, second = root.shape
    return (second, first) if classes_are_in_front(root.layout, first, second, names) else (first, second)


def classes_are_in_front(layout: Layout | None, first: int, second: int, names: int) -> bool:
    """Of an answer of these two axes beside that of the pictures."""
    return layout == "CT" if layout in ("TC", "CT") else first == names != second


def softmax(logits: Floats) -> NDArray[np.float64]:
    """exp(xᵢ) / Σ exp(xⱼ); values that are no finite numbers count as impossible."""
    import numpy as np

    finite = np.isfinite(logits)
    powers = np.zeros(len(logits))
    if finite.any():
        powers[finite] = np.exp(logits[finite].astype(np.float64) - float(logits[finite].max()))
    total = powers.sum()
    return powers / total if total > 0 else powers


def surest(boxes: FoundBoxes | None) -> list[int]:
    """Which boxes are looked at, the best first: those that are likelier there than not, or the best few."""
    import numpy as np

    if boxes is None:
        return []
    order = [int(place) for place in np.argsort(-boxes.scores, kind="stable")[:MOST_BOXES]]
    likely = [place for place in order if boxes.scores[place] >= 0.5]
    return likely or order[:FEW_BOXES]


def strongest(logits: Floats | None) -> int | None:
    """The class that responds most; None where there are no classes."""
    import numpy as np

    return int(np.nan_to_num(logits, nan=-np.inf).argmax()) if logits is not None and len(logits) else None


def answer_to(target: ClassTarget, logits: Floats | None) -> tuple[int, float] | None:
    """The class that is asked about, the strongest where that is left open, and its logit, share or log-share.

    Of one that is asked against another, what it has more than that. None where the answer is not known.
    """
    index = strongest(logits) if target.index is None else target.index
    if logits is None or index is None or index >= len(logits) or target.at is not None:
        return None
    if target.against is not None:
        against = answer_to(replace(target, index=target.against, against=None), logits)
        found = answer_to(replace(target, index=index, against=None), logits)
        if against is None or found is None or index == target.against:
            return None
        return index, found[1] - against[1]
    value = float(logits[index])
    if target.kind == "class" or not math.isfinite(value):
        return index, value
    if target.kind == "probability":
        return index, float(softmax(logits)[index])
    import numpy as np

    finite = logits[np.isfinite(logits)].astype(np.float64)
    largest = float(finite.max())  # the logarithm of a share may be far below that of the smallest number
    return index, value - largest - math.log(float(np.exp(finite - largest).sum()))


def value_words(target: ClassTarget, value: float) -> str:
    if target.against is not None and target.kind == "probability":
        return percent(value).replace("-", "−") if value >= 0 else f"−{percent(-value)}"
    return percent(value) if target.kind == "probability" else short(value).replace("-", "−")


def name_of_class(labels: Sequence[str] | None, index: int) -> str | None:
    return labels[index] if labels is not None and index < len(labels) else None


def at_words(target: ClassTarget) -> str:
    """Where of an answer with places, to stand behind the name of the class; empty for the whole."""
    if target.at is None:
        return ""
    if target.at == "region":
        return " where it answers most"
    if isinstance(target.at, tuple):
        return f" at row {target.at[0]}, column {target.at[1]}"
    return f" at step {target.at}"


def where_words(target: UnitTarget) -> str:
    """What of a unit's map is asked about."""
    if isinstance(target.where, tuple):
        return f"row {target.where[0]}, column {target.where[1]}"
    return PLACES[target.where]
