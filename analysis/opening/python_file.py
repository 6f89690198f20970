"""A Python file of the person's own run in its repository. Running it needs their trust, asked before."""

import importlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

import torch
from torch import nn

from analysis.network.own_code import (
    APART,
    KEPT_APART,
    belongs_to,
    imported_later,
    kept_apart,
    let_interrupt_pass,
    look_in,
    told,
)
from analysis.opening import missing_package
from analysis.opening.making import made
from analysis.opening.repository import Home, home_of, package_of
from analysis.protocol.problems import Problem

_neighbours: set[str] = set()  # the modules that the file before imported from its own repository as it was run


def module_of(file: Path, program: bytes, maker: str, arguments: str = "") -> tuple[nn.Module, tuple[str, ...]]:
    """What `maker` in the file is, or makes when it is called: an nn.Module, with notes on it.

    `program` is what is in the file, and what is run.
    """
    with at_home(file) as home:
        source = _run(file, program, home)
        try:
            return made(source, file.name, maker, arguments)
        except Problem as problem:
            if (lacking := _lacking(problem.__cause__, home)) is not None:
                raise Problem(f"{str(problem).rstrip('.')}; {lacking}.") from problem
            raise


@contextmanager
def at_home(file: Path) -> Iterator[Home]:
    """In this block modules are found from where the file lies; what it changes for everybody is put back after."""
    home = home_of(file)
    with _neighbours_anew(home, file), _all_else_as_before(file), _searched(home):
        yield home


def _run(file: Path, program: bytes, home: Home) -> ModuleType:
    try:
        return _run_as_itself(file, program, home)
    except BaseException as error:
        let_interrupt_pass(error)
        if isinstance(error, SyntaxError):
            raise Problem(f"{file.name} is not written in Python {_version()}: {told(error)}.") from error
        what = f"{file.name} failed while it was run: {told(error)}"
        if (lacking := _lacking(error, home)) is not None:
            raise Problem(f"{what}; {lacking}.") from error
        if isinstance(error, SystemExit):
            raise Problem(
                f"{what}, as a script does that wants arguments of its own: put the network into a file without them."
            ) from error
        raise Problem(f"{what}.") from error


def _lacking(error: BaseException | None, home: Home) -> str | None:
    return None if error is None else missing_package.sentence(error, (*home.last, *home.first))


def _version() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _run_as_itself(file: Path, program: bytes, home: Home) -> ModuleType:
    package = package_of(file, program)
    if not package:
        return _run_alone(file, program)
    names = tuple(name for name, _folder in package)
    before = set(sys.modules)
    try:
        return _run_in_package(file, program, package, bare=False)
    except Exception as error:
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == names[0] or name.startswith(APART):
                del sys.modules[name]
        try:  # a package whose own file fails, for what this one may not need
            return _run_in_package(file, program, package, bare=True)
        except Exception:
            raise error from None


def _run_alone(file: Path, program: bytes) -> ModuleType:
    """Under a name of its own, so that it never stands in for another module, and anew each time."""
    name = f"_underhood_own_{file.stem}_{abs(hash(str(file.resolve()))):x}"
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module  # dataclasses and pickling look their module up
    try:
        exec(compile(program, str(file), "exec", dont_inherit=True), vars(module))
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _run_in_package(file: Path, program: bytes, package: Sequence[tuple[str, Path]], bare: bool) -> ModuleType:
    """As the part of a package that its relative imports take it for. `bare`: without what the packages run first."""
    top, folder = package[0]
    parent = f"{kept_apart(folder.parent)}." if _is_taken(top, folder) else ""
    name = parent[:-1]
    for part, place in package:
        name = f"{name}.{part}" if name else part
        if bare or part != place.name or not (place / "__init__.py").is_file():
            module = sys.modules[name] = ModuleType(name)
            module.__path__ = [str(place)]
            module.__package__ = name
    if file.name != "__init__.py":
        name = f"{name}.{re.sub(r'[^0-9a-zA-Z_]', '_', file.stem)}"
    agreed = _Agreed(name, file.resolve(), program)
    sys.meta_path.insert(0, agreed)
    try:
        return importlib.import_module(name)
    finally:
        sys.meta_path.remove(agreed)


