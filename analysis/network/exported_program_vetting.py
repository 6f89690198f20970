"""Whether an exported program (`.pt2`) holds anything that would run as a program when torch opens it.

torch.export.load trusts its file: it falls back to full pickles, evaluates expressions as Python, resolves any name
below `torch`, and writes names into source code. So everything it reads is compared with what an honest export writes.
"""

import ast
import io
import json
import pickle
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import torch

LARGEST_JSON = 200_000_000

_OPERATION = re.compile(
    r"torch\.ops\.(aten\.(?!from_file)|prims\.|torchvision\.|quantized_decomposed\.)\w+(\.\w+)?"
    r"|torch\.ops\.higher_order\.(wrap_with_set_grad_enabled|wrap_with_autocast|cond)"
    r"|torch\.sym_\w+|math\.(trunc|floor|ceil|sqrt)"
    r"|_operator\.(getitem|add|sub|mul|floordiv|truediv|mod|neg|pow|eq|ne|ge|gt|le|lt|and_|or_|not_|pos)"
)
_NAME = re.compile(r"[\w.]*")
_WORD = re.compile(r"[\w .:/+-]*")
_MODULE_STACK = re.compile(r"[\w.;,@<>\[\]'() -]*")
_SYMPY = re.compile(
    "Symbol|Integer|Float|Rational|Add|Mul|Pow|Mod|Max|Min|Abs|Eq|Ne|Ge|Gt|Le|Lt|And|Or|Not|Equality|Unequality|"
    "GreaterThan|LessThan|StrictGreaterThan|StrictLessThan|FloorDiv|ModularIndexing|CeilToInt|CeilDiv|CleanDiv|"
    "IntTrueDiv|FloatTrueDiv|PythonMod|TruncToInt|RoundToInt|ToFloat|Where|true|false|oo|int_oo"
)
_SYMBOL = re.compile(r"[suz]\d+")


def code_in(content: bytes) -> str | None:
    """In words what in the file could run, or None. A file that is no archive at all is left to torch to refuse."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return next(_suspicions(archive), None)
    except (OSError, zipfile.BadZipFile, ValueError, RecursionError, EOFError, NotImplementedError):
        return "is no archive whose parts could be checked"


def _suspicions(archive: zipfile.ZipFile) -> Iterator[str]:
    pickled = set()
    for info in archive.infolist():
        name = info.filename
        if re.search(r"(^|/)(custom_obj|opaque_obj)_?[^/]*$", name) or name.endswith((".so", ".py", ".cpp")):
            yield f"holds an object of its own ({name.rpartition('/')[2]})"
        if name.endswith((".pt", ".pkl")):
            pickled.add(name)
        if name.endswith(".json"):
            if info.file_size > LARGEST_JSON:
                yield "holds a description too large to check"
            content = json.loads(archive.read(info))
            if isinstance(content, dict) and "config" in content:
                folder = name.rpartition("/")[0]
                pickled |= {f"{folder}/{path}" for path in _pickled_tensors(content["config"])}
            else:
                yield from _in_graph(content)
    for name in sorted(pickled & set(archive.namelist())):
        if not _is_plain(archive.read(name)):
            yield f"holds a pickle that is more than numbers ({name.rpartition('/')[2]})"


def _pickled_tensors(config: Any) -> Iterator[str]:
    for entry in config.values() if isinstance(config, dict) else ():
        if isinstance(entry, dict) and entry.get("use_pickle"):
            yield str(entry.get("path_name"))


def _is_plain(content: bytes) -> bool:
    if not content:
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError):
            return False
    return True


def _in_graph(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "metadata":
                yield from _in_metadata(inner)
            elif name not in ("guards_code", "verifiers", "torch_version", "in_spec", "out_spec"):
                if not _NAME.fullmatch(str(name)):
                    yield "holds a name that is none"
                yield from _in_graph(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _in_graph(inner, key)
    elif isinstance(value, str) and not _is_harmless(value, key):
        yield f"calls or computes something unusual ({value[:60]})"


def _in_metadata(metadata: Any) -> Iterator[str]:
    """Only the names of modules in it become more than text."""
    stack = metadata.get("nn_module_stack", "") if isinstance(metadata, dict) else ""
    if not isinstance(stack, str) or not _MODULE_STACK.fullmatch(stack):
        yield "names its modules in an unusual way"
        return
    for level in stack.split(";"):
        parts = level.split(",")
        if len(parts) > 1 and not re.fullmatch(r"[\w.@]*", parts[1]):
            yield "names its modules in an unusual way"


def _is_harmless(text: str, key: str) -> bool:
    if key in ("target", "as_operator") and text.startswith(("torch", "_operator", "math", "#")):
        return bool(_OPERATION.fullmatch(text))
    if key == "expr_str":
        return _is_arithmetic(text)
    if key in ("as_string", "type", "equation"):
        return bool(_WORD.fullmatch(text)) or bool(re.fullmatch(r"[\w,> .-]*", text))
    return bool(_NAME.fullmatch(text))


def _is_arithmetic(text: str) -> bool:
    """Whether sympy, which evaluates it as Python, can only find symbols, numbers and its own functions in it."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    allowed = (
        ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.BinOp, ast.UnaryOp, ast.operator,
        ast.unaryop, ast.Compare, ast.cmpop,
    )  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, allowed):
            return False
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and _SYMPY.fullmatch(node.func.id)):
            return False
        if isinstance(node, ast.Name) and not (_SYMPY.fullmatch(node.id) or _SYMBOL.fullmatch(node.id)):
            return False
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _SYMBOL.fullmatch(node.value):
            return False
    return True
