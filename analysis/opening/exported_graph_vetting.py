"""Whether the description of an exported program asks for anything that would run as a program.

torch evaluates the expressions in it as Python, resolves any name below `torch`, imports modules that the types of
answers name, and writes names into source code. So everything is compared with what an honest export writes, and what
needs not be there is left out.
"""

import ast
import json
import re

import torch

_TARGET = re.compile(
    r"torch\.ops\.(aten|prims)\.[a-zA-Z_]\w*(\.\w+)?"
    r"|torch\.ops\.(torchvision|quantized_decomposed)\.(?!__)\w+(\.(?!__)\w+)?"
    r"|torch\.ops\.higher_order\.(wrap_with_set_grad_enabled|wrap_with_autocast|cond)"
    r"|torch\.sym_\w+|math\.(trunc|floor|ceil|sqrt)"
    r"|_operator\.(getitem|add|sub|mul|floordiv|truediv|mod|neg|pow|eq|ne|ge|gt|le|lt|and_|or_|not_|pos)"
)
_FILES = ("from_file", "save")  # operations that read or write them
_NAME = re.compile(r"[\w.]*")
_WORD = re.compile(r"[\w .:/+-]*|[\w,> .-]*")
_LEVEL = re.compile(r"(?:[\w.@<> ']|\[[\w.' -]*\])*,[\w.@]*,[\w.,@<>\[\]'() -]*")  # of a stack: its key, path and type
_SYMPY = re.compile(
    "Symbol|Integer|Float|Rational|Add|Mul|Pow|Mod|Max|Min|Abs|Eq|Ne|Ge|Gt|Le|Lt|And|Or|Not|Equality|Unequality|"
    "GreaterThan|LessThan|StrictGreaterThan|StrictLessThan|FloorDiv|ModularIndexing|CeilToInt|CeilDiv|CleanDiv|"
    "IntTrueDiv|FloatTrueDiv|PythonMod|TruncToInt|RoundToInt|ToFloat|Where|true|false|oo|int_oo"
)
_SYMBOL = re.compile(r"[suz]\d+")
_ARITHMETIC = re.compile(r"[\w ().,'\"+*/%<>=!&|~-]*", re.ASCII)
_PARTS = (
    *(ast.Expression, ast.Load, ast.keyword, ast.UnaryOp, ast.unaryop, ast.Compare, ast.cmpop, ast.BinOp),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
)
_LARGEST_NUMBER, _LARGEST_POWER, _MOST_POWERS = 2**64, 8, 4

# What they hold is called as the author of the network likes.
_OF_NAMES = (
    *("tensor_values", "sym_int_values", "sym_bool_values", "sym_float_values", "custom_obj_values", "config"),
    *("range_constraints", "opset_version", "treespec_namedtuple_fields", "as_string_to_argument"),
)
_TEXTS = ("target", "as_operator", "expr_str", "in_spec", "out_spec")


class CodeFound(Exception):  # noqa: N818 - it is what was looked for
    """In words what in the file could run as a program."""


def vetted_graph(content: object) -> object:
    """The description without what is only for its reader, such as the source of guards; `CodeFound` if it asks for
    more than a network does."""
    if isinstance(content, dict):
        content = {name: inner for name, inner in content.items() if name not in ("guards_code", "torch_version")}
    return _vetted(content, "")


def _vetted(value: object, key: str) -> object:
    """`key` is the name under which the value, or the list that it is in, stands."""
    if key in _TEXTS and value is not None and not isinstance(value, str):
        raise CodeFound("calls or computes something unusual")
    if isinstance(value, dict):
        if key in _OF_NAMES:
            return {_name(name): _vetted(inner, "") for name, inner in value.items()}
        return {
            _name(name): _metadata(inner) if name == "metadata" else _vetted(inner, name)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_vetted(inner, key) for inner in value]
    return _text(value, key) if isinstance(value, str) else value


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise CodeFound("holds a name that is none")
    return name


