"""The network as a graph: every operation that a picture goes through, and which of them gives to which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Graph, Node

if TYPE_CHECKING:
    from analysis.tracing.graph import OperationGraph
    from analysis.tracing.measures import Measure

# Whose results are all parts of what was asked; others give what is of use to derivatives besides.
SEVERAL = ("split", "split_with_sizes", "unsafe_split", "unbind", "chunk", "tensor_split")
PASSES = 3  # that are timed
UNITS = {"time": "ms", "receptive field": "pixels", "activation": "mean |value|", "sparsity": "share of zeros"}


@dataclass(frozen=True)
class NetworkGraph:
    name: ClassVar[str] = "network-graph"
    title: ClassVar[str] = "Graph"
    summary: ClassVar[str] = "Every operation that a picture goes through, which of them gives to which, and its cost."
    family: ClassVar[Family] = "graph"
    gives: ClassVar[type[Graph]] = Graph
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the edges: number of the operation that gives, and of the one that takes it",
        "operations": "the name of each operation; the first is the picture",
        "layers": "the innermost part that does it; PATH@N is its N-th call",
        "shapes": "of what it gives",
        "weights": "how many numbers it takes that were learnt",
        "multiplications": "how many it takes, of matrices and filters",
        "values": "what colours it; −1 where there is none, or where it sees the whole picture",
    }
    live: ClassVar[bool] = True

    colour: str = setting(
        "parameters",
        "What the colours tell: how many weights, multiplications, or milliseconds each part takes, how strong or how "
        "sparse what it gives is on this picture, how many pixels a place of it sees.",
        choices=("parameters", "multiplications", "time", "activation", "sparsity", "receptive field", "nothing"),
    )

    def also_asks(self) -> frozenset[Ask]:
        return frozenset({"picture"}) if self.colour in ("activation", "sparsity") else frozenset()

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.network.own_code import let_interrupt_pass, told
        from analysis.protocol.problems import Problem
        from analysis.tracing.graph import CUT_OFF, graph_of

        network, measure = question.network, _measure(self.colour)
        passes = PASSES if self.colour == "time" else 1
        for done in range(1, passes + 1):
            try:
                found = graph_of(network.module, question.input, measure)
            except Problem:
                raise
            except BaseException as error:  # the network may be the person's own and can fail in any way
                let_interrupt_pass(error)
                raise Problem(f"{network.title} failed on a picture: {told(error)}.") from error
            if done < passes:
                yield Progress(done, passes)
        learnt = {name for name, _ in network.module.named_parameters()}
        note = "" if found.answers else CUT_OFF
        yield Progress(passes, passes, drawn_graph(found, learnt, self.colour), note)


def _measure(colour: str) -> Measure | None:
    from analysis.tracing.measures import FieldSize, Milliseconds, Strength, Zeros

    makes: dict[str, Callable[[], Measure]] = {
        "time": Milliseconds,
        "activation": Strength,
        "sparsity": Zeros,
        "receptive field": FieldSize,
    }
    return makes[colour]() if colour in makes else None


def drawn_graph(found: OperationGraph, learnt: set[str], colour: str) -> Graph:
    """`learnt` are the names of what was learnt, among what the operations take."""
    from math import nan, prod

    nodes = []
    for node in found.nodes:
        weights = {name: prod(shape) for name, shape in node.parameters.items() if name in learnt}
        own = {"parameters": float(sum(weights.values())), "multiplications": float(node.multiplications)}
        value = nan if node.operation == "picture" else own.get(colour, node.value)
        given = node.shapes if node.operation in SEVERAL else node.shapes[:1]
        shape = " ".join(dict.fromkeys(_size(one) for one in given if 0 not in one))
        nodes.append(Node(node.operation, node.inside, shape, weights, node.multiplications, value))
    together: Literal["sum", "last", "weights"] = "last"
    if colour in ("multiplications", "time"):
        together = "sum"
    elif colour == "parameters":
        together = "weights"
    quantity = "" if colour == "nothing" else colour
    return Graph(tuple(nodes), found.edges, found.answers, found.called, quantity, UNITS.get(colour, ""), together)


def _size(shape: tuple[int, ...]) -> str:
    """Of one picture."""
    return "×".join(map(str, shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)) or "a number"
