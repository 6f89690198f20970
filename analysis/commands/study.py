"""`study`: many questions with their answers in a folder; started again it goes on where it was."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from time import monotonic

from analysis.commands import arguments as given
from analysis.commands.beside import errors_beside_in_words
from analysis.commands.finding import found_recipe
from analysis.commands.pictures import origins_of
from analysis.commands.progress import clear_line, progress_line
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe, UnitChoice


def study(arguments: argparse.Namespace) -> None:
    work_through(Path(arguments.output), _grid(arguments), arguments)


def work_through(folder: Path, grid: Recipe | None, arguments: argparse.Namespace) -> None:
    """Every cell that is not in the folder yet."""
    from analysis.commands.opening import opening
    from analysis.drawing.album import keep_what_was_made
    from analysis.drawing.run_figure import figure_of
    from analysis.methods.run import Ran
    from analysis.studies.study import Kept, Study

    made = Study(folder, grid)
    total = len(made.cells)
    clock = _Clock(total - len(made.done()))
    if made.done():
        _say(f"{len(made.done())} of {total} cells are there already.")

    def drawn(ran: Ran) -> bytes:
        keep_what_was_made(ran)
        return figure_of(ran, ".png")

    steps = made.steps(lambda choice: opening(choice, arguments), drawn)
    try:
        with errors_beside_in_words(), progress_line() as show:
            for step in steps:
                place = f"cell {step.cell.number} of {total}"
                if isinstance(step, Kept):
                    clock.cell_done()
                    told = step.record.problem or step.record.words
                    clear_line()
                    _say(f"{place}, {step.cell.question.method} on {step.cell.choice.name}: {told}{clock.left}")
                else:
                    show(step.done, step.total, f"{place}: {step.note}{clock.left}")
    except KeyboardInterrupt:
        _say(f"Stopped with {len(made.done())} of {total} cells: the same command goes on with them.")
        raise
    finally:
        steps.close()
        made.close()
    failed = total - len(made.done())
    _say(f"All {total} cells are in {made.folder}" + (f", {failed} of them without a result." if failed else "."))


class _Clock:
    """How long the cells that are left will take, by those that were asked."""

    def __init__(self, cells: int) -> None:
        self._cells, self._done, self._began = cells, 0, monotonic()

    def cell_done(self) -> None:
        self._done += 1

    @property
    def left(self) -> str:
        cells = self._cells - self._done
        if not self._done or not cells:
            return ""
        seconds = (monotonic() - self._began) / self._done * cells
        return f" (about {seconds:.0f} s left)" if seconds < 90 else f" (about {seconds / 60:.0f} min left)"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


_OF_GRIDS = ("methods", "models", "targets", "units", "layer", "settings")


def _grid(arguments: argparse.Namespace) -> Recipe | None:
    """None where nothing is said but the folder, whose study goes on then."""
    pictures = tuple(PictureChoice(origin) for origin in origins_of(arguments.images))
    if arguments.recipe is not None:
        for name in _OF_GRIDS:
            if getattr(arguments, name):
                option = "--set" if name == "settings" else f"--{name}"
                raise Problem(f"--recipe says all but the pictures: leave {option} out, or leave --recipe out.")
        recipe = found_recipe(arguments.recipe)
        if recipe.comparison is None:
            raise Problem(f"The recipe {arguments.recipe} is no grid: it has no comparison with methods and networks.")
        return replace(recipe, comparison=replace(recipe.comparison, pictures=pictures)) if pictures else recipe
    if not (arguments.methods or arguments.models or arguments.images):
        return None
    if not (arguments.methods and arguments.models):
        raise Problem(
            "Say what to ask: study --methods … --models … -o FOLDER, with --images … for methods that ask about a "
            "picture, or study --recipe FILE."
        )
    settings = given.settings(arguments.settings)
    methods = tuple(MethodChoice(name, settings, arguments.layer, arguments.seed) for name in arguments.methods)
    networks = tuple(given.model_choice(name, arguments) for name in arguments.models)
    targets = _in_numbers(arguments.targets or ["class"], networks[0], arguments)
    units = tuple(
        UnitChoice(target, arguments.layer, unit) for target, unit in product(targets, arguments.units or [None])
    )
    chosen = ComparisonChoice(methods, networks, units=units, pictures=pictures)
    picture = pictures[0] if pictures else None
    return Recipe(networks[0], picture, method=methods[0].name, target=units[0].target, comparison=chosen)


def _in_numbers(targets: Sequence[str], counted: ModelChoice, arguments: argparse.Namespace) -> list[str]:
    """The classes that are named, by the first network's names; it is opened only where there are some."""
    from analysis.protocol.class_names import has_names, numbered

    if not any(has_names(target) for target in targets):
        return list(targets)
    from analysis.commands.opening import opened

    network = opened(counted, arguments)
    return [numbered(target, network.labels, network.title) for target in targets]
