"""What is on the screen as a command, and as Python, that make it again as they are pasted.

Where the options of `render` say all of it, they are used: what they come to is read back and compared. Whatever they
have no words for (a mirrored picture, other looks, a network's own size) is said by the recipe itself.
"""

from __future__ import annotations

import json
import os
import pprint
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from analysis.methods.dependence import dependences, what_mattered
from analysis.methods.known import known
from analysis.methods.registry import method
from analysis.methods.settings import settings_of
from analysis.protocol.problems import CodeFile, Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, Setting, from_json, to_json

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
ON_WINDOWS = sys.platform == "win32"
_WIDTH = 100  # letters of a line of Python


@dataclass(frozen=True)
class Around:
    """What a recipe does not say: where it is computed, and whether the person let the network's files run."""

    device: str = "auto"
    trusted: bool = False
    side: int | None = None  # the shorter one of the network's input, by which some settings go


def trusts(choice: ModelChoice, agreed: frozenset[CodeFile]) -> bool:
    """Whether one of the files that were let run is this network's."""
    named = {os.path.abspath(choice.name.rpartition(".py:")[0] + ".py" if ".py:" in choice.name else choice.name)}
    if choice.weights not in ("default", "random"):
        named.add(os.path.abspath(choice.weights))
    real = {os.path.realpath(name) for name in named}
    return any(os.path.realpath(code.path) in real for code in agreed)


def as_command(recipe: Recipe, around: Around) -> str:
    """For a shell of this system, whichever folder it is in."""
    choices = (recipe.model, *(recipe.comparison.networks if recipe.comparison is not None else ()))
    if any(choice.in_memory for choice in choices):
        raise Problem(
            "This network is in the memory of a script, where no command finds it: copy it as Python, or save it there "
            "by torch.export.save and open that."
        )
    recipe = _plain(recipe, around)
    words = _options(recipe) or ["--recipe", json.dumps(_least(recipe), ensure_ascii=True)]
    name = "comparison" if recipe.comparison is not None else recipe.method
    if around.trusted:
        words.append("--trust")
    if around.device != "auto":
        words += ["--device", around.device]
    return joined([sys.executable, str(PROGRAM), "render", *words, "-o", f"{name}.png"])


def as_python(recipe: Recipe, around: Around) -> str:
    """Lines for a script or a notebook in which `model` is the module, where that is in memory only."""
    recipe = _plain(recipe, around)
    if recipe.model.in_memory and recipe.comparison is None:
        call = _of_module(recipe, around)
    elif _options(recipe) is not None:
        call = _explaining(recipe, around)
    else:
        call = _call("again", [_literal(_least(recipe)), *_module_of(recipe)], _more(around))
    name = "comparison" if recipe.comparison is not None else recipe.method
    return f'import underhood\n\nresult = underhood.{call}\nresult.save("{name}.png")\n'


def joined(words: Sequence[str]) -> str:
    return subprocess.list2cmdline(words) if ON_WINDOWS else shlex.join(words)


def _plain(recipe: Recipe, around: Around) -> Recipe:
    """What had a part in it, without fingerprints, and without settings that are as they are by themselves."""
    if recipe.comparison is None:
        recipe = replace(what_mattered(recipe), place=None, pinned=None)  # which are marks in the window only
        if "target" not in dependences(recipe):
            recipe = replace(recipe, target="class")
        recipe = replace(recipe, settings=_unlike_defaults(recipe, around.side))
    else:
        networks = tuple(replace(choice, weights_hash=None) for choice in recipe.comparison.networks)
        recipe = replace(recipe, comparison=replace(recipe.comparison, networks=networks))
    picture = recipe.picture and replace(recipe.picture, sha256=None)
    return replace(recipe, model=replace(recipe.model, weights_hash=None), picture=picture)


def _unlike_defaults(recipe: Recipe, side: int | None) -> dict[str, Setting]:
    """Its settings, and those of the method that they name, where they are not as they are by themselves."""
    defaults: dict[str, Setting] = {info.name: info.default for info in settings_of(method(recipe.method), side)}
    for outer, value in {**defaults, **recipe.settings}.items():
        inner = known(value) if isinstance(value, str) and outer == "map" else None
        for info in settings_of(inner, side) if inner is not None else ():
            defaults[f"{outer}.{info.name}"] = info.default
    return {name: value for name, value in recipe.settings.items() if defaults.get(name, MISSING) != value}


def _options(recipe: Recipe) -> list[str] | None:
    """The words of `render` for it; None where they do not say all of it."""
    if recipe.comparison is not None:
        return None
    model, picture = recipe.model, recipe.picture
    words = [recipe.method, "--model", model.name]
    if model.weights != "default":
        words += ["--weights", model.weights]
    if model.labels is not None:
        words += ["--labels", model.labels]
    if picture is not None:
        words += ["--image", picture.origin]
    if recipe.layer is not None:
        words += ["--layer", recipe.layer]
    if recipe.unit is not None:
        words += ["--unit", str(recipe.unit)]
    if recipe.target != "class":
        words += ["--target", recipe.target]
    if recipe.settings:
        words += ["--set", *(f"{name}={_typed(value)}" for name, value in recipe.settings.items())]
    if recipe.seed:
        words += ["--seed", str(recipe.seed)]
    if model.seed != recipe.seed:
        words += ["--weights-seed", str(model.seed)]
    return words if _read_back(words) == _with_typed_settings(recipe) else None


