"""The techniques that there are, for those who stand below them: a trust check runs the method that it is told to test.

`registry.py` fills this in, so who looks here has imported the registry before.
"""

from collections.abc import Iterable

from analysis.methods.method import Method, makes_a_map

_KNOWN: dict[str, type[Method]] = {}


def make_known(methods: Iterable[type[Method]]) -> None:
    _KNOWN.update({technique.name: technique for technique in methods})


def known(name: str) -> type[Method] | None:
    """The technique of this name; None if there is none."""
    return _all().get(name)


def can_be_tested(technique: type[Method] | Method) -> bool:
    """Whether its map says how much each place matters for the answer that is asked about, as the trust checks want."""
    return makes_a_map(technique) and "target" in technique.asks


def testable() -> tuple[str, ...]:
    """Whose maps the trust checks can test, in the order of the registry."""
    return tuple(name for name, technique in _all().items() if can_be_tested(technique))


def _all() -> dict[str, type[Method]]:
    if not _KNOWN:
        raise LookupError("The registry of methods was not imported.")
    return _KNOWN
