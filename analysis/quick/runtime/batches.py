"""Many pictures by ONNX Runtime: for techniques that ask a network about one masked picture after the other.

The first batches are torch's; with each a step of what is needed is done beside, so that no step of the technique is
long. When the runtime takes over depends on how many were asked and never on a clock, and how it is asked is found out
once on a machine: the same seed gives the same bits.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.known_code import is_steady
from analysis.network.working_copy import tensors_of
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.quick.runtime.proof import outputs_of, proven
from analysis.quick.runtime.sessions import Session, library
from analysis.quick.runtime.trials import Parts, known_parts, tried_parts, usual_parts, ways
from analysis.quick.runtime.written_down import Written, written_down
from analysis.quick.switch import plain

_WORTH_IT = 16  # batches; making ready takes the time of six
_WORTH_TRYING = 1500  # pictures; trying takes the time of a hundred


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
    """Answers as the module does; the session and its threads are its own and end with it."""

    def __init__(self, module: nn.Module, size: int, tries: bool) -> None:
        super().__init__()
        self.module = module
        self._size = size
        self._tries = tries
        self._steps: Iterator[None] | None = None
        self._asked: tuple[Session, Parts, ThreadPoolExecutor] | None = None

    def forward(self, pictures: Tensor) -> object:
        if pictures.dtype != torch.float32:
            return self.module(pictures)
        if self._asked is not None:
            return self._quick(pictures)
        answer = self.module(pictures.clone())
        if len(pictures) == self._size or self._steps is not None:
            if self._steps is None:
                self._steps = self._made(pictures.clone())
            next(self._steps, None)
        return answer

    def made_ready(self, pictures: Tensor) -> Iterator[None]:
        """From one batch of pictures."""
        self._steps = iter(())
        yield from self._made(pictures)

    def _made(self, pictures: Tensor) -> Iterator[None]:
        try:
            one = self._written(pictures[:1])
            if one is None:
                return
            yield
            known = known_parts(one.graph)
            parts = known or usual_parts(self._size)
            for way in self._tried(one, pictures) if self._tries and known is None else ():
                parts = way
                yield
            parts = replace(parts, pictures=min(parts.pictures, len(pictures)))  # may be known of larger batches
            some = pictures[: parts.pictures]
            written = self._written(some)
            if written is None:
                return
            yield
            session = Session(written, outputs_of(written, []), parts.threads)
            yield
            for is_right in proven(self.module, some, session, written):
                if not is_right:
                    return
                yield
            pool = ThreadPoolExecutor(parts.abreast, thread_name_prefix="runtime batch")
            weakref.finalize(self, pool.shutdown)
            self._asked = session, parts, pool
        except Exception:  # the runtime's; torch goes on
            return

    def _written(self, pictures: Tensor) -> Written | None:
        written = written_down(self.module, pictures.clone(), []) if library() is not None else None
        return written if written is not None and written.answer is not None else None

    def _tried(self, one: Written, pictures: Tensor) -> Iterator[Parts]:
        """A step a turn; the last is the best way, which is remembered."""

        def made(way: Parts) -> Session | None:
            written = self._written(pictures[: way.pictures])
            return Session(written, outputs_of(written, []), way.threads) if written is not None else None

        return tried_parts(one.graph, made, pictures, usual_parts(self._size), ways(self._size))

    def _quick(self, pictures: Tensor) -> Tensor:
        """By parts of one size, the last of which is filled up; some at once."""
        assert self._asked is not None
        session, parts, pool = self._asked
        try:
            return torch.cat(list(parts.answers(session, pool, pictures)))
        except Exception:  # of the runtime; torch has the word
            self._asked = None
            whole = tensor_in(self.module(pictures.clone()))
            assert whole is not None
            return whole
