"""A recipe describes everything you see: network, picture, layer, unit, target, method, settings, looks.

It is pure data with one JSON form, and that form is the window's session, an exported figure's metadata,
a gallery entry and the argument of `main.py render --recipe`.
"""

import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from analysis.protocol.looks import DEFAULT, Look, Looks, laid_over, look_in, whole
from analysis.protocol.older import of_today
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.target import parse
from analysis.results.looks import BY_NAME, knobs
from analysis.results.views import View
from analysis.settings.declared import Setting as Setting  # for those who make recipes

VERSION = 1
MOST_COMPARED = 20  # methods, and networks: more would not be seen on a page
MOST_CELLS = 100_000  # of a study

IN_MEMORY = "memory:"  # how the names of networks begin that a program made and no file holds

BackwardRule = Literal["gradient", "deconvolution", "guided"]


@dataclass(frozen=True)
class ModelChoice:
    """Which network, and with which weights.

    `name` is a catalogue name (`lenet`, `resnet18`, `timm:NAME`), a `.pt2` or TorchScript file, `FILE.py:FACTORY`, or
    `memory:CLASS` of a module that a script handed over.
    `weights` is `default`, `random` (seeded by `seed`) or a file. The last three overrule what the network says of
    itself. `weights_hash` is written by whoever used the network, and compared when the recipe is opened.
    """

    name: str
    weights: str = "default"
    seed: int = 0
    preprocessing: Preprocessing | None = None
    labels: str | None = None
    weights_hash: str | None = None

    def __post_init__(self) -> None:
        _check_seed(self.seed)

    @property
    def in_memory(self) -> bool:
        """Whether a script or a notebook has it, which alone can open it."""
        return self.name.startswith(IN_MEMORY)


@dataclass(frozen=True)
class PictureChoice:
    """`origin` as in Frame; `sha256` is that of the decoded RGB pixels, so a re-saved copy still counts as the same."""

    origin: str
    sha256: str | None = None
    mirrored: bool = False


@dataclass(frozen=True)
class MethodChoice:
    """One of the methods that are compared. `layer` is whose maps it weights, where it weights maps."""

    name: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    layer: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check_seed(self.seed)


@dataclass(frozen=True)
class UnitChoice:
    """What is explained in place of the recipe's own target."""

    target: str = "class"
    layer: str | None = None
    unit: int | None = None

    def __post_init__(self) -> None:
        parse(self.target)
        if self.unit is not None and self.unit < 0:
            raise Problem("Units count from 0; a negative one cannot be.")


@dataclass(frozen=True)
class ComparisonChoice:
    """A grid of maps of one picture: a row for each method, a column for each network.

    With `shared` all derivatives have one scale, and all maps one; with `over` each lies over its picture.
    A study has more axes: `settings` are laid over those of every method, `units` are asked about in place of the
    recipe's target, `pictures` are shown in place of its picture. What knows no studies takes the recipe's own.
    """

    methods: tuple[MethodChoice, ...]
    networks: tuple[ModelChoice, ...]
    shared: bool = False
    over: bool = False
    settings: tuple[Mapping[str, Setting], ...] = ()
    units: tuple[UnitChoice, ...] = ()
    pictures: tuple[PictureChoice, ...] = ()

    def __post_init__(self) -> None:
        for what, count in (("methods", len(self.methods)), ("networks", len(self.networks))):
            if not 1 <= count <= MOST_COMPARED:
                raise Problem(f"A comparison has from 1 to {MOST_COMPARED} {what}, not {count}.")
        if self.cells > MOST_CELLS:
            raise Problem(f"A study has at most {MOST_CELLS:,} cells, not {self.cells:,}.")

    @property
    def cells(self) -> int:
        """How many questions all of its axes make."""
        more = (max(1, len(axis)) for axis in (self.settings, self.units, self.pictures))
        return len(self.methods) * len(self.networks) * math.prod(more)


@dataclass(frozen=True)
class BackwardChoice:
    """What flows back, by this rule, from the map of the recipe's unit, or of a held one while others are looked at.

    With `in_mosaic` it is what the layer's tiles show; `view` is how what comes back to the picture is looked at.
    """

    rule: BackwardRule
    layer: str | None = None  # of the unit that is held
    unit: int | None = None
    in_mosaic: bool = True
    view: View = "norm"

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit < 0:
            raise Problem("Units count from 0; a negative one cannot be held.")

    @property
    def held(self) -> tuple[str, int] | None:
        return (self.layer, self.unit) if self.layer is not None and self.unit is not None else None


@dataclass(frozen=True)
class BesideChoice:
    """What stands beside a layer's maps, to be looked at together: another unit or layer, another picture, or both.

    Without a layer it is the recipe's own with its unit, without a picture the recipe's picture. A layer without a unit
    is all of it.
    """

    layer: str | None = None
    unit: int | None = None
    picture: PictureChoice | None = None

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit < 0:
            raise Problem("Units count from 0; a negative one cannot be.")


