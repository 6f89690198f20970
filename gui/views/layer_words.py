"""How a layer is called and what it answers with, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.protocol.layers import LayerNode

WHOLE = "whole network"


def path_in_words(path: str | None) -> str:
    """The root's path is empty, which is no name."""
    return path or WHOLE


def name_in_words(node: LayerNode) -> str:
    """A number alone says nothing, so what it is comes with it, such as `0 · Conv2d 3×3, 64`.

    One call of a layer, or its heads, stands below it and need not name it again: `@2`, `@heads`.
    """
    part = node.name.rpartition("@")[2]
    if part != node.name and (part.isdecimal() or node.is_beside):
        return f"@{part}"
    if not node.name.isdigit():
        return node.name or WHOLE
    kind = " ".join(word for word in (node.type, kernel_in_words(node)) if word)
    weighs = node.parameters > 0 and node.kind is not None
    return f"{node.name} · {kind}, {node.units:,}" if weighs else f"{node.name} · {kind}"


def kernel_in_words(node: LayerNode) -> str:
    return "×".join(str(side) for side in node.kernel)


def output_in_words(node: LayerNode) -> str:
    """Such as `64·56×56` for maps and tokens on a grid, `1000` for a vector."""
    if node.kind is not None and node.grid is not None:
        return f"{node.units}·{node.grid[0]}×{node.grid[1]}"
    return "×".join(str(size) for size in node.shape or ())
