"""A function of the person's own Python file that makes their network. Running it needs their trust, asked before."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from analysis.network.own_code import belongs_to, imported_later, let_interrupt_pass, look_in, told
from analysis.protocol.problems import Problem

_neighbours: set[str] = set()  # the modules that the file before imported from its own folder as it was run


def module_of(file: Path, program: bytes, factory: str) -> nn.Module:
    """What `factory()` returns: an nn.Module, or a class that is one when called without arguments.

    `program` is what is in the file, and what is run.
    """
    with _neighbours_anew(file), _all_else_as_before():
        return _made(file, program, factory)


def _made(file: Path, program: bytes, factory: str) -> nn.Module:
    source = _run(file, program)
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
        except BaseException as error:
            let_interrupt_pass(error)
            raise Problem(f"{factory}() of {file.name} failed: {told(error)}.") from error
    if not isinstance(made, nn.Module):
        raise Problem(f"{factory}() of {file.name} must return an nn.Module; it returned {type(made).__name__}.")
    return made


def _run(file: Path, program: bytes) -> ModuleType:
    """Under a name of its own, so that it never stands in for another module, and anew each time."""
    name = f"_underhood_own_{file.stem}_{abs(hash(str(file.resolve()))):x}"
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module  # dataclasses and pickling look their module up
    with _its_folder_first(file):
        try:
            exec(compile(program, str(file), "exec", dont_inherit=True), vars(module))
        except BaseException as error:
            let_interrupt_pass(error)
            sys.modules.pop(name, None)
            raise Problem(f"{file.name} failed while it was run: {told(error)}.") from error
    return module


@contextmanager
def _neighbours_anew(file: Path) -> Iterator[None]:
    """The files that it imports are read again: the last ones may be of another folder, or were edited since.

    If it fails, those of the network that stays open are there again.
    """
    global _neighbours
    importlib.invalidate_caches()
    of_last = _with_parts(_neighbours | imported_later())
    last = {name: sys.modules.pop(name) for name in of_last}
    before = set(sys.modules)
    known = {name.partition(".")[0] for name in before}
    folder = file.resolve().parent
    look_in(folder)
    try:
        yield
    except BaseException:
        for name in _from(folder, before, known):
            del sys.modules[name]
        sys.modules.update(last)
        _neighbours = of_last
        raise
    _neighbours = _from(folder, before, known)


def _with_parts(names: set[str]) -> set[str]:
    """The modules of these names that are there, and those in them where one is a package."""
    tops = {name.partition(".")[0] for name in names}
    return {name for name in sys.modules if name.partition(".")[0] in tops}


def _from(folder: Path, before: set[str], known: set[str]) -> set[str]:
    """The new modules in this folder; parts of a package that was there before belong to it."""
    new = {name: module for name, module in sys.modules.items() if name not in before}
    return {name for name, module in new.items() if name.partition(".")[0] not in known and _is_in(folder, module)}


def _is_in(folder: Path, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and belongs_to(folder, file)


@contextmanager
def _all_else_as_before() -> Iterator[None]:
    """The working folder, where a relative name of an output lies, and what torch does for everybody."""
    folder, grad, device = Path.cwd(), torch.is_grad_enabled(), torch.get_default_device()
    try:
        yield
    finally:
        os.chdir(folder)
        torch.set_grad_enabled(grad)
        if torch.get_default_device() != device:
            torch.set_default_device(None)


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
