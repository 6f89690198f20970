"""What may happen to a file on its way, and what a hostile hand may do to it; all by a seed."""

import copy
import json
import random
import struct
from typing import Any

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
ODD_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        10**400,
        1e308,
        -0.0,
        float("nan"),
        float("inf"),
        "",
        "x",
        "\0",
        "ü" * 9,
    ),
    *([], {}, [[]], [1, 2, 3], {"": None}, "../../etc/passwd", "/dev/zero", "class:-1", "a" * 10_000, [[[[[[1]]]]]]),
)


def mutated(content: bytes, dice: random.Random) -> bytes:
    """One to four faults in it."""
    data = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        if not data:
            break
        _FAULTS[dice.randrange(len(_FAULTS))](data, dice)
    return bytes(data)


def _flip(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _flip_at_the_start(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(min(len(data), 200))] = dice.randrange(256)


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data)) :]


def _lose(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.choice((1, 2, 4, 100, 5000))]


def _repeat(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    data[start:start] = data[start : start + dice.choice((1, 4, 100, 5000))]


def _zero(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    size = min(dice.choice((1, 4, 100, 5000)), len(data) - start)
    data[start : start + size] = bytes(size)


def _noise(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    data[start : start + 50] = dice.randbytes(50)


def _number(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    size, kind = dice.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
    written = struct.pack(dice.choice("<>") + kind, dice.choice(_NUMBERS) & (256**size - 1))
    data[start : start + size] = written


def _append(data: bytearray, dice: random.Random) -> None:
    data += dice.choice((dice.randbytes(100), bytes(data[:5000]), b"\0" * 1000))


_FAULTS = (_flip, _flip, _flip_at_the_start, _cut, _lose, _repeat, _zero, _noise, _number, _number, _append)


def mutated_json(value: Any, dice: random.Random) -> Any:
    """The same tree with another value, name or number of entries somewhere in it."""
    tree = json.loads(json.dumps(value))
    for _ in range(dice.randint(1, 3)):
        holder, key = dice.choice(_places(tree)) if _places(tree) else (None, None)
        if holder is None:
            return _odd_value(dice)
        act = dice.randrange(4)
        if act == 0:
            del holder[key]
        elif act == 1 and isinstance(holder, dict):
            holder[dice.choice(("x", "", "\0", "name", "model", "metadata"))] = holder.pop(key)
        elif act == 2 and isinstance(holder, list):
            holder.insert(key, _odd_value(dice))
        else:
            holder[key] = _odd_value(dice)
    return tree


def _odd_value(dice: random.Random) -> Any:
    return copy.deepcopy(dice.choice(ODD_VALUES))


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [tree]
    while todo:
        one = todo.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            todo.append(one[key])
    return found
