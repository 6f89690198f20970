"""How strongly each layer answers, computed where its numbers are: a single number leaves the runtime for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analysis.quick.runtime.onnx_file import Node
from analysis.quick.runtime.written_down import Written

_NEVER_NEGATIVE = ("Relu", "Sigmoid", "HardSigmoid", "Softmax")


def with_means(written: Written) -> tuple[Written, Mapping[str, str]]:
    """The same pass with the mean size of every layer's numbers, by the layers' paths."""
    made_by = {name: node.operation for node in written.graph.nodes for name in node.outputs}
    nodes, means = list(written.graph.nodes), {}
    for name in dict.fromkeys(written.layers.values()):
        sizes = name
        if made_by.get(name) not in _NEVER_NEGATIVE:
            sizes = f"size of {name}"
            nodes.append(Node("Abs", (name,), (sizes,)))
        # Row by row first: a sum of millions of numbers one after the other would be rounded too often.
        nodes.append(Node("ReduceMean", (sizes,), (f"rows of {name}",), {"axes": (-1,), "keepdims": 0}))
        nodes.append(Node("ReduceMean", (f"rows of {name}",), (f"mean of {name}",), {"keepdims": 0}))
    for path, name in written.layers.items():
        means[path] = f"mean of {name}"
    return replace(written, graph=replace(written.graph, nodes=nodes)), means
