"""How far the opening of a network is: what its generators yield."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Loading:
    """`done` of `total`, and what is being done in words."""

    done: float
    total: float
    note: str


Result = TypeVar("Result")
Steps = Generator[Loading, None, Result]
