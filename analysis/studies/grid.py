"""The cells of a comparison: what each network is asked by each method, and a whole comparison of what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analysis.methods.dependence import what_mattered
from analysis.methods.registry import method
from analysis.methods.settings import configured, settings_of, written
from analysis.protocol.class_names import name_of_target
from analysis.protocol.events import MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, Recipe
from analysis.protocol.target import ClassTarget, UnitTarget, parse, text_of
from analysis.results.kinds import Maps

GRID = "study.json"  # the file of a grid, in the folder of its study
Labels = tuple[str, ...] | None
Outcome = MethodResult | str  # a cell's result, or a sentence on why there is none
Place = tuple[int, int]  # row and column


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison that was made. `labels` name the classes that the recipe's target counts."""

    recipe: Recipe
    outcomes: Mapping[Place, Outcome]
    labels: Labels = None

    @property
    def results(self) -> dict[Place, MethodResult]:
        return {at: outcome for at, outcome in self.outcomes.items() if isinstance(outcome, MethodResult)}


def questions(recipe: Recipe) -> tuple[Recipe, ...]:
    """What the recipe's own network is asked, a question for each row."""
    if recipe.comparison is None:
        raise Problem("This recipe compares nothing.")
    from analysis.methods.method import makes_a_map

    for row in recipe.comparison.methods:
        technique = method(row.name)
        configured(technique, row.settings)
        if not makes_a_map(technique):
            raise Problem(f"{technique.title} makes no single map of the picture, so it cannot be compared.")
    return tuple(question_of(recipe, row) for row in recipe.comparison.methods)


def asked_of(question: Recipe, labels: Labels, choice: ModelChoice, own: Labels) -> Recipe:
    """The same question to another network: the class that is called as in `labels`, by its number in `own`."""
    target = parse(question.target)
    if isinstance(target, ClassTarget) and own != labels:
        index, against = (_same_class(one, labels, choice, own) for one in (target.index, target.against))
        question = replace(question, target=text_of(replace(target, index=index, against=against)))
    return replace(question, model=choice)


def _same_class(index: int | None, labels: Labels, choice: ModelChoice, own: Labels) -> int | None:
    if index is None:
        return None
    named = labels[index] if labels and index < len(labels) else None
    if named is None or own is None or named not in own:
        raise Problem(f"{choice.name} has no class of that name.")
    return own.index(named)


def written_out(choice: MethodChoice, target: str) -> MethodChoice:
    """With every setting in words, so that the same comes out where a method's own settings have changed.

    Those that go by the size of each network's input are left to it, and so is a layer that does not matter.
    """
    row = completed_row(choice)
    asked = Recipe(ModelChoice(""), layer=row.layer, target=target, method=row.name, settings=row.settings)
    return replace(row, layer=what_mattered(asked).layer)


def completed_row(choice: MethodChoice) -> MethodChoice:
    """With every setting in words but those that go by the size of each network's input."""
    technique = method(choice.name)
    by_size = {info.name for info in settings_of(technique) if info.for_side is not None} - choice.settings.keys()
    every = written(configured(technique, choice.settings))
    return replace(choice, settings={name: value for name, value in every.items() if name not in by_size})


def as_compared(asked: Recipe, outcomes: Mapping[Place, Outcome], labels: Labels) -> Compared:
    """With the fingerprints of the networks and of the picture that the cells were made of in the recipe."""
    if asked.comparison is None:
        raise Problem("This recipe compares nothing.")
    made = Compared(asked, outcomes, labels)
    used = {column: result.recipe.model for (_, column), result in made.results.items()}
    networks = tuple(used.get(column, choice) for column, choice in enumerate(asked.comparison.networks))
    methods = tuple(written_out(choice, asked.target) for choice in asked.comparison.methods)
    picture = next((result.recipe.picture for result in made.results.values()), asked.picture)
    comparison = replace(asked.comparison, methods=methods, networks=networks)
    named = name_of_target(parse(asked.target), labels)
    return replace(made, recipe=of_first_row(replace(asked, picture=picture, target_name=named, comparison=comparison)))


def of_first_row(recipe: Recipe) -> Recipe:
    """Those who know nothing of comparisons find the first of its maps."""
    assert recipe.comparison is not None
    first = question_of(recipe, recipe.comparison.methods[0])
    return replace(first, comparison=recipe.comparison)


def of_one(recipe: Recipe) -> Recipe:
    """The grid of a single question, so that it can be kept in a folder as larger ones are."""
    row = MethodChoice(recipe.method, recipe.settings, recipe.layer, recipe.seed)
    return replace(recipe, comparison=ComparisonChoice((row,), (recipe.model,)))


def question_of(recipe: Recipe, row: MethodChoice) -> Recipe:
    """What the recipe's own network is asked by this method."""
    shows_units = method(row.name).gives is Maps
    of_unit = shows_units or isinstance(parse(recipe.target), UnitTarget)
    layer = recipe.layer if of_unit else row.layer
    return replace(
        recipe,
        method=row.name,
        settings=row.settings,
        layer=row.layer if shows_units and layer is None else layer,
        unit=recipe.unit if of_unit else None,
        place=recipe.place if of_unit else None,
        seed=row.seed,
        comparison=None,
    )
