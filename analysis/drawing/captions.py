"""What a figure says of itself: network, layer, unit, method and its settings, picture and scale, in words."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.frame import Pixels
from analysis.methods.registry import method
from analysis.network.layers import LayerNode
from analysis.recipe import Display, Recipe
from analysis.target import ClassTarget, parse


@dataclass(frozen=True, eq=False)
class Subject:
    """What a figure is about. `picture` is what the network saw of the picture, `node` the recipe's layer."""

    recipe: Recipe
    network: str
    picture: Pixels
    node: LayerNode | None = None
    labels: Sequence[str] | None = None


def title(subject: Subject) -> str:
    """Network, layer and unit."""
    recipe = subject.recipe
    parts = [subject.network]
    if recipe.layer:
        parts.append(recipe.layer)
    if recipe.unit is not None:
        parts.append(f"unit {recipe.unit}")
    return " · ".join(parts)


def subtitle(subject: Subject) -> str:
    """Method and target."""
    technique = method(subject.recipe.method)
    about = "" if technique.drawing == "maps" else f" of {target_words(subject)}"
    return technique.title + about


def caption(subject: Subject, scale: str = "") -> str:
    """Everything that it takes to make the figure again, in sentences."""
    recipe = subject.recipe
    model = recipe.model
    weights = {"default": "its own weights", "random": f"random weights of seed {model.seed}"}.get(
        model.weights, f"weights from {os.path.basename(model.weights)}"
    )
    fingerprint = f" ({model.weights_hash[:8]})" if model.weights_hash else ""
    where = f"layer {recipe.layer} of " if recipe.layer else ""
    seen = f" for {picture_words(recipe)}" if recipe.picture else ""
    height, width = subject.picture.shape[:2]
    sentences = [
        f"{subtitle(subject)}: {where}{subject.network} with {weights}{fingerprint}{seen}, seen at {width} × {height}.",
        field_words(subject),
        settings_words(recipe),
        scale,
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def target_words(subject: Subject) -> str:
    target = parse(subject.recipe.target)
    if isinstance(target, ClassTarget):
        of = {"class": "", "probability": "the probability of ", "logprob": "the log-probability of "}[target.kind]
        if target.index is None:
            return f"{of}the maximally responding class"
        known = subject.labels is not None and target.index < len(subject.labels)
        return f"{of}class {target.index}" + (f" ({subject.labels[target.index]})" if known and subject.labels else "")
    place = target.where
    if subject.recipe.unit is None:
        return f"the strongest response of {subject.recipe.layer}"
    of = f"row {place[0]}, column {place[1]}" if isinstance(place, tuple) else place
    return f"unit {subject.recipe.unit} of {subject.recipe.layer} ({of})"


def picture_words(recipe: Recipe) -> str:
    if recipe.picture is None:
        return "no picture"
    origin = recipe.picture.origin
    name = f"the sample {origin[7:]}" if origin.startswith("sample:") else os.path.basename(origin)
    return name + (" (mirrored)" if recipe.picture.mirrored else "")


def field_words(subject: Subject) -> str:
    """What one place of the unit sees, where a unit is shown."""
    field = subject.node.receptive_field if subject.node is not None else None
    if field is None or subject.recipe.unit is None:
        return ""
    return (
        f"Each place sees {field.size[1]} × {field.size[0]} pixels of it, "
        f"{field.stride[1]} × {field.stride[0]} pixels from the next."
    )


def settings_words(recipe: Recipe) -> str:
    if not recipe.settings:
        return ""
    shown = (
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in _settings(recipe)
    )
    return f"Settings: {', '.join(shown)}."


def _settings(recipe: Recipe) -> list[tuple[str, object]]:
    return [*recipe.settings.items(), ("seed", recipe.seed)]


def scale_words(display: Display, signed: bool, shared: bool) -> str:
    """How values became brightness."""
    own = "Each unit is drawn on its own scale"
    if shared:
        own = "All units are drawn on one scale"
        if display.boost > 0:
            own += f", weak ones boosted by {display.boost:g}"
    ends = "zero in the middle" if signed else "from zero"
    gamma = f", gamma {display.gamma:g}" if display.gamma != 1 else ""
    return f"{own}, {ends}{gamma}."
