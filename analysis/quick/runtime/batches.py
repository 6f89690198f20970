"""Many pictures by ONNX Runtime: for techniques that ask a network about one masked picture after the other.

The first batches are torch's; with each as much of what is needed is done beside as takes about as long as the batch,
so that no step of the technique is long. When the runtime takes over depends on how many were asked, and neither on a
clock nor on what was proven before. How it is asked is found out once on a machine, while it serves already; from then
on the same seed gives the same bits.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import repeat

import torch
from torch import Tensor, nn

from analysis.network.known_code import is_steady
from analysis.network.working_copy import tensors_of
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.quick.runtime.proof import outputs_of, proven_in_places, turns_of
from analysis.quick.runtime.proven_before import Proofs, keep, was_passed
from analysis.quick.runtime.sessions import Session, library
from analysis.quick.runtime.trials import Parts, known_parts, tried_parts, usual_parts, ways
from analysis.quick.runtime.written_down import Written, written_down
from analysis.quick.switch import plain

_WORTH_IT = 16  # batches; making ready takes the time of four
_WORTH_TRYING = 1500  # pictures; trying takes the time of two hundred
_READING = 4  # passes that take as long as one that is written down, or as making a session


def in_batches(question: Question, size: int, pictures: int) -> Question:
    """The same question to a network that answers about `size` pictures at once by the runtime, where it is worth it.

    Only for pictures that nobody derives from. A unit is asked of the network itself, whose layers are listened to.
    """
    network = question.network
    can = isinstance(question.target, ClassTarget) and network.fixed and network.together and network.share is None
    if not can or pictures < _WORTH_IT * size or plain("runtime") or find_spec("onnxruntime") is None:
        return question
    weights = list(tensors_of(network.module))
    if not is_steady(network.module) or any(one.device.type != "cpu" or one.requires_grad for one in weights):
        return question
    asked = _Batches(network.module, size, tries=pictures >= _WORTH_TRYING)
    return replace(question, network=replace(network, module=asked))


def made_ready(question: Question, pictures: Tensor) -> Iterator[None]:
    """Step by step, before anything is asked: for who must know from which picture on the runtime answers."""
    if isinstance(question.network.module, _Batches):
        yield from question.network.module.made_ready(pictures)


class _Batches(nn.Module):
    """Answers as the module does; the sessions and their threads are its own and end with it."""

    def __init__(self, module: nn.Module, size: int, tries: bool) -> None:
        super().__init__()
        self.module = module
        self._size = size
        self._served = _Served(module, size, tries)
        self._steps: Iterator[int] | None = None  # these know what they make, and not who asks for it

    def forward(self, pictures: Tensor) -> object:
        if pictures.dtype != torch.float32:
            return self.module(pictures)
        answer = self._quick(pictures)
        if answer is None:
            answer = self.module(pictures.clone())
        if self._steps is None and 2 * len(pictures) > self._size:  # a hurried share has fewer
            self._steps = self._served.made(pictures.clone())
        left = len(pictures)
        while self._steps is not None and left > 0 and (work := next(self._steps, None)) is not None:
            left -= work
        return answer

    def made_ready(self, pictures: Tensor) -> Iterator[None]:
        """From one batch of pictures."""
        self._steps = iter(())
        for _work in self._served.made(pictures):
            yield

    def _quick(self, pictures: Tensor) -> object:
        """None where torch has the word."""
        try:
            return self._served.answers(pictures)
        except Exception:  # of the runtime
            self._served.asked, self._steps = None, iter(())
            return None


@dataclass(frozen=True)
class _Way:
    """A proven session, and how it is asked; its threads end with it."""

    session: Session
    parts: Parts
    pool: ThreadPoolExecutor

    def answers(self, pictures: Tensor) -> Iterator[Tensor]:
        return self.parts.answers(self.session, self.pool, pictures)


class _Served:
    """What the runtime can do by now."""

    def __init__(self, module: nn.Module, size: int, tries: bool) -> None:
        self._module, self._size, self._tries = module, size, tries
        self.asked: _Way | None = None
        self._single: _Way | None = None  # for what is left over, where a part would be mostly filled up
        self._single_wanted = 0  # times

    def answers(self, pictures: Tensor) -> Tensor | None:
        """By parts of one size; the last is filled up, or asked one by one where that is less work."""
        if self.asked is None:
            return None
        size = self.asked.parts.pictures
        left = len(pictures) % size
        single = self._one_by_one(self.asked, pictures[:1]) if 0 < 2 * left <= size else None
        whole = len(pictures) - (left if single is not None else 0)
        answers = list(self.asked.answers(pictures[:whole])) if whole else []
        if single is not None:
            answers += single.answers(pictures[whole:])
        return torch.cat(answers)

    def _one_by_one(self, asked: _Way, picture: Tensor) -> _Way | None:
        """Made ready when it is wanted again: what is left over at the end of a run is filled up in less time."""
        self._single_wanted += 1
        if self._single_wanted == 2:
            self._single = _at_once(self._proven(replace(asked.parts, pictures=1), picture.clone()))
        return self._single

    def made(self, pictures: Tensor) -> Iterator[int]:
        """A step a turn, from one batch of pictures; it tells how many passes take as long."""
        try:
            one = self._written(pictures[:1])
            if one is None:
                return
            yield _READING
            known = known_parts(one.graph)
            parts = known or usual_parts(self._size)
            yield from self._begun(parts, pictures)
            if self.asked is None or known is not None or not self._tries:
                return
            yield 2 * parts.pictures
            best = yield from self._tried(one, pictures)
            if best != parts:
                yield from self._begun(best, pictures)
        except Exception:  # the runtime's; who served before goes on
            return

    def _begun(self, parts: Parts, pictures: Tensor) -> Iterator[int]:
        """After the last of these steps it is asked so, if that is right."""
        way = yield from self._proven(replace(parts, pictures=min(parts.pictures, len(pictures))), pictures)
        self.asked = way or self.asked

    def _proven(self, parts: Parts, pictures: Tensor) -> Generator[int, None, _Way | None]:
        """In as many steps if it was proven before: the same pictures are torch's."""
        some = pictures[: parts.pictures]
        written = self._written(some)
        if written is None:
            return None
        session = Session(written, outputs_of(written, []), parts.threads)
        yield _READING * parts.pictures
        proof = Proofs(self._module, written).name(written, session)
        steps: Iterator[bool] = repeat(True, turns_of(len(some)))
        if not was_passed(proof):
            steps = proven_in_places(self._module, some, session, written)
        for turn, is_right in enumerate(steps):
            if not is_right:
                return None
            if turn + 1 < turns_of(len(some)):
                yield 2 * parts.pictures
        keep(proof)
        way = _Way(session, parts, ThreadPoolExecutor(parts.abreast, thread_name_prefix="runtime batch"))
        weakref.finalize(way, way.pool.shutdown)
        return way

    def _written(self, pictures: Tensor) -> Written | None:
        written = written_down(self._module, pictures.clone(), []) if library() is not None else None
        return written if written is not None and written.answer is not None else None

    def _tried(self, one: Written, pictures: Tensor) -> Generator[int, None, Parts]:
        """The best way, which is remembered."""

        @cache
        def written_for(count: int) -> Written | None:
            return self._written(pictures[:count])

        def made(way: Parts) -> Session | None:
            written = written_for(way.pictures)
            return Session(written, outputs_of(written, []), way.threads) if written is not None else None

        return tried_parts(one.graph, made, pictures, usual_parts(self._size), ways(self._size))


def _at_once(steps: Generator[int, None, _Way | None]) -> _Way | None:
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            found: _Way | None = ended.value
            return found
