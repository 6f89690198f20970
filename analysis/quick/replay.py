"""A pass over a network as the list of its operations, written down once and then run without Python.

Between two operations Python takes its time, and waits for its lock while the window draws. In torch's own
intermediate language one operation follows the other: MobileNetV3's pass takes a fifth less time, ResNet-18's a
twentieth. The language is private to torch, so what is written is run once and compared; where it lacks something, or
gives other numbers, nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from analysis.network.unlike import unlike
from analysis.tracing.trace import traced
from analysis.tracing.watch import shape_depends_on_values

Pass = Callable[[Tensor], Sequence[Tensor]]
_CLOSE = 1e-5  # of the largest number


def recorded(run: Pass, given: Tensor) -> tuple[Sequence[Tensor], Pass | None]:
    """What `run` gives now, and the same pass for other inputs of this size, if it can be written down."""
    recorder = _Recorder(given)
    with traced(recorder):
        outputs = tuple(run(given))
    if not recorder.possible:
        return outputs, None
    try:
        written = recorder.written(outputs)
        other = unlike(given)["noise"]  # where what was written down as a constant is another
        is_right = _agree(written(given), outputs) and _agree(written(other), tuple(run(other)))
        return outputs, written if is_right else None
    except (AttributeError, RuntimeError, TypeError, ValueError):  # no such language, or it lacks an operation
        return outputs, None


def _agree(ones: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    return all(
        one.shape == other.shape and torch.allclose(one, other, rtol=0, atol=_CLOSE * _largest(other), equal_nan=True)
        for one, other in zip(ones, others, strict=True)
    )


def _largest(values: Tensor) -> float:
    return float(torch.nan_to_num(values, 0, 0, 0).abs().max()) if values.numel() else 0.0


class _Recorder:
    """Writes down every operation while it is done."""

    def __init__(self, given: Tensor) -> None:
        self.possible = True
        self._names = WeakIdKeyDictionary({given: "%given"})
        self._lines: list[str] = []
        self._constants: list[Any] = []  # weights, and what the language has no words for
        self._heads = ["%given : Tensor"]
        self._named_so_far = 0

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        return None

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: None, result: Any) -> None:
        if shape_depends_on_values(operation, args):
            self.possible = False
        if self.possible:
            try:
                self._write(operation._schema, args, kwargs, result)
            except _NoWordsError:
                self.possible = False

    def written(self, outputs: Sequence[Tensor]) -> Pass:
        names = [self._name_of(output) for output in outputs]
        kinds = ", ".join("Tensor" for _ in names)
        lines = [
            f"graph({', '.join(self._heads)}):",
            *self._lines,
            f"  %all : ({kinds}) = prim::TupleConstruct({', '.join(names)})",
            "  return (%all)",
        ]
        graph = torch._C.parse_ir("\n".join(lines))
        function = torch._C._create_function_from_graph("recorded", graph)
        constants = tuple(self._constants)

        def run(given: Tensor) -> Sequence[Tensor]:
            outputs: tuple[Tensor, ...] = function(given, *constants)
            return outputs

        return run

    def _write(self, schema: Any, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> None:
        values = [*args, *(kwargs.get(one.name, one.default_value) for one in schema.arguments[len(args) :])]
        words = [self._word(value, str(one.type)) for value, one in zip(values, schema.arguments, strict=True)]
        call = f"{schema.name}({', '.join(words)})"
        if isinstance(result, list):
            listed = self._new("Tensor[]", call)
            self._lines.append(f"  {', '.join(map(self._named, result))} = prim::ListUnpack({listed})")
        else:
            results = result if isinstance(result, tuple) else (result,)
            self._lines.append(f"  {', '.join(map(self._named, results))} = {call}")

    def _word(self, value: Any, kind: str) -> str:
        if isinstance(value, Tensor):
            return self._name_of(value)
        if value is None:
            return self._new("NoneType", "prim::Constant()")
        if isinstance(value, bool):
            return self._new("bool", f"prim::Constant[value={int(value)}]()")
        if isinstance(value, (int, float)) and abs(value) < 1e300:
            return self._new(type(value).__name__, f"prim::Constant[value={value!r}]()")
        if isinstance(value, str) and '"' not in value:
            return self._new("str", f'prim::Constant[value="{value}"]()')
        if isinstance(value, (list, tuple)):
            words = [self._word(one, kind) for one in value]
            return self._new(_kind_of_list(value, kind), f"prim::ListConstruct({', '.join(words)})")
        if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)):
            return self._constant(value, "int")
        if isinstance(value, torch.device):
            return self._constant(value, "Device")
        raise _NoWordsError

    def _new(self, kind: str, what: str) -> str:
        name = self._fresh()
        self._lines.append(f"  {name} : {kind} = {what}")
        return name

    def _named(self, value: Any) -> str:
        """A new name for a result; a number that was read from a tensor may decide something, and be another one."""
        name = self._fresh()
        if isinstance(value, Tensor):
            self._names[value] = name
        elif value is not None:  # which stands for a tensor that was not asked for
            raise _NoWordsError
        return f"{name} : Tensor"

    def _fresh(self) -> str:
        self._named_so_far += 1
        return f"%v{self._named_so_far}"

    def _name_of(self, tensor: Tensor) -> str:
        if tensor not in self._names:
            self._names[tensor] = self._constant(tensor, "Tensor")
        name: str = self._names[tensor]
        return name

    def _constant(self, value: Any, kind: str) -> str:
        name = f"%constant{len(self._constants)}"
        self._constants.append(value)
        self._heads.append(f"{name} : {kind}")
        return name


def _kind_of_list(values: Sequence[Any], kind: str) -> str:
    if "Tensor" in kind:
        return "Tensor?[]" if "Optional[Tensor]" in kind else "Tensor[]"
    if "number" in kind:
        return "Scalar?[]" if "Optional[number]" in kind else "Scalar[]"
    of = {type(value) for value in values} or {int}
    return next((f"{one.__name__}[]" for one in (bool, int, float) if of == {one}), "float[]")


class _NoWordsError(Exception):
    """The operation cannot be written down."""
