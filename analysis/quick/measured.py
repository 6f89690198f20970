"""What was found out on this machine by a stopwatch, once: it is remembered until processor or versions are others.

A file in the cache folder, so that it is found out at the first start only. Whatever is wrong with the file, or with
the disk, costs nothing but that it is found out again at the next start. Two windows that write at once lose at most
what one of them found.
"""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock

import torch

from analysis.files.cache import cache_folder
from analysis.files.whole_file import write_whole
from analysis.protocol.problems import Problem

MOST = 400  # answers; the oldest ones go
_LONGEST = 1_000_000  # bytes of a file that can be ours
_here: dict[tuple[Path | None, str, str], str] = {}  # what was found out, or read, since this start
_lock = Lock()


def remembered(question: str) -> str | None:
    """What was found out about this, here."""
    key = (path := _path(), machine(), question)
    with _lock:
        if key not in _here and path is not None:
            for asked, answer in _read(path).items():
                _here.setdefault((path, machine(), asked), answer)
        return _here.get(key)


def remember(question: str, answer: str) -> None:
    path = _path()
    with _lock:
        _here[path, machine(), question] = answer
        if path is None:
            return
        kept = _read(path)
        kept.pop(question, None)
        kept[question] = answer
        latest = dict(list(kept.items())[-MOST:])
        with suppress(OSError, Problem):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps({"machine": machine(), "answers": latest}, indent=1).encode())


def forget() -> None:
    """As at another start, which knows what the file says."""
    with _lock:
        _here.clear()


@lru_cache(maxsize=8)
def _machine(threads: int) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"{name} {version_of(name)}" for name in ("torch", "onnxruntime")]
    return ", ".join([_processor(), f"{cores} cores", f"{threads} threads", platform.system(), *versions])


def machine() -> str:
    """All that the answers depend on."""
    return _machine(torch.get_num_threads())


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"


def _path() -> Path | None:
    folder = cache_folder()
    return folder / "measured.json" if folder is not None else None


def _read(path: Path) -> dict[str, str]:
    """The answers of this machine in the file, in their order; none where that is damaged, or of another one."""
    try:
        if path.stat().st_size > _LONGEST:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["machine"] != machine():
            return {}
        return {str(asked): str(answer) for asked, answer in content["answers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
