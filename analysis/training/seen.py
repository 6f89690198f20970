"""What the numbers of a training look like: of one that goes on, and of one that was kept in a file."""

from __future__ import annotations

import numpy as np

from analysis.results.kinds import Array, Finding, Floats, Learning, Line, Plot, Ridge, Ridges

LOWEST, HIGHEST = -12.0, 4.0  # tenth powers of gradients


def learning_of(
    numbers: dict[str, Array], total: int, findings: tuple[Finding, ...], words: str, iterations: Floats | None = None
) -> Learning:
    """What the numbers of a run look like, be it this one or one that was read from its file."""
    losses, tests, measured = numbers["result"], numbers["tests"], numbers["measured"]
    x = iterations if iterations is not None else np.arange(1, len(losses) + 1, dtype=np.float32)
    names = [str(one) for one in numbers["layers"]]
    ratios = tuple(Line(name, row) for name, row in zip(names, numbers["ratios"], strict=True))
    ranges = numbers["activation_ranges"]
    ends = np.full(len(measured), LOWEST, np.float32), np.full(len(measured), HIGHEST, np.float32)
    activations = tuple(
        Ridge(name, numbers["activations"][at], ranges[at, :, 0], ranges[at, :, 1]) for at, name in enumerate(names)
    )
    gradients = tuple(Ridge(name, numbers["gradients"][at], *ends) for at, name in enumerate(names))
    return Learning(
        (
            Plot("loss", (Line("learning", losses), Line("tests", tests[1])), (x, tests[0])),
            Plot("right answers of the tests", (Line("right", tests[2]),), (tests[0],)),
            Plot("‖Δw‖ / ‖w‖ of a step", ratios, (measured,) * len(names), logarithms=True),
        ),
        (Ridges("activations", activations), Ridges("gradients (tenth powers)", gradients, logarithms=True)),
        measured,
        findings,
        total,
        words,
        numbers,
    )
