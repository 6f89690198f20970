"""Exported programs of the zoo's networks, and hostile ones: honest archives with something in them replaced."""

import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from tests.analysis.zoo import odd

Part = tuple[str, bytes]


def exported(name: str, file: Path, batch: int = 1, dynamic: bool = False) -> Path:
    one = odd(name)
    shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(one.module(), (one.example(batch),), dynamic_shapes=shapes)
        torch.export.save(program, file)
    return file


class Harmful:
    """A pickle of it makes the folder when it is opened."""

    def __init__(self, traces: Path) -> None:
        self.traces = traces

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.traces),)


def harmful(traces: Path) -> bytes:
    stream = io.BytesIO()
    torch.save((Harmful(traces),), stream)
    return stream.getvalue()


def parts_of(content: bytes) -> list[Part]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def archive_of(parts: Iterable[Part]) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # of two parts of one name
        for name, content in parts:
            archive.writestr(name, content)
    return stream.getvalue()


def with_graph(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The archive with its description changed."""
    parts = []
    for name, part in parts_of(content):
        if name.endswith("models/model.json"):
            graph = json.loads(part)
            change(graph)
            part = json.dumps(graph).encode()
        parts.append((name, part))
    return archive_of(parts)
