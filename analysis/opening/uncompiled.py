"""Modules without `torch.compile`, which takes minutes, and again for every layer that is looked at."""

from torch import nn
from torch.jit import ScriptModule

WRAPPED = "_orig_mod"  # what the wrapper of torch.compile calls the module in it


def uncompiled(module: nn.Module) -> nn.Module:
    """The module that was compiled; parts of it that were are put right in place."""
    module = _unwrapped(module)
    for part in [part for part in module.modules() if not isinstance(part, ScriptModule)]:
        part._compiled_call_impl = None  # of `module.compile()`
        for name, child in list(part.named_children()):
            if child is not _unwrapped(child):
                setattr(part, name, _unwrapped(child))
    return module


def _unwrapped(module: nn.Module) -> nn.Module:
    inner = dict(module.named_children()).get(WRAPPED)
    return module if inner is None else _unwrapped(inner)
