"""What was proven of a known network is remembered, so that it is not proven again at another start or at a layer.

What is kept is that a proof was passed, by all that it depends on: torch's operations, the whole graph with every
weight, the outputs, machine, versions and the code of ours. A refusal is not kept. A network of one's own code is
proven each time: it may count, or compute in ways that no operation of torch tells of, and so may change while its
graph does not. A file of lines in the cache folder, which two windows may write to at once; a line that is damaged is
like none, and where nothing can be written it costs the proof.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock

from torch import nn

from analysis.files.cache import cache_folder
from analysis.files.whole_file import write_whole
from analysis.network.known_code import is_steady
from analysis.protocol.problems import Problem
from analysis.quick.measured import machine, version_of
from analysis.quick.runtime.sessions import Session
from analysis.quick.runtime.written_down import Written
from analysis.quick.switch import plain

MOST = 4000  # proofs; a walk through all layers of a large network is some hundreds. The older half goes
_LINE = re.compile(rb"^[0-9a-f]{64}$", re.MULTILINE)
_LONGEST = 2 * MOST * 65  # bytes of a file that can be ours
_ROOMS = ("quick", "network", "tracing")  # whose code writes a pass down, makes a session of it and compares
_begun = time.time()
_here: set[tuple[Path | None, str]] = set()  # what was proven since this start
_lock = Lock()


class Proofs:
    """Of one pass that was written down. Reads all weights, so it is made where nobody waits."""

    def __init__(self, module: nn.Module, written: Written) -> None:
        done = written.by_torch.digest(written.graph.constants) if is_steady(module) and our_code() else None
        parts = (done, written.graph.given, written.answer, dict(written.layers), machine(), _versions(), our_code())
        self._pass = repr(parts) if done is not None else ""

    def name(self, written: Written, session: Session, means: Mapping[str, str] | None = None) -> str:
        """Of the proof that this session of the pass, or of the same with `means`, is right; "" where none is kept."""
        if not self._pass or plain("kept-proofs"):
            return ""
        whole = sha256(self._pass.encode())
        whole.update(repr((session.names, session.threads, dict(means or {}))).encode())
        for node in written.graph.nodes:
            whole.update(repr((node.operation, node.inputs, node.outputs, sorted(node.attributes.items()))).encode())
        return whole.hexdigest()


def was_passed(proof: str) -> bool:
    path = _path()
    if not proof:
        return False
    with _lock:
        return (path, proof) in _here or (path is not None and proof in _read(path))


def keep(proof: str) -> None:
    """That it was passed."""
    path = _path()
    if not proof:
        return
    with _lock:
        _here.add((path, proof))
        if path is None:
            return
        with suppress(OSError, Problem):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.stat().st_size >= MOST * 65:
                write_whole(path, "\n".join([*_read(path)[-MOST // 2 :], proof]).encode())
                return
            with path.open("ab") as lines:
                lines.write(b"\n" + proof.encode())  # a line that was broken off ends here


def forget() -> None:
    """As at another start, which knows what the file says."""
    with _lock:
        _here.clear()


@lru_cache(maxsize=1)
def our_code() -> str:
    """A digest of it; nothing where it is not there to be read, or was written to since it began to run."""
    whole = sha256()
    with suppress(OSError):
        files = [path for room in _ROOMS for path in sorted((Path(__file__).parents[2] / room).rglob("*.py"))]
        for path in files:
            if path.stat().st_mtime > _begun:
                return ""
            whole.update(path.name.encode() + path.read_bytes())
        return whole.hexdigest() if files else ""
    return ""


def _versions() -> list[str]:
    return [f"{name} {version_of(name)}" for name in ("torchvision", "timm", "numpy")]


def _path() -> Path | None:
    folder = cache_folder()
    return folder / "proven.txt" if folder is not None else None


def _read(path: Path) -> list[str]:
    """In their order."""
    try:
        if path.stat().st_size > _LONGEST:
            return []
        return [line.decode() for line in _LINE.findall(path.read_bytes())]
    except OSError:
        return []
