"""Errors that nobody foresaw, told as what was tried; what Python says of them is for those who unfold the details."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from analysis.protocol.problems import Problem


class Unforeseen(Problem):
    """`details` is the traceback."""

    def __init__(self, tried: str, error: BaseException) -> None:
        super().__init__(f"{tried}: {_why(error)}.")
        self.details = traceback_of(error)


@contextmanager
def trying(tried: str) -> Iterator[None]:
    """A Problem goes through as it is; any other error becomes one that begins with these words."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        raise Unforeseen(tried, error) from error


def details_of(problem: Problem) -> str:
    """What is folded away under its sentence; a Problem that was foreseen has said it all."""
    return problem.details if isinstance(problem, Unforeseen) else ""


def traceback_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _why(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"something went wrong inside Underhood ({type(error).__name__})"
