"""Gives Python its own import back, which PySide replaces; imported for that alone, before anything that is large.

PySide's import reads the source of every module that comes after it, to find out who uses its `__feature__` switches.
We use none, and for the thousand modules of torch that takes a third of a second and 20 MB that are never given back.
"""

import builtins

import PySide6.QtCore  # noqa: F401  it is what replaces the import

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
