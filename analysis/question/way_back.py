"""The operations that autograd recorded below a value: the way that its derivative goes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor


class BackwardNode(NamedTuple):
    """An operation of the backward pass."""

    node: Any  # autograd's own
    below: tuple[Any | None, ...]  # the nodes of what it took; None for what does not depend on anything asked about


def way_back(*values: Tensor) -> Sequence[BackwardNode]:
    """Every operation once, beginning with the last one."""
    found = []
    waiting: list[Any] = list(dict.fromkeys(value.grad_fn for value in values))
    seen = {None, *waiting}
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        below = tuple(one for one, _ in node.next_functions)
        found.append(BackwardNode(node, below))
        for one in below:
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return found


def signature(way: Sequence[BackwardNode]) -> int:
    """A number that ways of the same operations share."""
    return hash(tuple((node.name(), len(below)) for node, below in way))