def _read_back(words: Sequence[str]) -> Recipe | None:
    from analysis.commands.arguments import parser
    from analysis.commands.render import asked_for

    try:
        return asked_for(parser().parse_args(["render", *words, "-o", "out.png"]))
    except Problem:
        return None


def _with_typed_settings(recipe: Recipe) -> Recipe:
    return replace(recipe, settings={name: _typed(value) for name, value in recipe.settings.items()})


def _typed(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _least(recipe: Recipe) -> Any:
    """As little of its JSON as reads back to the same."""
    least = _without_defaults(recipe)
    whole = json.loads(to_json(recipe))
    try:
        return least if from_json(json.dumps(least)) == from_json(json.dumps(whole)) else whole
    except Problem:
        return whole


def _without_defaults(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        kept = {}
        for field in fields(value):
            own = getattr(value, field.name)
            default = field.default_factory() if field.default_factory is not MISSING else field.default
            if default is MISSING or own != default:
                kept[field.name] = _without_defaults(own)
        return kept
    if isinstance(value, tuple | list):
        return [_without_defaults(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _without_defaults(one) for key, one in value.items()}
    return value


# --- Python


def _explaining(recipe: Recipe, around: Around) -> str:
    model = recipe.model
    named: list[tuple[str, object]] = []
    if model.weights != "default":
        named.append(("weights", model.weights))
    if model.seed:
        named.append(("weights_seed", model.seed))
    if model.labels is not None:
        named.append(("labels", model.labels))
    return _asking(_literal(model.name), recipe, named, around)


def _module_of(recipe: Recipe) -> list[str]:
    """The variable that the module of a comparison is in, if one of its networks is in memory only."""
    networks = (recipe.model, *(recipe.comparison.networks if recipe.comparison is not None else ()))
    names = {choice.name for choice in networks if choice.in_memory}
    if len(names) > 1:
        raise Problem("Two modules that are in memory cannot be copied together: compare one of them at a time.")
    return ["model=model"] if names else []


def _of_module(recipe: Recipe, around: Around) -> str:
    """Its variable is called whatever the person calls it; how pictures are prepared is said in full."""
    size = recipe.model.preprocessing
    named: list[tuple[str, object]] = []
    if size is not None:
        named += [("size", (size.height, size.width)), ("resize", size.resize), ("fit", size.fit)]
        named += [("mean", size.mean), ("std", size.std), ("interpolation", size.interpolation)]
    around = replace(around, trusted=False)
    if _options(replace(recipe, model=ModelChoice("lenet"))) is not None:
        return _asking("model", recipe, named, around)
    return _call("again", [_literal(_least(recipe)), "model=model"], _more(around))


def _asking(model: str, recipe: Recipe, of_model: Sequence[tuple[str, object]], around: Around) -> str:
    given = [model, _literal(recipe.picture.origin if recipe.picture is not None else None), _literal(recipe.method)]
    named: list[tuple[str, object]] = []
    if recipe.target != "class":
        named.append(("target", recipe.target))
    if recipe.layer is not None:
        named.append(("layer", recipe.layer))
    if recipe.unit is not None:
        named.append(("unit", recipe.unit))
    if recipe.seed:
        named.append(("seed", recipe.seed))
    named += of_model
    taken = {name for name, _ in named} | _TAKEN
    plain = {
        name: value
        for name, value in recipe.settings.items()
        if name.isidentifier() and name not in taken | {"settings"}
    }
    named += plain.items()
    dotted = {name: value for name, value in recipe.settings.items() if name not in plain}
    if dotted:
        named.append(("settings", dotted))
    return _call("explain", given, [*named, *_more(around)])


# Words of `underhood.explain` that no setting can be called by; it takes such a one in `settings`.
_OF_NETWORKS = ("size", "mean", "std", "fit", "resize", "interpolation", "labels", "weights", "weights_seed", "device")
_OF_QUESTIONS = ("model", "picture", "method", "target", "layer", "unit", "seed", "trust", "progress", "settings")
_TAKEN = frozenset((*_OF_NETWORKS, *_OF_QUESTIONS))


def _more(around: Around) -> list[tuple[str, object]]:
    more: list[tuple[str, object]] = []
    if around.trusted:
        more.append(("trust", True))
    if around.device != "auto":
        more.append(("device", around.device))
    return more


def _call(function: str, given: Sequence[str], named: Sequence[tuple[str, object]]) -> str:
    words = [*given, *(f"{name}={_literal(value)}" for name, value in named)]
    line = f"{function}({', '.join(words)})"
    if len(line) <= _WIDTH - len("result = underhood.") and "\n" not in line:
        return line
    rows = "".join("    " + word.replace("\n", "\n    ") + ",\n" for word in words)
    return f"{function}(\n{rows})"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value) if value.isascii() and value.isprintable() else repr(value)
    if isinstance(value, dict | list):
        return pprint.pformat(value, width=_WIDTH - 8, sort_dicts=False)
    return repr(value)


def kept_for_good(picture: PictureChoice | None) -> bool:
    """Whether a command finds it again as it is named now."""
    from analysis.protocol.origin import Origin

    if picture is None:
        return True
    origin = Origin.found(picture.origin)
    return origin.kind != "video" and origin.is_there()
