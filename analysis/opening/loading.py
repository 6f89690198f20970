"""How far the opening of a network is: what its generators yield."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Loading:
    """`done` of `total`, and what is being done in words."""

    done: float
    total: float
    note: str


Step = TypeVar("Step")
Result = TypeVar("Result")
Steps = Generator[Loading, None, Result]


def finished(steps: Generator[Step, None, Result], tell: Callable[[Step], object]) -> Result:
    """What the steps come to; `tell` hears of each of them."""
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        tell(step)
