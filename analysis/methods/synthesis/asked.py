"""The settings that all of these techniques have under the same names, and what they all say of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from analysis.methods.method import Ask, More
from analysis.methods.settings import setting
from analysis.protocol.terms import terms_of

if TYPE_CHECKING:
    from analysis.question.question import Question
    from analysis.synthesis.scene import Scene

DECLARES: Mapping[str, str] = {
    "result": "the picture as it is shown, rows × columns × channels, from 0 to 1; of several, one after the other",
    "picture": "what the network sees of it, channels × rows × columns, at the last step",
    "objective": "what was climbed, before each step",
    "prior": "what pulled against it, before each step",
    "activation": "what the network answers to the picture as it is shown, rounded to 8 bits",
}
STARTS = ("noise", "grey", "picture")


class MayAskForThePicture:
    """Asks for the picture where that is its `start`, or shows a direction."""

    start: str
    also: str
    share: float

    def also_asks(self) -> frozenset[Ask]:
        shown = self.start == "picture" or any(term.of_picture for term in terms_of(self.also))
        return frozenset({"picture"} if shown else ())

    def asks_of_more(self) -> More:
        terms = terms_of(self.also)
        if not terms or self.share:
            return "too" if terms else "no"
        return "a direction" if len(terms) == 1 and terms[0].direction else "a mixture"


class Staged(Protocol):
    """What all of them ask of the stage."""

    @property
    def size(self) -> int: ...
    @property
    def draft(self) -> bool: ...
    @property
    def pictures(self) -> int: ...
    @property
    def units(self) -> int: ...
    @property
    def share(self) -> float: ...
    @property
    def also(self) -> str: ...
    @property
    def diversity(self) -> float: ...


def stage_of(technique: Staged, question: Question, margin: int = 0, of_picture: bool = False) -> Scene:
    from analysis.synthesis.scene import Climbed, scene

    asked = Climbed(technique.share, technique.also, technique.diversity, technique.draft)
    return scene(question, technique.size, technique.pictures, technique.units, margin, of_picture, asked=asked)


def steps(count: int) -> Any:
    return setting(count, "How many steps uphill.", low=1, high=100_000)


def size() -> Any:
    return setting(
        0,
        "Shorter side of the picture; by itself that of the network's input, or of what the one place of a unit sees.",
        low=0,
        high=2048,
        unit="pixels",
        lowest="automatic",
    )


def rate(default: float) -> Any:
    return setting(default, "How far a step goes.", low=1e-6, high=1e6)


def start(default: str = "noise") -> Any:
    return setting(default, "Where it begins: noise by the seed, grey, or the picture that is shown.", choices=STARTS)


def pictures() -> Any:
    return setting(1, "How many pictures at once, each from noise of its own seed.", low=1, high=64)


def units() -> Any:
    return setting(1, "How many units or classes, from the one that is asked about on.", low=1, high=64)


def draft() -> Any:
    return setting(False, "A first look at half the size, where the network takes that: the rest can follow from it.")


def share() -> Any:
    return setting(1.0, "How much the target itself counts, beside what else is climbed.", low=-1e6, high=1e6)


def also() -> Any:
    return setting(
        "",
        "What else is climbed, such as “-0.5 class:7; 2 unit:mean 12 features.28; 1 direction:center”: weight, target, "
        "unit, layer. A direction is what the layer answers to the picture that is shown.",
        names="terms",
    )


def diversity() -> Any:
    return setting(
        0.0,
        "How much the pictures of a batch are pushed apart: it counts how alike what goes together in them is.",
        low=0,
        high=1e6,
    )


def data() -> Any:
    return setting("", "A data set to measure with, by its path or its name, such as “samples”; none if it is empty.")


def sample() -> Any:
    return setting(500, "How many pictures of the data set are asked about at most.", low=2, high=1_000_000)
