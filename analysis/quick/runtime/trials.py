"""Which way of asking is the quickest here: threads and passes at once for moving pictures, sizes of a batch for many.

It is tried, and the answer remembered by machine and network: on one processor two passes abreast win, on another one
pass with all threads, and no rule of ours would know. Ways take turns, so that whatever else the machine does meanwhile
is borne by all of them; where they do not agree which is best, the rule serves, and it is tried at another start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from time import perf_counter
from typing import TypeVar

import torch
from torch import Tensor

from analysis.quick.measured import remember, remembered
from analysis.quick.runtime.abreast import Manner
from analysis.quick.runtime.onnx_file import Graph
from analysis.quick.runtime.sessions import Session

Way = TypeVar("Way")
ROUNDS = 5
TURN = 0.12  # seconds of a way in a round, or
MOST = 12  # passes
CLEAR = 0.96  # of the usual way's time: who is not quicker than that is not worth a change


def digest(graph: Graph) -> str:
    """What the time of a pass depends on: the operations and the sizes, and none of the weights."""
    whole = sha256(repr(tuple(graph.given)).encode())
    for node in graph.nodes:
        whole.update(repr((node.operation, node.inputs, sorted(node.attributes.items()))).encode())
    for name, value in graph.constants.items():
        whole.update(repr((name, value.shape)).encode())
    return whole.hexdigest()[:24]


_SUMS = ("Conv", "ConvTranspose", "Gemm", "MatMul")


def digest_of_sums(graph: Graph) -> str:
    """The same of the large sums alone: normalisations between them may be folded away by one technique and not by
    another, and both are asked quickest in one way."""
    whole = sha256(repr(tuple(graph.given)).encode())
    for node in graph.nodes:
        if node.operation in _SUMS:
            by = graph.constants.get(node.inputs[1])
            sizes = by.shape if by is not None else None
            whole.update(repr((node.operation, sorted(node.attributes.items()), sizes)).encode())
    return whole.hexdigest()[:24]


def known_manner(graph: Graph) -> Manner | None:
    """How moving pictures pass quickest, if that was found out."""
    said = remembered(f"live {digest(graph)}")
    try:
        abreast, threads = map(int, (said or "").split("×"))
    except ValueError:
        return None
    return Manner(abreast, threads) if 1 <= abreast <= 8 and 1 <= threads <= 256 else None


def remember_manner(graph: Graph, manner: Manner) -> None:
    remember(f"live {digest(graph)}", f"{manner.abreast}×{manner.threads}")


def tried_manners(graph: Graph, sessions: Mapping[Manner, Session], given: Tensor, usual: Manner) -> Iterator[Manner]:
    """A step a turn; the last is what is best, which is remembered if it was so in nearly every round."""
    times: dict[Manner, list[float]] = {manner: [] for manner in sessions}
    once = _seconds_a_pass(usual, sessions[usual], given, usual.abreast)
    yield usual
    passes = max(min(round(TURN / once), MOST), *(manner.abreast for manner in sessions))
    for _ in range(ROUNDS):
        for manner, session in sessions.items():
            times[manner].append(_seconds_a_pass(manner, session, given, passes))
            yield usual
    best, is_clear = _best(times, usual)
    if is_clear:
        remember_manner(graph, best)
    yield best


def _best(times: Mapping[Way, Sequence[float]], usual: Way) -> tuple[Way, bool]:
    """Which way is best, and whether the rounds agree about that."""
    best = min(times, key=lambda way: median(times[way]))
    won = sum(one < other for one, other in zip(times[best], times[usual], strict=True))
    if best != usual and (median(times[best]) > CLEAR * median(times[usual]) or won < ROUNDS - 1):
        return usual, False
    return best, True


def _seconds_a_pass(manner: Manner, session: Session, given: Tensor, passes: int) -> float:
    began = perf_counter()
    if manner.abreast == 1:
        for _ in range(passes):
            session.run(given)
    else:
        with ThreadPoolExecutor(manner.abreast, thread_name_prefix="runtime trial") as pool:
            list(pool.map(lambda _: session.run(given), range(passes)))
    return (perf_counter() - began) / passes


LONG = 0.4  # seconds of a part; who waits for a step should not wait longer
NEARLY = 1.08  # times the quickest: two short turns tell no finer
HARDLY = 1.03  # times the quickest: nor do more of them, and a shorter step is seen sooner
SLOW = 1.3  # times the best one's: who is that in a turn is not asked again
_TURN = 8  # pictures, or a part of each thread: of short turns the quickest is quicker by luck alone
_TURNS, _MORE = 2, 4  # the second for those that are nearly as quick as the best


@dataclass(frozen=True, order=True)
class Parts:
    """How many pictures are asked at once: of how many parts at a time, and with how many threads each."""

    pictures: int
    abreast: int
    threads: int

    def answers(self, session: Session, pool: ThreadPoolExecutor, pictures: Tensor) -> Iterator[Tensor]:
        """To each picture, in their order; the last part is filled up."""
        parts = [pictures[first : first + self.pictures] for first in range(0, len(pictures), self.pictures)]
        for part, found in zip(parts, pool.map(lambda part: self._answer(session, part), parts), strict=True):
            yield found[: len(part)]

    def _answer(self, session: Session, part: Tensor) -> Tensor:
        if spare := self.pictures - len(part):
            part = torch.cat([part, part[-1:].expand(spare, *part.shape[1:])])
        (found,) = session.run(part).values()
        return found


def usual_parts(size: int) -> Parts:
    """Two pictures share what is read of the weights, and each thread has a part of its own."""
    threads = max(torch.get_num_threads(), 1)
    return Parts(max(min(2, size // threads), 1), threads, 1)


def ways(size: int) -> list[Parts]:
    """Those that are tried, for batches of this size; larger parts leave the caches, and take seconds to prove."""
    cores = max(torch.get_num_threads(), 1)
    sizes = [pictures for pictures in (2, 4, 8) if pictures <= size] or [1]
    each = [Parts(pictures, cores, 1) for pictures in sizes]
    large = [pictures for pictures in sizes if pictures > 2] or sizes[-1:]
    return each + ([Parts(pictures, 1, cores) for pictures in large] if cores > 1 else [])


def known_parts(graph_of_one: Graph) -> Parts | None:
    """What is quickest, if that was found out."""
    said = remembered(f"batch {digest_of_sums(graph_of_one)}")
    try:
        pictures, abreast, threads = map(int, (said or "").split("×"))
    except ValueError:
        return None
    sound = 1 <= pictures <= 64 and 1 <= abreast <= 256 and 1 <= threads <= 256
    return Parts(pictures, abreast, threads) if sound else None


def tried_parts(
    graph_of_one: Graph, made: Callable[[Parts], Session | None], pictures: Tensor, usual: Parts, tried: Sequence[Parts]
) -> Generator[int, None, Parts]:
    """The best way, which is remembered; a step tells how many passes take as long. There is one session at a time."""
    each: dict[Parts, float] = {}  # seconds a picture
    for way in tried:
        took = yield from _timed(way, made, pictures, _TURNS, each)
        if took <= LONG / (way.pictures * way.abreast):
            each[way] = took
    if not each:
        return usual
    close = [way for way in each if each[way] <= NEARLY * min(each.values())]
    for way in close if len(close) > 1 else ():
        again = yield from _timed(way, made, pictures, _MORE, each)
        each[way] = min(each[way], again)
    best = min(way for way in close if each[way] <= HARDLY * min(each.values()))  # the shortest step of those
    remember(f"batch {digest_of_sums(graph_of_one)}", f"{best.pictures}×{best.abreast}×{best.threads}")
    return best


def _timed(
    way: Parts, made: Callable[[Parts], Session | None], pictures: Tensor, turns: int, others: Mapping[Parts, float]
) -> Generator[int, None, float]:
    """Seconds a picture, in the quickest of so many turns."""
    session = made(way)
    yield way.pictures
    if session is None:
        return math.inf
    at_once, took = way.pictures * way.abreast, math.inf
    _seconds_of(at_once, way, session, pictures)  # which makes its room in memory
    yield at_once
    count = at_once * max(_TURN // at_once, 1)
    for _ in range(turns):
        took = min(took, _seconds_of(count, way, session, pictures) / count)
        yield count
        if took > SLOW * min(others.values(), default=math.inf):
            break
    session.close()
    return took


def _seconds_of(count: int, way: Parts, session: Session, pictures: Tensor) -> float:
    some = pictures.repeat(-(-count // len(pictures)), *[1] * (pictures.dim() - 1))[:count]
    with ThreadPoolExecutor(way.abreast, thread_name_prefix="runtime trial") as pool:
        began = perf_counter()
        for _answer in way.answers(session, pool, some):
            pass
        return perf_counter() - began
