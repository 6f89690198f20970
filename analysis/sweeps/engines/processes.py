"""Shards in processes of this machine, each in a pool of its own, so that one that is killed takes nobody with it.

They are begun anew and not forked, because a copy of a process with torch's threads hangs. They are nicer than who
watches, leave Ctrl+C to who began them, and end when that one does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

from analysis.quick.freed_memory import keep_freed_memory
from analysis.sweeps.engines.engine import Ended, Handle
from analysis.sweeps.shard import ShardDone, ShardSpec, work

_NICER = 5


class Processes:
    def __init__(self, workers: int) -> None:
        self.room = workers
        self._pools: list[ProcessPoolExecutor | None] = [None] * workers
        self._at: dict[Handle, tuple[int, Future[ShardDone]]] = {}

    def submit(self, asked: ShardSpec) -> Handle:
        taken = {place for place, _ in self._at.values()}
        place = next(place for place in range(self.room) if place not in taken)
        handle = Handle(asked)
        try:
            future = self._pool(place).submit(work, asked)
        except BrokenProcessPool:  # it was killed while it had nothing to do
            self._renew(place)
            future = self._pool(place).submit(work, asked)
        self._at[handle] = (place, future)
        return handle

    def wait(self, timeout: float) -> list[Handle]:
        done, _ = wait([future for _, future in self._at.values()], timeout, FIRST_COMPLETED)
        for handle in self._at:
            handle.done = _noted(handle.asked) or handle.done
        return [handle for handle, (_, future) in self._at.items() if future in done]

    def result(self, handle: Handle) -> ShardDone:
        place, future = self._at.pop(handle)
        try:
            return future.result()
        except BrokenProcessPool as error:
            self._renew(place)
            _forget_notes(handle.asked)
            raise Ended from error

    def cancel(self, handle: Handle) -> None:
        """Its process goes with it: what computes cannot be asked to stop."""
        place, _ = self._at.pop(handle)
        self._renew(place)
        _forget_notes(handle.asked)

    def close(self) -> None:
        handles, self._at = list(self._at), {}
        for place in range(self.room):
            self._renew(place)
        for handle in handles:
            _forget_notes(handle.asked)

    def _pool(self, place: int) -> ProcessPoolExecutor:
        pool = self._pools[place]
        if pool is None:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
            self._pools[place] = pool
        return pool

    def _renew(self, place: int) -> None:
        pool, self._pools[place] = self._pools[place], None
        if pool is None:
            return
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            with suppress(OSError, ValueError):
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """In the new process."""
    keep_freed_memory()  # of the layers' answers, which are as large every time
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(AttributeError, OSError):
        os.nice(_NICER)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True, name="ends with its parent").start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _notes(asked: ShardSpec) -> list[Path]:
    return list(Path(asked.notes).glob(f"{asked.shard}.*")) if asked.notes else []


def _noted(asked: ShardSpec) -> int:
    for note in _notes(asked):
        with suppress(OSError, ValueError):
            return int(note.read_text(encoding="ascii"))
    return 0


def _forget_notes(asked: ShardSpec) -> None:
    for note in _notes(asked):
        with suppress(OSError):
            note.unlink()
