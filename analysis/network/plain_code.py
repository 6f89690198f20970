"""Code of a person's own that does nothing but compute: what one pass of it does, every other pass does, too.

Read from its bytecode, since no number of passes shows what the next one does: nothing outlives the call (no attribute,
global or element is written), and nothing is asked but the picture, the module's own constants, and torch. Whatever is
not understood counts as more than that. Whether values decide, or lots are drawn, is seen in a pass (`tracing.watch`).
"""

from __future__ import annotations

import builtins
import dis
import inspect
import math
import types
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from analysis.network.known_code import is_known

_WRITES = {"STORE_ATTR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE"}
_OTHER_CODE = {"STORE_NAME", "IMPORT_NAME", "IMPORT_FROM", "YIELD_VALUE", "RETURN_GENERATOR", "BEFORE_WITH"}
_MODULES = (torch, torch.nn, torch.nn.functional, math)
_SHAPING = {"abs", "all", "any", "enumerate", "isinstance", "len", "max", "min", "range", "reversed", "round", "sorted"}
_KINDS = {"bool", "dict", "float", "int", "list", "set", "slice", "str", "sum", "super", "tuple", "zip"}
# What own code may raise about its input; nothing comes of it but a refusal.
_ERRORS = {"AssertionError", "NotImplementedError", "RuntimeError", "TypeError", "ValueError"}
_CHANGING = {
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "update",
    "setdefault",
    "popitem",
    "sort",
    "reverse",
}
# What a module of one's own must not do in a way of its own.
_MACHINERY = ("__call__", "_call_impl", "__getattr__", "__getattribute__", "__setattr__", "__torch_function__")
# Of torch: what changes something for others.
_FOR_OTHERS = {"manual_seed", "seed", "set_rng_state", "load", "save", "compile", "set_grad_enabled", "hub", "jit"}
_CONSTANTS = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device, torch.Size, Tensor)
# Of a module: what changes it without a word that writes.
_CHANGES_ITSELF = {"register_buffer", "register_parameter", "register_module", "add_module", "__setattr__", "__iadd__"}
_CHANGES_ITSELF |= {
    "__dict__",
    "train",
    "eval",
    "requires_grad_",
    "load_state_dict",
    "set_extra_state",
    "__setitem__",
    "apply",
}
# What comes to a tensor's numbers where torch does not see it write.
_OUT_OF_SIGHT = {"numpy", "__array__", "__dlpack__", "untyped_storage", "storage", "data_ptr"}


def only_computes(module: nn.Module) -> bool:
    """Whether every part is known code, or does nothing but compute; without listeners."""
    try:
        parts = list(module.modules())
        if any("forward" in part.__dict__ or part._forward_hooks or not _makes_weights_only(part) for part in parts):
            return False
        return _Reading([part for part in parts if not is_known(part)]).is_plain()
    except (AttributeError, TypeError, ValueError, RecursionError):  # code that is no Python, or made in odd ways
        return False


def _makes_weights_only(part: nn.Module) -> bool:
    """Nobody stands before it but torch, which makes its weight of others, the same each time."""
    return all(
        type(hook) in (WeightNorm, SpectralNorm) and not part.training for hook in part._forward_pre_hooks.values()
    )


class _Reading:
    """Of all modules of one's own in a network: their forward, and all that this calls by name.

    A name behind a dot may be that of another module's method, or of one that a child of its class stands before: all
    that are called so are read.
    """

    def __init__(self, parts: list[nn.Module]) -> None:
        self._parts = [
            (part, [kind for kind in type(part).__mro__ if not kind.__module__.startswith(("torch.", "builtins"))])
            for part in parts
        ]
        self._seen: set[types.CodeType] = set()
        self._named: set[str] = set()
        self._changes = self._contains = False  # what is a list or a dictionary of a module's, and the like

    def is_plain(self) -> bool:
        if not all(own for _, own in self._parts):  # what torch made of a script is not read
            return False
        if any(name in kind.__dict__ for _, own in self._parts for kind in own for name in _MACHINERY):
            return False
        forwards = [inspect.getattr_static(part, "forward") for part, _ in self._parts]
        return all(map(self._function, forwards)) and not (self._changes and self._contains)

    def _function(self, function: object) -> bool:
        if isinstance(function, (staticmethod, classmethod)):
            function = function.__func__
        if not isinstance(function, types.FunctionType):
            return False
        if function.__module__.startswith("torch."):
            return True
        if function.__code__ in self._seen:
            return True
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        if not all(name == "__class__" or _is_constant(cell.cell_contents) for name, cell in cells):
            return False
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        if function.__dict__ or not all(map(_is_constant, defaults)):
            return False
        return self._code(function.__code__, function.__globals__)

    def _code(self, code: types.CodeType, world: Mapping[str, object]) -> bool:
        self._seen.add(code)
        reads = set()
        for one in dis.get_instructions(code):
            if one.opname in _WRITES or (one.opname in _OTHER_CODE and not _is_of_a_generator(one.opname, code)):
                return False
            if one.opname.startswith("INPLACE_") or (one.opname == "BINARY_OP" and one.argrepr.endswith("=")):
                self._changes = True  # of a list it is the list itself
            if one.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                reads.add(one.argval)
        if not all(self._is_in_the_world(name, world) for name in reads):
            return False
        names = set(code.co_names) - reads
        self._changes |= bool(names & _CHANGING)
        if names & (_FOR_OTHERS | _CHANGES_ITSELF | _OUT_OF_SIGHT) or not all(map(self._is_plain_in_all, names)):
            return False
        return all(self._code(inner, world) for inner in _inside(code))

    def _is_in_the_world(self, name: str, world: Mapping[str, object]) -> bool:
        if name not in world:
            return name in _SHAPING | _KINDS | _ERRORS and hasattr(builtins, name)
        value = world[name]
        if any(value is one for one in _MODULES) or _is_constant(value):
            return True
        if isinstance(value, type):
            return value.__module__.startswith("torch.") or value is Tensor
        return self._function(value)

    def _is_plain_in_all(self, name: str) -> bool:
        """Of a name behind a dot: what modules have of that name; all others are asked of tensors and of torch."""
        if name in self._named:
            return True
        self._named.add(name)
        values = [part.__dict__[name] for part, _ in self._parts if name in part.__dict__]
        values += [kind.__dict__[name] for _, own in self._parts for kind in own if name in kind.__dict__]
        return all(map(self._is_plain_value, values))

    def _is_plain_value(self, value: object) -> bool:
        if isinstance(value, (list, dict, set)):
            self._contains = True
            values = [*value.keys(), *value.values()] if isinstance(value, dict) else value
            return all(map(_is_constant, values))
        if isinstance(value, property):
            return self._function(value.fget)
        return _is_constant(value) or self._function(value)


def _is_constant(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_constant, value))
    return isinstance(value, _CONSTANTS)


def _is_of_a_generator(operation: str, code: types.CodeType) -> bool:
    """An expression whose values are asked for one by one, within the call that made it."""
    return operation in ("YIELD_VALUE", "RETURN_GENERATOR") and code.co_name == "<genexpr>"


def _inside(code: types.CodeType) -> Iterator[types.CodeType]:
    """Of functions and comprehensions that are made in it."""
    return (one for one in code.co_consts if isinstance(one, types.CodeType))
