"""What a network does with a picture, operation by operation, as a table for people or JSON for programs."""

import argparse
import sys
from typing import Any

from analysis.commands.listing import print_json, print_table


def graph(arguments: argparse.Namespace) -> None:
    import torch

    from analysis.commands.arguments import model_choice
    from analysis.commands.beside import errors_beside_in_words
    from analysis.commands.opening import opened
    from analysis.network.own_code import let_interrupt_pass, told
    from analysis.protocol.problems import Problem
    from analysis.tracing.graph import OperationGraph, graph_of

    with errors_beside_in_words():
        network = opened(model_choice(arguments.model, arguments), arguments)
        size = network.preprocessing
        example = torch.zeros(1, size.channels, size.height, size.width, device=network.device)
        try:
            found: OperationGraph = graph_of(network.module, example)
        except Problem:
            raise
        except BaseException as error:  # the network may be the person's own and can fail in any way
            let_interrupt_pass(error)
            raise Problem(f"{network.title} failed on an empty picture: {told(error)}.") from error
    for note in network.notes:
        print(note, file=sys.stderr)
    if arguments.json:
        print_json(as_objects(found))
        return
    takes: dict[int, list[str]] = {}
    for maker, taker in found.edges:
        takes.setdefault(taker, []).append(str(maker))
    rows = []
    for i, node in enumerate(found.nodes):
        taken, weights = " ".join(takes.get(i, [])), " ".join(node.parameters)
        rows.append((str(i), node.operation, node.module, _sizes(node.shapes), taken, weights))
    print_table(("", "operation", "layer", "gives", "takes", "weights"), rows)


def as_objects(found: Any) -> dict[str, Any]:
    """As programs read it; nodes are told by their numbers."""
    nodes = [
        {
            "number": number,
            "operation": node.operation,
            "module": node.module,
            "type": node.type,
            "shapes": [list(shape) for shape in node.shapes],
            "parameters": {name: list(shape) for name, shape in node.parameters.items()},
        }
        for number, node in enumerate(found.nodes)
    ]
    return {"nodes": nodes, "edges": [list(edge) for edge in found.edges], "answers": list(found.answers)}


def _sizes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return " ".join("×".join(map(str, shape)) or "a number" for shape in shapes if 0 not in shape)
