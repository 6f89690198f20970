"""Sessions of ONNX Runtime: a written pass with the outputs that are wanted, and what it gives for a picture.

There is no session to keep in a file: a pass is written down in the time of a few frames, and making the session takes
as long from a file. What takes longer than both is proving it, which is remembered (`proven_before.py`).
"""

from __future__ import annotations

import atexit
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor

from analysis.quick.freed_memory import give_back_freed_memory
from analysis.quick.runtime.onnx_file import INPUT, as_bytes, large_matrices, needed
from analysis.quick.runtime.written_down import Written


@lru_cache(maxsize=1)
def library() -> Any:
    """ONNX Runtime, where it is installed and can be used; else None."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # or its import writes an identifier of the machine, and sends that
    try:
        import onnxruntime
    except Exception:  # not there, or for another system, or another NumPy
        return None
    onnxruntime.disable_telemetry_events()  # which its builds for Windows send nevertheless
    onnxruntime.set_default_logger_severity(4)
    return onnxruntime


class Passes(ABC):
    """Whoever runs one written pass."""

    names: tuple[str, ...]

    @abstractmethod
    def run(self, given: Tensor) -> dict[str, Tensor]:
        """May be called on several threads at once."""

    @abstractmethod
    def close(self) -> None:
        """Its threads end."""


class Session(Passes):
    """By ONNX Runtime, exactly."""

    def __init__(self, written: Written, names: Sequence[str], threads: int | None = None) -> None:
        """`names` of the graph's outputs, each once; a run has as many threads as torch, or so many.

        Raises whatever the library does.
        """
        runtime = library()
        graph = needed(written.graph, names)
        options = runtime.SessionOptions()
        self.threads = threads or torch.get_num_threads()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        # Threads that wait awake for the next operation would take a core from the window, from decoding and from
        # torch, and gain nothing on two cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Its own store of memory is a tenth slower here than the one that keeps what is freed, and not shared.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        # Matrices are read where they lie; a picture or a few use each number of them once or twice.
        options.add_session_config_entry("session.disable_prepacking", "1")
        self._lent = large_matrices(graph)
        self.names = tuple(names)
        model = as_bytes(graph, self.names, self._lent)
        self._session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        _OPEN.add(self)
        del model
        give_back_freed_memory()

    def close(self) -> None:
        """Its threads end."""
        self._session = None

    def run(self, given: Tensor) -> dict[str, Tensor]:
        found = self._session.run(self.names, {INPUT: given.contiguous().numpy(), **self._lent})
        return {name: torch.from_numpy(values) for name, values in zip(self.names, found, strict=True)}


_OPEN: WeakSet[Session] = WeakSet()


@atexit.register
def _close_all() -> None:
    """Threads of a session that outlives Python would end the process in their own way."""
    for session in list(_OPEN):
        session.close()
