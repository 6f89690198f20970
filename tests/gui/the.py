"""A widget found as a person finds it: by what it is and, where there are several, by its name."""

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QTreeView, QWidget

from analysis.protocol.layers import LayerNode

Kind = TypeVar("Kind", bound=QWidget)


def the(parent: QWidget, kind: type[Kind], name: str | None = None) -> Kind:
    """The only one of this kind, or the only one of these with this accessible name."""
    found = [one for one in parent.findChildren(kind) if name is None or one.accessibleName() == name]
    assert len(found) == 1, [type(one).__name__ for one in found]
    return found[0]


def row_of(tree: QTreeView, root: LayerNode, path: str) -> list[str]:
    """The words in the row of this layer, whether its columns are shown or not."""
    paths = [node.path for node in root.walk()]
    index = list(_rows(tree, QModelIndex()))[paths.index(path)]
    columns = range(tree.model().columnCount())
    return [str(index.siblingAtColumn(column).data() or "") for column in columns]


def _rows(tree: QTreeView, parent: QModelIndex) -> Iterator[QModelIndex]:
    model = tree.model()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _rows(tree, index)
