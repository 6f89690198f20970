"""A widget found as a person finds it: by what it is and, where there are several, by its name."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

Kind = TypeVar("Kind", bound=QWidget)


def the(parent: QWidget, kind: type[Kind], name: str | None = None) -> Kind:
    """The only one of this kind, or the only one of these with this accessible name."""
    found = [one for one in parent.findChildren(kind) if name is None or one.accessibleName() == name]
    assert len(found) == 1, [type(one).__name__ for one in found]
    return found[0]
