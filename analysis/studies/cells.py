"""The cells of a grid, and the walk through them: every network is opened once, and what fails is said in its cell."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product
from typing import TYPE_CHECKING, TypeVar

from analysis.methods.dependence import dependences
from analysis.methods.method import Progress
from analysis.methods.run import Ran, resolved, run
from analysis.opening.loading import Steps
from analysis.pictures.chosen import picture_of
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, UnitChoice, same_network
from analysis.protocol.target import ClassTarget, parse
from analysis.studies.grid import Labels, asked_of, question_of

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.protocol.frame import Picture
    from analysis.question.question import Keep

Open = Callable[[ModelChoice], "Steps[Network]"]
KeepOf = Callable[["Cell"], "Keep | None"]  # where a cell that takes long keeps what it came to


@dataclass(frozen=True)
class Cell:
    """One question of a grid, counted from 1; its places on the axes count from 0."""

    number: int
    column: int  # network
    picture: int
    unit: int
    row: int  # method
    variant: int  # settings
    choice: ModelChoice
    question: Recipe  # as the grid's own network is asked


@dataclass(frozen=True)
class Working:
    """A short step of a cell."""

    cell: Cell
    done: float
    total: float
    note: str


@dataclass(frozen=True, eq=False)
class Answered:
    """What came of a cell, or a sentence on why nothing did; `network` is the title of one that could not answer."""

    cell: Cell
    outcome: Ran | str
    network: str = ""


def cells(grid: Recipe) -> tuple[Cell, ...]:
    """Network by network, picture by picture."""
    chosen = grid.comparison
    if chosen is None:
        raise Problem("This recipe compares nothing.")
    units = chosen.units or (UnitChoice(grid.target, grid.layer, grid.unit),)
    pictures: tuple[PictureChoice | None, ...] = chosen.pictures or (grid.picture,)
    if None in pictures and any("picture" in dependences(question_of(grid, row)) for row in chosen.methods):
        raise Problem("The recipe names no picture: give one with --images.")
    variants = chosen.settings or ({},)
    axes = (chosen.networks, pictures, units, chosen.methods, variants)
    found = []
    for number, places in enumerate(product(*(range(len(axis)) for axis in axes)), start=1):
        column, picture, unit, row, variant = places
        asked = units[unit]
        about = replace(grid, picture=pictures[picture], target=asked.target, layer=asked.layer, unit=asked.unit)
        method = chosen.methods[row]
        settings = {**method.settings, **variants[variant]}
        question = question_of(about, replace(method, settings=settings))
        found.append(Cell(number, column, picture, unit, row, variant, chosen.networks[column], question))
    return tuple(found)


def _nowhere(_cell: Cell) -> None:
    return None


def answered(
    grid: Recipe,
    todo: Sequence[Cell],
    open_network: Open,
    enough: Callable[[], bool] = bool,
    keep_of: KeepOf = _nowhere,
) -> Iterator[Working | Answered]:
    """The cells in their order, each with its steps and then its outcome; as far as it is when that is `enough`."""
    opened = _Opened(grid.model, open_network)
    for _, group in groupby(todo, key=lambda cell: cell.column):
        of_network = list(group)
        try:
            network = yield from _loading(of_network[0], opened.network(of_network[0].choice))
            labels: Labels = None
            if any(_counts_classes(cell) for cell in of_network):
                labels = yield from _loading(of_network[0], opened.labels())
        except Problem as problem:
            yield from (Answered(cell, str(problem)) for cell in of_network)
            continue
        for _, few in groupby(of_network, key=lambda cell: cell.picture):
            yield from _of_picture(list(few), network, labels, enough, keep_of)


def _of_picture(
    of_picture: Sequence[Cell], network: Network, labels: Labels, enough: Callable[[], bool], keep_of: KeepOf
) -> Iterator[Working | Answered]:
    try:
        asks = any("picture" in dependences(cell.question) for cell in of_picture)
        picture = picture_of(of_picture[0].question.picture) if asks else None
    except Problem as problem:
        yield from (Answered(cell, str(problem)) for cell in of_picture)
        return
    for cell in of_picture:
        try:
            recipe = asked_of(cell.question, labels, cell.choice, network.labels)
        except Problem as problem:
            yield Answered(cell, str(problem))
            continue
        try:
            ran = yield from _asking(cell, network, recipe, picture, enough, keep_of(cell))
        except Problem as problem:
            yield Answered(cell, str(problem), network.title)
            continue
        yield Answered(cell, ran)


def _asking(
    cell: Cell,
    network: Network,
    recipe: Recipe,
    picture: Picture | None,
    enough: Callable[[], bool],
    keep: Keep | None,
) -> Generator[Working, None, Ran]:
    from analysis.network.own_code import failures_told

    tried = f"{network.title} could not be run"
    with failures_told(tried):
        asked = resolved(network, recipe, picture, keep=keep)
    title = asked.technique.title

    def working(step: Progress) -> Working:
        return Working(cell, step.done, step.total, step.note or title)

    return (yield from _mapped(_told(run(asked, enough=enough), tried), working))


class _Opened:
    """The network whose classes the grid counts is kept; of the others there is one at a time."""

    def __init__(self, own: ModelChoice, open_network: Open) -> None:
        self._choice = own
        self._open = open_network
        self._own: Network | None = None

    def network(self, choice: ModelChoice) -> Steps[Network]:
        if not same_network(choice, self._choice):
            return (yield from self._open(choice))
        if self._own is None:
            self._own = yield from self._open(choice)
        return self._own

    def labels(self) -> Steps[Labels]:
        """Names of the classes that the grid's targets count."""
        return (yield from self.network(self._choice)).labels


def _counts_classes(cell: Cell) -> bool:
    target = parse(cell.question.target)
    return isinstance(target, ClassTarget) and (target.index, target.against) != (None, None)


Step = TypeVar("Step")
Other = TypeVar("Other")
Result = TypeVar("Result")


def _loading(cell: Cell, steps: Steps[Result]) -> Generator[Working, None, Result]:
    return (yield from _mapped(steps, lambda step: Working(cell, step.done, step.total, step.note)))


def _mapped(steps: Generator[Step, None, Result], into: Callable[[Step], Other]) -> Generator[Other, None, Result]:
    try:
        while True:
            try:
                step = next(steps)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            yield into(step)
    finally:
        steps.close()


def _told(steps: Generator[Step, None, Result], tried: str) -> Generator[Step, None, Result]:
    """Whatever goes wrong in one of the steps is one sentence."""
    from analysis.network.own_code import failures_told

    try:
        while True:
            with failures_told(tried):
                try:
                    step = next(steps)
                except StopIteration as stop:
                    result: Result = stop.value
                    return result
            yield step
    finally:
        steps.close()
