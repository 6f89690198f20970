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

from analysis.network.way_back import Operation
from analysis.problems import Problem

Rule = Literal["gradient", "deconvolution", "guided"]

_TITLES = {"deconvolution": "Deconvolution", "guided": "Guided back-propagation"}


def follow(rule: Rule, way: Sequence[Operation]) -> None:
    """Makes the backward pass that goes this way follow the rule at every ReLU, or says why it would not be right.

    With s a ReLU's input and ∂ what comes back to its output,
    gradient: 1{s>0}·∂, deconvolution (Zeiler & Fergus 2014): 1{∂>0}·∂, guided (Springenberg 2015): 1{s>0}·1{∂>0}·∂.
    """
    if rule == "gradient":
        return
    put = {"deconvolution": _deconvolve, "guided": _guide}[rule]
    for node in _rectifiers(_TITLES[rule], way):
        put(node)


# A hook gets what the node itself has just computed, which nothing else holds: it is overwritten, since a fresh tensor
# of this size at every ReLU would cost more than the arithmetic. It is None where nothing comes back, such as behind a
# part without a derivative.


def _deconvolve(node: Any) -> None:
    if _kind(node) == "Relu":
        _compare_what_arrives(node)
        return

    def back(gradients: tuple[Tensor | None, ...], arriving: tuple[Tensor, ...]) -> None:
        if gradients[0] is not None:
            torch.clamp_min(arriving[0], 0, out=gradients[0])

    node.register_hook(back)


def _compare_what_arrives(node: Any) -> None:
    """A ReLU's node lets ∂ pass where its saved result is positive; given ∂ for a result it does the whole work."""
    arrived: list[Tensor | None] = [None]

    def come(arriving: tuple[Tensor | None, ...]) -> None:
        arrived[0] = arriving[0]

    def unpack(result: Tensor) -> Tensor:
        arriving, arrived[0] = arrived[0], None
        return result if arriving is None else arriving

    node.register_prehook(come)
    node._raw_saved_result.register_hooks(lambda result: result, unpack)


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

# With one of these a ReLU can be written by hand, from a constant 0 and values that are compared with it.
_CHOICES = {
    "Where": "torch.where",
    "MaskedFill": "masked_fill",
    "IndexPut": "an assignment to chosen places",
    "Maximum": "torch.maximum",
    "Fmax": "torch.fmax",
}


def _rectifiers(title: str, way: Sequence[Operation]) -> list[Any]:
    found = []
    others: set[str] = set()
    gates: set[str] = set()
    for node, below in way:
        kind = _kind(node)
        its_own = isinstance(node, BackwardCFunction)  # which may be called anything
        if kind in _RECTIFIERS and not its_own and _RECTIFIERS[kind](node):
            found.append(node)
        elif kind in _OTHERS and not its_own:
            others.add(_OTHERS[kind])
        elif kind in _GATES and not its_own:
            gates.add(_GATES[kind])
        elif hidden := _hidden(node, kind, None in below):
            raise Problem(f"{title} has to see every ReLU; this network {hidden}: take the gradient instead.")
    if names := others or (gates if not found else set()):
        listed = " and ".join(sorted(names))
        raise Problem(f"{title} is defined for ReLU; this network uses {listed}: take the gradient instead.")
    return found


def _hidden(node: Any, kind: str, has_a_constant: bool) -> str | None:
    """Why a ReLU might be inside this node, unseen.

    `has_a_constant`: one of what the operation took does not depend on the picture, or not smoothly.
    """
    if isinstance(node, BackwardCFunction):
        return f"has a part with a backward pass of its own ({kind})"
    if "jit" in kind:
        return "is TorchScript that was compiled as a whole"
    if "CopySlices" in kind:
        return "changes a part of a tensor in place, under which a ReLU cannot be seen"
    if kind in _CHOICES and (kind in ("IndexPut", "MaskedFill") or has_a_constant):
        return f"may have one written by hand ({_CHOICES[kind]})"
    if kind == "Add" and _adds_its_absolute(node):
        return "may have one written by hand (a number and its absolute value)"
    if kind == "Mul" and has_a_constant:
        factors = (getattr(node, name, None) for name in ("_saved_self", "_saved_other"))  # a number alone has one
        return "may have one written by hand (a product with a mask)" if any(map(_is_mask, factors)) else None
    return None


def _adds_its_absolute(node: Any) -> bool:
    """x + |x|, each perhaps times a number."""
    parts = [_without_factor(one) for one, _ in node.next_functions if one is not None]
    absolutes = [_without_factor(one.next_functions[0][0]) for one in parts if one and _kind(one) == "Abs"]
    return any(one is not None and one in parts for one in absolutes)


def _without_factor(node: Any) -> Any:
    while node is not None and _kind(node) in ("Mul", "Div"):
        factors = [one for one, _ in node.next_functions if one is not None]
        if len(factors) != 1:
            break
        (node,) = factors
    return node


def _is_mask(factor: Any) -> bool:
    """Zeros and ones, and some of both."""
    if not isinstance(factor, Tensor) or factor.numel() < 2:
        return False
    zeros, ones = int((factor == 0).sum()), int((factor == 1).sum())
    return zeros > 0 and ones > 0 and zeros + ones == factor.numel()


def _kind(node: Any) -> str:
    return _kind_of(node.name())


@lru_cache(maxsize=256)
def _kind_of(name: str) -> str:
    """`ClampBackward1` and `ClampBackward0` are the same operation with other arguments."""
    return name.rstrip("0123456789").removesuffix("Backward")
