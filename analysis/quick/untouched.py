"""Whether a part of a network is just what its class says, so that something quicker may stand for it."""

from torch import nn


def is_untouched(part: nn.Module) -> bool:
    """Whether nothing makes its weights anew at every call (weight norm, pruning), listens to it or replaces it."""
    made_anew = any(getattr(part, name) is not None and name not in part._parameters for name in ("weight", "bias"))
    heard = (part._forward_hooks, part._forward_pre_hooks, part._backward_hooks, part._backward_pre_hooks)
    return not made_anew and not any(heard) and "forward" not in part.__dict__
