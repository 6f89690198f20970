"""What a script or notebook defines, without what else it does: training begins where somebody runs it as a whole."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

from analysis.network.own_code import let_interrupt_pass, told
from analysis.opening.repository import Home
from analysis.protocol.problems import Problem

MOST_FILES = 300
LARGEST = 20_000_000  # bytes; notebooks hold their pictures
_OTHERS = frozenset((".git", "__pycache__", "node_modules", "site-packages", "dist-packages"))
# Calls that only make a value; whatever else is called may begin to work.
_HARMLESS = frozenset(
    (
        *("dict", "float", "frozenset", "int", "len", "list", "max", "min", "range", "set", "str", "tuple"),
        *("functools.partial", "partial", "namedtuple", "collections.namedtuple"),
        *("torch.cuda.is_available", "torch.device"),
    )
)


def defining(name: str, home: Home) -> Path | None:
    """The nearest script or notebook with a class or function of this name."""
    return next((file for file in islice(_files(home), MOST_FILES) if name in _defined(file)), None)


def definitions_of(file: Path, content: bytes, wanted: str) -> ModuleType:
    """Its imports, classes, functions and plain values, under a name of its own; one that fails is left out."""
    module = ModuleType(f"_underhood_own_{re.sub(r'[^0-9a-zA-Z_]', '_', file.stem)}_{abs(hash(str(file))):x}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    failed: BaseException | None = None
    for statement in _tree(file, content).body:
        if not _only_defines(statement):
            continue
        try:
            code = compile(ast.Module([statement], []), str(file), "exec", dont_inherit=True)
            exec(code, vars(module))
        except BaseException as error:
            let_interrupt_pass(error)
            failed = failed or error
    if not hasattr(module, wanted):
        why = f": {told(failed)}" if failed is not None else ""
        raise Problem(f"{wanted} of {file.name} cannot be defined again{why}.") from failed
    return module


def _files(home: Home) -> Iterator[Path]:
    """Those in the folder itself first, then outwards, then all others below the root; notebooks come last in each."""
    seen: set[Path] = set()
    for folder, pattern in [*((one, "*") for one in home.first), (home.root, "**/*")]:
        try:
            found = [
                file
                for file in islice(folder.glob(pattern), 20 * MOST_FILES)
                if file.suffix.lower() in (".py", ".ipynb") and _OTHERS.isdisjoint(file.parts)
            ]
        except OSError:
            continue
        for file in sorted(found, key=lambda one: (one.suffix.lower() != ".py", len(one.parts), one.name)):
            if file not in seen:
                seen.add(file)
                yield file


def _defined(file: Path) -> set[str]:
    try:
        if file.stat().st_size > LARGEST:
            return set()
        body = _tree(file, file.read_bytes()).body
    except (OSError, Problem):
        return set()
    return {node.name for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}


def _tree(file: Path, content: bytes) -> ast.Module:
    try:
        return ast.parse(_of_notebook(content) if file.suffix.lower() == ".ipynb" else content)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError, KeyError, AttributeError) as error:
        raise Problem(f"{file.name} cannot be read as Python: {told(error)}.") from error


def _of_notebook(content: bytes) -> str:
    """Its cells of code, without what is for the notebook itself (%…, !…); cells that are no Python are left out."""
    cells = []
    for cell in json.loads(content)["cells"]:
        if cell.get("cell_type") != "code":
            continue
        lines = "".join(cell["source"]).splitlines()
        text = "\n".join("" if re.match(r"\s*[%!?]", line) else line for line in lines)
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        cells.append(text)
    return "\n".join(cells)


def _only_defines(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            calls = [node for node in ast.walk(value) if isinstance(node, (ast.Call, ast.Await, ast.NamedExpr))]
            return all(isinstance(call, ast.Call) and ast.unparse(call.func) in _HARMLESS for call in calls)
        case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=[]):
            return all(map(_only_defines, [*body, *(one for handler in handlers for one in handler.body)]))
        case _:
            return False
