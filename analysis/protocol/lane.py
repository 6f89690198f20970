"""What an engine is told of the lane that it works in, of which there are several beside each other."""

import math
from collections import deque
from dataclasses import dataclass, field
from time import perf_counter

STREAMING = 1.0  # seconds after its last picture a stream counts as over
TIGHT = 0.5  # of the time goes into the pictures of a stream: who computes beside them slows them down
RESTS = 40  # times as long as a step took, so that few pictures find somebody beside them
LONGEST_WAIT = 30.0  # of a job that a person sees, in the stream's own lane
LONGEST_REST = 4.0  # seconds, so that what is beside them goes on all the same


@dataclass(frozen=True)
class Manners:
    """Of a job of the stream's own lane."""

    rests: float  # times as long as a step that pictures had to wait for
    missed: float = 0.0  # the share of the pictures that it may cost before less is taken to fit between them


STEERED = Manners(10)  # nine tenths of the pictures are answered: it takes as long as the person likes
AWAITED = Manners(6, missed=0.06)  # more than eight tenths: somebody waits for its end
NONE_FITS = 0.1  # the share of missed pictures with which nothing fits between them


class Stream:
    """Whether moving pictures are answered just now, in whichever lane: each of them waits for a step of every job."""

    def __init__(self) -> None:
        self._moved = -math.inf
        self.answered = 0  # pictures, ever
        self.abreast = 1  # pictures that pass at once, on other threads
        self.first: set[int] = set()  # the requests that go before it, because the person said so
        self._came: deque[tuple[float, int]] = deque(maxlen=1000)  # when a picture came, and its number
        self._work: deque[tuple[float, float]] = deque(maxlen=1000)  # when a picture was answered, and how long it took
        self._leapt = -math.inf

    def moved(self, number: int | None = None) -> None:
        """A picture of a stream came; those between its number and the one before had no time to."""
        self._moved = perf_counter()
        if number is not None:
            self._came.append((self._moved, number))

    def leap(self) -> None:
        """It goes on at another place: what it showed before need not be answered any more."""
        self._leapt = perf_counter()

    def is_past(self, captured: float) -> bool:
        """Whether a picture that came then is of the place before."""
        return captured < self._leapt

    def is_on(self) -> bool:
        return perf_counter() - self._moved < STREAMING

    def worked(self, seconds: float) -> None:
        """So long it took to answer a picture."""
        self.answered += 1
        self._work.append((perf_counter(), seconds))

    def rest(self, took: float, times: float = RESTS) -> float:
        """How long whoever computes beside the stream stays away after a step that took so long, in seconds."""
        if not self.is_on():
            return 0.0
        since = perf_counter() - STREAMING
        busy = sum(seconds for at, seconds in list(self._work) if at > since)
        return min(times * took, LONGEST_REST) if busy > TIGHT * STREAMING else 0.0

    def rest_between(self, took: float, manners: Manners = STEERED) -> float:
        """How long a job of the stream's own lane stays away after a step that took so long, in seconds.

        What fits between two pictures costs none; where they pass on other threads, the next one may wait for it, too.
        Of what is more, as many times as much goes by without it. The more pictures are missed, the less fits: whoever
        else computes, here or in another program, is not seen otherwise.
        """
        if not self.is_on():
            return 0.0
        since = perf_counter() - STREAMING
        recent = [seconds for at, seconds in list(self._work) if at > since]
        if not recent:
            return 0.0
        free = max(self.abreast * STREAMING - sum(recent), 0.0) / len(recent)
        free *= min(max(1.0 - (self._missed(since) - manners.missed) / NONE_FITS, 0.0), 1.0)
        return min(manners.rests * max(took - free, 0.0), LONGEST_WAIT)

    def _missed(self, since: float) -> float:
        """The share of the pictures of that time that never came."""
        numbers = {number for at, number in list(self._came) if at > since}
        return 1.0 - len(numbers) / (max(numbers) - min(numbers) + 1) if numbers else 0.0


@dataclass(frozen=True)
class Lane:
    """Lanes beside each other share a stream. The last networks stay opened, as many as there is room for."""

    stream: Stream = field(default_factory=Stream)
    most_networks: int = 0
    most_bytes: int = 0  # of their parameters
    behind: bool = False  # gives way to the stream, which another lane answers
    rests: float = RESTS  # times as long as a step took, while it gives way
