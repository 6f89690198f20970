"""Where a file of the person's own lives: the repository around it, in which its imports are looked for.

Whoever publishes a network runs it from the root of their repository, and its file stands some folders below.
"""

import ast
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SURE = ("setup.py", "pyproject.toml", "setup.cfg")
_LIKELY = ("README*", "readme*", "LICENSE*", "requirements*.txt", "environment.y*ml", ".gitignore")
_SOURCES = ("src", "lib", "python")  # where some repositories keep their packages, below the root
HIGHEST = 8  # folders above the file's own that are looked at for a root
_HIGHEST_LIKELY = 3
_APPLICATION = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """`first` is searched before the libraries, `last` after them: the inside of the package that the file is in."""

    root: Path
    first: tuple[Path, ...]
    last: tuple[Path, ...]


def home_of(file: Path) -> Home:
    folder = file.resolve().parent
    packages = _packages(folder)
    outside = packages[-1].parent if packages else folder
    root = _root(folder)
    if not outside.is_relative_to(root):
        root = outside
    upwards = [outside]
    while upwards[-1] != root:
        upwards.append(upwards[-1].parent)
    upwards += [root / name for name in _SOURCES if (root / name).is_dir() and root / name not in upwards]
    return Home(root, tuple(upwards), packages)


def package_of(file: Path, program: bytes) -> tuple[tuple[str, Path], ...]:
    """Names and folders of the packages around a file that imports relatively, the outermost first; else none.

    Folders without an `__init__.py` count as far as its dots reach.
    """
    levels = _levels(program)
    if not levels:
        return ()
    folder = file.resolve().parent
    count = min(max(levels, len(_packages(folder))), len(folder.parts) - 1)
    around = [folder, *folder.parents][:count]
    return tuple((re.sub(r"\W", "_", one.name), one) for one in reversed(around))


def _levels(program: bytes) -> int:
    """How many dots its imports begin with at most."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    return max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)


def _packages(folder: Path) -> tuple[Path, ...]:
    """The packages that the folder is in, itself first."""
    found = []
    for one in (folder, *folder.parents):
        if not (one / "__init__.py").is_file():
            break
        found.append(one)
    return tuple(found)


def _root(folder: Path) -> Path:
    """The folder above that looks like a repository, never the person's home, and else its own."""
    above = _above(folder)
    if found := next((one for one in above if (one / ".git").exists()), None):
        return found
    sure = [one for one in above if any((one / name).is_file() for name in _SURE)]
    likely = [one for one in above[:_HIGHEST_LIKELY] if any(any(one.glob(name)) for name in _LIKELY)]
    return next(reversed(sure or likely or [folder]))


def _above(folder: Path) -> list[Path]:
    """The folder and those above it, as far as they may belong to it."""
    if folder.is_relative_to(_APPLICATION):
        return [folder]
    ends = {Path(tempfile.gettempdir()).resolve(), *_home_and_above()}
    found = [folder]
    for one in folder.parents[:HIGHEST]:
        if one in ends or one == one.parent:
            break
        found.append(one)
    return found


def _home_and_above() -> tuple[Path, ...]:
    try:
        home = Path.home().resolve()
    except (RuntimeError, OSError):
        return ()
    return (home, *home.parents)