@dataclass(frozen=True)
class TurnChoice:
    """After so many steps of a run that can be steered, these settings hold, and this is asked about.

    What it does not name stays as it was; a target of a unit comes with its layer and unit.
    """

    after: int
    settings: Mapping[str, Setting] = field(default_factory=dict)
    target: str | None = None
    layer: str | None = None
    unit: int | None = None

    def __post_init__(self) -> None:
        if self.target is not None:
            parse(self.target)
        if self.after < 0 or (self.unit is not None and self.unit < 0):
            raise Problem("Steps and units count from 0; a negative one cannot be.")


@dataclass(frozen=True)
class Recipe:
    """Of a comparison, `model` is the network whose classes the target counts; the compared ones are asked by name.

    Method, layer, settings and seed are those of its first row then, for those who know nothing of comparisons.
    """

    model: ModelChoice
    picture: PictureChoice | None = None
    layer: str | None = None
    unit: int | None = None
    place: tuple[int, int] | None = None  # row and column clicked in the layer's map
    pinned: tuple[int, int] | None = None  # row and column clicked in the map of an occlusion
    target: str = "class"
    target_name: str | None = field(default=None, compare=False)  # the classes of the target in words, for a reader
    method: str = "activations"
    settings: Mapping[str, Setting] = field(default_factory=dict)
    seed: int = 0
    looks: Looks = field(default_factory=lambda: DEFAULT)  # of every kind of result, whole
    comparison: ComparisonChoice | None = None
    backward: BackwardChoice | None = None  # beside activations
    beside: BesideChoice | None = None  # likewise
    course: tuple[TurnChoice, ...] = ()  # what was changed while it ran, in the order of the steps
    data: str | None = None  # the data set that it is about, by its path or name
    layers: tuple[str, ...] = ()  # of a map for each of several; without them it is of `layer`
    version: int = VERSION

    def __post_init__(self) -> None:
        _check_seed(self.seed)
        if self.unit is not None and self.unit < 0:
            raise Problem("Units count from 0; a negative one cannot be.")
        if min(*(self.place or (0, 0)), *(self.pinned or (0, 0))) < 0:
            raise Problem("Rows and columns count from 0; a negative place cannot be.")
        if [turn.after for turn in self.course] != sorted({turn.after for turn in self.course}):
            raise Problem("What is changed while a run goes on is told in the order of its steps, once for each.")
        object.__setattr__(self, "looks", whole(self.looks))


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**32:
        raise Problem(f"A seed is a whole number from 0 to {2**32 - 1}.")


NO_NETWORK = ModelChoice("lenet")  # stands where a method is about none: the smallest that is always there


def look(recipe: Recipe, of: type[Look]) -> Look:
    """How the recipe looks at one kind of result, by the look that `analysis.results.looks` declares for it."""
    return look_in(recipe.looks, of)


def with_look(recipe: Recipe, of: type[Any], **changes: Setting) -> Recipe:
    """The recipe with other values of one kind's look."""
    return replace(recipe, looks=laid_over(recipe.looks, of, changes))


def before(recipe: Recipe, step: int) -> Recipe:
    """What holds in the step after this one, but for what is changed right there: settings, target, layer and unit."""
    for turn in recipe.course:
        if turn.after >= step:
            break
        recipe = replace(recipe, settings={**recipe.settings, **turn.settings})
        if turn.target is not None:
            recipe = replace(recipe, target=turn.target, layer=turn.layer, unit=turn.unit)
    return replace(recipe, course=())


def with_turn(recipe: Recipe, after: int, settings: Mapping[str, Setting], now: Recipe | None = None) -> Recipe:
    """The recipe whose run takes this turn; what was changed from there on is forgotten.

    `now` is what is asked about from then on, where that is something else.
    """
    turn = TurnChoice(after, settings)
    if now is not None:
        turn = replace(turn, target=now.target, layer=now.layer, unit=now.unit)
    course = tuple(one for one in recipe.course if one.after < after)
    return replace(recipe, course=(*course, turn))


def same_network(one: ModelChoice, other: ModelChoice) -> bool:
    """Whether they choose the same, no matter what is known of its fingerprint."""
    return replace(one, weights_hash=None) == replace(other, weights_hash=None)


def completed(recipe: Recipe, choice: ModelChoice, picture_sha: str | None) -> Recipe:
    """The recipe with the fingerprints of the network and the picture that were used for it."""
    picture = recipe.picture and replace(recipe.picture, sha256=picture_sha)
    return replace(recipe, model=choice, picture=picture)


