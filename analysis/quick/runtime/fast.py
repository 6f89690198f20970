"""Passes in bfloat16 by OpenVINO: in half the time and approximate, for those who say so and are told how far off.

The library reads the same written pass as the exact session. Nothing of it is imported before somebody asks.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from queue import SimpleQueue
from typing import Any

import torch
from torch import Tensor, nn

from analysis.network.capture import capture, tensor_in
from analysis.quick.off import Farthest, Off
from analysis.quick.runtime.abreast import Manner
from analysis.quick.runtime.onnx_file import INPUT, as_bytes, needed
from analysis.quick.runtime.proof import pictures
from analysis.quick.runtime.sessions import Passes
from analysis.quick.runtime.written_down import Written

_PRECISION = "BF16"


@lru_cache(maxsize=1)
def _core() -> Any:
    """OpenVINO's, where it is installed and can be used; else None."""
    try:
        from openvino import Core

        return Core()
    except Exception:  # not there, or for another system
        return None


def cannot() -> str:
    """Why this machine has no such pass, as the beginning of a sentence; nothing where it has."""
    core = _core()
    if core is None:
        return "OpenVINO cannot be used"
    if _PRECISION not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return "This processor has no bf16"
    return ""


class FastSession(Passes):
    """As `Session`, in half the precision."""

    def __init__(self, written: Written, names: Sequence[str], manner: Manner) -> None:
        """Raises whatever the library does."""
        self.names = tuple(names)
        model = _core().read_model(BytesIO(as_bytes(needed(written.graph, names), self.names)))
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "INFERENCE_NUM_THREADS": manner.abreast * manner.threads,
            "NUM_STREAMS": manner.abreast,
            "ENABLE_CPU_PINNING": False,  # the window paints on the same cores
        }
        self._compiled: Any = _core().compile_model(model, "CPU", settings)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(manner.abreast):
            self._idle.put(self._compiled.create_infer_request())

    def run(self, given: Tensor) -> dict[str, Tensor]:
        request = self._idle.get()
        try:
            request.infer({INPUT: given.contiguous().numpy()})
            return {
                name: torch.from_numpy(request.get_output_tensor(place).data.copy())
                for place, name in enumerate(self.names)
            }
        finally:
            self._idle.put(request)

    def close(self) -> None:
        self._compiled, self._idle = None, SimpleQueue()
        gc.collect(0)


def measured(
    module: nn.Module, given: Tensor, session: Passes, written: Written, paths: Sequence[str]
) -> Iterator[Off | None]:
    """A step a picture; the last says how far off it is, None before. The module must be nobody else's meanwhile."""
    farthest = Farthest()
    for picture in pictures(given):
        found = session.run(picture)
        with torch.no_grad(), capture(module, paths) as outputs:
            answer = tensor_in(module(picture.clone()))
        farthest.add(
            {**{path: found[written.layers[path]] for path in paths}, "the answer": found[written.answer or ""]},
            {**outputs, "the answer": answer},
        )
        yield None
    yield Off(farthest.share())
