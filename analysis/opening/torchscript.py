"""TorchScript, with its layers: modules of TorchScript cannot be hooked, so each gets a stand-in that can.

A stand-in runs the graph of its module's method step by step and calls the stand-ins of the layers in it. A module
with branches or loops of its own is run as a whole, and what is below it cannot be looked at.
"""

import io
import operator
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.jit import ScriptModule
from torch.nn import functional

from analysis.opening.own_module import refuse_more_inputs
from analysis.protocol.problems import Problem, in_one_line

Step = Callable[[dict[str, Any]], None]
Graph = tuple[list[str], list[Step], str]


def module_of(file: Path, archive: bytes) -> tuple[nn.Module, tuple[str, ...]]:
    """The network and what there is to say about it. `archive` is the file's content, which runs as a program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit announces its end
        try:
            script = torch.jit.load(io.BytesIO(archive), map_location="cpu")  # type: ignore[no-untyped-call]
        except Exception as error:  # a damaged archive can fail in any way
            said = in_one_line(error)
            raise Problem(f"{file.name} is no TorchScript archive that this torch can read: {said}.") from error
    return unfolded(script)


def unfolded(module: nn.Module) -> tuple[nn.Module, tuple[str, ...]]:
    """The same network with modules that can be hooked in place of those of TorchScript."""
    if isinstance(module, ScriptModule):
        refuse_more_inputs(_needed_inputs(module))
        network: nn.Module = _stood_in(module)
    else:
        network = module
        for part in [part for part in module.modules() if not isinstance(part, ScriptModule)]:
            for name, child in part.named_children():
                if isinstance(child, ScriptModule):
                    setattr(part, name, _stood_in(child))
    closed = [path or "the network" for path, layer in network.named_modules() if _is_closed(layer)]
    if not closed:
        return network, ()
    shown = ", ".join(closed[:3]) + (", …" if len(closed) > 3 else "")
    return network, (f"The layers inside {shown} cannot be looked at: TorchScript runs them as a whole.",)


def _stood_in(script: Any) -> "StandIn":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for parameter in script.parameters():
            parameter.requires_grad_(False)
        return StandIn(script)


def _needed_inputs(script: Any) -> list[str]:
    try:
        given = script.forward.schema.arguments[1:]
    except (RuntimeError, AttributeError):  # a module without a forward method, which is told when it is tried
        return []
    return [argument.name for argument in given if not argument.has_default_value()]


class StandIn(nn.Module):
    """One module of the archive, hookable, with the same parameters."""

    def __init__(self, script: Any) -> None:
        super().__init__()
        self._script = [script]  # in a list, so that it does not become a layer of its own
        for name, child in script.named_children():
            self.add_module(name, StandIn(child))
        self._share_weights()
        self._graphs: dict[str, Graph | None] = {}
        self.is_open("forward")

    def type_name(self) -> str:
        return str(self._script[0].original_name)

    def is_open(self, method: str) -> bool:
        """Whether this method's steps can be run one by one, so that the layers in it are called."""
        if method not in self._graphs:
            self._graphs[method] = _prepared(self._script[0], method)
        return self._graphs[method] is not None

    def forward(self, *inputs: Any) -> Any:
        return self.call("forward", inputs)

    def call(self, method: str, inputs: Sequence[Any]) -> Any:
        if not self.is_open(method) or (graph := self._graphs[method]) is None:
            return getattr(self._script[0], method)(*inputs)
        names, steps, result = graph
        values: dict[str, Any] = dict(zip(names, (self, *inputs), strict=False))
        for step in steps:
            step(values)
        return values[result]

    def train(self, mode: bool = True) -> "StandIn":
        self._script[0].train(mode)
        super().train(mode)
        return self

    def _apply(self, fn: Any, recurse: bool = True) -> "StandIn":
        """Moved to another device together with the module that it stands for."""
        self._script[0]._apply(fn)
        for layer in self.modules():
            if isinstance(layer, StandIn):
                layer._share_weights()
        return self

    def _share_weights(self) -> None:
        for name, parameter in self._script[0].named_parameters(recurse=False):
            self.register_parameter(name, nn.Parameter(parameter.detach(), requires_grad=False))
        for name, buffer in self._script[0].named_buffers(recurse=False):
            self.register_buffer(name, buffer)


