"""The settings that all of these techniques have under the same names, and what they all say of their numbers."""

from collections.abc import Mapping
from typing import Any

from analysis.methods.method import Ask
from analysis.methods.settings import setting

DECLARES: Mapping[str, str] = {
    "result": "the picture as it is shown, rows × columns × channels, from 0 to 1; of several, one after the other",
    "picture": "what the network sees of it, channels × rows × columns, at the last step",
    "objective": "what was climbed, before each step",
    "prior": "what pulled against it, before each step",
    "activation": "what the network answers to the picture as it is shown, rounded to 8 bits",
}
STARTS = ("noise", "grey", "picture")


class MayBeginWithThePicture:
    """Asks for the picture where that is its `start`."""

    start: str

    def also_asks(self) -> frozenset[Ask]:
        return frozenset({"picture"} if self.start == "picture" else ())


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
