"""From the recorded steps to operations that work window by window; a step that is not known becomes global."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._pytree import tree_map

from analysis.occlusion.kernels import Convolution
from analysis.occlusion.operations import Global, Joining, Operation, Pointwise, Program, Reach, Sliding
from analysis.tracing.steps import RecordedPass, Ref, Step

_ACTIVATIONS = """
    relu hardtanh leaky_relu elu celu selu silu mish gelu sigmoid log_sigmoid tanh hardswish hardsigmoid softplus
    hardshrink softshrink threshold clamp clamp_min clamp_max
"""
_FUNCTIONS = """
    neg abs exp expm1 log log1p sqrt rsqrt square pow reciprocal sin cos erf sign round floor ceil
"""
_UNARY = frozenset((_ACTIVATIONS + _FUNCTIONS).split())
_BINARY = frozenset({"add", "sub", "rsub", "mul", "div", "maximum", "minimum", "_prelu_kernel"})
_SAME = frozenset({"clone", "detach", "alias", "contiguous", "lift_fresh"})
_NORMALISING = frozenset(
    {"native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm", "batch_norm"}
)


def read(recorded: RecordedPass, dtype: torch.dtype, device: torch.device) -> Generator[None, None, Program]:
    """The program, with the weights in this number format and laid out for its kernels, step by step."""
    reader = _Reader(recorded, dtype, device)
    for step in recorded.steps:
        reader.take(step)
    operations: list[Operation] = []
    for one in _merged(reader.rough, reader.result):
        operations.append(_finished(one, dtype))
        yield
    gate = _gate(operations, reader.vectors(), reader.result)
    return Program(tuple(operations), reader.sizes, reader.channels(), reader.constants, reader.result, gate)


@dataclass(frozen=True)
class _Convolving:
    inputs: tuple[int]
    outputs: tuple[int]
    rows: Reach
    columns: Reach
    convolution: Convolution


@dataclass(frozen=True)
class _Scaling:
    """Each channel times a factor plus a summand."""

    inputs: tuple[int]
    outputs: tuple[int]
    scale: Tensor
    shift: Tensor


@dataclass(frozen=True)
class _Rectifying:
    inputs: tuple[int]
    outputs: tuple[int]


_Rough = Operation | _Convolving | _Scaling | _Rectifying


class _Reader:
    def __init__(self, recorded: RecordedPass, dtype: torch.dtype, device: torch.device) -> None:
        self.rough: list[_Rough] = []
        self.sizes: dict[int, tuple[int, int]] = {}
        self.constants: dict[int, Tensor] = {}
        self._recorded = recorded
        self._shapes = dict(recorded.shapes)
        self._used = {value for step in recorded.steps for value in step.inputs} | {recorded.result}
        self._same: dict[int, int] = {}
        self._new = count(-1, -1)
        self._dtype, self._device = dtype, device
        self._note_size(0)

    @property
    def result(self) -> int:
        return self._same.get(self._recorded.result, self._recorded.result)

    def vectors(self) -> set[int]:
        return {value for value in self._recorded.per_picture if len(self._shapes.get(value, ())) == 2}

    def channels(self) -> dict[int, int]:
        constants = {value: values.shape[1] for value, values in self.constants.items()}
        return constants | {v: math.prod(self._shapes[v][1:-2]) for v in self.sizes if v not in constants}

    def take(self, step: Step) -> None:
        step = self._renamed(step)
        if (step.name in _SAME and step.inputs[0] in self.sizes) or (
            step.name == "as_strided" and self._keeps_shape(step)
        ):
            self._same[step.outputs[0]] = step.inputs[0]
            return
        found = self._known(step)
        if not found:
            found = (Global(tuple(dict.fromkeys(step.inputs)), step.outputs, self._cast(step)),)
        self.rough.extend(found)
        for output in step.outputs:
            self._note_size(output)

    def _known(self, step: Step) -> Sequence[_Rough]:
        """The operations that a step is, or none."""
        first = step.arguments[0] if step.arguments else None
        if step.name in _BINARY:
            return self._binary(step)
        if step.name == "cat":
            return self._laid_side_by_side(step)
        if not isinstance(first, Ref) or first.value not in self.sizes:
            return ()
        source = first.value
        if step.name == "relu":
            return (_Rectifying((source,), _only(step)),)
        if step.name in _UNARY and not any(isinstance(one, Tensor | Ref) for one in step.arguments[1:]):
            operation = _functional(step)
            return (Pointwise((source,), _only(step), lambda x: operation(x, *step.arguments[1:], **step.keywords)),)
        if step.name in _NORMALISING:
            return self._normalising(step, source)
        if step.name in ("view", "_unsafe_view", "reshape", "transpose", "permute"):
            return self._among_channels(step, source)
        if step.name in ("split", "split_with_sizes", "slice"):
            return self._some_channels(step, source)
        if len(self._shapes[source]) == 4:
            return self._sliding(step, source)
        return ()

    def _renamed(self, step: Step) -> Step:
        def put(leaf: Any) -> Any:
            return Ref(self._same.get(leaf.value, leaf.value)) if isinstance(leaf, Ref) else leaf

        arguments, keywords = tree_map(put, (step.arguments, step.keywords))
        return Step(step.operation, arguments, keywords, step.outputs)

    def _cast(self, step: Step) -> Step:
        arguments, keywords = tree_map(self._in_format, (step.arguments, step.keywords))
        return Step(step.operation, arguments, keywords, step.outputs)

    def _in_format(self, leaf: Any) -> Any:
        is_number = isinstance(leaf, Tensor) and leaf.is_floating_point()
        return leaf.to(self._dtype) if is_number else leaf

    def _note_size(self, value: int) -> None:
        shape = self._shapes.get(value, ())
        if len(shape) >= 4 and value in self._recorded.per_picture and min(shape) > 0:
            self.sizes[value] = (shape[-2], shape[-1])

    def _keeps_shape(self, step: Step) -> bool:
        return self._shapes.get(step.inputs[0]) == self._shapes.get(step.outputs[0])

    # --- place by place -----------------------------------------------------------------------------------------

    def _normalising(self, step: Step, source: int) -> Sequence[_Rough]:
        weight, bias, mean, variance, *rest = step.arguments[1:]
        epsilon = rest[-1] if not isinstance(rest[-1], bool) else rest[-2]
        training = len(rest) > 2 and rest[0]
        known = all(isinstance(one, Tensor) for one in (mean, variance))
        if training or not known or any(isinstance(one, Ref) for one in (weight, bias)):
            return ()
        scale = (variance.double() + epsilon).rsqrt()
        scale = scale if weight is None else scale * weight.double()
        shift = -mean.double() * scale
        shift = shift if bias is None else shift + bias.double()
        return (_Scaling((source,), (step.outputs[0],), scale, shift),)

    def _among_channels(self, step: Step, source: int) -> Sequence[_Rough]:
        """Views and transpositions that leave rows and columns where they are."""
        before, after = self._shapes[source], self._shapes[step.outputs[0]]
        if len(after) < 4 or before[-2:] != after[-2:] or step.outputs[0] not in self._recorded.per_picture:
            return ()
        if step.name in ("transpose", "permute"):
            ranks = len(before)
            order = list(range(ranks))
            if step.name == "transpose":
                a, b = (axis % ranks for axis in step.arguments[1:3])
                order[a], order[b] = order[b], order[a]
            else:
                order = [axis % ranks for axis in step.arguments[1]]
            if order[0] != 0 or order[-2:] != [ranks - 2, ranks - 1]:
                return ()
            return (Pointwise((source,), _only(step), lambda x: x.permute(order)),)
        channels = after[1:-2]
        return (Pointwise((source,), _only(step), lambda x: x.reshape(len(x), *channels, *x.shape[-2:])),)

    def _some_channels(self, step: Step, source: int) -> Sequence[_Rough]:
        rank = len(self._shapes[source])
        axis = step.arguments[1] if step.name == "slice" else (*step.arguments, 0)[2]
        if not isinstance(axis, int) or not 0 < axis % rank < rank - 2:
            return ()
        starts = [0]
        for output in step.outputs[:-1]:
            starts.append(starts[-1] + self._shapes[output][axis])
        if step.name == "slice":
            rest = (*step.arguments, None, None, 1)[2:5] if len(step.arguments) < 5 else step.arguments[2:5]
            part = slice(*rest)
            return (Pointwise((source,), _only(step), lambda x: x[(slice(None),) * axis + (part,)]),)
        return [
            Pointwise((source,), (output,), _part(axis, start, self._shapes[output][axis]))
            for output, start in zip(step.outputs, starts, strict=True)
        ]

    def _binary(self, step: Step) -> Sequence[_Rough]:
        operation, (a, b) = _functional(step), step.arguments[:2]
        if len(step.arguments) > 2 or step.outputs[0] not in self._recorded.per_picture:
            return ()
        output = _only(step)
        size = self._shapes[output[0]][-2:]
        if isinstance(a, Ref) and isinstance(b, Ref):
            if self._form(a.value) is None or self._form(a.value) != self._form(b.value):
                return ()
            inputs = (a.value, b.value)
            return (Joining(inputs, output, lambda xs: operation(xs[0], xs[1], **step.keywords)),)
        source, other = (a, b) if isinstance(a, Ref) else (b, a)
        if source.value not in self.sizes or self._shapes[source.value] != self._shapes[output[0]]:
            return ()
        if not isinstance(other, Tensor) or all(side == 1 for side in other.shape[-2:]):
            constant = self._in_format(other)
            if isinstance(a, Ref):
                return (Pointwise((source.value,), output, lambda x: operation(x, constant, **step.keywords)),)
            return (Pointwise((source.value,), output, lambda x: operation(constant, x, **step.keywords)),)
        if len(size) < 2 or len(self._shapes[source.value]) != 4:
            return ()
        spread = other.expand(*other.shape[:-2], *size) if other.ndim > 1 else other.expand(size)
        fixed = self._constant(spread.reshape(1, -1, *size))
        inputs = (source.value, fixed) if isinstance(a, Ref) else (fixed, source.value)
        return (Joining(inputs, output, lambda xs: operation(xs[0], xs[1], **step.keywords)),)

    def _form(self, value: int) -> tuple[int, int, int] | None:
        """Rank, rows and columns of a map."""
        return (len(self._shapes[value]), *self.sizes[value]) if value in self.sizes else None

    def _constant(self, values: Tensor) -> int:
        """The number of a map that no mask changes."""
        number = next(self._new)
        self.constants[number] = values.to(self._device, self._dtype)
        self.sizes[number] = (values.shape[-2], values.shape[-1])
        return number

    def _laid_side_by_side(self, step: Step) -> Sequence[_Rough]:
        parts, axis = (*step.arguments, 0)[:2]
        if not all(isinstance(part, Ref) and part.value in self.sizes for part in parts):
            return ()
        rank = len(self._shapes[step.outputs[0]])
        if len({self.sizes[part.value] for part in parts}) > 1 or not 0 < axis % rank < rank - 2:
            return ()
        return (Joining(tuple(part.value for part in parts), _only(step), lambda xs: torch.cat(list(xs), axis)),)

    # --- sliding ------------------------------------------------------------------------------------------------

    def _sliding(self, step: Step, source: int) -> Sequence[_Rough]:
        arguments = list(step.arguments[1:])
        match step.name:
            case "convolution":
                return self._convolution(step, source, arguments)
            case "max_pool2d_with_indices" | "max_pool2d":
                return self._max_pooling(step, source, arguments)
            case "avg_pool2d":
                return self._mean_pooling(step, source, arguments)
            case "_adaptive_avg_pool2d" | "adaptive_avg_pool2d":
                return self._even_pooling(step, source)
            case "constant_pad_nd":
                return self._padding(step, source, arguments)
        return ()

    def _reaches(
        self, source: int, output: int, kernel: Any, stride: Any, padding: Any, dilation: Any = 1
    ) -> tuple[Reach, Reach]:
        sizes = zip(self._shapes[source][-2:], self._shapes[output][-2:], strict=True)
        numbers = zip(_pair(kernel), _pair(stride), _pair(padding), _pair(dilation), sizes, strict=True)
        rows, columns = (Reach(apart * (k - 1) + 1, step, p, *size) for k, step, p, apart, size in numbers)
        return rows, columns

    def _convolution(self, step: Step, source: int, arguments: list[Any]) -> Sequence[_Rough]:
        weight, bias, stride, padding, dilation, transposed, _, groups = arguments
        if transposed or not isinstance(weight, Tensor) or isinstance(bias, Ref):
            return ()
        convolution = Convolution(weight, bias, _pair(stride), _pair(padding), _pair(dilation), groups)
        reaches = self._reaches(source, step.outputs[0], weight.shape[2:], stride, padding, dilation)
        return (_Convolving((source,), _only(step), *reaches, convolution),)

    def _max_pooling(self, step: Step, source: int, arguments: list[Any]) -> Sequence[_Rough]:
        if any(value in self._used for value in step.outputs[1:]):
            return ()
        kernel, stride, padding, dilation, ceil = _filled_up(arguments, (None, [], 0, 1, False))
        stride = stride or kernel
        reaches = self._reaches(source, step.outputs[0], kernel, stride, padding, dilation)

        def inside(x: Tensor) -> Tensor:
            return functional.max_pool2d(x, kernel, stride, 0, dilation)

        def whole(x: Tensor) -> Tensor:
            return functional.max_pool2d(x, kernel, stride, padding, dilation, ceil)

        return (Sliding((source,), (step.outputs[0],), *reaches, -math.inf, inside, whole),)

    def _mean_pooling(self, step: Step, source: int, arguments: list[Any]) -> Sequence[_Rough]:
        kernel, stride, padding, *how = _filled_up(arguments, (None, [], 0, False, True, None))
        return self._mean_of(step, source, kernel, stride or kernel, padding, how)

    def _even_pooling(self, step: Step, source: int) -> Sequence[_Rough]:
        """Adaptive pooling whose cells are all equally large."""
        before, after = self.sizes[source], self._shapes[step.outputs[0]][-2:]
        if any(b % a for b, a in zip(before, after, strict=True)) or after == (1, 1):
            return ()
        cell = [b // a for b, a in zip(before, after, strict=True)]
        return self._mean_of(step, source, cell, cell, 0, (False, True, None))

    def _mean_of(self, step: Step, source: int, kernel: Any, stride: Any, padding: Any, how: Any) -> Sequence[_Rough]:
        output = step.outputs[0]
        rows, columns = self._reaches(source, output, kernel, stride, padding)

        def whole(x: Tensor) -> Tensor:
            return functional.avg_pool2d(x, kernel, stride, padding, *how)

        def sums(x: Tensor) -> Tensor:
            return functional.avg_pool2d(x, kernel, stride, divisor_override=1)

        # What a sum is divided by may differ at the border; where it does, the quotients are a constant map.
        ones = torch.ones(1, 1, *self.sizes[source], dtype=torch.float64)
        border = [columns.before, columns.after, rows.before, rows.after]
        quotients = whole(ones) / sums(functional.pad(ones, border))
        if quotients.min() == quotients.max():
            divisor = round(1 / quotients.min().item())

            def means(x: Tensor) -> Tensor:
                return functional.avg_pool2d(x, kernel, stride, divisor_override=divisor)

            return (Sliding((source,), (output,), rows, columns, 0.0, means, whole),)
        summed, fixed = next(self._new), self._constant(quotients)
        self.sizes[summed] = self._shapes[output][-2:]  # type: ignore[assignment]
        self._shapes[summed] = self._shapes[output]
        return (
            Sliding((source,), (summed,), rows, columns, 0.0, sums, lambda x: sums(functional.pad(x, border))),
            Joining((summed, fixed), (output,), lambda xs: xs[0] * xs[1]),
        )

    def _padding(self, step: Step, source: int, arguments: list[Any]) -> Sequence[_Rough]:
        border, value = (*arguments, 0)[:2]
        left, right, top, bottom = (*border, 0, 0)[:4]
        if len(border) > 4 or min(border) < 0:
            return ()
        size = self.sizes[source]
        rows, columns = (
            Reach(1, 1, top, size[0], size[0] + top + bottom),
            Reach(1, 1, left, size[1], size[1] + left + right),
        )

        def whole(x: Tensor) -> Tensor:
            return functional.pad(x, [left, right, top, bottom], value=value)

        return (Sliding((source,), _only(step), rows, columns, float(value), lambda x: x, whole),)


def _merged(rough: Sequence[_Rough], result: int) -> list[_Rough]:
    """Scales go into the weights of the convolution before them, and ReLUs into what computes their input, where
    nothing else uses what lies between."""
    uses = Counter(value for one in rough for value in one.inputs)
    uses[result] += 1
    made: dict[int, int] = {}
    kept: list[_Rough] = []
    for one in rough:
        before = kept[made[one.inputs[0]]] if len(one.inputs) == 1 and one.inputs[0] in made else None
        alone = before is not None and uses[one.inputs[0]] == 1
        merged: _Rough | None = None
        if alone and isinstance(before, _Convolving) and not before.convolution.relu:
            if isinstance(one, _Scaling):
                merged = replace(
                    before, outputs=one.outputs, convolution=before.convolution.scaled(one.scale, one.shift)
                )
            elif isinstance(one, _Rectifying):
                merged = replace(before, outputs=one.outputs, convolution=replace(before.convolution, relu=True))
        elif alone and isinstance(before, Joining) and isinstance(one, _Rectifying):
            merged = replace(before, outputs=one.outputs, compute=_rectified(before.compute))
        if merged is not None:
            kept[made[one.inputs[0]]] = merged
            made[one.outputs[0]] = made[one.inputs[0]]
            continue
        made.update(dict.fromkeys(one.outputs, len(kept)))
        kept.append(one)
    return kept


def _rectified(compute: Callable[[Sequence[Tensor]], Tensor]) -> Callable[[Sequence[Tensor]], Tensor]:
    return lambda xs: compute(xs).relu_()


def _finished(one: _Rough, dtype: torch.dtype) -> Operation:
    match one:
        case _Convolving():
            return _with_kernels(one, dtype)
        case _Scaling():
            scale, shift = (values.to(dtype).view(1, -1, 1, 1) for values in (one.scale, one.shift))
            return Pointwise(one.inputs, one.outputs, lambda x: torch.addcmul(shift, x, scale))
        case _Rectifying():
            return Pointwise(one.inputs, one.outputs, torch.relu)
    return one


def _with_kernels(one: _Convolving, dtype: torch.dtype) -> Sliding:
    convolution = one.convolution.in_format(dtype)
    weight = convolution.weight
    inside, whole = convolution.kernels()
    return Sliding(
        one.inputs,
        one.outputs,
        one.rows,
        one.columns,
        0.0,
        inside,
        whole,
        work=float(weight.numel()),
        weights=weight.numel() * weight.element_size(),
        tile_share=convolution.tile_share,
    )


def _gate(operations: Sequence[Operation], vectors: set[int], result: int) -> int:
    """The first vector that everything behind it depends on alone; the result itself if there is none."""
    for i, one in enumerate(operations):
        for value in vectors.intersection(one.outputs):
            later = operations[i + 1 :]
            known = {value, *(output for other in later for output in other.outputs)}
            if result in known and all(known.issuperset(other.inputs) for other in later):
                return value
    return result


def _functional(step: Step) -> Any:
    """The operation that leaves its input as it is."""
    return getattr(getattr(torch.ops.aten, step.name), step.operation._overloadname)


def _filled_up(given: Sequence[Any], defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*given, *defaults[len(given) :])


def _only(step: Step) -> tuple[int]:
    return (step.outputs[0],)


def _part(axis: int, start: int, length: int) -> Callable[[Tensor], Tensor]:
    return lambda x: x.narrow(axis, start, length)


def _pair(numbers: Any) -> tuple[int, int]:
    if isinstance(numbers, int):
        return numbers, numbers
    first, *rest = numbers
    return int(first), int(rest[0] if rest else first)
