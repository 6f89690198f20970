"""Many pictures by ONNX Runtime: for techniques that ask a network about one masked picture after the other.

The first batches are torch's; with each a step of what is needed is done beside, so that no step of the technique is
long. When the runtime takes over depends on how many were asked and never on a clock: the same seed gives the same
bits.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from analysis.quick.runtime.written_down import written_down
from analysis.quick.switch import plain

_WORTH_IT = 16  # batches; making ready takes the time of six


def in_batches(question: Question, size: int, pictures: int) -> Question:
    """The same question to a network that answers `size` pictures at once by the runtime, where that is worth it.

    Only for pictures that nobody derives from. A unit is asked of the network itself, whose layers are listened to.
    """
    network = question.network
    can = isinstance(question.target, ClassTarget) and network.fixed and network.together and network.share is None
    if not can or pictures < _WORTH_IT * size or plain("runtime") or find_spec("onnxruntime") is None:
        return question
    weights = list(tensors_of(network.module))
    if not is_steady(network.module) or any(one.device.type != "cpu" or one.requires_grad for one in weights):
        return question
    return replace(question, network=replace(network, module=_Batches(network.module, size)))


def made_ready(question: Question, pictures: Tensor) -> Iterator[None]:
    """Step by step, before anything is asked: for who must know from which picture on the runtime answers."""
    if isinstance(question.network.module, _Batches):
        yield from question.network.module.made_ready(pictures)


class _Batches(nn.Module):
    """Answers as the module does; the session is its own and ends with it."""

    def __init__(self, module: nn.Module, size: int) -> None:
        super().__init__()
        self.module = module
        self._size = size
        self._steps: Iterator[None] | None = None
        self._session: Session | None = None

    def forward(self, pictures: Tensor) -> object:
        if len(pictures) == 1 != self._size or pictures.dtype != torch.float32:
            return self.module(pictures)
        if self._session is not None:
            return self._quick(self._session, pictures)
        if len(pictures) == self._size and self._steps is None:
            self._steps = self._made(pictures.clone())
        answer = self.module(pictures.clone())
        if self._steps is not None:
            next(self._steps, None)
        return answer

    def made_ready(self, pictures: Tensor) -> Iterator[None]:
        """From one batch of pictures."""
        self._steps = iter(())
        yield from self._made(pictures)

    def _made(self, pictures: Tensor) -> Iterator[None]:
        try:
            written = written_down(self.module, pictures, []) if library() is not None else None
            if written is None or written.answer is None:
                return
            yield
            session = Session(written, outputs_of(written, []))
            yield
            for is_right in proven(self.module, pictures, session, written):
                if not is_right:
                    return
                yield
            self._session = session
        except Exception:  # the runtime's; torch goes on
            return

    def _quick(self, session: Session, pictures: Tensor) -> Tensor:
        """By whole batches, the last of which is filled up."""
        answers = []
        for first in range(0, len(pictures), self._size):
            part = pictures[first : first + self._size]
            spare = self._size - len(part)
            full = part if not spare else torch.cat([part, part[-1:].expand(spare, *part.shape[1:])])
            try:
                (found,) = session.run(full).values()
            except Exception:
                self._session = None
                whole = tensor_in(self.module(part.clone()))
                assert whole is not None
                found = whole
            answers.append(found[: len(part)])
        return torch.cat(answers)
