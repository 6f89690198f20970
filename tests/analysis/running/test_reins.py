"""A run that is halted rests between two steps, takes one more when it is told to, and ends as it would have."""

import numpy as np

from analysis.protocol.events import JobProgress, MethodResult
from analysis.protocol.recipe import Recipe
from analysis.protocol.reins import Reins
from analysis.protocol.requests import MethodRequest
from analysis.results.numbers import numbers_of
from analysis.running.jobs.method import run_method
from analysis.running.workbench import Workbench
from tests.analysis.zoo import odd


def bench() -> Workbench:
    made = Workbench()
    made.take(odd("residual").network(), 1)
    return made


def asked(reins: Reins | None) -> MethodRequest:
    network = odd("residual").network()
    recipe = Recipe(network.choice, target="class:1", method="edge-energy", settings={"steps": 4})
    return MethodRequest(1, 1, recipe, None, reins=reins)


def assert_that_it_rests_at(step: JobProgress, said: object) -> None:
    assert isinstance(said, JobProgress)
    assert said.rests
    assert (said.done, said.total, said.note, said.result) == (step.done, step.total, step.note, step.result)


def test_that_a_halted_run_says_the_same_until_it_may_step() -> None:
    reins = Reins()
    steps = run_method(bench(), asked(reins))
    first = next(steps)
    reins.halt()
    assert isinstance(first, JobProgress)
    assert not first.rests
    for _ in range(2):
        assert_that_it_rests_at(first, next(steps))
    reins.step()
    second = next(steps)
    assert isinstance(second, JobProgress)
    assert second.done == 2
    assert not second.rests
    assert_that_it_rests_at(second, next(steps))  # one step more, and it rests again
    reins.let_go()
    assert [event.done for event in steps if isinstance(event, JobProgress)] == [3, 4]


def test_that_a_halt_changes_nothing_of_what_comes() -> None:
    reins = Reins()
    steps = run_method(bench(), asked(reins))
    next(steps)
    reins.halt()
    next(steps)
    reins.let_go()
    *_, halted = steps
    *_, plain = run_method(bench(), asked(None))
    assert isinstance(halted, MethodResult)
    assert isinstance(plain, MethodResult)
    one, other = numbers_of(halted.result), numbers_of(plain.result)
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_that_a_halted_run_can_be_cancelled() -> None:
    reins = Reins()
    steps = run_method(bench(), asked(reins))
    next(steps)
    reins.halt()
    next(steps)
    steps.close()
    assert next(steps, None) is None
