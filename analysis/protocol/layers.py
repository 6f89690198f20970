"""The layers of a network as plain nodes: what the tree shows and the command line prints."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["map", "vector", "tokens"]

# What the axes of `shape` are: channels C, rows H, columns W, tokens T (places row by row, after a possible prefix).
# Of attention "HTS": heads, tokens that look, tokens that are looked at. "TD" is a table whose axes are no places.
Layout = Literal["CHW", "HWC", "HW", "TC", "CT", "C", "HTS", "TD"]


@dataclass(frozen=True)
class ReceptiveField:
    """Of one output place, in input pixels, per axis (rows, columns).

    The place (i, j) sees `size` pixels whose first is at `start + (i, j) * stride` (which may lie outside the picture).
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    start: tuple[int, int]

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Top, left, bottom, right (exclusive) of what this place sees; not clipped to the picture."""
        top = self.start[0] + row * self.stride[0]
        left = self.start[1] + column * self.stride[1]
        return top, left, top + self.size[0], left + self.size[1]


@dataclass(frozen=True)
class LayerNode:
    """One module of the network, in the order of its call.

    `shape` is the output's for one picture, without the batch axis, as the module returned it. `units` is how many
    units it shows, drawn as `kind`: maps (units × `grid`), a vector (units single numbers) or tokens put back on their
    `grid`. Where `kind` is None, `reason` says in words why nothing can be drawn.
    `receptive_field` is None where it is the whole picture or cannot be told (attention, dense layers). With
    `global_context` something computed from the whole picture scales the values besides (squeeze-excitation, group
    norm), which the field leaves out. `type` is the class's name.
    """

    path: str
    type: str
    shape: tuple[int, ...] | None
    units: int
    parameters: int
    kind: Kind | None
    grid: tuple[int, int] | None = None
    reason: str | None = None
    receptive_field: ReceptiveField | None = None
    children: "tuple[LayerNode, ...]" = field(default=(), hash=False)  # or a key would be as slow as the tree is large
    layout: Layout | None = None
    global_context: bool = False
    calls: int = 1  # for one picture
    kernel: tuple[int, ...] = ()  # rows × columns of what it slides over its input, where it does
    # Each call of it for one picture, as a layer of its own that is named `PATH@1`, …; the path alone is the last one.
    # Of attention besides its heads, as `PATH@heads`.
    passes: "tuple[LayerNode, ...]" = field(default=(), hash=False)

    @property
    def last_of_several(self) -> str:
        """A sentence where the layer is called several times for a picture, for only one of its outputs is shown."""
        if self.calls < 2:
            return ""
        count = sum(one.layout != "HTS" for one in self.passes)
        each = f" ({self.path}@1 to {self.path}@{count} name each)" if count else ""
        return f"{self.path} is called {self.calls} times for a picture; what is shown of it is its last call{each}."

    @property
    def has_places(self) -> bool:
        """Whether its units have rows and columns, and these are places of the picture."""
        several = self.grid is not None and self.grid[0] * self.grid[1] > 1
        return self.kind in ("map", "tokens") and several and self.layout != "TD"

    @property
    def is_beside(self) -> bool:
        """Whether it is only read, and nothing of the answer comes through it: the heads of an attention."""
        return self.layout == "HTS"

    @property
    def what_heads_show(self) -> str:
        """A sentence where its units are the heads of an attention."""
        if not self.is_beside or self.grid is None or self.shape is None:
            return ""
        before = self.shape[2] > self.grid[0] * self.grid[1]
        who = "the class token" if before else "every place, on average,"
        return f"The maps of {self.path} are what {who} looks at, head by head."

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def walk(self) -> "Iterator[LayerNode]":
        """This node and everything below it, top down."""
        yield self
        for child in self.children:
            yield from child.walk()

    def with_passes(self) -> "Iterator[LayerNode]":
        """The same, each layer that is called several times followed by its calls."""
        for node in self.walk():
            yield node
            yield from node.passes

    @cached_property
    def _by_path(self) -> "dict[str, LayerNode]":
        """Of nodes of one path the upper one; every frame asks for some."""
        return {node.path: node for node in reversed(list(self.walk()))}

    def find(self, path: str) -> "LayerNode | None":
        """The layer of this path, or the call of one that is named as `passes` are."""
        found = self._by_path.get(path)
        if found is not None or "@" not in path:
            return found
        return next((node for node in self.with_passes() if node.path == path), None)
