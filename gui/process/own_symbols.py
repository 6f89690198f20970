"""Lets triton, which comes with torch on Linux, live beside the graphics driver; installed before either is loaded.

Both bring an LLVM of their own, of different versions. Mesa opens its driver so that all of the process sees its
names, and triton, loaded after that, would call the driver's LLVM with its own data: a segmentation fault before its
import is over. A film, the screen or a graphics card's window brings the driver at a moment that nobody can foretell,
on the window's thread, and anything that imports torch._dynamo brings triton, on the engine's. So instead of an order
that has to be kept, triton looks for names in itself first (RTLD_DEEPBIND) whenever it comes. Nothing is loaded here:
where there is no triton, or it is never imported, nothing happens, and other systems give every library its own names.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from importlib.machinery import ExtensionFileLoader, PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

PACKAGE = "triton"


def keep_to_their_own() -> None:
    """The compiled parts of triton keep to their own names from now on."""
    if hasattr(os, "RTLD_DEEPBIND") and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds what Python itself would find, and has the compiled parts loaded in another way."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(f"{PACKAGE}."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is ExtensionFileLoader:
            spec.loader = _Loader(name, spec.loader.path)
        return spec


class _Loader(ExtensionFileLoader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """What is loaded already is not loaded again, so Python's own loader gets the library as it is opened here."""
        with suppress(OSError):  # which it will tell better
            ctypes.CDLL(self.path, mode=os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND)
        return super().create_module(spec)
