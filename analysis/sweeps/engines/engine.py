"""What whoever runs shards can do. An engine knows nothing of statistics, and keeps nothing that would be missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from analysis.sweeps.shard import ShardDone, ShardSpec


@dataclass(eq=False)
class Handle:
    """A shard that was given out, and how many of its pictures are done as far as that is known."""

    asked: ShardSpec
    done: int = 0


class Ended(Exception):  # noqa: N818 - nobody did anything wrong
    """Whoever had the shard is gone: killed, out of memory, or its machine is."""


class Engine(Protocol):
    @property
    def room(self) -> int:
        """How many shards it is given at once."""

    def submit(self, asked: ShardSpec) -> Handle: ...

    def wait(self, timeout: float) -> list[Handle]:
        """Those that ended, one way or the other; after `timeout` seconds perhaps none."""

    def result(self, handle: Handle) -> ShardDone:
        """Of one that ended: what it sent back, or its error; `Ended` where whoever had it is gone."""

    def cancel(self, handle: Handle) -> None:
        """Nobody wants it any more."""

    def close(self) -> None:
        """Everything stops; shards that were not finished are nobody's."""
