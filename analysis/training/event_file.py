"""TensorBoard's event files, as far as they hold scalars and histograms; without its library, as the format is short.

A file is records: length (8 bytes, little end first), its checksum (4), content, its checksum (4). The content is a
message of protocol buffers: step in field 2, a summary in 5, whose values have a tag and a number, histogram or tensor.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.protocol.problems import Problem

LARGEST = 1 << 30  # bytes of one record
_POLYNOMIAL = 0x82F63B78  # of CRC-32C, bits reversed
_MASK = 0xA282EAD8


@dataclass(frozen=True, eq=False)
class Counted:
    """A histogram: `edges` are one more than `counts`."""

    edges: NDArray[np.float64]
    counts: NDArray[np.float64]


@dataclass(eq=False)
class Events:
    """By tag, steps and what was written at each."""

    scalars: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    histograms: dict[str, list[tuple[int, Counted]]] = field(default_factory=dict)


def read_events(file: Path, into: Events) -> Iterator[int]:
    """Record by record, the bytes that are read so far. A last one that is still being written is left out."""
    try:
        with file.open("rb") as stream:
            size, done = file.stat().st_size, 0
            while done + 12 <= size:
                head = stream.read(12)
                (length,) = struct.unpack("<Q", head[:8])
                if checksum(head[:8]) != struct.unpack("<I", head[8:])[0] or length > LARGEST:
                    raise Problem(f"{file.name} is no event file of TensorBoard, or is damaged at byte {done:,}.")
                if done + 16 + length > size:
                    return
                content = stream.read(length)
                stream.read(4)
                done += 16 + length
                try:
                    _event(content, into)
                except (IndexError, ValueError, struct.error, UnicodeDecodeError) as error:
                    raise Problem(f"{file.name} is damaged before byte {done:,}: it cannot be read.") from error
                yield done
    except OSError as error:
        raise Problem(f"{file.name} cannot be read: {error.strerror or error}.") from error


def checksum(content: bytes) -> int:
    """The masked CRC-32C of a record."""
    crc = crc32c(content)
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def crc32c(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _event(content: bytes, into: Events) -> None:
    step, summaries = 0, []
    for number, value in _fields(content):
        if number == 2 and isinstance(value, int):
            step = value if value < 1 << 63 else value - (1 << 64)
        elif number == 5 and isinstance(value, bytes):
            summaries.append(value)
    for summary in summaries:
        for number, value in _fields(summary):
            if number == 1 and isinstance(value, bytes):
                _value(step, value, into)


def _value(step: int, content: bytes, into: Events) -> None:
    found = dict(_fields(content))
    tag = found.get(1, b"")
    name = tag.decode("utf-8") if isinstance(tag, bytes) else ""
    simple, histogram, tensor = found.get(2), found.get(5), found.get(8)
    if isinstance(simple, bytes):
        into.scalars.setdefault(name, []).append((step, struct.unpack("<f", simple)[0]))
    elif isinstance(histogram, bytes):
        made = _histogram(histogram)
        if made is not None:
            into.histograms.setdefault(name, []).append((step, made))
    elif isinstance(tensor, bytes):
        values = _tensor(tensor)
        if values is not None and values.size == 1:
            into.scalars.setdefault(name, []).append((step, float(values[0])))
        elif values is not None and values.size and values.size % 3 == 0:  # left, right, count
            table = values.reshape(-1, 3)
            made = Counted(np.append(table[:, 0], table[-1, 1]), table[:, 2])
            into.histograms.setdefault(name, []).append((step, made))


def _histogram(content: bytes) -> Counted | None:
    found = dict(_fields(content))
    limits, counts = found.get(6), found.get(7)
    if not (isinstance(limits, bytes) and isinstance(counts, bytes)) or len(limits) != len(counts) or not limits:
        return None
    right, many = np.frombuffer(limits, "<f8"), np.frombuffer(counts, "<f8")
    least, most = found.get(1), found.get(2)
    low = struct.unpack("<d", least)[0] if isinstance(least, bytes) else right[0]
    high = struct.unpack("<d", most)[0] if isinstance(most, bytes) else right[-1]
    return Counted(np.clip(np.append(low, right), low, high), many.copy())


def _tensor(content: bytes) -> NDArray[np.float64] | None:
    found = dict(_fields(content))
    kinds = {1: "<f4", 2: "<f8"}
    dtype = found.get(1)
    if not isinstance(dtype, int) or dtype not in kinds:
        return None
    for number, kind in ((4, kinds[dtype]), (5, "<f4"), (6, "<f8")):
        value = found.get(number)
        if isinstance(value, bytes) and value:
            return np.frombuffer(value, kind).astype(np.float64)
    return None


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Whole numbers as such, all else as its bytes."""
    at = 0
    while at < len(content):
        key, at = _whole(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _whole(content, at)
            yield key >> 3, value
            continue
        if kind == 2:
            size, at = _whole(content, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(kind)
        if at + size > len(content):
            raise ValueError(size)
        yield key >> 3, content[at : at + size]
        at += size


def _whole(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(shift)
