"""A network's graph in ONNX's own format: the few parts of that which are needed, as bytes.

The format is protobuf of a handful of messages, and writing it takes a page. The libraries that write it for torch
bring 40 MB and seconds of Python, in which the window would wait. Large matrices stay where they are: they are inputs
like the picture, and the runtime reads their memory.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]
Attribute = int | float | str | tuple[int, ...]
OPSET = 17  # which every release since 2022 knows
_FORMAT = 8
_LARGE = 1 << 18  # numbers of a matrix that is lent, a megabyte
_KINDS = {"float32": 1, "int32": 6, "int64": 7, "bool": 9, "float64": 11}


@dataclass(frozen=True)
class Node:
    operation: str
    inputs: tuple[str, ...]  # "" where one is left out
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """`given` is the form of the picture; `constants` are the network's weights and what was written for its sizes."""

    given: tuple[int, ...]
    nodes: Sequence[Node]
    constants: Mapping[str, Array]


INPUT = "given"


def can_be_written(kind: np.dtype[np.generic]) -> bool:
    return kind.name in _KINDS


def needed(graph: Graph, outputs: Iterable[str]) -> Graph:
    """Only what leads to these outputs."""
    wanted = set(outputs)
    nodes = []
    for node in reversed(graph.nodes):
        if wanted.intersection(node.outputs):
            nodes.append(node)
            wanted.update(node.inputs)
    return Graph(
        graph.given,
        nodes[::-1],
        {name: value for name, value in graph.constants.items() if name in wanted},
    )


def large_matrices(graph: Graph) -> dict[str, Array]:
    """What is only multiplied with and lies in order: of VGG-16 half a gigabyte."""
    others = {name for node in graph.nodes if node.operation not in ("Gemm", "MatMul") for name in node.inputs}
    return {
        name: value
        for name, value in graph.constants.items()
        if name not in others and value.size >= _LARGE and value.ndim == 2 and value.flags.c_contiguous
    }


def own_numbers(graph: Graph) -> int:
    """How many numbers a session of it has a copy of."""
    lent = large_matrices(graph)
    return sum(value.size for name, value in graph.constants.items() if name not in lent)


def as_bytes(graph: Graph, outputs: Sequence[str], lent: Container[str] = ()) -> bytes:
    """A whole model whose outputs are these, of single precision; those constants that are `lent` become inputs."""
    parts = [_message(1, _node(node)) for node in graph.nodes]
    parts.append(_text(2, "pass"))
    parts += [_message(5, _constant(name, value)) for name, value in graph.constants.items() if name not in lent]
    parts.append(_message(11, _value(INPUT, graph.given)))
    parts += [_message(11, _value(name, value.shape)) for name, value in graph.constants.items() if name in lent]
    parts += [_message(12, _value(name, None)) for name in outputs]
    whole = (_number(1, _FORMAT), _message(7, b"".join(parts)), _message(8, _text(1, "") + _number(2, OPSET)))
    return b"".join(whole)


def _node(node: Node) -> bytes:
    parts = [_text(1, name) for name in node.inputs]
    parts += [_text(2, name) for name in node.outputs]
    parts.append(_text(4, node.operation))
    parts += [_message(5, _attribute(name, value)) for name, value in node.attributes.items()]
    return b"".join(parts)


def _attribute(name: str, value: Attribute) -> bytes:
    head = _text(1, name)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    if isinstance(value, float):
        return head + _key(2, 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, str):
        return head + _text(4, value) + _number(20, 3)
    return head + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _constant(name: str, value: Array) -> bytes:
    sizes = b"".join(_number(1, size) for size in value.shape)
    numbers = np.ascontiguousarray(value).tobytes()
    return sizes + _number(2, _KINDS[value.dtype.name]) + _text(8, name) + _message(9, numbers)


def _value(name: str, sizes: tuple[int, ...] | None) -> bytes:
    tensor = _number(1, _KINDS["float32"])
    if sizes is not None:
        tensor += _message(2, b"".join(_message(1, _number(1, size)) for size in sizes))
    return _text(1, name) + _message(2, _message(1, tensor))


def _text(number: int, text: str) -> bytes:
    return _message(number, text.encode())


def _message(number: int, content: bytes) -> bytes:
    return _key(number, 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value & (1 << 64) - 1)


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)
