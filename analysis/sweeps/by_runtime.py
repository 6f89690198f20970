"""The passes of a sweep by ONNX Runtime: a session that gives all swept layers, where its numbers are proven.

Of a layer that is a rectifier's answer the session gives what comes into that, from which the answer follows: so what
silent units were near to is known without a second look. A few pictures pass at once, as many as leave the layers'
answers in the processor's cache until they are gathered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from analysis.network.agreement import agree
from analysis.network.capture import tensor_in
from analysis.network.known_code import is_steady
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.network.unlike import unlike
from analysis.network.working_copy import tensors_of
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.quick.runtime.onnx_file import Graph, Node
from analysis.quick.runtime.proof import CLOSE
from analysis.quick.runtime.sessions import Session, library
from analysis.quick.runtime.written_down import Written, written_down
from analysis.quick.switch import plain
from analysis.sweeps.alongside import Alongside
from analysis.sweeps.gathering import Gathering
from analysis.sweeps.growing import Batch
from analysis.sweeps.rectifiers import Watching, rectified
from analysis.sweeps.side_by_side import SideBySide
from analysis.sweeps.spec import SweepSpec
from analysis.sweeps.statistics import Singles
from analysis.sweeps.threads import threads
from analysis.tracing.trace import unseen

Found = TypeVar("Found")
RUNTIME, TORCH = "onnxruntime", "torch"
AT_ONCE = 4
_TINY = 1e-30
_MANY_NUMBERS = 8_000_000  # of matrices, which are read once for all pictures that pass together


def torch_here() -> str:
    return f"{TORCH} {torch.__version__.partition('+')[0]}"


def runtime_here() -> str:
    """Empty where there is none, or nobody wants it."""
    if plain("runtime") or find_spec(RUNTIME) is None or library() is None:
        return ""
    return f"{RUNTIME} {library().__version__}"


def decided(network: Network, spec: SweepSpec) -> Generator[None, None, SweepSpec]:
    """Step by step: the same sweep by what is quickest here and gives torch's numbers."""
    plainly = replace(spec, engine=torch_here(), at_once=spec.batch)
    engine = runtime_here()
    if not engine or not _may(network):
        return plainly
    matrices = sum(one.numel() for one in tensors_of(network.module) if one.dim() == 2)
    quick = replace(spec, engine=engine, at_once=spec.batch if matrices > _MANY_NUMBERS else min(AT_ONCE, spec.batch))
    made = yield from _made(network, quick)
    return quick if made is not None else plainly


def made_ready(network: Network, spec: SweepSpec) -> Iterator[None]:
    """Step by step, so that `session_for` takes no time."""
    if spec.engine and spec.engine == runtime_here() and _may(network):
        yield from _made(network, spec)


def session_for(network: Network, spec: SweepSpec) -> RuntimePass | None:
    """None where torch computes this sweep. What began with one engine is not gone on with by another."""
    if spec.engine.startswith(TORCH) or not spec.engine:
        if spec.engine not in ("", torch_here()):
            raise Problem(f"This sweep was begun by {spec.engine}, and here is {torch_here()}: {_ADVICE}.")
        return None
    if spec.engine != (here := runtime_here()):
        instead = f"here is {here}" if here else "it is turned off or not installed here"
        raise Problem(f"This sweep was begun by {spec.engine}, and {instead}: {_ADVICE}.")
    made = to_the_end(_made(network, spec)) if _may(network) else None
    if made is None:
        raise Problem(f"This sweep was begun by {spec.engine}, which does not give torch's numbers here: {_ADVICE}.")
    return made


_ADVICE = "go on with that, or sweep into a new folder"


class RuntimePass:
    """All swept layers of a few pictures."""

    def __init__(self, session: Session, outputs: Sequence[_Output], at_once: int) -> None:
        self._session, self._outputs, self._at_once = session, outputs, at_once

    def gathered_by(self, gatherings: Sequence[Gathering]) -> SideBySide:
        """Who reads what this gives."""
        return SideBySide(gatherings, [output.ceiling for output in self._outputs])

    def take(
        self, nodes: Sequence[LayerNode], given: Sequence[Singles], into: SideBySide, of: Batch, alongside: Alongside
    ) -> None:
        """Whole batches, the last filled up with nothing; what they give is gathered while the next ones pass."""

        def gather(first: int, found: dict[str, Tensor]) -> None:
            answers = (maps_of(node, found[one.name]) for node, one in zip(nodes, self._outputs, strict=True))
            into.read([maps[: len(given) - first] for maps in answers])
            if first + self._at_once >= len(given):
                into.add(of)

        for first in range(0, len(given), self._at_once):
            pictures = given[first : first + self._at_once]
            room = np.zeros((self._at_once, *pictures[0].shape), np.float32)
            for place, picture in enumerate(pictures):
                room[place] = picture
            alongside.give(partial(gather, first, self._session.run(torch.from_numpy(room))))


@dataclass(frozen=True)
class _Output:
    """A layer's name in the graph; with a `ceiling` that of what comes into the rectifier whose answer it is."""

    name: str
    ceiling: float | None = None


