"""What in a Python file may make a network, read without running it, and which of it most likely does."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Whoever writes one of these means it to be called.
_MEANT = ("build", "make", "create", "get_model", "model", "build_model", "make_model", "create_model", "get_net")
_MADE = ("model", "net", "network")  # what scripts call a network that is there already
_NO_MAKERS = frozenset(("main", "test", "train", "demo", "validate", "evaluate", "parse_args"))
LARGEST = 5_000_000  # bytes


@dataclass(frozen=True)
class Makers:
    """`likeliest` can be had without arguments; `wrong` says why the file is none of Python."""

    names: tuple[str, ...] = ()
    likeliest: str | None = None
    wrong: str | None = None


def makers_in(file: Path) -> Makers:
    try:
        if file.stat().st_size > LARGEST:
            return Makers()
        tree = ast.parse(file.read_bytes())
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        return Makers(wrong=f"{file.name} is not written in Python: {where}{error.msg}.")
    except (OSError, ValueError, RecursionError, MemoryError):
        return Makers()
    found = {one.name: one for one in tree.body if isinstance(one, (ast.FunctionDef, ast.ClassDef))}
    offered = [name for name in found if not name.startswith("_")]
    there = [name for name in _assigned(tree) if name in _MADE and name not in found]
    return Makers((*offered, *there), _likeliest(found, offered, there))


def _likeliest(found: Mapping[str, ast.FunctionDef | ast.ClassDef], offered: list[str], there: list[str]) -> str | None:
    alone = [name for name in offered if _needs_nothing(found[name], found, 0)]
    meant = [name for name in _MEANT if name in alone]
    classes = [name for name in alone if isinstance(found[name], ast.ClassDef) and _is_module(found[name], found, 0)]
    functions = [name for name in alone if isinstance(found[name], ast.FunctionDef) and name not in _NO_MAKERS]
    return next(iter([*meant, *there, *reversed(classes), *functions, *offered]), None)


def _needs_nothing(
    maker: ast.FunctionDef | ast.ClassDef, found: Mapping[str, ast.FunctionDef | ast.ClassDef], depth: int
) -> bool:
    if isinstance(maker, ast.FunctionDef):
        return not _needed(maker)
    begins = next((one for one in maker.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    if begins is not None:
        return _needed(begins) <= 1  # itself
    bases = [found[base] for base in _bases(maker) if base in found]
    return depth > 10 or all(_needs_nothing(base, found, depth + 1) for base in bases)


def _needed(function: ast.FunctionDef) -> int:
    """How many arguments have to be given."""
    given = function.args
    by_place = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    return by_place + sum(default is None for default in given.kw_defaults)


def _is_module(maker: ast.stmt, found: Mapping[str, ast.FunctionDef | ast.ClassDef], depth: int) -> bool:
    if not isinstance(maker, ast.ClassDef) or depth > 10:
        return False
    return any(
        _is_module(found[base], found, depth + 1) if base in found else "Dataset" not in base and "Function" not in base
        for base in _bases(maker)
    )


def _bases(maker: ast.ClassDef) -> list[str]:
    return [ast.unparse(base).rpartition(".")[2] for base in maker.bases]


def _assigned(tree: ast.Module) -> Iterator[str]:
    for one in tree.body:
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call):
            yield from (target.id for target in one.targets if isinstance(target, ast.Name))
