"""No circle of imports goes through the house, not even one for the type checker alone."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _modules() -> dict[str, Path]:
    found = {}
    for room in ("analysis", "gui"):
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imported(path: Path, modules: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            own = {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys()
            whole = {node.module} & modules.keys() if len(own) < len(node.names) else set()
            found |= own | whole
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & modules.keys()
    return found


def test_that_no_module_imports_itself_by_way_of_others() -> None:
    modules = _modules()
    assert len(modules) > 100
    sorter = TopologicalSorter({name: _imported(path, modules) - {name} for name, path in modules.items()})
    try:
        sorter.prepare()
    except CycleError as circle:
        pytest.fail(f"a circle of imports: {' → '.join(circle.args[1])}")
