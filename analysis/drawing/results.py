"""Any method's result as the figure that fits it; the command line and the window draw by this one function."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from analysis.drawing.captions import Subject
from analysis.methods.registry import method
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.drawing.page import Page

_FINEST_MOSAIC = 5000  # pixels a side


def page_of(subject: Subject, arrays: Mapping[str, NDArray[Any]]) -> "Page":
    """A layer's maps as a mosaic, or one of its units over the picture; anything else as its method wants it."""
    from analysis.drawing import figures

    recipe = subject.recipe
    if method(recipe.method).drawing != "maps":
        return figures.result_figure(subject, arrays)
    from analysis.drawing.mosaic import mosaic

    maps = _maps(subject, arrays)
    if recipe.unit is not None:
        return figures.unit_figure(subject, maps[recipe.unit].numpy())
    tile = max(int(_FINEST_MOSAIC / max(len(maps), 1) ** 0.5), 1)
    return figures.mosaic_figure(subject, mosaic(maps, recipe.display, aspect=1.25, tile=tile))


def _maps(subject: Subject, arrays: Mapping[str, NDArray[Any]]) -> "Tensor":
    import torch

    from analysis.network.maps import maps_of

    if subject.node is None:
        raise Problem("A figure of maps needs the layer that they are of.")
    return maps_of(subject.node, torch.from_numpy(arrays["result"])[None])[0]
