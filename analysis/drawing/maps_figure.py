"""The figure of a layer's maps: all of them as a mosaic, or one of its units over the picture."""

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.drawing import figures
from analysis.drawing.captions import Subject
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import look
from analysis.protocol.requests import backward_of, held
from analysis.results.kinds import Maps
from analysis.results.looks import MapsLook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.drawing.page import Page
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Floats

_FINEST_MOSAIC = 5000  # pixels a side


def maps_figure(subject: Subject, result: Maps) -> "Page":
    import torch

    from analysis.drawing.mosaic import mosaic
    from analysis.network.maps import maps_of

    if subject.node is None:
        raise Problem("A figure of maps needs the layer that they are of.")
    maps = maps_of(subject.node, torch.from_numpy(result.values)[None])[0]
    if result.other is not None and subject.other is not None:
        from analysis.drawing.beside_figure import beside_figure

        return beside_figure(
            subject, maps, maps_of(subject.other, torch.from_numpy(result.other.values)[None])[0], result.other.picture
        )
    recipe, asked = subject.recipe, backward_of(subject.recipe)
    beside = _beside(subject, result.to_picture)
    if recipe.unit is not None and not (asked is not None and asked.in_mosaic):
        return figures.unit_figure(subject, maps[recipe.unit].numpy(), beside)
    tile = max(int(_FINEST_MOSAIC / max(len(maps), 1) ** 0.5), 1)
    of_all = replace(subject, recipe=replace(recipe, unit=None, backward=held(recipe)))
    return figures.mosaic_figure(of_all, mosaic(maps, look(recipe, MapsLook), aspect=1.25, tile=tile), beside)


def _beside(subject: Subject, to_picture: "Floats | None") -> "Sequence[Pixels]":
    """What flows back to the picture as the window shows it, in backward mode."""
    from analysis.drawing.derivatives import view

    choice = subject.recipe.backward
    return [] if to_picture is None or choice is None else [view(to_picture, choice.view)]
