"""Which network a first start opens, and with which picture each network begins: one that it knows.

A picture of the person's own is never exchanged for it; only where there is none yet, or one of ours that was there
because it suited the network before. Light: the window asks before torch is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.opening import own_file
from analysis.pictures.samples import Kind, kind_of_sample
from analysis.protocol.origin import Origin
from analysis.shipped import BUILTINS
from analysis.shipped.weights import is_here

if TYPE_CHECKING:
    from analysis.protocol.events import Loaded
    from analysis.protocol.recipe import ModelChoice

_FIRST_CHOICES = ("efficientnet_lite0", "resnet-cifar")  # the weights of the second are always there
PICTURES: dict[Kind, str] = {
    "photographs": "sample:chelsea",
    "digits": "sample:digit-5",
    "things": "sample:cat",
    "scenes": "scene:0",
}
_SMALL = 64  # pixels: who sees ten kinds of things in pictures no larger than this mostly learned CIFAR-10's


def first_network() -> str:
    there = {builtin.name for builtin in BUILTINS if is_here(builtin)}
    return next(name for name in _FIRST_CHOICES if name in there)


def comes_with_weights(name: str) -> bool:
    """False only of a network that ships and whose weights were taken away."""
    return all(is_here(builtin) for builtin in BUILTINS if builtin.name == name)


def kind_by_name(choice: ModelChoice) -> Kind | None:
    """What its pictures show, as far as its name says it: of a file of the person's own it says nothing."""
    builtin = _builtin(choice)
    if builtin is not None:
        return builtin
    return None if own_file.is_one(choice.name) else "photographs"


def kind_of(network: Loaded) -> Kind:
    """What the pictures show that it was made for; that of an unknown one is the likeliest."""
    builtin = _builtin(network.choice)
    if builtin is not None:
        return builtin
    seen = network.preprocessing
    if seen.channels == 2:  # two planes: the scene and the grasp
        return "scenes"
    if network.output == "classes" and network.root.units == 10:
        if seen.channels == 1:
            return "digits"
        if seen.side <= _SMALL:
            return "things"
    return "photographs"


def begins_with(shown: str | None, before: Kind | None, kind: Kind) -> str | None:
    """The picture for a network of this kind, behind one of the kind `before`; None where the one that is shown stays.

    A sample that did not suit the network before was chosen all the same, and stays.
    """
    if shown is None:
        return PICTURES[kind]
    now = _kind_of_picture(shown)
    if now == kind:
        return None
    # Whoever sees a scene and a grasp sees nothing in any other picture.
    return PICTURES[kind] if kind == "scenes" or (now is not None and now == before) else None


def _kind_of_picture(origin: str) -> Kind | None:
    """None of the person's own pictures, and of those that say something to every network."""
    parsed = Origin.parse(origin)
    if parsed.kind == "scene":
        return "scenes"
    return kind_of_sample(parsed.path) if parsed.kind == "sample" else None


def _builtin(choice: ModelChoice) -> Kind | None:
    return next((builtin.sees for builtin in BUILTINS if builtin.name == choice.name), None)
