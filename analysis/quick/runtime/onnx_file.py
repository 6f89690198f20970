"""A network's graph in ONNX's own format: the few parts of that which are needed, as bytes.

The format is protobuf of a handful of messages, and writing it takes a page. The libraries that write it for torch
bring 40 MB and seconds of Python, in which the window would wait. Weights stay where they are: the graph names them,
and the runtime is given their memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]
Attribute = int | float | str | tuple[int, ...]
OPSET = 17  # which every release since 2022 knows
_FORMAT = 8
_KINDS = {"float32": 1, "int32": 6, "int64": 7, "bool": 9, "float64": 11}


@dataclass(frozen=True)
class Node:
    operation: str
    inputs: tuple[str, ...]  # "" where one is left out
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """`given` is the form of the input; `weights` are named here and lent when it runs, `constants` are inside."""

    given: tuple[int, ...]
    nodes: Sequence[Node]
    constants: Mapping[str, Array]
    weights: Mapping[str, Array]


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
        {name: value for name, value in graph.weights.items() if name in wanted},
    )


def as_bytes(graph: Graph, outputs: Sequence[str]) -> bytes:
    """A whole model whose outputs are these, which must be of single precision."""
    parts = [_message(1, _node(node)) for node in graph.nodes]
    parts.append(_text(2, "pass"))
    parts += [_message(5, _constant(name, value)) for name, value in graph.constants.items()]
    parts += [_message(5, _weight(name, value)) for name, value in graph.weights.items()]
    parts.append(_message(11, _value(INPUT, graph.given)))
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
    return _form(name, value) + _message(9, np.ascontiguousarray(value).tobytes())


def _weight(name: str, value: Array) -> bytes:
    place = _message(13, _text(1, "location") + _text(2, name))
    return _form(name, value) + place + _number(14, 1)


def _form(name: str, value: Array) -> bytes:
    sizes = b"".join(_number(1, size) for size in value.shape)
    return sizes + _number(2, _KINDS[value.dtype.name]) + _text(8, name)


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
