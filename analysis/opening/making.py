"""What a name in a person's file makes, with the arguments that were typed behind it: a module, or a sentence."""

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from torch import nn

from analysis.network.own_code import let_interrupt_pass, told
from analysis.protocol.problems import Problem

_MOST_SHOWN = 8


def made(source: ModuleType, file: str, maker: str, arguments: str) -> tuple[nn.Module, tuple[str, ...]]:
    """The module that is there, or that a call makes; notes on what was taken of it."""
    thing = _found(source, file, maker)
    if isinstance(thing, nn.Module):  # which is callable, too, and wants a picture
        if arguments:
            raise Problem(f"{maker} of {file} is a network already, which takes no arguments: {file}:{maker}.")
        return thing, ()
    if not callable(thing):
        raise Problem(f"{maker} of {file} makes no network: it is {_kind(thing)}.")
    given, named = _read(arguments, vars(source), file, maker)
    _refuse_what_does_not_fit(thing, given, named, file, maker)
    try:
        result = thing(*given, **named)
    except BaseException as error:
        let_interrupt_pass(error)
        hint = _hint_on(error, file, maker)
        raise Problem(f"{maker}() of {file} failed: {told(error)}{hint}.") from error
    return _module_in(result, file, maker)


def _found(source: ModuleType, file: str, maker: str) -> Any:
    thing: Any = source
    for name in maker.split("."):
        try:
            thing = getattr(thing, name)
        except BaseException as error:
            let_interrupt_pass(error)
            raise Problem(f"{file} has no function {maker}; {_offered(source)}.") from error
    return thing


def _offered(source: ModuleType) -> str:
    def own(value: object) -> bool:
        return callable(value) and getattr(value, "__module__", "") == source.__name__

    names = [name for name, value in vars(source).items() if own(value) or isinstance(value, nn.Module)]
    return f"it has {', '.join(names[:_MOST_SHOWN])}" if names else "it has no function"


def _read(arguments: str, names: Mapping[str, Any], file: str, maker: str) -> tuple[list[Any], dict[str, Any]]:
    """The values between the brackets: literals, and what the file itself calls by a name."""
    if not arguments:
        return [], {}
    try:
        call = ast.parse(f"_{arguments}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Problem(f"What stands behind {maker} is no list of arguments: {arguments[:100]}.") from error
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise Problem(f"What stands behind {maker} is no list of arguments: {arguments[:100]}.")
    given = [_value(node, names, file) for node in call.args]
    return given, {keyword.arg or "**": _value(keyword.value, names, file) for keyword in call.keywords}


def _value(node: ast.expr, names: Mapping[str, Any], file: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        pass
    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(value=inner, attr=name):
            owner = _value(inner, names, file)
            if hasattr(owner, name):
                return getattr(owner, name)
        case ast.List(elts=parts):
            return [_value(part, names, file) for part in parts]
        case ast.Tuple(elts=parts):
            return tuple(_value(part, names, file) for part in parts)
        case _:
            pass
    raise Problem(
        f"The argument {ast.unparse(node)[:100]} is none that can be typed: give numbers, words in quotes, lists, or "
        f"names that stand in {file}."
    )


def _refuse_what_does_not_fit(
    maker: Callable[..., Any], given: list[Any], named: dict[str, Any], file: str, name: str
) -> None:
    """Arguments that lack are told by their names, with two lines that give them."""
    try:
        signature = inspect.signature(maker)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*given, **named)
    except TypeError as error:
        try:
            bound = signature.bind_partial(*given, **named).arguments
        except TypeError:
            raise Problem(f"{name}() of {file} cannot be called so: {told(error)}; it is {name}{signature}.") from error
        lacking = [one.name for one in signature.parameters.values() if _is_needed(one) and one.name not in bound]
        # What was given already stands in front, so that the lines can be taken as they are.
        parts = [*map(repr, given), *(f"{key}={value!r}" for key, value in named.items())]
        call = ", ".join([*parts, *(f"{one}=…" for one in lacking)])
        raise Problem(
            f"{name} of {file} needs {_and(lacking)}: write {file}:{name}({call}), or put two lines into the file, "
            f"def make(): return {name}({call}), and open {file}:make."
        ) from error


def _hint_on(error: BaseException, file: str, maker: str) -> str:
    """A function that hands on whatever it is given says only inside what it needs."""
    if not isinstance(error, TypeError) or "required" not in str(error):
        return ""
    lacking = re.findall(r"'(\w+)'", str(error))
    return f"; give it in brackets, as in {file}:{maker}({', '.join(f'{one}=…' for one in lacking)})" if lacking else ""


def _is_needed(parameter: inspect.Parameter) -> bool:
    open_ended = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not open_ended


def _module_in(result: object, file: str, maker: str) -> tuple[nn.Module, tuple[str, ...]]:
    """What was returned, or the one module among other things: a network with its transforms, a dictionary."""
    if isinstance(result, nn.Module):
        return result, ()
    parts: list[object] = []
    if isinstance(result, Mapping):
        parts = list(result.values())
    elif isinstance(result, (tuple, list)):
        parts = list(result)
    modules = [part for part in parts if isinstance(part, nn.Module)]
    if len(modules) == 1:
        return modules[0], (f"{maker}() of {file} returns a network among other things; the network is taken.",)
    raise Problem(f"{maker}() of {file} must return an nn.Module; it returned {type(result).__name__}.")


def _kind(thing: object) -> str:
    if isinstance(thing, ModuleType):
        return "a module of Python"
    name = type(thing).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
