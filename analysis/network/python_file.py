"""A function of the person's own Python file that makes their network. Running it needs their trust, asked before."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from analysis.problems import Problem, in_one_line


def module_of(file: Path, factory: str) -> nn.Module:
    """What `factory()` returns: an nn.Module, or a class that is one when called without arguments."""
    source = _imported(file)
    function = getattr(source, factory, None)
    if not callable(function):
        offered = [
            n for n, v in vars(source).items() if callable(v) and getattr(v, "__module__", "") == source.__name__
        ]
        has = f"it has {', '.join(offered[:8])}" if offered else "it has no function"
        raise Problem(f"{file.name} has no function {factory}; {has}.")
    with _its_folder_first(file):
        try:
            made = function()
        except (Exception, SystemExit) as error:
            raise Problem(f"{factory}() of {file.name} failed: {_said(error)}.") from error
    if not isinstance(made, nn.Module):
        raise Problem(f"{factory}() of {file.name} must return an nn.Module; it returned {type(made).__name__}.")
    return made


def _imported(file: Path) -> ModuleType:
    """Under a name of its own, so that it never stands in for another module, and anew each time."""
    name = f"_underhood_own_{file.stem}_{abs(hash(str(file.resolve()))):x}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise Problem(f"{file.name} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look their module up
    with _its_folder_first(file):
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as error:
            sys.modules.pop(name, None)
            raise Problem(f"{file.name} failed while it was run: {_said(error)}.") from error
    return module


@contextmanager
def _its_folder_first(file: Path) -> Iterator[None]:
    """Nor does a number type that it makes the usual one hold for other networks after it."""
    folder, usual = str(file.resolve().parent), torch.get_default_dtype()
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        torch.set_default_dtype(usual)
        if folder in sys.path:  # the file may have put things right itself
            sys.path.remove(folder)


def _said(error: BaseException) -> str:
    name, text = type(error).__name__, in_one_line(error)
    return name if text == name else f"{name}: {text}"
