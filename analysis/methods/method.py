"""What a technique is: a frozen dataclass whose fields are its settings and whose `run` yields partial results.

From this one declaration come the form in its tab, the command line's `--set`, the recipe's settings, the progress bar,
cancelling and the contract tests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

from analysis.protocol.recipe import TurnChoice
from analysis.protocol.target import Target
from analysis.question.question import Question
from analysis.results.kinds import Array, Derivative, Heat, Result
from analysis.results.numbers import numbers_of
from analysis.settings.declared import Setting

# Where a technique stands in lists and tabs.
Family = Literal[
    "activations",
    "derivatives",
    "class activation maps",
    "occlusion",
    "perturbation",
    "trust",
    "adversaries",
    "fooling",
    "synthesis",
    "weights",
    "fields",
    "graph",
    "lines",
    "training",
    "dropout",
    "embeddings",
    "scenes",
    "populations",
]
FAMILIES: tuple[Family, ...] = get_args(Family)

# What a result depends on besides the network. A target that is a unit's stands for the layer, too; "layer" says that
# the layer also matters where a class is asked about or, without a target, that there is nothing without a layer.
# "unit" is one of the layer's, without which there is nothing; "units" are all of them, or the one that is named.
# A method that tests the map of another one depends on what that one depends on besides.
Ask = Literal["picture", "target", "layer", "unit", "units", "seed", "data"]


@dataclass(frozen=True)
class Progress:
    """One partial result, or none yet. The last one of a run has `done == total` and is complete."""

    done: int
    total: int
    result: Result | None = None
    note: str = ""
    course: tuple[TurnChoice, ...] | None = None  # what was changed until now of a run that hears while it goes on

    @property
    def arrays(self) -> Mapping[str, Array]:
        """The numbers of the result, by their names in files."""
        return {} if self.result is None else numbers_of(self.result)


class Method(Protocol):
    """A technique. Implementations are `@dataclass(frozen=True)` with every field made by `setting`."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence for a student
    family: ClassVar[Family]
    gives: ClassVar[type[Any]]  # the kind of its results, one of `analysis.results.kinds`
    asks: ClassVar[frozenset[Ask]]
    declares: ClassVar[Mapping[str, str]]  # every number of the last Progress, "result" first, and what it holds
    live: ClassVar[bool]  # cheap enough to follow a webcam

    def run(self, question: Question) -> Iterator[Progress]:
        """Yields after every short step (≤ about 50 ms of work; `question.pace` says how much that is of many things).

        No hook, mode or changed flag survives a yield.
        """
        ...


@runtime_checkable
class AsksOfUnits(Protocol):
    """A technique that knows what it asks of a unit that is named without saying what of it."""

    of_a_unit: ClassVar[str]


@runtime_checkable
class StopsAnywhere(Protocol):
    """What it shows after so many steps is what it makes when it is asked for as many (its setting `steps`)."""

    stops_after_any_step: ClassVar[bool]


@runtime_checkable
class CountsBy(Protocol):
    """A technique that says by which setting it is told for how many steps it goes, where that is not `steps`."""

    counts_by: ClassVar[str]


@runtime_checkable
class HearsOnTheWay(Protocol):
    """A technique that hears, by its question's reins, of other values of these settings while it runs.

    Each change is a turn of the recipe's course, with which the same comes again.
    """

    steered: ClassVar[tuple[str, ...]]


@runtime_checkable
class CanBeSteered(Protocol):
    """Its settings and what is asked may change between two steps, and it goes on with what it has until then.

    It is over where it is with as many `steps` and, besides, these settings.
    """

    over_with: ClassVar[Mapping[str, Setting]]


def can_be_steered(technique: type[Method] | Method) -> bool:
    return isinstance(technique, CanBeSteered)


def steered_settings(technique: type[Method] | Method) -> tuple[str, ...]:
    """Those that may change while it runs, without another run."""
    one: object = technique
    return one.steered if isinstance(one, HearsOnTheWay) else ()


def has_a_course(technique: type[Method] | Method) -> bool:
    """Whether what is changed while it runs is a part of what makes its result."""
    return can_be_steered(technique) or bool(steered_settings(technique))


def settings_of_the_end(technique: type[Method] | Method, steps: int) -> dict[str, Setting]:
    """With which what can be steered is over after so many steps."""
    one: object = technique
    return {"steps": steps, **(one.over_with if isinstance(one, CanBeSteered) else {})}


def target_of_a_unit(technique: type[Method] | Method) -> str | None:
    """None where it has to be said."""
    one: object = technique
    return one.of_a_unit if isinstance(one, AsksOfUnits) else None


def stops_anywhere(technique: type[Method] | Method) -> bool:
    one: object = technique
    return isinstance(one, StopsAnywhere) and one.stops_after_any_step


def counts_by(technique: type[Method] | Method) -> str:
    """The setting by which it is told for how many steps it goes."""
    one: object = technique
    return one.counts_by if isinstance(one, CountsBy) else "steps"


@runtime_checkable
class AsksBySettings(Protocol):
    """A technique whose settings say whether its result depends on more than its `asks`, such as where it begins."""

    def also_asks(self) -> frozenset[Ask]: ...


@runtime_checkable
class NamesItsTarget(Protocol):
    """A technique that asks for no target because its settings say what it explains."""

    def explains(self) -> Target: ...


# Whether settings say what is asked about beside the target, or in its place.
More = Literal["no", "too", "a mixture", "a direction"]


@runtime_checkable
class AsksOfMore(Protocol):
    """A technique whose settings may name more to ask about than its target."""

    def asks_of_more(self) -> More: ...


@runtime_checkable
class AsksNoNetwork(Protocol):
    """A technique that makes the network that it is about, if there is one at all."""

    of_no_network: ClassVar[bool]


def asks_no_network(technique: type[Method] | Method) -> bool:
    one: object = technique
    return isinstance(one, AsksNoNetwork) and one.of_no_network


def needs_layer(technique: type[Method] | Method) -> bool:
    """Whether it asks about nothing but a layer; what asks for a target can do without one."""
    return "layer" in technique.asks and "target" not in technique.asks


def makes_a_map(technique: type[Method] | Method) -> bool:
    """Whether its result says something of every place of the picture."""
    return technique.gives in (Derivative, Heat)