def differences(recipe: Recipe, choice: ModelChoice, picture_sha: str | None) -> tuple[str, ...]:
    """What is not as it was when the recipe was made, a sentence each: other weights, another picture, none at all.

    `choice` is that of the network which was loaded, `picture_sha` of the picture that was found, None without one.
    """
    sentences = []
    made = recipe.model.weights_hash
    if made is not None and choice.weights_hash is not None and made != choice.weights_hash:
        sentences.append(
            f"The weights of {choice.name} are not those this was made with "
            f"({choice.weights_hash[:8]} now, {made[:8]} then), so what you see differs from it."
        )
    if recipe.picture is not None and picture_sha is None:
        sentences.append(f"The picture {recipe.picture.origin} is missing, so what you see is not what this shows.")
    elif recipe.picture is not None and recipe.picture.sha256 not in (None, picture_sha):
        sentences.append(
            f"The picture {recipe.picture.origin} has changed since this was made, so what you see differs from it."
        )
    return tuple(sentences)


def to_json(recipe: Recipe) -> str:
    """Plain ASCII, so that it can stand in any file and any odd file name survives it."""
    return json.dumps(asdict(recipe), indent=2)


def from_json(text: str) -> Recipe:
    """The recipe in `text`, or one sentence on why there is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
        raise Problem("This is not a recipe: the text in it is not JSON.") from error
    if not isinstance(data, dict) or "model" not in data:
        raise Problem("This is not a recipe: it does not name a model.")
    version = data.get("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise Problem("This recipe was made by a newer Underhood; open it with that one.")
    data = of_today(data)
    recipe = _read(Recipe, {**data, "looks": _looks_in(data)}, "recipe")
    parse(recipe.target)
    return recipe


def _looks_in(data: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """What it says of the kinds and knobs that there are; the rest is a newer program's.

    A recipe from before there were looks has one `display`, each value of which was that of every kind.
    """
    old, looks = _group(data.get("display", {}), "recipe.display"), _group(data.get("looks", {}), "recipe.looks")
    found: dict[str, dict[str, object]] = {}
    for kind, of in BY_NAME.items():
        own = _group(looks.get(kind, {}), f"recipe.looks.{kind}")
        shared = {name: _value(Setting, old[name], f"recipe.display.{name}") for name in knobs(of) if name in old}
        found[kind] = shared | {name: own[name] for name in knobs(of) if name in own}
    return found


Record = TypeVar("Record")


def _read(kind: type[Record], data: object, where: str) -> Record:
    """`data` as the dataclass `kind`; unknown names are ignored, wrong types are said."""
    data = _group(data, where)
    hints = typing.get_type_hints(kind)
    values = {
        f.name: _value(hints[f.name], data[f.name], f"{where}.{f.name}")
        for f in fields(kind)  # type: ignore[arg-type]
        if f.name in data
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise Problem(f"The recipe is damaged: {where} lacks a value ({error}).") from error


def _group(data: object, where: str) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise Problem(f"The recipe is damaged: {where} is not a group of values.")
    return data


def _value(hint: Any, data: object, where: str) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if data is None and type(None) in arguments:
            return None
        for argument in arguments:
            if argument is not type(None) and _fits(argument, data):
                return _value(argument, data, where)
    elif is_dataclass(hint):
        return _read(hint, data, where)  # type: ignore[arg-type]
    elif origin is Literal:
        if data in arguments:
            return data
    elif origin is tuple and isinstance(data, list):
        inner = [arguments[0]] * len(data) if arguments[-1] is Ellipsis else list(arguments)
        if len(inner) == len(data):
            return tuple(_value(kind, item, where) for kind, item in zip(inner, data, strict=True))
    elif origin in (Mapping, dict) or getattr(origin, "__name__", "") == "Mapping":
        if isinstance(data, dict):
            return {str(key): _value(arguments[1], item, f"{where}.{key}") for key, item in data.items()}
    elif hint is float and _fits(float, data):
        return _number(data, where)
    elif _fits(hint, data):
        return data
    raise _damaged(where, data)


def _number(data: Any, where: str) -> float:
    try:
        number = float(data)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _damaged(where, data)
    return number


def _damaged(where: str, data: object) -> Problem:
    shown = "a list" if isinstance(data, list) else "a group" if isinstance(data, dict) else json.dumps(data)[:60]
    return Problem(f"The recipe is damaged: {where} cannot be {shown}.")


def _fits(hint: Any, data: object) -> bool:
    if is_dataclass(hint):
        return isinstance(data, dict)
    if typing.get_origin(hint) is tuple:
        return isinstance(data, list)
    if hint in (int, float):
        return isinstance(data, (int, float) if hint is float else int) and not isinstance(data, bool)
    return isinstance(hint, type) and isinstance(data, hint)