def _may(network: Network) -> bool:
    """Only what does the same for every picture may be written down once for all."""
    if not (network.fixed and network.together and network.batch_axis) or network.share is not None:
        return False
    weights = tensors_of(network.module)
    return is_steady(network.module) and all(one.device.type == "cpu" and not one.requires_grad for one in weights)


_MADE: WeakKeyDictionary[nn.Module, tuple[object, RuntimePass | None]] = WeakKeyDictionary()


def _made(network: Network, spec: SweepSpec) -> Generator[None, None, RuntimePass | None]:
    """The last one that was asked for is kept: every shard of a sweep asks for the same."""
    key = (spec.layers, spec.threads, spec.at_once, spec.size, spec.engine)
    known = _MADE.get(network.module)
    if known is None or known[0] != key:
        _MADE.clear()
        known = key, (yield from _make(network, spec))
        _MADE[network.module] = known
    return known[1]


def _make(network: Network, spec: SweepSpec) -> Generator[None, None, RuntimePass | None]:
    size = network.preprocessing
    blank = torch.zeros((1, size.channels, size.height, size.width))
    kinds = list(unlike(blank, size.mean, size.std).values())
    given = torch.cat([kinds[place % len(kinds)] for place in range(spec.at_once)])
    try:
        with torch.no_grad(), threads(spec.threads):
            written = written_down(network.module, given, [layer.path for layer in spec.layers])
            outputs = _outputs(written, spec) if written is not None else None
        if written is None or outputs is None:
            return None
        yield
        session = Session(written, list(dict.fromkeys(one.name for one in outputs)), spec.threads)
        for one in _batches(given):
            yield
            with torch.no_grad(), threads(spec.threads):
                if not _is_right(network, spec, session, outputs, one):
                    return None
    except Problem:
        raise
    except Exception:  # the runtime's, or the memory's; torch does it
        return None
    return RuntimePass(session, outputs, spec.at_once)


def to_the_end(steps: Generator[None, None, Found]) -> Found:
    """What comes of them, at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Found = end.value
            return found


def _batches(given: Tensor) -> Iterator[Tensor]:
    """Of four pictures that are unlike, each at some place."""
    yield given
    if len(given) < 4:
        for kind in unlike(given[:1]).values():
            yield kind.expand_as(given)


def _outputs(written: Written, spec: SweepSpec) -> tuple[_Output, ...] | None:
    made_by = {name: node for node in written.graph.nodes for name in node.outputs}
    found = []
    for layer in spec.layers:
        name = written.layers.get(layer.path)
        if name is None:
            return None
        if not layer.before_relu:
            found.append(_Output(name))
            continue
        ceiling = _ceiling(written.graph, made_by.get(name))
        if ceiling is None:
            return None
        found.append(_Output(made_by[name].inputs[0], ceiling))
    return tuple(found)


def _ceiling(graph: Graph, node: Node | None) -> float | None:
    """Of a rectifier; None for anything else."""
    if node is None or node.operation not in ("Relu", "Clip"):
        return None
    if node.operation == "Relu":
        return math.inf
    low, high = ((*node.inputs, "", "")[place] for place in (1, 2))
    if low not in graph.constants or float(graph.constants[low]) != 0:
        return None
    return float(graph.constants[high]) if high else math.inf


def _is_right(network: Network, spec: SweepSpec, session: Session, outputs: Sequence[_Output], given: Tensor) -> bool:
    """Whether whole layers are torch's, and what comes into rectifiers is, too."""
    found = session.run(given)
    nodes = {layer.path: network.node(layer.path) for layer in spec.layers}
    right: dict[str, bool] = {}
    before: dict[str, bool] = {}

    def look(path: str, output: _Output) -> Callable[..., None]:
        def hear(_part: nn.Module, _given: Any, answer: object) -> None:
            tensor = tensor_in(answer)
            if tensor is not None:
                with unseen():  # whose cut values are no rectifiers of the network
                    ours = came = found[output.name]
                    if output.ceiling is not None:
                        ours = torch.clamp(came, 0, output.ceiling)
                    # Rounding goes by what comes into a rectifier, however little of its range is left of that.
                    share = CLOSE * max(_range(came) / max(_range(tensor), _TINY), 1.0)
                    right[path] = agree([ours], [tensor], share)

        return hear

    wanted = {layer.path: one for layer, one in zip(spec.layers, outputs, strict=True)}
    silent = [nodes[path] for path, one in wanted.items() if one.ceiling is not None]
    ordinals: dict[int, list[str]] = {}
    if silent:
        for path, one in rectified(network, silent, given.clone())[0].items():
            ordinals.setdefault(one.ordinal, []).append(path)

    def coming(number: int, tensor: Tensor, _ceiling: float) -> None:
        with unseen():
            for path in ordinals[number]:
                before[path] = agree([found[wanted[path].name]], [tensor], CLOSE)

    watching = Watching(list(ordinals), coming)
    with listening(network.module, {path: look(path, one) for path, one in wanted.items()}), watching.used():
        network.module(given.clone())
    return _all(right, wanted) and _all(before, [node.path for node in silent])


def _range(values: Tensor) -> float:
    return float(values.max() - values.min())


def _all(right: Mapping[str, bool], wanted: Sequence[str] | Mapping[str, Any]) -> bool:
    return len(right) == len(wanted) and all(right.values())
