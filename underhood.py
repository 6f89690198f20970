"""Underhood from a script or a notebook: look into a network that is in memory, and ask it what the window asks.

    import underhood

    underhood.look(model)                                          # the window; what it shows follows the training
    why = underhood.explain(model, "dog.jpg", "grad-cam", target=207, layer="layer4")
    why.values, why.input, why["upsampled"]                        # numbers
    why.save("why.png")                                            # the figure, with the recipe that makes it again

`model` is a `torch.nn.Module`, a name from `main.py models`, a file as `--model` takes it (with `trust=True` where it
runs code), or what `underhood.opened` gave. A module is never changed: a copy of it is looked at, in evaluation mode,
with the hooks that it has.

`picture` is a path, `sample:NAME` or another origin, a PIL image, or an array of height × width × 3 values: bytes, or
fractions from 0 to 1, which are rounded to bytes. A tensor of floats (channels × height × width, or with an axis of one
picture before) is taken as it is, as the network's very input: normalise it as in your training. In the window it is
shown as the picture that it stands for, rounded to bytes.

How pictures are prepared is said by `size` (a number, or height and width), `mean`, `std`, `fit` ("crop" or "stretch")
and `labels` (names, or a file); what is left out is guessed for a module, and told in a warning and in `notes`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

try:
    from analysis.protocol.problems import Problem
except ImportError as error:
    raise ImportError(
        "Another package called “analysis” is found before Underhood's: start Python in another folder than the one "
        "that holds it."
    ) from error

if TYPE_CHECKING:
    from torch import nn

    from analysis.network.network import Network
    from analysis.protocol.preprocessing import Fit, Interpolation
    from analysis.protocol.recipe import Recipe, Setting
    from analysis.script.asking import Target
    from analysis.script.explained import Explained
    from analysis.script.grid import Grid
    from analysis.script.methods import Methods
    from analysis.script.networks import GivenModel, Numbers
    from analysis.script.pictures import GivenPicture
    from gui.script.looking import Look

__all__ = ["Problem", "activations", "again", "explain", "look", "methods", "opened"]


def look(
    model: GivenModel,
    picture: GivenPicture | None = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    block: bool | None = None,
    size: int | tuple[int, int] | None = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    fit: Fit | None = None,
    resize: int | None = None,
    interpolation: Interpolation | None = None,
    labels: Sequence[str] | str | os.PathLike[str] | None = None,
    weights: str | os.PathLike[str] = "default",
    weights_seed: int = 0,
    device: str | None = None,
    trust: bool = False,
) -> Look:
    """Opens the window on the network.

    In a script it is there until it is closed. After `%gui qt` in IPython or Jupyter, or with `block=False`, this
    returns at once: the window follows the weights of a module by itself while the session waits for the next line, and
    `refresh()` of what is returned shows them now (in a training loop that is also when the window can be used).
    """
    from analysis.script.networks import Way
    from gui.script.looking import looked_at

    way = Way(size, mean, std, fit, resize, interpolation, labels, weights, weights_seed, device, trust)
    return looked_at(model, picture, way, layer, unit, block)


def explain(
    model: GivenModel,
    picture: GivenPicture | None = None,
    method: str = "gradient",
    *,
    target: Target = None,
    layer: str | nn.Module | None = None,
    unit: int | None = None,
    seed: int = 0,
    size: int | tuple[int, int] | None = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    fit: Fit | None = None,
    resize: int | None = None,
    interpolation: Interpolation | None = None,
    labels: Sequence[str] | str | os.PathLike[str] | None = None,
    weights: str | os.PathLike[str] = "default",
    weights_seed: int = 0,
    device: str | None = None,
    trust: bool = False,
    progress: bool = True,
    settings: Mapping[str, Setting] | None = None,
    **more: Setting,
) -> Explained:
    """Runs a method of `methods()` to its end; its settings are further keywords, or in `settings`.

    `target` is a class by its number or name, or text as `--target` takes it; without one it is the class that responds
    most. `layer` is a name, or the module itself.
    """
    from analysis.script.asking import explained
    from analysis.script.networks import Way

    way = Way(size, mean, std, fit, resize, interpolation, labels, weights, weights_seed, device, trust)
    return explained(
        model, picture, method, way, target, layer, unit, seed, {**(settings or {}), **more}, progress=progress
    )


def activations(
    model: GivenModel, picture: GivenPicture, layer: str | nn.Module, unit: int | None = None, **how: Any
) -> Explained:
    """What every unit of a layer answers: `values` are as the layer returned them. `how` is as in `explain`."""
    return explain(model, picture, "activations", layer=layer, unit=unit, **how)


def again(
    recipe: Recipe | Mapping[str, Any] | str | os.PathLike[str],
    *,
    model: GivenModel | None = None,
    device: str | None = None,
    trust: bool = False,
    progress: bool = True,
) -> Explained | Grid:
    """What a recipe describes: a figure or file made here, a name of the gallery, or the recipe as a dictionary.

    With `model` that network is asked in place of the recipe's own, which may have been in memory only.
    """
    from analysis.script.asking import again as made_again

    return made_again(recipe, model, trust, device, progress)


def opened(
    model: GivenModel,
    *,
    size: int | tuple[int, int] | None = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    fit: Fit | None = None,
    resize: int | None = None,
    interpolation: Interpolation | None = None,
    labels: Sequence[str] | str | os.PathLike[str] | None = None,
    weights: str | os.PathLike[str] = "default",
    weights_seed: int = 0,
    device: str | None = None,
    trust: bool = False,
    progress: bool = True,
) -> Network:
    """The network as it is now, to be given in place of `model`: many questions then open it only once."""
    from analysis.commands.progress import silence
    from analysis.script.networks import Way, network_of

    way = Way(size, mean, std, fit, resize, interpolation, labels, weights, weights_seed, device, trust)
    with silence(not progress):
        return network_of(model, way)


def methods() -> Methods:
    """The techniques and their settings."""
    from analysis.script.methods import all_methods

    return all_methods()
