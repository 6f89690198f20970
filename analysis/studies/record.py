"""What is to be said of a cell of a study: a row of its table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from analysis.methods.dependence import dependences
from analysis.methods.run import Ran
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.results.kinds import Grown
from analysis.results.words import words_of


@dataclass(frozen=True)
class Record:
    """`score` is the value of what is asked about on the plain picture, `answer` the class that it is of.

    Of what makes a picture it is the value on that.
    """

    title: str = ""  # of the network
    score: float | None = None
    answer: str = ""
    words: str = ""  # the result in a sentence
    notes: tuple[str, ...] = ()  # what was assumed, and what is not as the grid says
    problem: str = ""  # why there is no result

    @classmethod
    def read(cls, told: object) -> Record | None:
        """None where it says nothing; names that it does not know are passed over."""
        if not isinstance(told, Mapping) or not ("words" in told or "problem" in told):
            return None
        values: dict[str, Any] = {field.name: told[field.name] for field in fields(cls) if field.name in told}
        score, notes = values.get("score"), values.get("notes", [])
        texts = (values.get(name, "") for name in ("title", "answer", "words", "problem"))
        if not all(isinstance(text, str) for text in texts) or not isinstance(notes, list):
            return None
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            return None
        return cls(**{**values, "notes": tuple(map(str, notes))})


def record_of(ran: Ran) -> Record:
    return Record(ran.asked.network.title, _score(ran), _answer(ran), words_of(ran.result), ran.notes)


def _score(ran: Ran) -> float | None:
    from analysis.question.scalar import values

    if "target" not in dependences(ran.recipe):
        return None
    if isinstance(ran.result, Grown):  # which has a picture of its own to be asked about
        answers = ran.result.activation
        return float(answers[0]) if answers is not None and len(answers) == 1 else None
    try:
        value = float(values(ran.asked.question, ran.asked.question.input)[0])
    except Problem:  # such as of all units of a layer, which is no one number
        return None
    return value if math.isfinite(value) else None


def _answer(ran: Ran) -> str:
    target, logits = ran.asked.question.target, ran.logits
    if logits is None or not isinstance(target, ClassTarget):
        return ""
    label = ran.asked.network.label
    found = label(int(logits.argmax()) if target.index is None else target.index)
    return found if target.against is None else f"{found} and not {label(target.against)}"
