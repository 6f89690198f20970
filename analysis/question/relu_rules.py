"""What passes back through a ReLU: its derivative, or the rule of deconvolution or of guided back-propagation.

The rule is put on the graph that autograd recorded for one forward pass. There every ReLU is one node, however it was
called (module, function, method, in place, re-used, as a clamp, in an exported program), while hooks on modules miss
functions and a torch-function mode misses scripted code. What is put on the graph goes with it: nothing of the network
is touched, and nothing can be left behind.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from analysis.protocol.problems import Problem
from analysis.question.way_back import BackwardNode

Rule = Literal["gradient", "deconvolution", "guided"]

_TITLES = {"deconvolution": "Deconvolution", "guided": "Guided back-propagation"}


def follow(rule: Rule, way: Sequence[BackwardNode], disguise: str | None = None) -> None:
    """Makes the backward pass that goes this way follow the rule at every ReLU, or says why it would not be right.

    `disguise` is what a ReLU was found to hide in (`analysis.question.disguises`).

    With s a ReLU's input and ∂ what comes back to its output,
    gradient: 1{s>0}·∂, deconvolution (Zeiler & Fergus 2014): 1{∂>0}·∂, guided (Springenberg 2015): 1{s>0}·1{∂>0}·∂.
    """
    if rule == "gradient":
        return
    put = {"deconvolution": _deconvolve, "guided": _guide}[rule]
    title = _TITLES[rule]
    found = _rectifiers(title, way, disguise is not None)
    if disguise is not None:
        raise Problem(f"{title} has to see every ReLU; this network {disguise}: take the gradient instead.")
    for node in found:
        put(node)


def refuse_others(rule: Rule, way: Sequence[BackwardNode]) -> None:
    """What can be said before anything is searched."""
    _rectifiers(_TITLES[rule], way, True)


# A hook gets what the node itself has just computed, which nothing else holds: it is overwritten, since a fresh tensor
# of this size at every ReLU would cost more than the arithmetic. It is None where nothing comes back, such as behind a
# part without a derivative.


def _deconvolve(node: Any) -> None:
    if _kind(node) == "Relu" and _compare_what_arrives(node):
        return

    def back(gradients: tuple[Tensor | None, ...], arriving: tuple[Tensor, ...]) -> None:
        if gradients[0] is not None:
            torch.clamp_min(arriving[0], 0, out=gradients[0])

    node.register_hook(back)


def _compare_what_arrives(node: Any) -> bool:
    """A ReLU's node lets ∂ pass where its saved result is positive; given ∂ for a result it does the whole work.

    False where that cannot be given: a checkpoint of the network's own gives back what it computes again.
    """
    arrived: list[Tensor | None] = [None]

    def come(arriving: tuple[Tensor | None, ...]) -> None:
        arrived[0] = arriving[0]

    def unpack(result: Tensor) -> Tensor:
        arriving, arrived[0] = arrived[0], None
        return result if arriving is None else arriving

    try:
        node._raw_saved_result.register_hooks(lambda result: result, unpack)
    except RuntimeError:
        return False
    node.register_prehook(come)
    return True


def _guide(node: Any) -> None:
    # a clamp lets the gradient pass where its input is exactly 0, a ReLU does not
    closed = node._saved_self > 0 if _kind(node) in ("ClampMin", "Clamp") else None

    def back(gradients: tuple[Tensor | None, ...], _arriving: tuple[Tensor, ...]) -> None:
        if gradients[0] is not None:
            torch.relu_(gradients[0])
            if closed is not None:
                gradients[0].mul_(closed)

    node.register_hook(back)


def _is_zero(bound: Any) -> bool:
    return bound is not None and not bool(torch.as_tensor(bound).any())


# What rectifies: the name of its node, and whether this one does. ReLU6 is a hard tanh from 0 to 6.
_RECTIFIERS: dict[str, Callable[[Any], bool]] = {
    "Relu": lambda node: True,
    "Threshold": lambda node: _is_zero(node._saved_threshold),
    "Hardtanh": lambda node: _is_zero(node._saved_min_val),
    "ClampMin": lambda node: _is_zero(node._saved_min),
    "Clamp": lambda node: _is_zero(node._saved_min),
}

# What takes a ReLU's place without being one: the rules say nothing about it.
_OTHERS = {
    "LeakyRelu": "leaky ReLU",
    "PreluKernel": "PReLU",
    "Prelu": "PReLU",
    "RreluWithNoise": "RReLU",
    "Elu": "ELU",
    "Celu": "CELU",
    "Gelu": "GELU",
    "Silu": "SiLU",
    "Mish": "Mish",
    "Hardswish": "Hardswish",
    "Hardtanh": "a hard tanh",
    "Softplus": "Softplus",
    "LogSigmoid": "LogSigmoid",
    "Hardshrink": "Hardshrink",
    "Softshrink": "Softshrink",
    "Threshold": "a threshold above 0",
}

# These pass by their own derivative beside ReLUs, where they are gates; alone they are the activation function.
_GATES = {
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Hardsigmoid": "hard sigmoid",
    "Glu": "GLU",
    "Erf": "erf",
    "Sin": "sine",
    "Abs": "absolute values",
    "Exp": "exponentials",
    "Pow": "powers",
}


def rectifying(way: Sequence[BackwardNode]) -> list[Any]:
    """The nodes of this way that rectify, whatever else there is on it that lets nothing be seen of its inside."""
    return [
        node
        for node, below in way
        if (kind := _kind(node)) in _RECTIFIERS
        and not isinstance(node, BackwardCFunction)
        and _RECTIFIERS[kind](node)
        and not _never_closes(below)
    ]


def _rectifiers(title: str, way: Sequence[BackwardNode], perhaps_more: bool) -> list[Any]:
    """The nodes to put a rule on. `perhaps_more`: whether there may be other ReLUs, beside which a gate is one."""
    found = []
    others: set[str] = set()
    gates: set[str] = set()
    for node, below in way:
        kind = _kind(node)
        its_own = isinstance(node, BackwardCFunction)  # which may be called anything
        if kind in _RECTIFIERS and not its_own and _RECTIFIERS[kind](node):
            if not _never_closes(below):
                found.append(node)
        elif kind in _OTHERS and not its_own:
            others.add(_OTHERS[kind])
        elif kind in _GATES and not its_own:
            gates.add(_GATES[kind])
        elif hidden := _hidden(node, kind):
            raise Problem(f"{title} has to see every ReLU; this network {hidden}: take the gradient instead.")
    if names := others or (gates if not (found or perhaps_more) else set()):
        listed = " and ".join(sorted(names))
        raise Problem(f"{title} is defined for ReLU; this network uses {listed}: take the gradient instead.")
    return found


def _never_closes(below: Sequence[Any | None]) -> bool:
    """What takes sizes only rectifies nothing: torch writes power-average pooling as sign(x)·relu(|x|)."""
    return bool(below) and below[0] is not None and _kind(below[0]) == "Abs"


def _hidden(node: Any, kind: str) -> str | None:
    """Why nothing that is inside this node can be seen."""
    if isinstance(node, BackwardCFunction):
        return f"has a part with a backward pass of its own ({kind})"
    return "is TorchScript that was compiled as a whole" if "jit" in kind else None


def _kind(node: Any) -> str:
    return _kind_of(node.name())


@lru_cache(maxsize=256)
def _kind_of(name: str) -> str:
    """`ClampBackward1` and `ClampBackward0` are the same operation with other arguments."""
    return name.rstrip("0123456789").removesuffix("Backward")
