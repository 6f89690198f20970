"""Points of two classes in a plane, which a line alone does not part."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Classes = NDArray[np.int64]

DATA = ("disc in a ring", "two moons", "spiral", "XOR", "drawn")
REACH = 1.5  # of what is drawn of the plane, to each side
MOST = 5000


def points_of(data: str, count: int, noise: float, seed: int, drawn: str) -> tuple[Doubles, Classes]:
    """Points × 2, and the class of each, 0 or 1."""
    import numpy as np

    if data == "drawn":
        return read(drawn)
    random = np.random.default_rng([seed, 1])
    classes = np.arange(count) % 2
    share = random.random(count)
    if data == "disc in a ring":
        radius = np.where(classes == 1, 0.5 * np.sqrt(share), np.sqrt(0.6 + 0.4 * share))
        angle = random.random(count) * 2 * math.pi
        places = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    elif data == "two moons":
        angle = share * math.pi
        upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)
        lower = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], 1)
        places = 0.65 * np.where(classes[:, None] == 1, lower, upper)
    elif data == "spiral":
        radius = 0.05 + 0.95 * share
        angle = 3 * math.pi * radius + math.pi * classes
        places = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    else:
        signs = random.integers(0, 2, (count, 2)) * 2 - 1
        classes = (signs[:, 0] * signs[:, 1] < 0).astype(np.int64)
        places = signs * (0.1 + 0.9 * random.random((count, 2)))
    return places + noise * random.normal(size=(count, 2)), classes.astype(np.int64)


def read(text: str) -> tuple[Doubles, Classes]:
    """Points as they were drawn: `[[x, y, class], …]`."""
    import numpy as np

    if not text.strip():
        raise Problem("No point is drawn yet: draw some into the plane, or choose another data set.")
    wrong = Problem("The points are not written as [[x, y, class], …] with classes 0 and 1: draw them anew.")
    try:
        told = np.array(json.loads(text), np.float64)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise wrong from error
    if told.size == 0:
        raise Problem("No point is drawn yet: draw some into the plane, or choose another data set.")
    if told.ndim != 2 or told.shape[1] != 3 or not np.isfinite(told).all() or not np.isin(told[:, 2], (0, 1)).all():
        raise wrong
    if len(told) > MOST or np.abs(told[:, :2]).max() > 100:
        raise Problem(f"At most {MOST} points can be drawn, none further than 100 from the middle: take fewer.")
    return np.ascontiguousarray(told[:, :2]), told[:, 2].astype(np.int64)


def written(places: Doubles, classes: Classes) -> str:
    return json.dumps(
        [[round(float(x), 4), round(float(y), 4), int(one)] for (x, y), one in zip(places, classes, strict=True)]
    )