def _metadata(metadata: object) -> dict[str, str]:
    """The modules that a step is in. Their names become names in a program, and all else is only for its reader."""
    stack = metadata.get("nn_module_stack", "") if isinstance(metadata, dict) else None
    if not isinstance(stack, str) or (stack and not all(map(_LEVEL.fullmatch, stack.split(";")))):
        raise CodeFound("names its modules in an unusual way")
    return {"nn_module_stack": stack} if stack else {}


def _text(text: str, key: str) -> str:
    if key in ("in_spec", "out_spec"):
        return _structure(text)
    if key in ("target", "as_operator") and text.startswith(("torch", "_operator", "math", "#")):
        harmless = _is_operation(text)
    elif key == "expr_str":
        harmless = _is_arithmetic(text)
    elif key in ("as_string", "type", "equation"):
        harmless = bool(_WORD.fullmatch(text))
    else:
        harmless = bool(_NAME.fullmatch(text))
    if not harmless:
        raise CodeFound(f"calls or computes something unusual ({text[:60]})")
    return text


def _is_operation(text: str) -> bool:
    if not _TARGET.fullmatch(text):
        return False
    if not text.startswith(("torch.ops.aten.", "torch.ops.prims.")):
        return True
    library, name, *overload = text.split(".")[2:]
    full = ".".join([f"{library}::{name}", *(one for one in overload if one != "default")])
    # Those of tensors; under the same names TorchScript has operations on texts, lists and files.
    return name not in _FILES and torch._C._dispatch_has_kernel(full)


def _structure(text: str) -> str:
    """How answers are packed: in lists, dictionaries and the like. Their types may bring texts, never objects."""
    if not text:
        return text
    try:
        packed = json.loads(text)
    except RecursionError as error:
        raise CodeFound("packs its answer in an unusual way") from error
    levels = [packed[1] if isinstance(packed, list) and len(packed) == 2 and packed[0] == 1 else None]
    while levels:
        level = levels.pop()
        if not isinstance(level, dict) or not isinstance(level.get("children_spec"), list):
            raise CodeFound("packs its answer in an unusual way")
        kind, context = level.get("type"), level.get("context")
        if not all(one is None or isinstance(one, str) for one in (kind, context)) or "{" in (context or ""):
            raise CodeFound(f"packs its answer in an unusual way ({str(kind)[:60]})")
        levels += level["children_spec"]
    return json.dumps(packed)


def _is_arithmetic(text: str) -> bool:
    """Whether sympy, which evaluates it as Python, can only find symbols, numbers and its own functions in it."""
    try:
        tree = ast.parse(text, mode="eval") if _ARITHMETIC.fullmatch(text) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return tree is not None and all(map(_is_arithmetic_part, ast.walk(tree))) and _is_soon_computed(tree)


def _is_arithmetic_part(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return bool(_SYMPY.fullmatch(name))
        case ast.Name(id=name):
            return bool(_SYMPY.fullmatch(name) or _SYMBOL.fullmatch(name))
        case ast.Constant(value=str(value)):
            return bool(_SYMBOL.fullmatch(value))
        case ast.Constant(value=bool() | None):
            return True
        case ast.Constant(value=int() | float() as number):
            return abs(number) <= _LARGEST_NUMBER
        case _:
            return isinstance(node, _PARTS)


def _is_soon_computed(tree: ast.AST) -> bool:
    """Powers of powers would take for ever."""
    powers = [node for node in ast.walk(tree) if _is_power(node)]
    return len(powers) <= _MOST_POWERS and all(map(_is_small_power, powers))


def _is_power(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=ast.Pow()) | ast.Call(func=ast.Name(id="Pow")):
            return True
    return False


def _is_small_power(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(right=exponent) | ast.Call(args=[_, exponent]):
            return _is_small(exponent)
    return False


def _is_small(exponent: ast.AST) -> bool:
    match exponent:
        case ast.Constant(value=int() | float() as number):
            return abs(number) <= _LARGEST_POWER
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_small(operand)
        case ast.Call(func=ast.Name(id="Integer" | "Float" | "Rational"), args=[argument, *_]):
            return _is_small(argument)
    return False
