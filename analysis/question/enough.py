"""A pass that goes no further than to what is wanted of it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from analysis.protocol.problems import Problem


class Enough(Problem):
    """The layer has returned; what comes behind it is not asked."""

    def __init__(self) -> None:
        super().__init__("The layer has returned.")


@contextmanager
def until_enough() -> Iterator[None]:
    with suppress(Enough):
        yield
