"""Steps in pieces: where others may come between, what is left of what nobody wants, and that the numbers stay."""

import threading
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.run import resolved, run
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.question import in_pieces as module
from analysis.question.in_pieces import breathe, in_pieces
from analysis.quick.layout import laid_out
from analysis.results.numbers import numbers_of

PIXELS = np.random.default_rng(5).integers(0, 256, (40, 50, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every breath ends a piece, and no thread is left."""
    monkeypatch.setattr(module, "MOMENT", 0.0)
    yield
    assert not [one for one in threading.enumerate() if one.name == "pieces"]


def unproven() -> Network:
    """A network of known parts that nobody has asked anything yet."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        layers = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 128, 3, stride=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(128, 128, 3, padding=1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(128, 5),
        )
    module = layers.eval().requires_grad_(False)
    return laid_out(assembled(module, ModelChoice("own"), "own", Preprocessing(height=48, width=48)))


def hurried() -> bool:
    return True


def two_breaths(log: list[str], name: str = "") -> Generator[str, None, None]:
    try:
        for number in (1, 2):
            log.append(f"{name}{number} begins")
            breathe()
            breathe()
            log.append(f"{name}{number} ends")
            yield f"{name}{number}"
    finally:
        log.append(f"{name}closed")


def test_that_others_come_between_only_while_somebody_waits() -> None:
    assert list(in_pieces(two_breaths([]), hurried)) == [None, None, "1", None, None, "2"]
    assert list(in_pieces(two_breaths([]), lambda: False)) == ["1", "2"]
    waits = iter([True, True, False, False])
    assert list(in_pieces(two_breaths([]), lambda: next(waits))) == [None, "1", "2"]


def test_that_to_breathe_elsewhere_is_nothing() -> None:
    assert list(two_breaths([])) == ["1", "2"]


def test_that_what_a_step_raises_comes_to_who_asked() -> None:
    def fails() -> Iterator[int]:
        breathe()
        raise OSError("no room")
        yield 1

    steps = in_pieces(fails(), hurried)
    assert next(steps) is None
    with pytest.raises(OSError, match="no room"):
        next(steps)


@pytest.mark.parametrize("pieces", [1, 2, 3, 4])
def test_that_nothing_is_left_of_a_step_that_nobody_wants(pieces: int) -> None:
    log: list[str] = []
    steps = in_pieces(two_breaths(log), hurried)
    for _ in range(pieces):
        next(steps)
    steps.close()
    assert log[-1] == "closed"
    assert ("2 begins" in log) == (pieces > 3)
    assert "2 ends" not in log


def test_that_who_takes_any_failure_lets_this_one_pass() -> None:
    taken: list[str] = []

    def stubborn() -> Iterator[int]:
        try:
            breathe()
        except BaseException as error:
            let_interrupt_pass(error)
            taken.append("as a failure")
        yield 1

    steps = in_pieces(stubborn(), hurried)
    next(steps)
    steps.close()
    assert not taken


def test_that_a_step_is_ended_before_another_run_begins_one() -> None:
    """Both may be about the same network, on which the one has put hooks."""
    log: list[str] = []
    first, other = in_pieces(two_breaths(log, "a"), hurried), in_pieces(two_breaths(log, "b"), hurried)
    assert (next(first), next(other)) == (None, None)
    assert log == ["a1 begins", "a1 ends", "b1 begins"]
    assert next(first) == "a1"
    assert [next(other), next(other)] == [None, "b1"]
    assert [*first, *other] == [None, None, "a2", None, None, "b2"]


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("edge-energy", {"steps": 5}),  # a class, there and back with a folded copy
        ("edge-energy", {"steps": 5, "pictures": 2}),
        ("fourier", {"steps": 3}),
        ("ascent", {"steps": 5}),  # of a layer at the end of a straight run
        ("pgd", {"steps": 10}),
    ],
)
def test_that_what_is_made_in_pieces_is_the_same_to_the_bit(method: str, settings: dict[str, Any]) -> None:
    made = []
    for hurry in (bool, hurried):
        network = unproven()
        of_unit = {"target": "unit:mean", "layer": "5", "unit": 3} if method == "ascent" else {"target": "class:3"}
        recipe = Recipe(network.choice, method=method, settings=settings, **of_unit)
        told = []
        steps = run(resolved(network, recipe, PIXELS, hurry))
        while True:
            try:
                told.append(next(steps))
            except StopIteration as stop:
                made.append((numbers_of(stop.value.result), told))
                break
    (plain, steps_of_it), (pieces, told) = made
    assert plain.keys() == pieces.keys()
    for name, array in plain.items():
        np.testing.assert_array_equal(pieces[name], array)
    assert len(told) > 50 + len(steps_of_it), "layers are proven, and asked, one by one"
    assert [one.done for one in told] == sorted(one.done for one in told)
