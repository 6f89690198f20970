"""A job beside a stream that keeps the machine busy: it rests between its steps, so that the stream keeps its rate."""

from collections.abc import Generator, Iterator
from time import perf_counter, sleep

from analysis.protocol.events import Event, JobProgress
from analysis.protocol.lane import RESTS, Stream

AT_ONCE = 1.0  # seconds of computing before it rests: what is over by then is a short question that somebody waits for
LOOKS_UP = 0.05  # seconds after which a rest is interrupted, so that the job can be cancelled


def giving_way(steps: Iterator[Event], stream: Stream, rests: float = RESTS) -> Generator[Event, None, None]:
    """The same steps. While it rests it says again what it said last, which costs nothing and can be interrupted."""
    left = AT_ONCE
    try:
        while True:
            began = perf_counter()
            event = next(steps, None)
            if event is None:
                return
            took = perf_counter() - began
            yield event
            beyond, left = max(took - left, 0.0), max(left - took, 0.0)
            until = perf_counter() + (stream.rest(beyond, rests) if left == 0 else 0.0)
            while isinstance(event, JobProgress) and perf_counter() < until and stream.is_on():
                sleep(min(LOOKS_UP, max(until - perf_counter(), 0.0)))
                yield event
    finally:
        close = getattr(steps, "close", None)
        if close is not None:
            close()
