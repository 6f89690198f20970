"""Our own small networks, whose trained weights ship in `resources/weights`."""

from analysis.network.builtin.declaration import Builtin

__all__ = ["Builtin"]
