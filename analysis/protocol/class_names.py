"""Classes that are named in words: `class:tiger cat` is `class:282` where the labels say so.

Large and small letters are the same. The beginning of a name is enough where only one name begins so, and of a name
with several words for the same, as “tench, Tinca tinca”, each stands for it.
"""

import difflib
import re
from collections.abc import Sequence

from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, Target, parse

_MOST = 6  # names that are told
_KIND = re.compile(r"(class|probability|logprob)(?=[:\s-])")
_AT = re.compile(r"@(?:region|\d{1,9}(?:,\d{1,9})?)$")


def has_names(target: str) -> bool:
    """Whether it names a class in words, so that labels are needed to know its number."""
    text = target.strip()
    if _KIND.match(text) is None or not re.search(r"[^\W\d_]", _KIND.sub("", text, count=1)):
        return False
    try:
        parse(text)
    except Problem:
        return True
    return False


def numbered(target: str, labels: Sequence[str] | None, whose: str) -> str:
    """The target with the number of each class that it names; one without names is left as it is."""
    if not has_names(target):
        return target
    text = target.strip()
    kind = text[: _KIND.match(text).end()]  # type: ignore[union-attr]  # it has names
    if labels is None:
        raise Problem(f"{whose} has no names of classes: write {kind}:N with a number, or give names with --labels.")
    at = _AT.search(text)
    rest = text[len(kind) : at.start() if at else len(text)].strip()
    first, against = (_number(name, kind, labels, whose) for name in _pair(kind, rest, labels))
    numbers = kind if first is None else f"{kind}:{first}"
    numbers += "" if against is None else f"-{kind}:{against}"
    made = numbers + (at[0] if at else "")
    parse(made)  # which says so where both are the same
    return made


def name_of_target(target: Target, labels: Sequence[str] | None) -> str | None:
    """Such as “tiger cat” or “tiger cat − tabby”; None where it names no class, or the class has no name."""
    if not isinstance(target, ClassTarget) or labels is None:
        return None
    indices = [index for index in (target.index, target.against) if index is not None]
    if not indices or max(indices) >= len(labels):
        return None
    names = [labels[index] for index in indices]
    return " − ".join(names) if target.index is not None else f"the best class − {names[0]}"


def number_of(name: str, labels: Sequence[str], whose: str, kind: str = "class", anywhere: bool = False) -> int:
    """Of the class of this name, or one sentence on which there are; `anywhere` also takes a part of its name."""
    asked = name.strip().casefold()
    words = [[label, *(one.strip() for one in label.split(","))] for label in (text.casefold() for text in labels)]
    exact = [index for index, names in enumerate(words) if asked == names[0]]
    exact = exact or [index for index, names in enumerate(words) if asked in names]
    if len(exact) > 1:
        raise Problem(
            f"{len(exact)} classes of {whose} are called “{name.strip()}”: "
            f"write {' or '.join(f'{kind}:{index}' for index in exact[:_MOST])}."
        )
    begun = [index for index, names in enumerate(words) if any(one.startswith(asked) for one in names)]
    inside = [index for index, names in enumerate(words) if asked in names[0]] if anywhere else []
    found = exact or begun or inside
    if not asked or not found:
        raise Problem(f"{whose} has no class “{name[:60]}”{_meant(name, labels)}.")
    if len(found) > 1:
        more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
        there = ", ".join(f"{labels[index]} ({kind}:{index})" for index in found[:_MOST])
        raise Problem(f"“{name.strip()[:60]}” could be {len(found)} classes of {whose}: {there}{more}.")
    return found[0]


def _pair(kind: str, rest: str, labels: Sequence[str]) -> tuple[str, str]:
    """The class and the one that is taken off; a name may itself have a hyphen in it."""
    whole = rest.removeprefix(":").strip()
    if whole.casefold() not in {label.casefold() for label in labels}:
        for between in (rf"\s*-\s*{kind}:", r"\s+[-−]\s+"):
            if found := re.search(between, rest):
                return rest[: found.start()].removeprefix(":"), rest[found.end() :]
    return whole, ""


def _number(name: str, kind: str, labels: Sequence[str], whose: str) -> int | None:
    if not name.strip():
        return None
    if re.fullmatch(r"\d{1,9}", name.strip()):
        return int(name)
    return number_of(name, labels, whose, kind)


def _meant(name: str, labels: Sequence[str]) -> str:
    by_small = {label.casefold(): label for label in labels}
    asked = name.strip().casefold()
    close = [label for small, label in by_small.items() if asked and asked in small][:3]
    close = close or [by_small[small] for small in difflib.get_close_matches(asked, by_small, 3, 0.6)]
    return f"; there is {', '.join(close)}" if close else ""
