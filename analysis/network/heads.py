"""What each head of an attention looks at: weights that the network adds up unseen, computed once more beside its way.

Only of torch's own `nn.MultiheadAttention`, whose code is known: it is asked by its own forward for what it had.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

HEADS = "heads"  # as part of a path, behind an @

_SIGNATURE = inspect.signature(nn.MultiheadAttention.forward)


def has_heads(part: nn.Module) -> bool:
    return type(part) is nn.MultiheadAttention


def head_weights(part: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor | None:
    """N × heads × those that look × those that are looked at, of a call with these arguments."""
    if not has_heads(part):
        return None
    call = _SIGNATURE.bind(part, *args, **kwargs)
    call.arguments |= {"need_weights": True, "average_attn_weights": False}
    weights = nn.MultiheadAttention.forward(*call.args, **call.kwargs)[1]
    return weights if weights is not None and weights.dim() == 4 else None
