"""The code of the person's own Python files: where in it an error arose, and what it imports while it runs."""

import builtins
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from traceback import walk_tb
from types import FrameType, ModuleType
from typing import Any

from analysis.network.interrupts import interrupts_told_apart, is_interrupt
from analysis.protocol.problems import Problem, in_one_line

_APPLICATION = Path(__file__).resolve().parents[2]
_OUR_ROOMS = tuple(_APPLICATION / name for name in ("analysis", "gui", "resources"))
_NOT_THEIRS = (Path(os.__file__).resolve().parent, *_OUR_ROOMS)
# Modules of ours, and of a library that we import late: where a person's file has one of that name, both are needed.
_LIBRARIES_OF_OURS = frozenset(("timm",))
KEPT_APART = frozenset(("analysis", "gui", "main", "resources", "tests", "underhood", *_LIBRARIES_OF_OURS))
APART = "_underhood_theirs"

_LIBRARIES = frozenset(("site-packages", "dist-packages"))

# Of the files that were run, with where their imports are looked for: before the libraries, and after them.
_folders: dict[Path, tuple[tuple[Path, ...], tuple[Path, ...]]] = {}


def told(error: BaseException) -> str:
    """What an error in somebody else's code says, and where in the person's own files it arose."""
    text, kind = in_one_line(error), type(error).__name__
    if text != kind and not isinstance(error, RuntimeError):  # whose name says nothing
        text = f"{kind}: {text}"
    place = None if isinstance(error, SyntaxError) else _place_of(error)  # which names its place itself
    return text if place is None else f"{text} ({place})"


def let_interrupt_pass(error: BaseException) -> None:
    """Own code can end with anything, also with what is meant for Python itself; only Ctrl+C is the person's."""
    if is_interrupt(error):
        raise error


@contextmanager
def failures_told(tried: str) -> Iterator[None]:
    """Whatever goes wrong in a network, which may be anyone's, is one sentence: what was tried, and what it says."""
    with interrupts_told_apart():
        try:
            yield
        except Problem:
            raise
        except BaseException as error:
            let_interrupt_pass(error)
            raise Problem(f"{tried}: {told(error)}.") from error


def attribute(owner: object, name: str) -> object:
    """What somebody else's object has under this name; None where it has none, or fails when it is asked."""
    try:
        return getattr(owner, name, None)
    except BaseException as error:
        let_interrupt_pass(error)
        return None


def belongs_to(folder: Path, file: str) -> bool:
    """Whether a file in this folder is the person's own: libraries in an environment that lies in it are not."""
    if file.startswith("<"):  # code that was made while the program runs
        return False
    path = Path(file).resolve()
    if not path.is_relative_to(folder) or not _LIBRARIES.isdisjoint(path.relative_to(folder).parts):
        return False
    return not any(path.is_relative_to(other) for other in _NOT_THEIRS)


def look_in(folder: Path, first: Sequence[Path] = (), last: Sequence[Path] = ()) -> None:
    """From now on imports in the files of this folder look in `first`, then in the libraries, then in `last`.

    Without any they look in the folder itself first, as if it were where Python was started.
    """
    _folders[folder] = (tuple(first) or (folder,), tuple(last))
    if _finder not in sys.meta_path:
        sys.meta_path.insert(sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0, _finder)
    if any(_has(place, name) for place in (*first, *last) for name in KEPT_APART):
        builtins.__import__ = _import


def kept_apart(place: Path) -> str:
    """The package in which modules of theirs live whose names are taken: what lies in this folder is in it."""
    name = f"{APART}_{abs(hash(str(place))):x}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(place)]
        sys.modules[name] = package
    return name


def of_theirs(name: str, searched: tuple[tuple[Path, ...], tuple[Path, ...]]) -> str | None:
    """The name under which a module of theirs can be had whose own name is taken; None where theirs is not meant."""
    top = name.partition(".")[0]
    if top not in KEPT_APART:
        return None
    first, last = searched
    places = first if top in _LIBRARIES_OF_OURS else (*first, *last)  # a library comes before the inside of a package
    place = next((place for place in places if _has(place, top)), None)
    return None if place is None else f"{kept_apart(place)}.{name}"


def _has(place: Path, name: str) -> bool:
    """Whether a module or package of this name lies there, and is none of ours."""
    if place == _APPLICATION:
        return False
    if (place / f"{name}.py").is_file() or (place / name / "__init__.py").is_file():
        return True
    return (place / name).is_dir() and any((place / name).glob("*.py"))


def imported_later() -> set[str]:
    """The modules that were found since this was asked last."""
    found = set(_finder.found)
    _finder.found.clear()
    return found


class _BesideItsImporter(MetaPathFinder):
    """Finds what a file of the person's own imports long after it was run, in `forward` for one."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        importer = _importer(sys._getframe(1)) if path is None else None
        folder = _folder_of(importer) if importer is not None else None
        if folder is None:
            return None
        first, last = _folders[folder]
        spec = PathFinder.find_spec(fullname, [*map(str, first), *sys.path, *map(str, last)])
        if spec is not None and spec.origin == importer:
            return None  # a file named as the library that it imports
        if spec is not None and any(_is_theirs(place) for place in _places_of(spec)):
            self.found.add(fullname)
        return spec


_finder = _BesideItsImporter()
_plain_import = builtins.__import__


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,  # noqa: A002 - Python's own names, which some give by name
    locals: Mapping[str, Any] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    """Python's own, but that files of the person's own get their module where one of ours has the same name."""
    top = name.partition(".")[0]
    if level == 0 and top in KEPT_APART and globals is not None and isinstance(globals.get("__file__"), str):
        folder = _folder_of(globals["__file__"])
        theirs = of_theirs(name, _folders[folder]) if folder is not None else None
        if theirs is not None:
            _finder.found.add(theirs)
            found = _plain_import(theirs, globals, locals, fromlist, 0)
            return found if fromlist else sys.modules[theirs[: len(theirs) - len(name)] + top]
    return _plain_import(name, globals, locals, fromlist, level)


def _is_theirs(place: str) -> bool:
    return any(belongs_to(folder, place) for folder in _folders)


def _places_of(spec: ModuleSpec) -> Sequence[str]:
    """The module's file, or the folders of a package that has none."""
    return [spec.origin] if spec.origin is not None else list(spec.submodule_search_locations or ())


def _importer(frame: FrameType | None) -> str | None:
    """The file with the import in it: above the frames of the import system itself."""
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(("importlib", "_frozen_importlib")):
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else None


def _folder_of(file: str) -> Path | None:
    """The innermost one of the folders that it is a person's own file of."""
    return max((one for one in _folders if belongs_to(one, file)), key=lambda one: len(one.parts), default=None)


def _place_of(error: BaseException) -> str | None:
    """`net.py, line 12`: the innermost line of the person's own that the error came through."""
    came_through = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    folders: dict[str, Path | None] = {}  # by file: what calls itself without end is in the same one a thousand times
    for file, line in reversed(came_through):
        if file not in folders:
            folders[file] = _folder_of(file)
        folder = folders[file]
        if folder is not None:
            return f"{Path(file).resolve().relative_to(folder)}, line {line}"
    return None
