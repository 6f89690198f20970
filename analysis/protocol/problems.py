"""A problem is something the person at the window can understand and mend: one sentence, no traceback."""

from dataclasses import dataclass


class Problem(Exception):  # noqa: N818 - it is a sentence for a person, not a programming error
    """What was tried, what was wrong, and what to do about it, in one sentence."""


@dataclass(frozen=True)
class CodeFile:
    """A file that runs as a program, as it was when it was read: where it is and the hash of what is in it."""

    path: str
    sha256: str


class TrustNeeded(Problem):
    """Opening this file would run code in it; the person has to say first that they trust it."""

    def __init__(self, code: CodeFile, reason: str) -> None:
        super().__init__(f"{reason} Open it only if you trust where it comes from (--trust on the command line).")
        self.code = code


class WeightsAlone(Problem):
    """A file of weights was opened as a network; `network` is the one of the list that they fit, if there is one."""

    def __init__(self, sentence: str, network: str | None) -> None:
        super().__init__(sentence)
        self.network = network


def words_of(error: BaseException) -> str:
    """What it says; nothing where that fails itself, as it can in any way in somebody else's code."""
    try:
        return str(error)
    except BaseException:
        return ""


def in_one_line(error: BaseException, most: int = 250) -> str:
    """What an error of somebody else's code says, fit for the middle of a sentence."""
    text = " ".join(words_of(error).split()).rstrip(".")
    return (text if len(text) <= most else text[:most] + "…") or type(error).__name__
