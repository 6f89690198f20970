"""The figure of a layer's maps: all of them as a mosaic, or one of its units over the picture."""

from typing import TYPE_CHECKING

from analysis.drawing import figures
from analysis.drawing.captions import Subject
from analysis.protocol.problems import Problem
from analysis.results.kinds import Maps

if TYPE_CHECKING:
    from analysis.drawing.page import Page

_FINEST_MOSAIC = 5000  # pixels a side


def maps_figure(subject: Subject, result: Maps) -> "Page":
    import torch

    from analysis.drawing.mosaic import mosaic
    from analysis.network.maps import maps_of

    if subject.node is None:
        raise Problem("A figure of maps needs the layer that they are of.")
    maps = maps_of(subject.node, torch.from_numpy(result.values)[None])[0]
    recipe = subject.recipe
    if recipe.unit is not None:
        return figures.unit_figure(subject, maps[recipe.unit].numpy())
    tile = max(int(_FINEST_MOSAIC / max(len(maps), 1) ** 0.5), 1)
    return figures.mosaic_figure(subject, mosaic(maps, recipe.display, aspect=1.25, tile=tile))
