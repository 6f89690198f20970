"""The name of a network that a Python file of the person's own makes: `FILE.py:NAME`, or with arguments in brackets."""

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?P<file>.+?\.[pP][yY]):(?P<maker>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(?P<arguments>\(.*\))?\s*", re.DOTALL
)


@dataclass(frozen=True)
class OwnName:
    """`maker` is a name in the file, dotted for what is in a class; `arguments` have their brackets, or are empty."""

    file: str
    maker: str
    arguments: str = ""

    @property
    def called(self) -> str:
        return self.maker + self.arguments


def own_name(text: str) -> OwnName | None:
    match = _NAME.fullmatch(text)
    return None if match is None else OwnName(match["file"], match["maker"], match["arguments"] or "")
