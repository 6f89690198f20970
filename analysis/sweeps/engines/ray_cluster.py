"""Shards on many machines by Ray, which is no part of the usual installation (`pip install underhood[cluster]`).

Tasks and no actors: one that is restarted would have lost what it gathered. A task sends back a name and a hash; its
file goes straight into the atlas, whose folder all machines have to see under the same path.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from analysis.protocol.problems import Problem
from analysis.sweeps.engines.engine import Ended, Handle
from analysis.sweeps.shard import ShardDone, ShardSpec

_STORE = 200 << 20  # bytes for objects: nothing large is ever sent
_MISSING = "Ray is not installed: pip install 'underhood[cluster]', or leave --engine ray out."


class RayCluster:
    def __init__(self, address: str | None = None, workers: int | None = None, gpu: bool = False) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before it is imported: it would report otherwise
        try:
            import ray
        except ImportError as error:
            raise Problem(_MISSING) from error
        self._ray: Any = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            own = {} if address else {"num_cpus": workers, "object_store_memory": _STORE, "include_dashboard": False}
            try:
                ray.init(address=address, log_to_driver=False, logging_level="ERROR", **own)
            except Exception as error:  # whatever a cluster that cannot be reached raises
                where = f" at {address}" if address else ""
                said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
                raise Problem(f"Ray could not be begun{where} ({said}): look whether the cluster runs.") from error
        cores = int(ray.cluster_resources().get("GPU" if gpu else "CPU", 1)) or 1
        self.room = 2 * max(1, min(workers or cores, cores))
        remote = ray.remote(max_retries=3, max_calls=0, retry_exceptions=[OSError])(_work)
        self._task = remote.options(num_cpus=1, num_gpus=1 if gpu else 0, scheduling_strategy="SPREAD")
        self._at: dict[Handle, Any] = {}

    def submit(self, asked: ShardSpec) -> Handle:
        handle = Handle(asked)
        self._at[handle] = self._task.remote(asked)
        return handle

    def wait(self, timeout: float) -> list[Handle]:
        if not self._at:
            return []
        ready, _ = self._ray.wait(list(self._at.values()), num_returns=1, timeout=timeout)
        return [handle for handle, reference in self._at.items() if reference in ready]

    def result(self, handle: Handle) -> ShardDone:
        reference = self._at.pop(handle)
        errors = self._ray.exceptions
        try:
            done: ShardDone = self._ray.get(reference)
        except errors.RayTaskError as error:
            raise error.cause from error
        except errors.RayError as error:
            raise Ended(str(error)[:200]) from error
        return done

    def cancel(self, handle: Handle) -> None:
        with suppress(Exception):  # it may have ended meanwhile
            self._ray.cancel(self._at.pop(handle), force=True)

    def close(self) -> None:
        for handle in list(self._at):
            self.cancel(handle)
        if self._ours:
            self._ray.shutdown()


def _work(asked: ShardSpec) -> ShardDone:
    from analysis.sweeps.shard import work

    return work(asked)
