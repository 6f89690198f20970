"""A process beside this one that folds maps (`folds_apart.py`): asked, listened to, and ended with who asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Any

from analysis.population.folds_apart import hear, say
from analysis.protocol.problems import Problem

Array = Any
MOMENT = 0.03  # seconds that a step waits for what it tells
Heard = tuple[dict[str, Any], dict[str, Array]] | None


class Apart:
    """One for all maps of a run. It begins to get ready at once, while the pictures still go through the network."""

    def __init__(self, kind: str, title: str) -> None:
        self._title = title
        self._heard: SimpleQueue[Heard] = SimpleQueue()
        self._ready = False
        roots = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))}
        environment.setdefault("NUMBA_NUM_THREADS", str(max((os.cpu_count() or 2) - 1, 1)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "analysis.population.folds_apart", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert self._process.stdout is not None
        self._listener = Thread(target=_listen, args=(self._process.stdout, self._heard), name="maps folded apart")
        self._listener.start()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was still to be written has no reader any more
                continue

    def fold(self, asked: Mapping[str, Any], given: Mapping[str, Array]) -> Iterator[tuple[float, Array] | None]:
        """How far it is and the map so far; None while there is nothing new. Where nobody asks on, it rests."""
        try:
            assert self._process.stdin is not None
            while not self._ready:  # till then it reads nothing, and who writes much to it would stand still
                self._ready = self._told() is not None
                yield None
            say(self._process.stdin, asked, given)
            while True:
                told = self._told()
                if told is None:
                    yield None
                    continue
                words, arrays = told
                yield float(words.get("share", 1.0)), arrays["places"]
                if words["said"] == "done":
                    return
                self._process.stdin.write(b"on\n")
                self._process.stdin.flush()
        except OSError as error:  # its end of the pipe is gone
            raise self._ended() from error

    def _told(self) -> tuple[dict[str, Any], dict[str, Array]] | None:
        """None while it says nothing."""
        try:
            heard = self._heard.get(timeout=MOMENT)
        except Empty:
            return None
        if heard is None:
            raise self._ended()
        if heard[0]["said"] == "failed":
            raise Problem(f"{self._title} could not make a map of these pictures: {heard[0]['words'][:300]}")
        return heard

    def _ended(self) -> Problem:
        return Problem(f"{self._title} ended before its map was done: try again, with fewer pictures, or take t-SNE.")


def _listen(told: IO[bytes], heard: SimpleQueue[Heard]) -> None:
    """Till it ends, which whoever waits learns by None."""
    try:
        while (one := hear(told)) is not None:
            heard.put(one)
    except (OSError, ValueError):  # it ended in the middle of a word
        pass
    heard.put(None)
