"""What each head of an attention looks at: weights that the network adds up unseen.

torch's own `nn.MultiheadAttention` is asked by its own forward, once more beside its way, for what it had. Of any other
attention the weights are overheard while it computes: the one softmax over the last axis of heads × tokens × tokens, or
what torch's scaled dot product had as its own.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

HEADS = "heads"  # as part of a path, behind an @

_SIGNATURE = inspect.signature(nn.MultiheadAttention.forward)
_NAMES = ("attention", "attn")  # in that of a class which may be one
_COUNTS = ("num_heads", "num_attention_heads", "n_heads", "n_head", "heads")  # of an object that may be one
_SOFTMAX = (torch.softmax, torch.Tensor.softmax, nn.functional.softmax, torch.special.softmax)


def has_heads(part: nn.Module) -> bool:
    """Whether it may be an attention; no code of it is asked."""
    named = any(name in type(part).__name__.lower() for name in _NAMES)
    return named or any(type(vars(part).get(count)) is int for count in _COUNTS)


def of_torch(part: nn.Module) -> bool:
    return type(part) is nn.MultiheadAttention


def head_weights(part: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor | None:
    """N × heads × those that look × those that are looked at, of a call of torch's own with these arguments."""
    if not of_torch(part):
        return None
    call = _SIGNATURE.bind(part, *args, **kwargs)
    call.arguments |= {"need_weights": True, "average_attn_weights": False}
    weights = nn.MultiheadAttention.forward(*call.args, **call.kwargs)[1]
    return weights if weights is not None and weights.dim() == 4 else None


class Overheard:
    """Hooks before and after a part: what it computes between them is listened to, and changed in nothing."""

    def __init__(self, hook: Callable[[nn.Module, object, Tensor], None]) -> None:
        self._hook = hook
        self._listening: list[_Listening] = []

    def begin(self, _part: nn.Module, _args: object) -> None:
        listening = _Listening()
        listening.__enter__()  # type: ignore[no-untyped-call]
        self._listening.append(listening)

    def end(self, part: nn.Module, args: object, output: object) -> None:
        """Also where the part fails: then it has no output."""
        if not self._listening:  # it failed before it began
            return
        listening = self._listening.pop()
        listening.__exit__(None, None, None)  # type: ignore[no-untyped-call]
        if output is not None and len(listening.found) == 1:
            self._hook(part, args, listening.found[0])


class _Listening(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tensor] = []

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        if function is nn.functional.scaled_dot_product_attention:
            self._note(_of_product(*args, **kwargs))
        elif function in _SOFTMAX and isinstance(output, Tensor):
            axis = kwargs.get("dim", args[1] if len(args) > 1 else None)
            if type(axis) is int and axis in (-1, output.dim() - 1):
                self._note(output)
        return output

    def _note(self, weights: Tensor) -> None:
        if weights.dim() == 4 and min(weights.shape[2:]) > 1:
            self.found.append(weights)


def _of_product(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """The weights in softmax(q·k/√d)·v, which torch never has as a whole."""
    if enable_gqa and query.dim() > 2:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
    alike = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(alike.shape[-2:], dtype=torch.bool, device=alike.device).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        alike = alike.masked_fill(~attn_mask, -math.inf)
    elif attn_mask is not None:
        alike = alike + attn_mask
    return alike.softmax(-1)
