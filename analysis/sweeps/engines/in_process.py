"""Shards in this process, a batch at a time, so that the window's lane can serve others in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

from analysis.network.network import Network
from analysis.sweeps.engines.engine import Handle
from analysis.sweeps.shard import ShardDone, ShardSpec, run_shard


class InProcess:
    """With the network that is opened already."""

    room = 1

    def __init__(self, network: Network) -> None:
        self._network = network
        self._waiting: deque[Handle] = deque()
        self._steps: Generator[int, None, ShardDone] | None = None
        self._results: dict[Handle, ShardDone | Exception] = {}

    def submit(self, asked: ShardSpec) -> Handle:
        handle = Handle(asked)
        self._waiting.append(handle)
        return handle

    def wait(self, timeout: float) -> list[Handle]:
        """One batch is computed, however long that takes."""
        if not self._waiting:
            return []
        handle = self._waiting[0]
        if self._steps is None:
            self._steps = run_shard(handle.asked, self._network)
        try:
            handle.done = next(self._steps)
        except StopIteration as end:
            self._results[handle] = end.value
        except Exception as error:
            self._results[handle] = error
        else:
            return []
        self._steps = None
        self._waiting.popleft()
        return [handle]

    def result(self, handle: Handle) -> ShardDone:
        found = self._results.pop(handle)
        if isinstance(found, Exception):
            raise found
        return found

    def cancel(self, handle: Handle) -> None:
        if self._waiting and self._waiting[0] is handle:
            self._stop()
        if handle in self._waiting:
            self._waiting.remove(handle)

    def close(self) -> None:
        self._stop()
        self._waiting.clear()

    def _stop(self) -> None:
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.close()