def _is_closed(layer: nn.Module) -> bool:
    """A module with layers that it does not show. Lists of layers are only called for one by one."""
    if not isinstance(layer, StandIn) or layer.type_name() in ("ModuleList", "ModuleDict"):
        return False
    return any(True for _ in layer.children()) and not layer.is_open("forward")


def _prepared(script: Any, method: str) -> Graph | None:
    """Names of the inputs, the steps, and the name of the result; None where a step is not understood."""
    try:
        graph = getattr(script, method).graph
        steps = [_step(node) for node in graph.nodes()]
        outputs = list(graph.outputs())
    except (RuntimeError, AttributeError, NotImplementedError):
        return None
    if len(outputs) != 1:
        return None
    return [value.debugName() for value in graph.inputs()], steps, outputs[0].debugName()


def _step(node: Any) -> Step:
    kind = node.kind()
    inputs = [value.debugName() for value in node.inputs()]
    outputs = [value.debugName() for value in node.outputs()]
    if kind == "prim::Constant":
        constant = None if node.mustBeNone() else node.output().toIValue()
        return lambda values: values.update({outputs[0]: constant})
    if kind == "prim::GetAttr":
        name = node.s("name")
        return lambda values: values.update({outputs[0]: _attribute(values[inputs[0]], name)})
    if kind == "prim::CallMethod":
        method = node.s("name")
        return _storing(lambda owner, *given: _call(owner, method, given), inputs, outputs)
    if kind == "prim::CallFunction":
        return _storing(_function(node), inputs[1:], outputs)
    if kind in _PLAIN:
        return _storing(_PLAIN[kind], inputs, outputs)
    if kind in ("prim::TupleUnpack", "prim::ListUnpack"):
        return lambda values: values.update(zip(outputs, values[inputs[0]], strict=True))
    if kind.startswith("aten::"):
        return _storing(_operation(node), inputs, outputs)
    raise NotImplementedError(kind)


def _append(items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


_PLAIN: dict[str, Callable[..., Any]] = {
    "prim::ListConstruct": lambda *items: list(items),
    "prim::TupleConstruct": lambda *items: items,
    "prim::DictConstruct": lambda *items: dict(zip(items[::2], items[1::2], strict=True)),
    "prim::NumToTensor": torch.tensor,
    "aten::__getitem__": operator.getitem,
    "aten::len": len,
    "aten::append": _append,
}


def _function(node: Any) -> Callable[..., Any]:
    """Functions of torch.nn.functional, which archives bring along as source, are those of this torch."""
    name = str(next(iter(node.inputs())).type())
    found = re.fullmatch(r"__torch__\.torch\.nn\.functional\.(?:___torch_mangle_\d+\.)?(\w+)", name)
    function: Callable[..., Any] | None = getattr(functional, found[1], None) if found else None
    if function is None:
        raise NotImplementedError(name)
    return function


def _operation(node: Any) -> Callable[..., Any]:
    schema = torch._C.parse_schema(node.schema())
    packet = getattr(torch.ops.aten, schema.name.removeprefix("aten::"))
    operation: Callable[..., Any] = getattr(packet, schema.overload_name or "default")
    named = [argument.name for argument in schema.arguments if argument.kwarg_only]
    count = len(schema.arguments) - len(named)
    return lambda *given: operation(*given[:count], **dict(zip(named, given[count:], strict=True)))


def _storing(function: Callable[..., Any], inputs: Sequence[str], outputs: Sequence[str]) -> Step:
    def step(values: dict[str, Any]) -> None:
        result = function(*(values[name] for name in inputs))
        if len(outputs) == 1:
            values[outputs[0]] = result
        else:
            values.update(zip(outputs, result, strict=True))

    return step


def _attribute(owner: Any, name: str) -> Any:
    if isinstance(owner, StandIn):
        child = owner._modules.get(name)
        return getattr(owner._script[0], name) if child is None else child
    return getattr(owner, name)


def _call(owner: Any, method: str, given: tuple[Any, ...]) -> Any:
    if isinstance(owner, StandIn):
        return owner(*given) if method == "forward" else owner.call(method, given)
    return getattr(owner, method)(*given)