def _is_taken(name: str, folder: Path) -> bool:
    """Whether a library or a module that is here has this name."""
    there = sys.modules.get(name)
    if name in KEPT_APART or there is not None:
        return True
    spec = PathFinder.find_spec(name)
    return spec is not None and spec.origin is not None and not belongs_to(folder, spec.origin)


class _Agreed(MetaPathFinder):
    """Finds the file in question as it was agreed to, whoever imports it."""

    def __init__(self, name: str, file: Path, program: bytes) -> None:
        self._name, self._file, self._program = name, file, program

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        inside = [str(self._file.parent)] if self._file.name == "__init__.py" else None
        loader = _AsAgreed(fullname, str(self._file), self._program)
        return spec_from_file_location(fullname, self._file, loader=loader, submodule_search_locations=inside)


class _AsAgreed(SourceFileLoader):
    def __init__(self, name: str, file: str, program: bytes) -> None:
        super().__init__(name, file)
        self._program = program

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._program, self.path, "exec", dont_inherit=True)
        return code


@contextmanager
def _neighbours_anew(home: Home, file: Path) -> Iterator[None]:
    """The files that it imports are read again: the last ones may be of another folder, or were edited since.

    If it fails, those of the network that stays open are there again.
    """
    global _neighbours
    importlib.invalidate_caches()
    of_last = _with_parts(_neighbours | imported_later())
    last = {name: sys.modules.pop(name) for name in of_last}
    before = set(sys.modules)
    known = {name.partition(".")[0] for name in before}
    look_in(home.root, home.first, home.last)
    look_in(file.resolve().parent, home.first, home.last)
    try:
        yield
    except BaseException:
        for name in _from(home.root, before, known):
            del sys.modules[name]
        sys.modules.update(last)
        _neighbours = of_last
        raise
    _neighbours = _from(home.root, before, known)


def _with_parts(names: set[str]) -> set[str]:
    """The modules of these names that are there, and those in them where one is a package."""
    tops = {name.partition(".")[0] for name in names}
    return {name for name in list(sys.modules) if name.partition(".")[0] in tops}


def _from(folder: Path, before: set[str], known: set[str]) -> set[str]:
    """The new modules in this folder; parts of a package that was there before belong to it."""
    now = list(sys.modules.items())  # another thread may import something meanwhile
    new = {name: module for name, module in now if name not in before}
    found = {name for name, module in new.items() if name.partition(".")[0] not in known and _is_in(folder, module)}
    return found | {name for name in new if name.startswith(APART)}


def _is_in(folder: Path, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and belongs_to(folder, file)


@contextmanager
def _all_else_as_before(file: Path) -> Iterator[None]:
    """The working folder, where a relative name of an output lies, and what torch does for everybody.

    Nor does it see our arguments, as a script that reads its own would.
    """
    folder, grad, device = Path.cwd(), torch.is_grad_enabled(), torch.get_default_device()
    usual, typed = torch.get_default_dtype(), sys.argv
    sys.argv = [str(file)]
    try:
        yield
    finally:
        sys.argv = typed
        os.chdir(folder)
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(usual)
        if torch.get_default_device() != device:
            torch.set_default_device(None)


@contextmanager
def _searched(home: Home) -> Iterator[None]:
    """For imports that are no statement in one of its files: by name, or from a pickle.

    What its own code adds is where its files look from now on, and nobody else.
    """
    before = list(sys.path)
    first, *more = map(str, home.first)
    sys.path[:] = [first, *before, *more]
    try:
        yield
    finally:
        added = tuple(Path(one) for one in sys.path if one not in before and one not in (first, *more) and one)
        sys.path[:] = before
        if added:
            look_in(home.root, (*home.first, *(one.resolve() for one in added)), home.last)
