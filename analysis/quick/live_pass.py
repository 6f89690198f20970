"""The pass over moving pictures, where one is like the other: as quick as this program can make it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from analysis.network.capture import capture, tensor_in
from analysis.network.known_code import is_steady
from analysis.quick.packed_convolutions import PackedConvolutions
from analysis.quick.replay import Pass, recorded
from analysis.quick.runtime.beside import BesidePass
from analysis.quick.switch import plain

Answer = tuple[Tensor | None, dict[str, Tensor]]
ALIKE = 8  # passes before one is recorded, which takes the time of five


class RepeatedPass:
    """The answer of one module and the outputs of some of its layers."""

    def __init__(self, module: nn.Module, convolutions: PackedConvolutions, beside: BesidePass | None = None) -> None:
        self._module = module
        self._convolutions = convolutions
        self._beside = beside
        self._kind: tuple[object, ...] = ()  # what the passes were that were alike
        self._alike = 0
        self._recorded: tuple[Pass, Sequence[str]] | None = None

    def answer(self, given: Tensor, paths: Sequence[str]) -> Answer:
        if self._beside is not None and self._beside.may_come:
            found = self._beside.answer(given, paths)
            if found is not None:
                return found.answer, found.outputs
            if self._beside.may_come:  # soon; until then nothing else is made ready
                with capture(self._module, paths) as captured:
                    whole = tensor_in(self._module(given))
                return whole, captured
        kind = (tuple(paths), given.shape, given.dtype)
        if kind != self._kind:
            self._kind, self._alike, self._recorded = kind, 0, None
        if self._recorded is not None and not plain("replay"):
            run, reached = self._recorded
            try:
                with torch.inference_mode():  # nothing of a person's own code runs in it, which could keep something
                    answer, *outputs = run(given)
            except RuntimeError:  # what the network has to say of this, it says by itself
                self._recorded = None
            else:
                return answer, dict(zip(reached, outputs, strict=True))
        self._alike += 1
        self._convolutions.prove(given)
        may_record = self._alike == ALIKE and not plain("replay")
        if may_record and given.device.type == "cpu" and is_steady(self._module):
            return self._record(given, paths)
        return self._plain(given, paths)

    def _plain(self, given: Tensor, paths: Sequence[str]) -> Answer:
        with self._convolutions.used(), capture(self._module, paths) as outputs:
            answer = tensor_in(self._module(given))
        return answer, outputs

    def _record(self, given: Tensor, paths: Sequence[str]) -> Answer:
        reached: list[str] = []
        answered = True

        def run(x: Tensor) -> Sequence[Tensor]:
            nonlocal answered
            answer, outputs = self._plain(x, paths)
            reached[:] = outputs
            answered = answer is not None
            return [x if answer is None else answer, *outputs.values()]

        (answer, *outputs), written = recorded(run, given)
        if written is not None and answered:
            self._recorded = written, reached
        return answer if answered else None, dict(zip(reached, outputs, strict=True))
