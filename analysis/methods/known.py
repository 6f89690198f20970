"""The techniques that there are, for those who stand below them: a trust check runs the method that it is told to test.

`registry.py` fills this in, so who looks here has imported the registry before.
"""

from collections.abc import Iterable

from analysis.methods.method import Method

_KNOWN: dict[str, type[Method]] = {}


def make_known(methods: Iterable[type[Method]]) -> None:
    _KNOWN.update({technique.name: technique for technique in methods})


def known(name: str) -> type[Method] | None:
    """The technique of this name; None if there is none."""
    if not _KNOWN:
        raise LookupError("The registry of methods was not imported.")
    return _KNOWN.get(name)
