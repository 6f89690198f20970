"""What a technique is: a frozen dataclass whose fields are its settings and whose `run` yields partial results.

From this one declaration come the form in its tab, the command line's `--set`, the recipe's settings, the progress bar,
cancelling and the contract tests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from analysis.question.question import Question
from analysis.results.array import Array

if TYPE_CHECKING:
    pass


# How the result wants to be drawn and what the window offers for it:
# "maps" units × rows × columns, "derivative" signed channels × height × width, "heat" a map over the picture,
# "curves" lines with named axes, "picture" an RGB picture.
Drawing = Literal["maps", "derivative", "heat", "curves", "picture"]

# What of the context, besides network and picture, a result depends on. A target that is a unit's stands for the
# layer, too; "layer" says that the layer also matters where a class is asked about. A method that tests the map of
# another one depends on what that one depends on besides.
Dependence = Literal["target", "layer", "seed"]


@dataclass(frozen=True)
class Progress:
    """One partial result. The last one of a run has `done == total` and holds everything the method declares."""

    done: int
    total: int
    arrays: Mapping[str, Array]
    note: str = ""


class Method(Protocol):
    """A technique. Implementations are `@dataclass(frozen=True)` with every field made by `setting`."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence for a student
    drawing: ClassVar[Drawing]
    declares: ClassVar[Mapping[str, str]]  # every array of the last Progress, "result" first, and what it holds
    needs_layer: ClassVar[bool]
    depends_on: ClassVar[tuple[Dependence, ...]]
    live: ClassVar[bool]  # cheap enough to follow a webcam

    def run(self, context: Question) -> Iterator[Progress]:
        """Yields after every short step (≤ about 50 ms of work; `context.pace` says how much that is of many things).

        No hook, mode or changed flag survives a yield.
        """
        ...


def is_drawable(technique: type[Method]) -> bool:
    """Whether `drawn` knows how to look at its results."""
    return technique.drawing in ("derivative", "heat")
