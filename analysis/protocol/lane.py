"""What an engine is told of the lane that it works in, of which there are several beside each other."""

import math
from dataclasses import dataclass, field
from time import perf_counter

STREAMING = 1.0  # seconds after its last picture a stream counts as over


class Stream:
    """Whether moving pictures are answered just now, in whichever lane: each of them waits for a step of every job."""

    def __init__(self) -> None:
        self._moved = -math.inf

    def moved(self) -> None:
        """A picture of a stream came."""
        self._moved = perf_counter()

    def is_on(self) -> bool:
        return perf_counter() - self._moved < STREAMING


@dataclass(frozen=True)
class Lane:
    """Lanes beside each other share a stream. The last networks stay opened, as many as there is room for."""

    stream: Stream = field(default_factory=Stream)
    most_networks: int = 0
    most_bytes: int = 0  # of their parameters
