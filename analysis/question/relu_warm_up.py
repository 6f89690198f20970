"""Gradients that pass closed ReLUs, for the first steps of a picture that is made: a unit that is silent for noise has
no gradient at all, and would leave the picture as it is.

As in Lucid's redirected ReLU, but at every ReLU of any network, by the rule of the house: on the graph that autograd
recorded. Of a picture of which nothing at all comes through a ReLU, what pushes its input up is let through.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from analysis.question.relu_rules import rectifying
from analysis.question.way_back import BackwardNode

STEPS = 16  # Lucid's

Slopes = tuple[Tensor | None, ...]


def let_through(way: Sequence[BackwardNode]) -> None:
    """Puts it on the backward pass that goes this way, of a value that is to grow.

    With s a ReLU's input and ∂ what arrives: 1{s>0}·∂, and of a picture where that is 0 everywhere 1{∂>0}·∂ (where
    s is above the ceiling of a ReLU6, 1{∂<0}·∂, which pushes it down).
    """
    for node in rectifying(way):
        node.register_hook(_redirecting(node))


def _redirecting(node: Any) -> Callable[[Slopes, Slopes], None]:
    saved = getattr(node, "_saved_self", None)
    ceiling = next((getattr(node, name) for name in ("_saved_max_val", "_saved_max") if hasattr(node, name)), None)
    above = saved >= ceiling if saved is not None and isinstance(ceiling, (int, float)) else None

    def back(slopes: Slopes, arriving: Slopes) -> None:
        slope, come = slopes[0], arriving[0]
        if slope is None or come is None or slope.shape != come.shape:
            return
        blocked = ~slope.flatten(1).any(1) if slope.dim() > 1 else ~slope.any()[None]
        if not bool(blocked.any()):
            return
        passed = come.clamp_min(0)
        if above is not None:
            passed = torch.where(above, come.clamp_max(0), passed)
        closed = blocked.view(-1, *[1] * (slope.dim() - 1)) if slope.dim() > 1 else blocked
        slope.copy_(torch.where(closed, passed, slope))

    return back
