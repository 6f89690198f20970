"""A short part of the truth bench (`make truth`): no number is wrong, and plain networks are not refused needlessly."""

from collections.abc import Iterator

import numpy as np
import pytest

from analysis.methods.derivatives.gradient import Gradient
from analysis.methods.method import Progress
from analysis.methods.registry import METHODS
from analysis.question.question import Question
from tests.truth.case import Pair, Pairs
from tests.truth.compare import compared
from tests.truth.networks import plan
from tests.truth.trial import LIVE, opened, tried

NAMES = [*LIVE, *(technique.name for technique in METHODS)]


@pytest.mark.parametrize("number", range(8))
def test_that_every_number_of_a_random_odd_network_is_right_or_refused(number: int) -> None:
    asked = plan(7, number)
    network = opened(asked)
    verdicts = [tried(network, asked, name) for name in NAMES]
    wrong = [f"{verdict.method} ({verdict.asked}): {verdict.said}" for verdict in verdicts if verdict.fails]
    assert not wrong, f"{asked}\n" + "\n".join(wrong)


def test_that_the_bench_sees_a_gradient_that_is_off_by_a_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = Gradient.run

    def off(technique: Gradient, context: Question) -> Iterator[Progress]:
        for step in plainly(technique, context):
            yield Progress(step.done, step.total, {"result": step.arrays["result"] * np.float32(1.001)})

    asked = plan(0, 0)
    network = opened(asked)
    assert tried(network, asked, "gradient").ending == "right"
    monkeypatch.setattr(Gradient, "run", off)
    assert tried(network, asked, "gradient").ending == "wrong"


NUMBERS = np.array([1.0, -2.0, 0.5])


@pytest.mark.parametrize(
    ("found", "size", "ending"),
    [
        (NUMBERS * (1 + 1e-6), 0.0, "right"),
        (NUMBERS + 0.01, 0.0, "wrong"),
        (NUMBERS + 0.01, 1e5, "right"),  # what was added up is larger by far
        (NUMBERS[:2], 0.0, "wrong"),
        (NUMBERS * np.nan, 0.0, "wrong"),
    ],
)
def test_that_numbers_are_compared_by_their_size(found: np.ndarray, size: float, ending: str) -> None:
    assert compared({"result": Pair(found, NUMBERS, size)}, lambda: iter(())).kind == ending


def test_that_a_number_made_of_rounding_is_not_right_and_nothing_is() -> None:
    def plain_runs() -> Iterator[Pairs]:
        for rounding in (2e-9, -3e-9):
            yield {"result": Pair(NUMBERS, NUMBERS * rounding)}

    exact = NUMBERS * 1e-17
    assert compared({"result": Pair(NUMBERS * 1e-9, exact)}, plain_runs).kind == "rounding"
    assert compared({"result": Pair(NUMBERS * 0, exact)}, plain_runs).kind == "right"
    assert compared({"result": Pair(NUMBERS, exact)}, plain_runs).kind == "wrong"
