"""Work on a thread beside: in its order, never too much of it at once, and what goes wrong with it is heard."""

from collections.abc import Callable, Iterator
from threading import Event, current_thread, main_thread

import pytest
import torch

from analysis.sweeps.alongside import HELD, Alongside


@pytest.fixture
def made() -> Iterator[Callable[[int], Alongside]]:
    all_of_them: list[Alongside] = []

    def make(values: int) -> Alongside:
        all_of_them.append(Alongside(values))
        return all_of_them[-1]

    yield make
    for one in all_of_them:
        one.close()


def test_that_pieces_are_worked_at_in_their_order_on_another_thread(made: Callable[[int], Alongside]) -> None:
    found: list[tuple[int, bool]] = []
    alongside = made(1000)
    for number in range(20):
        alongside.give(lambda number=number: found.append((number, current_thread() is main_thread())))  # type: ignore[misc]
    alongside.settle()
    assert found == [(number, False) for number in range(20)]


@pytest.mark.parametrize(("values", "held"), [(HELD // 10, 2), (HELD // 2, 1), (HELD, 0)])
def test_that_no_more_is_held_than_fits(made: Callable[[int], Alongside], values: int, held: int) -> None:
    goes_on = Event()
    alongside, done = made(values), list[int]()

    def piece(number: int) -> Callable[[], None]:
        def work() -> None:
            if held:
                goes_on.wait()
            done.append(number)

        return work

    for number in range(held):
        alongside.give(piece(number))
        assert not done
    goes_on.set()
    alongside.give(piece(held))
    assert done[: 1 if held < 2 else 0] == list(range(1 if held < 2 else 0))
    alongside.settle()
    assert done == list(range(held + 1))


def test_that_what_goes_wrong_is_heard_and_the_thread_computes_as_its_maker_does(
    made: Callable[[int], Alongside],
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        alongside = made(1)
    finally:
        torch.set_num_threads(before)
    counts: list[int] = []
    alongside.give(lambda: counts.append(torch.get_num_threads()))
    alongside.give(lambda: [][0])
    with pytest.raises(IndexError):
        alongside.settle()
    assert counts == [1]
    assert torch.get_num_threads() == before
